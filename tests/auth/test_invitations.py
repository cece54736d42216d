from __future__ import annotations

import asyncio
import uuid
from datetime import UTC, timedelta

import grpc
import pytest

from services.auth import work
from services.auth.invitations import actions, domain, wire
from services.kit import access, links
from services.kit.secrets import derive
from services.kit.tenant import within
from services.kit.work import Due
from tests.auth.world import member, role_of
from tests.serving import SECRET, invalid, refused
from turnout.access.v1 import access_pb2
from turnout.auth.v1 import auth_pb2, invitation_pb2, organization_pb2

pytestmark = pytest.mark.server

I = invitation_pb2.Invitation  # noqa: E741
NOT_FOUND = (grpc.StatusCode.NOT_FOUND, "INVITATION_NOT_FOUND")
ENDED = (grpc.StatusCode.FAILED_PRECONDITION, "INVITATION_ENDED")


@pytest.fixture
def clock(world):
    yield world.clock
    world.clock.ahead = timedelta()


def address():
    return f"{uuid.uuid4()}@example.org"


async def invite(world, by, organization, role="STAFF", *, request_id="", **to):
    request = invitation_pb2.CreateInvitationRequest(
        parent=organization,
        invitation=I(role=role_of(role), **(to or {"email": address()})),
        request_id=request_id,
    )
    return await world.invitations.CreateInvitation(request, metadata=by.metadata)


async def call(world, by, method, name, **more):
    kind = getattr(invitation_pb2, f"{method}InvitationRequest")
    stub = getattr(world.invitations, f"{method}Invitation")
    return await stub(kind(name=name, **more), metadata=by.metadata)


async def accept(world, who, token, **more):
    request = invitation_pb2.AcceptInvitationRequest(token=token, **more)
    return await world.invitations.AcceptInvitation(request, metadata=who.metadata)


def token_of(invitation, purpose=wire.PURPOSE, key=derive(SECRET, "links")):
    until = invitation.expire_time.ToDatetime(UTC)
    return links.sign(key, invitation.name, purpose, until)


# --- inviting


async def test_somebody_is_invited_by_mail(world, ada, club):
    to = f"Bob-{uuid.uuid4()}@Example.org"

    invited = await invite(world, ada, club, "ORGANIZER", email=to, language_code="de")

    assert (invited.email, invited.phone, invited.language_code) == (to.lower(), "", "de")
    assert (invited.role, invited.state) == (access_pb2.ROLE_ORGANIZER, I.STATE_PENDING)
    assert (invited.inviter, invited.member, invited.etag) == (ada.name, "", '"1"')
    assert invited.expire_time.seconds - invited.create_time.seconds == 7 * 86400
    (told,) = await world.facts(invited.name)
    assert told == invitation_pb2.MemberInvited(
        invitation=invited.name,
        email=to.lower(),
        language_code="de",
        role=access_pb2.ROLE_ORGANIZER,
        expire_time=invited.expire_time,
    )
    [entry] = await world.log(club, ada, "action = INVITATION_CREATE")
    assert (entry.actor, entry.target) == (ada.name, invited.name)
    assert dict(entry.details) == {"role": "ORGANIZER"}


async def test_somebody_is_invited_by_phone(world, ada, club):
    invited = await invite(world, ada, club, phone="+491701234567")

    assert (invited.email, invited.phone) == ("", "+491701234567")


@pytest.mark.parametrize(
    ("to", "field"),
    [
        ({"language_code": "de"}, "invitation.email"),
        ({"email": "a@example.org", "phone": "+491701234567"}, "invitation.email"),
        ({"email": "nowhere"}, "invitation.email"),
        ({"phone": "0170"}, "invitation.phone"),
    ],
)
async def test_who_cannot_be_reached_is_not_invited(world, ada, club, to, field):
    with invalid(field):
        await invite(world, ada, club, **to)


async def test_an_invitation_has_a_role(world, ada, club):
    with invalid("invitation.role"):
        await invite(world, ada, club, "UNSPECIFIED")


async def test_only_an_owner_invites_an_owner(world, ada, club, clock):
    admin = await world.join(club, ada, "ADMIN")

    with refused(grpc.StatusCode.PERMISSION_DENIED, "OWNERS_ONLY"):
        await invite(world, admin, club, "OWNER")
    pending = await invite(world, ada, club, "OWNER")
    clock.ahead = domain.PAUSE
    with refused(grpc.StatusCode.PERMISSION_DENIED, "OWNERS_ONLY"):
        await call(world, admin, "Resend", pending.name)


@pytest.mark.parametrize("role", ["ORGANIZER", "FINANCE", "STAFF", "VIEWER"])
async def test_other_members_invite_nobody(world, ada, club, role):
    someone = await world.join(club, ada, role)

    with refused(grpc.StatusCode.PERMISSION_DENIED, "NOT_PERMITTED", permission="MEMBERS_WRITE"):
        await invite(world, someone, club)


def test_those_who_invite_are_those_whom_the_contract_lets():
    may = {
        access_pb2.Role.Name(role).removeprefix("ROLE_")
        for role, grant in access.grants().items()
        if access_pb2.PERMISSION_MEMBERS_WRITE in grant
    }

    assert may == {role.value for role in domain.INVITERS}


async def test_nobody_is_invited_twice_at_once(world, ada, club):
    to = address()
    first = await invite(world, ada, club, email=to)

    with refused(grpc.StatusCode.ALREADY_EXISTS, "INVITATION_EXISTS", invitation=first.name):
        await invite(world, ada, club, "ADMIN", email=to.upper())

    await call(world, ada, "Revoke", first.name)
    await invite(world, ada, club, email=to)


async def test_two_who_invite_the_same_at_once_invite_once(world, ada, club):
    to = address()

    outcomes = await asyncio.gather(
        *(invite(world, ada, club, email=to) for _ in range(2)), return_exceptions=True
    )

    assert sorted(isinstance(one, Exception) for one in outcomes) == [False, True]


async def test_a_retry_invites_once(world, ada, club):
    used, to = str(uuid.uuid4()), address()

    first = await invite(world, ada, club, email=to, request_id=used)

    assert await invite(world, ada, club, email=to, request_id=used) == first
    assert len(await world.facts(first.name)) == 1


async def test_no_organization_writes_to_everybody(world, ada, club, monkeypatch):
    monkeypatch.setattr(domain, "MOST", 2)
    for _ in range(2):
        await invite(world, ada, club)

    with refused(grpc.StatusCode.FAILED_PRECONDITION, "TOO_MANY_INVITATIONS", most="2"):
        await invite(world, ada, club)


# --- looking


async def test_invitations_are_listed_and_read(world, ada, club):
    organizer = await world.join(club, ada, "ORGANIZER")
    made = [await invite(world, ada, club) for _ in range(3)]

    request = invitation_pb2.ListInvitationsRequest(parent=club, page_size=2)
    first = await world.invitations.ListInvitations(request, metadata=organizer.metadata)
    request.page_token = first.next_page_token
    second = await world.invitations.ListInvitations(request, metadata=organizer.metadata)

    assert [*first.invitations, *second.invitations] == made
    assert second.next_page_token == ""
    assert await call(world, organizer, "Get", made[0].name) == made[0]


async def test_another_organization_sees_none(world, ada, bob, club):
    made = await invite(world, ada, club)
    other = await world.organization(bob)
    grafted = f"{other}/invitations/{made.name.rpartition('/')[2]}"

    for method in ("Get", "Resend", "Revoke"):
        with refused(*NOT_FOUND, invitation=grafted):
            await call(world, bob, method, grafted)
        with refused(grpc.StatusCode.PERMISSION_DENIED, "NOT_PERMITTED"):
            await call(world, bob, method, made.name)

    async def look(tx):
        rows = await tx.connection.execute("select from invitations")
        return await rows.fetchall()

    with within(uuid.UUID(other.partition("/")[2])):
        assert await world.db.read(look) == []


# --- again, and back


async def test_a_link_is_sent_again_after_a_while(world, ada, club, clock):
    made = await invite(world, ada, club)

    with refused(grpc.StatusCode.RESOURCE_EXHAUSTED, "INVITED_JUST_NOW", invitation=made.name):
        await call(world, ada, "Resend", made.name)
    clock.ahead = domain.PAUSE
    again = await call(world, ada, "Resend", made.name)

    assert again.send_time.seconds > made.send_time.seconds
    assert again.expire_time.seconds > made.expire_time.seconds
    assert again.etag == '"2"'
    first, second = await world.facts(made.name)
    assert (first.expire_time, second.expire_time) == (made.expire_time, again.expire_time)


async def test_what_has_expired_may_be_sent_again(world, ada, bob, club, clock):
    made = await invite(world, ada, club)
    token = token_of(made)
    clock.ahead = domain.LIFE
    ada.session, bob.session = await asyncio.gather(
        world.log_in(ada.user.email), world.log_in(bob.user.email)
    )

    assert (await call(world, ada, "Get", made.name)).state == I.STATE_EXPIRED
    with refused(*ENDED, invitation=made.name, state="EXPIRED"):
        await accept(world, bob, token)
    assert (await call(world, ada, "Resend", made.name)).state == I.STATE_PENDING
    await accept(world, bob, token)


async def test_what_was_taken_back_lets_nobody_in(world, ada, bob, club, clock):
    made = await invite(world, ada, club)

    revoked = await call(world, ada, "Revoke", made.name)

    assert revoked.state == I.STATE_REVOKED
    assert await call(world, ada, "Revoke", made.name) == revoked
    with refused(*ENDED, state="REVOKED"):
        await accept(world, bob, token_of(made))
    clock.ahead = domain.PAUSE
    with refused(*ENDED, state="REVOKED"):
        await call(world, ada, "Resend", made.name)


# --- accepting


async def test_who_has_the_link_becomes_a_member_once(world, ada, bob, club):
    made = await invite(world, ada, club, "FINANCE")
    token, used = token_of(made), str(uuid.uuid4())

    got = await accept(world, bob, token, request_id=used)

    (told,) = await world.facts(made.name)
    assert (told.invitation, told.email, told.phone) == (made.name, "", "")

    assert (got.name, got.role) == (member(club, bob), access_pb2.ROLE_FINANCE)
    assert await accept(world, bob, token, request_id=used) == got
    found = await call(world, ada, "Get", made.name)
    assert (found.state, found.member, found.email) == (I.STATE_ACCEPTED, got.name, "")
    assert await world.facts(got.name) == [
        organization_pb2.MemberAdded(member=got.name, user=bob.name, role=access_pb2.ROLE_FINANCE)
    ]
    [entry] = await world.log(club, ada, "action = INVITATION_ACCEPT")
    assert (entry.actor, entry.target) == (bob.name, made.name)
    carol = await world.person()
    with refused(*ENDED, state="ACCEPTED"):
        await accept(world, carol, token)
    with refused(*ENDED, state="ACCEPTED"):
        await call(world, ada, "Revoke", made.name)


async def test_of_two_who_have_the_link_one_becomes_a_member(world, ada, bob, club):
    token = token_of(await invite(world, ada, club))
    carol = await world.person()

    outcomes = await asyncio.gather(
        accept(world, bob, token), accept(world, carol, token), return_exceptions=True
    )

    assert sorted(isinstance(one, Exception) for one in outcomes) == [False, True]


async def test_a_member_is_told_so(world, ada, club):
    made = await invite(world, ada, club)

    with refused(grpc.StatusCode.ALREADY_EXISTS, "MEMBER_EXISTS", member=member(club, ada)):
        await accept(world, ada, token_of(made))

    assert (await call(world, ada, "Get", made.name)).state == I.STATE_PENDING


async def test_an_invitation_ends_with_the_right_to_invite(world, ada, bob, club):
    admin = await world.join(club, ada, "ADMIN")
    made = await invite(world, admin, club)
    request = organization_pb2.DeleteMemberRequest(name=member(club, admin))
    await world.organizations.DeleteMember(request, metadata=ada.metadata)

    with refused(*ENDED, state="VOID"):
        await accept(world, bob, token_of(made))


async def test_an_owner_is_made_by_who_still_owns(world, ada, bob, club):
    carol = await world.join(club, ada, "OWNER")
    made = await invite(world, ada, club, "OWNER")
    request = organization_pb2.UpdateMemberRequest(
        member=organization_pb2.Member(name=member(club, ada), role=access_pb2.ROLE_ADMIN)
    )
    await world.organizations.UpdateMember(request, metadata=carol.metadata)

    with refused(*ENDED, state="VOID"):
        await accept(world, bob, token_of(made))


@pytest.mark.parametrize("wrong", ["garbage", "changed", "of another key", "for something else"])
async def test_what_is_no_token_of_an_invitation_is_pointed_at(world, ada, bob, club, wrong):
    made = await invite(world, ada, club)
    good = token_of(made)
    token = {
        "garbage": "garbage",
        "changed": f"{good[:-2]}{'AA' if not good.endswith('AA') else 'BB'}",
        "of another key": token_of(made, key=derive(b"another", "links")),
        "for something else": token_of(made, "participant"),
    }[wrong]

    with invalid("token"):
        await accept(world, bob, token)


async def test_an_organization_that_is_gone_takes_nobody_in(world, ada, bob, club):
    token = token_of(await invite(world, ada, club))
    request = organization_pb2.DeleteOrganizationRequest(name=club)
    await world.organizations.DeleteOrganization(request, metadata=ada.metadata)

    with refused(grpc.StatusCode.NOT_FOUND, "ORGANIZATION_NOT_FOUND"):
        await accept(world, bob, token)


async def test_who_has_no_account_any_more_becomes_nothing(world, ada, bob, club):
    token = token_of(await invite(world, ada, club))
    deletion = auth_pb2.DeleteUserRequest(name=bob.name)
    await world.accounts.DeleteUser(deletion, metadata=bob.metadata)

    with pytest.raises(grpc.aio.AioRpcError) as found:
        await accept(world, bob, token)
    assert found.value.code() in (grpc.StatusCode.NOT_FOUND, grpc.StatusCode.UNAUTHENTICATED)


async def test_an_invitation_is_forgotten_long_after_its_end(world, ada, club):
    made = await invite(world, ada, club)
    organization, id = (uuid.UUID(part) for part in made.name.split("/")[1::2])
    rows = await world.owner.execute(
        "select due_time from due where kind = %s and id = %s", [actions.FORGET, id]
    )
    [row] = await rows.fetchall()
    assert row.due_time == made.expire_time.ToDatetime(UTC) + domain.KEPT

    with within(organization):
        due = Due(actions.FORGET, organization, id, row.due_time, 0)
        await world.db.run(work.STEPS[actions.FORGET], due)

    with refused(*NOT_FOUND):
        await call(world, ada, "Get", made.name)
