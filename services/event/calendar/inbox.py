"""What calendars hear: whose account is no more."""

from __future__ import annotations

from collections.abc import Mapping

from google.protobuf.message import Message

from services.event.calendar import actions
from services.kit.db import Tx
from services.kit.inbox import Handler, Heard
from services.kit.names import USERS
from turnout.auth.v1 import auth_pb2


async def deleted(tx: Tx, fact: auth_pb2.UserDeleted, _: Heard) -> None:
    await actions.forget(tx, USERS.parse(fact.user, "user"))


HEARS: Mapping[type[Message], Handler] = {auth_pb2.UserDeleted: deleted}
