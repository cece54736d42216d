"""Administrators on the wire. Pure."""

from __future__ import annotations

from services.auth.administrators.domain import Administrator
from services.kit.names import USERS
from services.kit.wire import timestamp
from turnout.auth.v1 import administrator_pb2


def administrator(value: Administrator) -> administrator_pb2.Administrator:
    return administrator_pb2.Administrator(
        user=USERS.format(value.user),
        email=value.email,
        display_name=value.display_name,
        creator=USERS.format(value.creator) if value.creator else "",
        create_time=timestamp(value.create_time),
    )
