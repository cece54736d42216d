"""Shares on the wire: messages to values and back. Pure."""

from __future__ import annotations

from datetime import datetime

from services.kit import links
from services.kit.etags import etag
from services.kit.names import Name, parent
from services.kit.wire import instant, timestamp
from services.location.events.domain import EVENTS
from services.location.journeys.domain import JOURNEYS, Precision
from services.location.journeys.wire import PRECISION_OF, PRECISIONS
from services.location.shares.domain import PURPOSE, SHARES, Draft, Share, ShareOver
from turnout.location.v1 import share_pb2


def draft(request: share_pb2.CreateShareRequest) -> Draft:
    """What is to be shared."""
    parent(request.parent)
    asked = request.share
    return Draft(
        EVENTS.parse(asked.event, "share.event"),
        JOURNEYS.parse(asked.journey, "share.journey") if asked.journey else None,
        PRECISION_OF.get(asked.precision, Precision.EXACT),
        instant(asked.expire_time) if asked.HasField("expire_time") else None,
    )


def share(value: Share) -> share_pb2.Share:
    """A share without its token."""
    return share_pb2.Share(
        name=SHARES.format(value.name),
        event=EVENTS.format(value.event),
        journey=JOURNEYS.format(value.journey) if value.journey else "",
        precision=PRECISIONS[value.precision],
        expire_time=timestamp(value.expire_time),
        creator=value.creator,
        create_time=timestamp(value.create_time),
        revoke_time=timestamp(value.revoke_time),
        etag=etag(value.version),
    )


def opened(message: share_pb2.Share, who: str, key: bytes) -> share_pb2.Share:
    """With the token, for who made it; it follows from the name, and lies in no table."""
    until = instant(message.expire_time)
    if message.creator == who and until is not None and not message.HasField("revoke_time"):
        message.token = links.sign(key, message.name, PURPOSE, until)
    return message


def named(key: bytes, token: str, now: datetime) -> Name:
    """The share that a token opens; raises ShareOver."""
    try:
        link = links.verify(key, token, now)
    except (links.LinkInvalid, links.LinkExpired):
        raise ShareOver() from None
    if link.purpose != PURPOSE:
        raise ShareOver()
    return SHARES.parse(link.subject)
