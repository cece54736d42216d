"""Who may call what is stated in the contract, and holds for every call."""

from __future__ import annotations

import asyncio
import uuid
from datetime import timedelta

import grpc
import pytest
from google.protobuf import descriptor_pb2, descriptor_pool
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from services.kit import access, errors, links
from services.kit.caller import Kind
from services.kit.tenant import tenant, within
from tests.kit import probe
from tests.kit.probe import LINKS_KEY, bearer, mesh
from tests.kit.tokens import NOW
from turnout.access.v1 import access_pb2
from turnout.auth.v1 import organization_pb2
from turnout.event.v1 import event_pb2, participant_pb2
from turnout.location.v1 import location_pb2

pytestmark = pytest.mark.server

CODE = grpc.StatusCode


class NobodyThere(errors.NotFound):
    message = "nobody"


def user():
    return f"users/{uuid.uuid4()}"


def organization():
    return f"organizations/{uuid.uuid4()}"


def link(organization, expire_time=NOW + timedelta(days=1)):
    guest = f"{organization}/participants/{uuid.uuid4()}"
    token = links.sign(LINKS_KEY, guest, "participant", expire_time)
    return guest, (("authorization", f"Link {token}"),)


async def refused(call, name="kit"):
    """The code, the reason and the metadata of a refusal."""
    with pytest.raises(grpc.aio.AioRpcError) as error:
        await call
    return said(error.value, name)


def said(error, name="kit"):
    info = error_details_pb2.ErrorInfo()
    status = rpc_status.from_call(error)
    next(d for d in status.details if d.Is(info.DESCRIPTOR)).Unpack(info)
    assert info.domain == f"{name}.turnout.app"
    return error.code(), info.reason, dict(info.metadata)


async def seat(owner, db, organization, user, role="ROLE_VIEWER"):
    """Makes the user a member, as the facts of auth would."""
    rows = await owner(db)
    await rows.execute(
        "insert into members values (%s, %s, %s)",
        [organization.split("/")[1], user.split("/")[1], role],
    )


@pytest.fixture(scope="module")
async def db(database):
    return await database("kit")


@pytest.fixture(scope="module")
async def kit(db):
    async with probe.answering(db) as found:
        yield found


@pytest.fixture
def callers(kit):
    kit.probe.callers.clear()
    return kit.probe.callers


def a(method, organization):
    """A request for some event, or somebody, of the organization."""
    kinds = {
        "events": event_pb2.GetEventRequest,
        "participants": participant_pb2.GetParticipantRequest,
    }
    return kinds[method](name=f"{organization}/{method}/{uuid.uuid4()}")


async def test_anybody_may_call_what_is_public(kit, callers):
    where = organization()

    await kit.events.GetEvent(a("events", where))

    ((who, tenant),) = callers
    assert (who.kind, who.name, who.permitted) == (Kind.ANONYMOUS, "", False)
    assert f"organizations/{tenant}" == where


async def test_who_shows_nothing_may_not_call_what_is_not(kit):
    call = kit.participants.GetParticipant(a("participants", organization()))

    assert await refused(call) == (CODE.UNAUTHENTICATED, "TOKEN_MISSING", {})


@pytest.mark.parametrize("credential", ["Bearer x.y.z", "Link x.y", "Service a.1.b", "Basic x"])
async def test_a_forged_credential_is_refused_even_where_none_is_needed(kit, credential):
    call = kit.events.GetEvent(
        a("events", organization()), metadata=(("authorization", credential),)
    )

    code, reason, _ = await refused(call)

    assert (code, reason) in [
        (CODE.UNAUTHENTICATED, "TOKEN_INVALID"),
        (CODE.UNAUTHENTICATED, "LINK_INVALID"),
    ]


async def test_an_expired_token_says_so_even_where_none_is_needed(kit):
    token = probe.SIGNER.token(user(), now=NOW - timedelta(hours=1))
    metadata = (("authorization", f"Bearer {token}"),)

    code, reason, data = await refused(
        kit.events.GetEvent(a("events", organization()), metadata=metadata)
    )

    assert (code, reason) == (CODE.UNAUTHENTICATED, "TOKEN_EXPIRED")
    assert data == {"expire_time": "2026-05-01T11:15:00+00:00"}


async def test_two_credentials_are_one_too_many(kit):
    call = kit.events.GetEvent(a("events", organization()), metadata=bearer(user()) * 2)

    assert (await refused(call))[1] == "TOKEN_INVALID"


async def test_a_member_holds_what_the_role_grants(kit, callers, owner, db):
    where, member = organization(), user()
    await seat(owner, db, where, member, "ROLE_STAFF")

    await kit.participants.GetParticipant(a("participants", where), metadata=bearer(member))

    ((who, tenant),) = callers
    assert (who.name, who.permitted, who.role) == (member, True, access_pb2.ROLE_STAFF)
    assert who.organization == tenant == uuid.UUID(where.split("/")[1])


async def test_a_member_lacks_what_the_role_does_not_grant(kit, owner, db):
    where, member = organization(), user()
    await seat(owner, db, where, member, "ROLE_VIEWER")

    call = kit.participants.GetParticipant(a("participants", where), metadata=bearer(member))

    assert await refused(call) == (
        CODE.PERMISSION_DENIED,
        "NOT_PERMITTED",
        {"permission": "PARTICIPANTS_READ", "organization": where},
    )


async def test_a_member_is_nothing_elsewhere(kit, owner, db):
    where, member = organization(), user()
    await seat(owner, db, where, member, "ROLE_OWNER")

    elsewhere = a("participants", organization())
    call = kit.participants.GetParticipant(elsewhere, metadata=bearer(member))

    assert (await refused(call))[:2] == (CODE.PERMISSION_DENIED, "NOT_PERMITTED")


async def test_who_is_let_in_by_an_audience_alone_is_not_permitted(kit, callers, owner, db):
    where, member = organization(), user()
    await seat(owner, db, where, member, "ROLE_VIEWER")

    await kit.events.GetEvent(a("events", where), metadata=bearer(member))
    await kit.events.GetEvent(a("events", organization()), metadata=bearer(member))

    assert [who.permitted for who, _ in callers] == [True, False]


async def test_permission_is_asked_before_anything_else(kit):
    nowhere = event_pb2.CreateEventRequest(parent=organization())

    code, reason, _ = await refused(kit.events.CreateEvent(nowhere, metadata=bearer(user())))

    assert (code, reason) == (CODE.PERMISSION_DENIED, "NOT_PERMITTED")


async def test_a_name_that_cannot_be_read_is_invalid_and_not_somebody_elses(kit):
    request = participant_pb2.GetParticipantRequest(name="organizations/7/participants/8")

    code, reason, data = await refused(
        kit.participants.GetParticipant(request, metadata=bearer(user()))
    )

    assert (code, reason, data["field"]) == (CODE.INVALID_ARGUMENT, "INVALID_FIELDS", "name")


async def test_all_organizations_are_nobodys_to_read(kit):
    request = participant_pb2.ListParticipantsRequest(parent="organizations/-")

    code, _, data = await refused(
        kit.participants.ListParticipants(request, metadata=bearer(user()))
    )

    assert (code, data["organization"]) == (CODE.PERMISSION_DENIED, "organizations/-")


async def test_a_guest_acts_in_the_organization_that_invited(kit, callers):
    where = organization()
    guest, metadata = link(where)

    await kit.participants.GetParticipant(a("participants", where), metadata=metadata)
    await kit.participants.GetInvitation(participant_pb2.GetInvitationRequest(), metadata=metadata)

    assert [(who.name, who.kind, who.permitted) for who, _ in callers] == [
        (guest, Kind.GUEST, False)
    ] * 2
    assert [f"organizations/{tenant}" for _, tenant in callers] == [where] * 2


async def test_a_guest_is_no_guest_elsewhere(kit):
    _, metadata = link(organization())
    other = organization()

    call = kit.participants.GetParticipant(a("participants", other), metadata=metadata)

    assert await refused(call) == (
        CODE.PERMISSION_DENIED,
        "OTHER_ORGANIZATION",
        {"organization": other},
    )


async def test_a_guest_may_not_do_what_members_do(kit):
    where = organization()
    _, metadata = link(where)

    call = kit.events.CreateEvent(event_pb2.CreateEventRequest(parent=where), metadata=metadata)

    assert await refused(call) == (
        CODE.PERMISSION_DENIED,
        "WRONG_AUDIENCE",
        {"method": "turnout.event.v1.EventService.CreateEvent", "caller": "guest"},
    )


async def test_a_link_ends(kit):
    _, metadata = link(organization(), expire_time=NOW)

    call = kit.participants.GetInvitation(participant_pb2.GetInvitationRequest(), metadata=metadata)

    assert (await refused(call))[:2] == (CODE.UNAUTHENTICATED, "LINK_EXPIRED")


async def test_a_user_without_a_link_is_not_invited(kit):
    call = kit.participants.GetInvitation(
        participant_pb2.GetInvitationRequest(), metadata=bearer(user())
    )

    assert (await refused(call))[:2] == (CODE.PERMISSION_DENIED, "WRONG_AUDIENCE")


async def test_a_service_may_call_what_is_for_the_mesh(db):
    async def member(request):
        return organization_pb2.Member(name=request.name, role="ROLE_OWNER")

    request = organization_pb2.GetMemberRequest(name=f"{organization()}/members/{uuid.uuid4()}")
    async with probe.answering(db, {"GetMember": member}) as kit:
        await kit.organizations.GetMember(request, metadata=mesh("event"))
        outsider = await refused(kit.organizations.GetMember(request, metadata=bearer(user())))

    ((who, _),) = kit.probe.callers
    assert (who.name, who.kind, who.permitted) == ("services/event", Kind.SERVICE, True)
    assert outsider[:2] == (CODE.PERMISSION_DENIED, "NOT_PERMITTED")


async def test_a_service_is_no_member(kit):
    call = kit.participants.GetParticipant(a("participants", organization()), metadata=mesh())

    assert (await refused(call))[:2] == (CODE.PERMISSION_DENIED, "WRONG_AUDIENCE")


async def test_what_is_to_be_made_is_nobodys_yet(kit, callers):
    request = organization_pb2.CreateOrganizationRequest(
        organization=organization_pb2.Organization(name=organization(), display_name="Ours")
    )

    await kit.organizations.CreateOrganization(request, metadata=bearer(user()))

    ((_, tenant),) = callers
    assert tenant is None


async def test_the_first_frame_of_a_stream_says_whose_it_is(db):
    seen = []

    async def track(frames):
        seen.extend([frame.WhichOneof("frame") async for frame in frames])
        yield location_pb2.TrackResponse(kept_through=7)

    where = organization()
    guest, metadata = link(where)
    opened = location_pb2.TrackRequest()
    opened.open.name = f"{where}/journeys/{uuid.uuid4()}"
    report = location_pb2.TrackRequest()
    report.report.first_sequence = 1

    async with probe.answering(db, {"Track": track}) as kit:
        answers = [x async for x in kit.journeys.Track(iter([opened, report]), metadata=metadata)]

    assert seen == ["open", "report"]
    assert [answer.kept_through for answer in answers] == [7]
    ((who, tenant),) = kit.probe.callers
    assert (who.name, f"organizations/{tenant}") == (guest, where)


async def test_a_stream_into_another_organization_is_refused(kit):
    _, metadata = link(organization())
    opened = location_pb2.TrackRequest()
    opened.open.name = f"{organization()}/journeys/{uuid.uuid4()}"

    call = kit.journeys.Track(iter([opened]), metadata=metadata)

    assert (await refused(call.read()))[:2] == (CODE.PERMISSION_DENIED, "OTHER_ORGANIZATION")


async def test_a_stream_of_nobody_is_refused_before_it_says_anything(kit):
    call = kit.journeys.Track()

    assert (await refused(call.read()))[:2] == (CODE.UNAUTHENTICATED, "TOKEN_MISSING")


async def test_every_frame_of_a_stream_keeps_to_the_rules(db):
    async def track(frames):
        async for _ in frames:
            yield location_pb2.TrackResponse()

    where = organization()
    _, metadata = link(where)
    good, bad = location_pb2.TrackRequest(), location_pb2.TrackRequest()
    good.open.name = f"{where}/journeys/{uuid.uuid4()}"
    bad.report.positions.add().location.latitude = 91

    async with probe.answering(db, {"Track": track}) as kit:
        call = kit.journeys.Track(iter([good, bad]), metadata=metadata)
        assert await call.read() == location_pb2.TrackResponse()
        code, _, data = await refused(call.read())

    assert code is CODE.INVALID_ARGUMENT
    assert data["field"].startswith("report.")


async def test_keys_and_members_come_from_auth(db, owner):
    where, member = organization(), user()
    told = organization_pb2.Member(role="ROLE_OWNER")

    async def role(request):
        if request.name == f"{where}/members/{member.split('/')[1]}":
            return told
        raise NobodyThere()

    async with (
        probe.answering(db, {"GetMember": role}) as auth,
        probe.answering(
            db, name="event", keys=None, ask=None, mesh=f"127.0.0.1:{auth.running.port}"
        ) as kit,
    ):
        await kit.participants.GetParticipant(a("participants", where), metadata=bearer(member))
        stranger = kit.participants.GetParticipant(
            a("participants", where), metadata=bearer(user())
        )
        nobody = (await refused(stranger, "event"))[:2]

    assert nobody == (CODE.PERMISSION_DENIED, "NOT_PERMITTED")
    ((who, _),) = kit.probe.callers
    assert (who.name, who.permitted) == (member, True)
    assert {each.name for each, _ in auth.probe.callers} == {"services/event"}


async def test_who_cannot_be_known_is_asked_to_come_again(db):
    async with probe.answering(db, keys=None, ask=None) as kit:
        call = kit.participants.GetParticipant(
            a("participants", organization()), metadata=bearer(user())
        )
        code, reason, _ = await refused(call)

    assert (code, reason) == (CODE.UNAVAILABLE, "KEYS_AWAY")


# --- members


class Auth:
    """What auth knows, and how often it was asked."""

    def __init__(self, role=0):
        self.role, self.asked = role, 0

    async def ask(self, organization, user):
        self.asked += 1
        await asyncio.sleep(0)
        return self.role


async def test_who_became_a_member_just_now_is_known_at_once(db):
    auth = Auth(access_pb2.ROLE_OWNER)
    members = access.Members(db, auth.ask)
    where, who = uuid.uuid4(), uuid.uuid4()

    first = await members.role(where, who, certain=True)
    again = await members.role(where, who, certain=True)

    assert (first, again, auth.asked) == (access_pb2.ROLE_OWNER, access_pb2.ROLE_OWNER, 1)


async def test_auth_is_not_asked_where_it_makes_no_difference(db):
    auth = Auth(access_pb2.ROLE_OWNER)
    members = access.Members(db, auth.ask)

    assert await members.role(uuid.uuid4(), uuid.uuid4(), certain=False) == 0
    assert auth.asked == 0


async def test_who_was_refused_may_be_let_in_the_next_moment(db):
    auth = Auth()
    members = access.Members(db, auth.ask)
    where, who = uuid.uuid4(), uuid.uuid4()
    assert await members.role(where, who, certain=True) == 0

    auth.role = access_pb2.ROLE_STAFF

    assert await members.role(where, who, certain=True) == access_pb2.ROLE_STAFF


async def test_a_known_member_costs_no_question(db, owner):
    auth = Auth()
    members = access.Members(db, auth.ask)
    where, who = organization(), user()
    await seat(owner, db, where, who, "admin")
    ids = uuid.UUID(where.split("/")[1]), uuid.UUID(who.split("/")[1])

    assert await members.role(*ids, certain=True) == access_pb2.ROLE_ADMIN
    assert auth.asked == 0


async def test_looking_for_a_member_changes_nobodys_tenant(db):
    with within(uuid.UUID(int=5)):
        await access.Members(db).role(uuid.uuid4(), uuid.uuid4(), certain=False)
        assert tenant.get() == uuid.UUID(int=5)


async def test_only_so_much_is_remembered(db, monkeypatch):
    monkeypatch.setattr(access, "REMEMBERED", 2)
    members = access.Members(db)

    for _ in range(4):
        await members.role(uuid.uuid4(), uuid.uuid4(), certain=False)

    assert len(members.beliefs) == 2


def test_a_role_grants_what_the_contract_says():
    granted = access.grants()

    assert access_pb2.PERMISSION_EVENTS_WRITE in granted[access_pb2.ROLE_ORGANIZER]
    assert access_pb2.PERMISSION_EVENTS_WRITE not in granted[access_pb2.ROLE_VIEWER]
    assert granted[0] == frozenset()


def test_a_method_that_states_no_access_is_named():
    file = descriptor_pb2.FileDescriptorProto(name="silent.proto", package="silent")
    file.message_type.add(name="Empty")
    method = file.service.add(name="SilentService").method.add(name="Speak")
    method.input_type = method.output_type = ".silent.Empty"
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)

    with pytest.raises(access.NoAccess, match=r"silent\.SilentService\.Speak"):
        access.rules_of([pool.FindServiceByName("silent.SilentService")])


async def test_a_short_name_is_made_whole_before_it_is_read_whose_it_is(db):
    where = organization()
    id = uuid.uuid4()

    async def complete(request):
        if request.name == f"events/{id}":
            request.name = f"{where}/{request.name}"

    async with probe.answering(db, complete=lambda _: complete) as kit:
        found = await kit.events.GetEvent(event_pb2.GetEventRequest(name=f"events/{id}"))
        ((_, tenant),) = kit.probe.callers
        who = refused(kit.events.GetEvent(event_pb2.GetEventRequest(name=f"events/{where}")))
        assert (await who)[0] is CODE.INVALID_ARGUMENT

    assert found.name == f"{where}/events/{id}"
    assert f"organizations/{tenant}" == where


# --- a second factor


async def test_an_organization_may_want_a_second_factor_of_its_members(kit, callers, db, owner):
    where, who = organization(), user()
    await seat(owner, db, where, who, "ROLE_OWNER")
    rows = await owner(db)
    await rows.execute("insert into strict values (%s)", [where.split("/")[1]])
    strong = (("authorization", f"Bearer {probe.SIGNER.token(who, amr=['pwd', 'otp'])}"),)

    call = kit.participants.GetParticipant(a("participants", where), metadata=bearer(who))
    needed = (CODE.PERMISSION_DENIED, "SECOND_FACTOR_NEEDED", {"organization": where})
    assert await refused(call) == needed
    # What is public is so for members without one too, who see what anybody sees.
    await kit.events.GetEvent(a("events", where), metadata=bearer(who))
    assert not callers[-1][0].permitted
    await kit.participants.GetParticipant(a("participants", where), metadata=strong)
    assert callers[-1][0].permitted


# --- the platform


@pytest.mark.parametrize(
    ("said", "held"),
    [
        (None, set()),
        ("READ", set()),
        ([], set()),
        (["READ"], {access_pb2.PLATFORM_PERMISSION_READ}),
        (["WRITE", "of a later version", 7], {access_pb2.PLATFORM_PERMISSION_WRITE}),
        (["UNSPECIFIED"], set()),
    ],
)
async def test_a_token_says_what_an_administrator_may_do(kit, callers, said, held):
    token = probe.SIGNER.token(permissions=said)

    await kit.events.GetEvent(
        a("events", organization()), metadata=(("authorization", f"Bearer {token}"),)
    )

    assert callers[-1][0].platform == held
