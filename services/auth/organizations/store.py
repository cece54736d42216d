"""What auth keeps of organizations and members. Each function is one statement."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from services.auth.organizations.domain import Member, Organization, Role
from services.auth.tables import members, organizations, users
from services.kit.db import Tx, sql
from services.kit.names import Name
from services.kit.pages import Page
from services.kit.tables import strict

# How many characters of a name a list is sorted by.
NAME_KEY = 30

_organization = sa.select(organizations).where(
    organizations.c.organization == sa.bindparam("organization")
)
_ORGANIZATION = sql(_organization)
_LOCK_ORGANIZATION = sql(_organization.with_for_update())
_ADD_ORGANIZATION = sql(sa.insert(organizations))
_KEEP_ORGANIZATION = sql(
    sa.update(organizations)
    .where(organizations.c.organization == sa.bindparam("id"))
    .values(
        {
            c: sa.bindparam(f"new_{c}")
            for c in (
                "display_name",
                "contact_email",
                "second_factor_required",
                "update_time",
                "version",
            )
        }
    )
)
_BE_STRICT = sql(
    insert(strict)
    .values(organization=sa.bindparam("id"))
    .on_conflict_do_nothing(index_elements=[strict.c.organization])
)
_BE_LENIENT = sql(sa.delete(strict).where(strict.c.organization == sa.bindparam("id")))
_REMOVE_ORGANIZATION = sql(
    sa.delete(organizations).where(organizations.c.organization == sa.bindparam("id"))
)
# The tokens of pages are short, so only the beginning of a name counts for the order.
_name = sa.func.left(organizations.c.display_name, NAME_KEY)
_last_name = sa.bindparam("last_name", type_=sa.Text)
_JOINED = sql(
    sa.select(organizations)
    .join(members, members.c.organization == organizations.c.organization)
    .where(
        members.c.user == sa.bindparam("user"),
        sa.or_(
            _last_name.is_(None),
            sa.tuple_(_name, organizations.c.organization)
            > sa.tuple_(_last_name, sa.bindparam("last_id", type_=sa.Uuid)),
        ),
    )
    .order_by(_name, organizations.c.organization)
    .limit(sa.bindparam("most"))
)

_members = (
    sa.select(members, users.c.display_name)
    .join(users, users.c.id == members.c.user)
    .where(members.c.organization == sa.bindparam("organization"))
)
_MEMBER = sql(_members.where(members.c.user == sa.bindparam("user")))
_last_time = sa.bindparam("last_time", type_=members.c.create_time.type)
_MEMBERS = sql(
    _members.where(
        sa.or_(
            _last_time.is_(None),
            sa.tuple_(members.c.create_time, members.c.user)
            > sa.tuple_(_last_time, sa.bindparam("last_user", type_=sa.Uuid)),
        )
    )
    .order_by(members.c.create_time, members.c.user)
    .limit(sa.bindparam("most"))
)
_OWNERS = sql(
    sa.select(sa.func.count().label("owners")).where(
        members.c.organization == sa.bindparam("organization"),
        members.c.role == Role.OWNER.value,
    )
)
_ADD_MEMBER = sql(
    insert(members).values({c.key: sa.bindparam(c.key) for c in members.c}).on_conflict_do_nothing()
)
_at = (
    members.c.organization == sa.bindparam("of"),
    members.c.user == sa.bindparam("who"),
)
_KEEP_MEMBER = sql(
    sa.update(members)
    .where(*_at)
    .values(role=sa.bindparam("new_role"), version=sa.bindparam("new_version"))
)
_REMOVE_MEMBER = sql(sa.delete(members).where(*_at))
_REMOVE_MEMBERS = sql(
    sa.delete(members)
    .where(members.c.organization == sa.bindparam("of"))
    .returning(members.c.organization, members.c.user)
)
# Who is about to become a member cannot go meanwhile.
_PERSON = sql(
    sa.select(users.c.display_name, users.c.email)
    .where(users.c.id == sa.bindparam("user"))
    .with_for_update(read=True, key_share=True)
)


async def organization(tx: Tx, id: uuid.UUID) -> Organization | None:
    row = await tx.maybe(_ORGANIZATION, organization=id)
    return None if row is None else _read(row)


async def lock_organization(tx: Tx, id: uuid.UUID) -> Organization | None:
    """Reads it, and keeps every other change of it or of its members waiting."""
    row = await tx.maybe(_LOCK_ORGANIZATION, organization=id)
    return None if row is None else _read(row)


async def add_organization(tx: Tx, organization: Organization) -> None:
    await tx.run(
        _ADD_ORGANIZATION,
        organization=organization.id,
        display_name=organization.display_name,
        contact_email=organization.contact_email,
        create_time=organization.create_time,
        update_time=organization.update_time,
        version=organization.version,
    )


async def be_strict(tx: Tx, organization: uuid.UUID) -> None:
    """Has access want a second factor of the members."""
    await tx.run(_BE_STRICT, id=organization)


async def be_lenient(tx: Tx, organization: uuid.UUID) -> None:
    await tx.run(_BE_LENIENT, id=organization)


async def keep_organization(tx: Tx, organization: Organization) -> None:
    await tx.run(
        _KEEP_ORGANIZATION,
        id=organization.id,
        new_display_name=organization.display_name,
        new_contact_email=organization.contact_email,
        new_second_factor_required=organization.second_factor_required,
        new_update_time=organization.update_time,
        new_version=organization.version,
    )


async def remove_organization(tx: Tx, id: uuid.UUID) -> None:
    """Removes it with all that hangs on it."""
    await tx.run(_REMOVE_ORGANIZATION, id=id)


async def joined(tx: Tx, user: uuid.UUID, page: Page) -> list[Organization]:
    """The organizations that a user is a member of, by name."""
    rows = await tx.all(_JOINED, user=user, most=page.limit, **page.keys("last_name", "last_id"))
    return [_read(row) for row in rows]


def joined_key(organization: Organization) -> tuple[str, uuid.UUID]:
    return organization.display_name[:NAME_KEY], organization.id


async def member(tx: Tx, name: Name) -> Member | None:
    row = await tx.maybe(_MEMBER, organization=name.organization, user=name.id)
    return None if row is None else _read_member(row)


async def members_of(tx: Tx, organization: uuid.UUID, page: Page) -> list[Member]:
    """The members of an organization, oldest first."""
    keys = page.keys("last_time", "last_user")
    rows = await tx.all(_MEMBERS, organization=organization, most=page.limit, **keys)
    return [_read_member(row) for row in rows]


def members_key(member: Member) -> tuple[datetime, uuid.UUID]:
    return member.create_time, member.name.id


async def owners(tx: Tx, organization: uuid.UUID) -> int:
    return int((await tx.one(_OWNERS, organization=organization)).owners)


async def add_member(tx: Tx, member: Member) -> bool:
    """False if the user is a member already."""
    added = await tx.run(
        _ADD_MEMBER,
        organization=member.name.organization,
        user=member.name.id,
        role=member.role.value,
        create_time=member.create_time,
        version=member.version,
    )
    return added == 1


async def keep_member(tx: Tx, member: Member) -> None:
    await tx.run(
        _KEEP_MEMBER,
        of=member.name.organization,
        who=member.name.id,
        new_role=member.role.value,
        new_version=member.version,
    )


async def remove_member(tx: Tx, name: Name) -> None:
    await tx.run(_REMOVE_MEMBER, of=name.organization, who=name.id)


async def remove_members(tx: Tx, organization: uuid.UUID) -> list[Name]:
    """Removes them all, and says who they were."""
    rows = await tx.all(_REMOVE_MEMBERS, of=organization)
    return [Name(row.organization, row.user) for row in rows]


async def person(tx: Tx, user: uuid.UUID) -> tuple[str, str] | None:
    """How a user is called, and the user's address."""
    row = await tx.maybe(_PERSON, user=user)
    return None if row is None else (row.display_name, row.email)


def _read(row: Any) -> Organization:
    return Organization(
        row.organization,
        row.display_name,
        row.contact_email,
        row.create_time,
        row.update_time,
        row.version,
        row.second_factor_required,
    )


def _read_member(row: Any) -> Member:
    return Member(
        Name(row.organization, row.user),
        Role(row.role),
        row.display_name,
        row.create_time,
        row.version,
    )
