"""What is told on: the facts of every service that an organization's own programs may want.

Not those of auth: who has an account and who is a member is not what a gathering comes to.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Mapping

from google.api import resource_pb2
from google.protobuf.message import Message

from services.event.webhooks import actions, wire
from services.kit.clock import now
from services.kit.db import Tx
from services.kit.inbox import Handler, Heard
from turnout.booking import v1 as booking
from turnout.event import v1 as event
from turnout.location import v1 as location
from turnout.messaging import v1 as messaging
from turnout.payment import v1 as payment

PACKAGES = (booking, event, location, messaging, payment)
# Facts are past participles, but for a few. A test compares them with what the contract says is
# told.
FACT = re.compile(r"[A-Za-z]+(ed|edIn|Held|HeldForReview|Sent|Read|Taken|Won|Lost|EvidenceDue)")


def _facts() -> dict[str, type[Message]]:
    """The facts of the contract, so that whatever is told anew can be asked for at once."""
    names = [
        f"{package.__name__}.{found.name}"
        for package in PACKAGES
        for found in pkgutil.iter_modules(package.__path__)
        if found.name.endswith("_pb2")
    ]
    files = [importlib.import_module(name) for name in sorted(names)]
    return {
        name: getattr(file, name)
        for file in files
        for name, message in file.DESCRIPTOR.message_types_by_name.items()
        # A feed is no past participle.
        if FACT.fullmatch(name) and not message.GetOptions().HasExtension(resource_pb2.resource)
    }


# By the name that endpoints ask for it by.
KINDS = _facts()


async def tell(tx: Tx, fact: Message, heard: Heard) -> None:
    if heard.organization is not None:
        told = wire.told(fact, heard.id, heard.subject, heard.create_time)
        await actions.tell(tx, heard.organization, told, now())


HEARS: Mapping[type[Message], Handler] = dict.fromkeys(KINDS.values(), tell)
