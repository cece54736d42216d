"""A bus for the tests: services with a database each, and a Redis of their own.

The teller calls itself `auth`, because what is told must be of a package of the contract.
"""

from __future__ import annotations

import uuid

from services.kit.carrier import carrier
from turnout.auth.v1 import organization_pb2
from turnout.bus.v1 import bus_pb2


def named(organization, text):
    return organization_pb2.OrganizationCreated(
        organization=f"organizations/{organization}", display_name=text
    )


async def tell(db, text="a", organization=None, subject=None):
    """Publishes one fact."""
    organization = organization or uuid.uuid4()

    async def action(tx):
        tx.publish(named(organization, text), subject=subject or f"organizations/{organization}")

    await db.run(action)


async def carried(url, stream="facts:auth"):
    """The facts in a stream, in order."""
    async with carrier(url) as client:
        return [
            bus_pb2.Fact.FromString(fields[b"body"]) for _, fields in await client.xrange(stream)
        ]


def text_of(fact):
    found = organization_pb2.OrganizationCreated()
    assert fact.body.Unpack(found)
    return found.display_name


async def texts(url, stream="facts:auth"):
    return [text_of(fact) for fact in await carried(url, stream)]


async def untold(owner):
    cursor = await owner.execute("select from outbox where told_time is null")
    return cursor.rowcount
