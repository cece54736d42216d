"""Apps and browsers on the wire. Pure."""

from __future__ import annotations

import uuid
from datetime import datetime

from services.kit.etags import etag
from services.kit.names import Name
from services.kit.wire import timestamp
from services.messaging.devices import domain
from services.messaging.devices.domain import DEVICES, BadPushDevice, Device
from services.messaging.outgoing.domain import ParticipantNotFound
from turnout.messaging.v1 import push_device_pb2 as pb2


def registered(
    request: pb2.CreatePushDeviceRequest,
    organization: uuid.UUID,
    *,
    id: uuid.UUID,
    person: str,
    now: datetime,
    loopback: bool,
) -> Device:
    sent = request.push_device
    if sent.person not in ("", person):
        raise ParticipantNotFound(sent.person)
    match sent.WhichOneof("target"):
        case "fcm_token":
            address = domain.app(sent.fcm_token)
        case "web_push":
            to = sent.web_push
            address = domain.browser(to.endpoint, to.p256dh, to.auth, loopback=loopback)
        case _:
            raise BadPushDevice("push_device.target", "must be an app or a browser")
    return Device(Name(organization, id), person, sent.display_name, address, now)


def device(value: Device) -> pb2.PushDevice:
    """A device without where notifications go: that is good as a key."""
    return pb2.PushDevice(
        name=DEVICES.format(value.name),
        person=value.person,
        display_name=value.display_name,
        create_time=timestamp(value.create_time),
        etag=etag(value.version),
    )
