"""Who may call what: the access that each method states in the contract, enforced.

A call is let in when an audience of the method fits; when the caller is a member of the
organization that the request names, or an API key of it, and holds the method's permission
there; or when the caller is an administrator of the platform and holds what the method asks of
one. Whoever is let in by an audience alone is not `permitted`, and sees only what is their own.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from google.protobuf.descriptor import ServiceDescriptor

from services.kit import errors, log, names, validate
from services.kit.caller import ANONYMOUS, SYSTEM, Caller, Kind, current
from services.kit.db import Database, Tx, given, sql
from services.kit.gather import Gather
from services.kit.identity import Identity, TokenInvalid, TokenMissing, TokenRevoked
from services.kit.intercept import Interceptor
from services.kit.origin import metadata
from services.kit.patience import heed
from services.kit.peers import OPERATOR, certified
from services.kit.status import Streams
from services.kit.tables import members, strict
from services.kit.tenant import named_in, tenant, within
from turnout.access.v1 import access_pb2

if TYPE_CHECKING:
    from typing import TypeAlias

    import grpc

    Context: TypeAlias = grpc.aio.ServicerContext[Any, Any]

AUTHORIZATION = "authorization"

# What the permissions of administrators begin with, as no permission in an organization does.
PLATFORM = "PLATFORM_"

# How long a role is believed without asking again, in seconds.
BELIEVED = 3.0
REMEMBERED = 20_000
# Members whose roles are looked up in one statement.
TOGETHER = 200

# How long somebody may go on with a stream who lost the right to it, in seconds.
GUARDED = 1.0

# How long a stream may take to say what it is about, in seconds.
PATIENCE = 30.0

PUBLIC = access_pb2.AUDIENCE_PUBLIC
MESH = access_pb2.AUDIENCE_MESH
AUDIENCES = {
    Kind.USER: access_pb2.AUDIENCE_USER,
    Kind.GUEST: access_pb2.AUDIENCE_GUEST,
    Kind.SERVICE: MESH,
}


class NotPermitted(errors.Forbidden):
    message = "{permission} is needed in {organization}"
    permission: str
    organization: str

    def __str__(self) -> str:
        if self.permission.startswith(PLATFORM):
            return f"{self.permission} is needed, which administrators of the platform have"
        return super().__str__()


class WrongAudience(errors.Forbidden):
    message = "{method} is not for a {caller}"
    method: str
    caller: str


class WrongCaller(errors.Forbidden):
    message = "{method} is not for {caller}"
    method: str
    caller: str


class OtherOrganization(errors.Forbidden):
    message = "the link is of another organization than {organization}"
    organization: str


class RightsChanged(errors.Unreachable):
    message = "what you may see here has changed; open the stream again"
    retry_seconds = 0.1


class SecondFactorNeeded(errors.Forbidden):
    message = "{organization} wants a second factor of its members; log in with one"
    organization: str


class NoAccess(Exception):
    """A method that does not say who may call it. Its server does not start."""


@dataclass(frozen=True)
class Rule:
    """Who may call one method."""

    audiences: frozenset[int]
    # A value of Permission; 0 if no membership lets anybody in.
    permission: int
    # A value of PlatformPermission; 0 if administrators have no say in it.
    platform: int = 0
    # The names of the services that the audience MESH means.
    callers: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Bearer:
    """Who was let into a stream, and by which rule."""

    who: Caller
    rule: Rule


def rules_of(services: Iterable[ServiceDescriptor]) -> dict[str, Rule]:
    """The rule of each method, by its path. Raises NoAccess for those that state none.

    So does who is for services, and does not say for which.
    """
    found: dict[str, Rule] = {}
    silent: list[str] = []
    for service in services:
        for method in service.methods:
            stated: Any = method.GetOptions().Extensions[_extension(access_pb2.access)]
            rule = Rule(
                frozenset(stated.audiences) - {0},
                stated.permission,
                stated.platform,
                frozenset(SYSTEM(_peer(caller)).name for caller in stated.callers),
            )
            nobody = not (rule.audiences or rule.permission or rule.platform)
            if nobody or (MESH in rule.audiences) != bool(rule.callers):
                silent.append(method.full_name)
            found[f"/{service.full_name}/{method.name}"] = rule
    if silent:
        raise NoAccess(f"these methods state no access: {', '.join(silent)}")
    return found


def _peer(value: int) -> str:
    return access_pb2.Peer.Name(access_pb2.Peer.ValueType(value)).removeprefix("PEER_").lower()


def _extension(extension: Any) -> Any:
    return extension


def grants() -> dict[int, frozenset[int]]:
    """What each role may do, by the contract."""
    role: Any = access_pb2.Role.DESCRIPTOR
    grant = _extension(access_pb2.grant)
    return {
        value.number: frozenset(value.GetOptions().Extensions[grant].permissions)
        for value in role.values
    }


# --- members

# Says what a user is in an organization, when the local copy does not know. 0: nothing.
Ask = Callable[[uuid.UUID, uuid.UUID], Awaitable[int]]

_asked = given(user=sa.Uuid)
_here = sa.bindparam("organization", type_=sa.Uuid)
_strict = sa.select(sa.literal_column("1")).where(strict.c.organization == _here).exists()
_seat = sa.and_(members.c.organization == _here, members.c.user == _asked.c.user)
_ROLES = sql(
    sa.select(_asked.c.user, members.c.role, _strict.label("strict")).select_from(
        _asked.outerjoin(members, _seat)
    )
)


@dataclass(frozen=True)
class Belief:
    role: int
    # Whether the organization wants a second factor of its members.
    strict: bool
    until: float
    # Auth itself said so, and not the copy.
    certain: bool


@dataclass
class Members:
    """What users are in organizations: from a local copy, fed by facts, or from auth itself.

    The copy lags a little, so that the first call after somebody became a member would be
    refused; `certain` asks auth before it says no.
    """

    db: Database
    ask: Ask | None = None
    beliefs: dict[tuple[uuid.UUID, uuid.UUID], Belief] = field(default_factory=dict)
    reading: Gather[uuid.UUID, uuid.UUID, tuple[int, bool]] = field(init=False)

    def __post_init__(self) -> None:
        # When everybody comes to one event, one look tells of all who came together.
        self.reading = Gather(self._read)

    async def role(self, organization: uuid.UUID, user: uuid.UUID, *, certain: bool) -> int:
        """A value of Role; 0 for who is no member."""
        return (await self.belief(organization, user, certain=certain)).role

    async def belief(self, organization: uuid.UUID, user: uuid.UUID, *, certain: bool) -> Belief:
        """What a user is, and what the organization wants of its members."""
        belief = self.beliefs.get((organization, user))
        if belief is None or belief.until < time.monotonic():
            belief = await self._copied(organization, user)
        if not belief.role and certain and not belief.certain and self.ask is not None:
            role = await self.ask(organization, user)
            belief = self._believe(organization, user, role, belief.strict, certain=True)
        return belief

    async def refresh(self, seats: Iterable[tuple[uuid.UUID, uuid.UUID]]) -> None:
        """Looks up together what is no longer believed of users in organizations.

        What fails stays unknown, for whoever asks for it.
        """
        now = time.monotonic()
        old = [
            seat for seat in set(seats) if (b := self.beliefs.get(seat)) is None or b.until < now
        ]
        for begin in range(0, len(old), TOGETHER):
            some = old[begin : begin + TOGETHER]
            await asyncio.gather(*(self._copied(*seat) for seat in some), return_exceptions=True)

    async def _copied(self, organization: uuid.UUID, user: uuid.UUID) -> Belief:
        role, wanted = await self.reading(organization, user)
        return self._believe(organization, user, role, wanted, certain=False)

    async def _read(
        self, organization: uuid.UUID, users: list[uuid.UUID]
    ) -> list[tuple[int, bool]]:
        async def read(tx: Tx) -> Any:
            return await tx.all(_ROLES, organization=organization, user=users)

        with within(organization):
            rows = await self.db.read(read)
        found = {row.user: (number_of(row.role) if row.role else 0, row.strict) for row in rows}
        return [found[user] for user in users]

    def _believe(
        self, organization: uuid.UUID, user: uuid.UUID, role: int, wanted: bool, *, certain: bool
    ) -> Belief:
        while len(self.beliefs) >= REMEMBERED:
            del self.beliefs[next(iter(self.beliefs))]
        # Somebody who is refused may be let in at any moment, and tries again at once.
        until = time.monotonic() + (0 if certain and not role else BELIEVED)
        belief = Belief(role, wanted, until, certain)
        self.beliefs[organization, user] = belief
        return belief


def number_of(role: str) -> int:
    """The value of Role that a word in a table stands for: `owner`, or `ROLE_OWNER`."""
    name = role.upper()
    return access_pb2.Role.Value(name if name.startswith("ROLE_") else f"ROLE_{name}")


# --- the interceptor


# Makes short names in a request whole.
Complete = Callable[[Any], Awaitable[None]]


class Access(Interceptor):
    """Finds out who calls and lets them in or not; sets the caller and the tenant.

    `complete` sees each request before it is read whose it is.
    """

    def __init__(
        self,
        rules: Mapping[str, Rule],
        identity: Identity,
        members: Members,
        complete: Complete | None = None,
    ) -> None:
        super().__init__()
        self._complete = complete
        self._rules = rules
        self._identity = identity
        self._members = members
        self._grants = grants()
        # Who bears the streams that are open.
        self._bearers: dict[asyncio.Task[Any], Bearer] = {}

    async def intercept(
        self, method: Any, request_or_iterator: Any, context: Context, method_name: str
    ) -> Any:
        ours = method_name.startswith("/turnout.")
        if ours:
            rule = self._rules[method_name]
            who = _certified(await self._identity.caller(authorization(context)), rule)
            log.note(caller=who.name)
            if who.kind is Kind.ANONYMOUS and PUBLIC not in rule.audiences:
                raise TokenMissing()
            request = request_or_iterator
            if hasattr(request, "__aiter__"):
                request, request_or_iterator = await _peeked(request)
            if self._complete is not None and request is not None:
                await self._complete(request)
            await self._admit(who, rule, request, method_name)
        response = method(request_or_iterator, context)
        responses = hasattr(response, "__aiter__")
        if ours and (responses or hasattr(request_or_iterator, "__aiter__")):
            self._bear(self._rules[method_name])
        return response if responses else await response

    async def unary(self, method: Any, request: Any, context: Context, method_name: str) -> Any:
        if method_name.startswith("/turnout."):
            rule = self._rules[method_name]
            who = _certified(await self._identity.caller(authorization(context)), rule)
            log.note(caller=who.name)
            if who.kind is Kind.ANONYMOUS and PUBLIC not in rule.audiences:
                raise TokenMissing()
            if self._complete is not None:
                await self._complete(request)
            await self._admit(who, rule, request, method_name)
        return await method(request, context)

    def _bear(self, rule: Rule) -> None:
        """Remembers whose stream this task carries, for as long as it does."""
        task = asyncio.current_task()
        assert task is not None
        self._bearers[task] = Bearer(current.get(), rule)
        task.add_done_callback(lambda done: self._bearers.pop(done, None))

    async def guard(self, streams: Streams) -> None:
        """Ends the streams of those who may not have them any more, until it is cancelled.

        Of who was logged out, and of a key that was revoked, within a second; of who lost a role,
        or lacks a second factor that is wanted now, within a few.
        """
        while True:
            heed()
            await asyncio.sleep(GUARDED)
            bearers = list(self._bearers.items())
            seats = (_seat_of(bearer.who) for _, bearer in bearers)
            await self._members.refresh(seat for seat in seats if seat)
            for task, bearer in bearers:
                try:
                    refusal = await self._lost(bearer)
                except Exception as error:  # noqa: BLE001 - asked again in a moment
                    log.logger.warning("a stream could not be looked at", error=repr(error))
                    continue
                if refusal is not None:
                    streams.end_one(task, refusal)

    async def _lost(self, bearer: Bearer) -> errors.Refusal | None:
        """Why a stream ends that was let in, if it does."""
        revoked = self._identity.revoked
        if bearer.who.session in revoked or bearer.who.secret in revoked:
            return TokenRevoked()
        if bearer.rule.platform in bearer.who.platform:
            # An administrator who is one no more has no session either.
            return None
        seat = _seat_of(bearer.who)
        if seat is None:
            return None
        belief = await self._members.belief(*seat, certain=False)
        kept = bearer.rule.permission in self._grants.get(belief.role, frozenset())
        wanting = belief.strict and not bearer.who.second_factor
        return None if kept and not wanting else RightsChanged()

    async def _admit(self, who: Caller, rule: Rule, request: Any, method_name: str) -> None:
        organization = None if request is None else named_in(request)
        if who.kind is Kind.GUEST and access_pb2.AUDIENCE_GUEST in rule.audiences:
            organization = organization or who.organization
        log.note(organization=organization)
        # Set first, so that a request that is refused for its fields is settled for its caller.
        current.set(who)
        tenant.set(organization)
        if rule.platform in who.platform:
            who = replace(who, organization=organization, permitted=True)
        elif who.kind is Kind.USER and rule.permission:
            who = await self._as_member(who, rule, organization)
        elif who.kind is Kind.KEY and rule.permission:
            here = organization is not None and organization == who.organization
            who = replace(who, permitted=here and rule.permission in who.permissions)
        elif who.kind is Kind.SERVICE:
            if MESH in rule.audiences and who.name not in rule.callers:
                raise WrongCaller(method_name.removeprefix("/").replace("/", "."), who.name)
            who = replace(who, permitted=MESH in rule.audiences)
        if not who.permitted:
            self._let_in(who, rule, organization, request, method_name)
        current.set(who)

    async def _as_member(self, who: Caller, rule: Rule, organization: uuid.UUID | None) -> Caller:
        if organization is None:
            return who
        user = names.USERS.parse(who.name)
        certain = not rule.audiences & {PUBLIC, AUDIENCES[Kind.USER]}
        belief = await self._members.belief(organization, user, certain=certain)
        if not belief.role:
            return who
        permitted = rule.permission in self._grants.get(belief.role, frozenset())
        if permitted and belief.strict and not who.second_factor:
            if certain:
                raise SecondFactorNeeded(_written(organization))
            # Seen as anybody is whom an audience lets in.
            return who
        # By hand, for this is on the way of every call, and `replace` takes four times as long.
        return Caller(
            who.name,
            who.kind,
            organization,
            permitted,
            belief.role,
            who.session,
            who.permissions,
            who.platform,
            who.second_factor,
        )

    def _let_in(
        self,
        who: Caller,
        rule: Rule,
        organization: uuid.UUID | None,
        request: Any,
        method_name: str,
    ) -> None:
        """Lets in whom an audience fits, and refuses everybody else."""
        if PUBLIC in rule.audiences:
            return
        if AUDIENCES.get(who.kind) in rule.audiences:
            if who.kind is Kind.GUEST and organization != who.organization:
                raise OtherOrganization(_written(organization))
            return
        if who.kind is Kind.USER and rule.platform and not rule.permission:
            raise NotPermitted(_platform(rule.platform), names.ANY)
        if who.kind not in (Kind.USER, Kind.KEY) or not rule.permission:
            raise WrongAudience(method_name.removeprefix("/").replace("/", "."), who.kind.value)
        if organization is None and request is not None:
            # A name that cannot be read is not somebody else's.
            validate.require(request)
        permission = access_pb2.Permission.Name(access_pb2.Permission.ValueType(rule.permission))
        raise NotPermitted(permission.removeprefix("PERMISSION_"), _written(organization))


def _platform(permission: int) -> str:
    """`PLATFORM_READ`, which no permission in an organization is called."""
    known = access_pb2.PlatformPermission
    return known.Name(known.ValueType(permission)).replace("_PERMISSION", "")


def _written(organization: uuid.UUID | None) -> str:
    return names.ANY if organization is None else names.ORGANIZATIONS.format(organization)


def _certified(who: Caller, rule: Rule) -> Caller:
    """Who shows no credential, but has a certificate of the mesh, calls on its own account."""
    name = certified.get()
    if who is not ANONYMOUS or not name:
        return who
    # Operators do so where they are meant to; elsewhere they are somebody who forgot a token.
    return who if name == OPERATOR and MESH not in rule.audiences else SYSTEM(name)


def authorization(context: Context) -> str | None:
    """The one credential of a call. Raises TokenInvalid for several."""
    found = [value for key, value in metadata(context) if key == AUTHORIZATION]
    if len(found) > 1:
        raise TokenInvalid("was sent more than once")
    return str(found[0]) if found else None


def _seat_of(who: Caller) -> tuple[uuid.UUID, uuid.UUID] | None:
    """Where a caller works and as whom, if that is why a stream was opened to them."""
    if who.kind is not Kind.USER or not who.permitted or who.organization is None:
        return None
    return who.organization, names.USERS.parse(who.name)


async def _peeked(frames: AsyncIterator[Any]) -> tuple[Any, AsyncIterator[Any]]:
    """The first frame of a stream, or None, and the stream as if nobody had looked."""
    frames = aiter(frames)
    async with asyncio.timeout(PATIENCE):
        first = await anext(frames, None)
    return first, _Again(first, frames)


class _Again:
    """A stream after somebody looked at its first frame."""

    __slots__ = ("_first", "_rest")

    def __init__(self, first: Any, rest: AsyncIterator[Any]) -> None:
        self._first = first
        self._rest = rest

    def __aiter__(self) -> AsyncIterator[Any]:
        return self

    def __anext__(self) -> Awaitable[Any]:
        return self._rest.__anext__() if self._first is None else self._once_more()

    async def _once_more(self) -> Any:
        first, self._first = self._first, None
        return first
