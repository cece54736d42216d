"""The links by which one says that one wants no more e-mails, and the page behind them. Pure."""

from __future__ import annotations

import html
from collections.abc import Callable
from datetime import datetime, timedelta

from google.api import httpbody_pb2

from services.kit import errors, links
from services.kit.names import Name
from services.messaging.messages.domain import MESSAGES, Channel, Message, Priority

PURPOSE = "unsubscribe"
# For how long after it was queued the link of an e-mail is good.
GOOD_FOR = timedelta(days=400)
# What somebody has to be told goes without a way out, as a ticket does.
OPTIONAL = frozenset({Priority.NORMAL, Priority.BULK})
PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="robots" content="noindex"><title>No more e-mails</title>
<body style="font:1.1em sans-serif;margin:3em auto;max-width:30em;padding:0 1em">
{body}
</body>
</html>
"""
ASK = """<h1>No more e-mails?</h1>
<form method="post">
<button name="List-Unsubscribe" value="One-Click">Send me no more</button>
</form>
"""
DONE = "<h1>Done</h1><p>{address} gets no more e-mails from this organizer.</p>"


class BadUnsubscribeLink(errors.NotFound):
    message = "the link was not made by us, or is too old"


def way_out(edge_url: str, key: bytes) -> Callable[[Message], str]:
    """The address of the way out of a message; empty for what has none."""

    def uri(message: Message) -> str:
        to_participant = "/participants/" in message.recipient
        if message.channel is not Channel.EMAIL or message.priority not in OPTIONAL:
            return ""
        if not to_participant:
            return ""
        until = message.create_time + GOOD_FOR
        token = links.sign(key, MESSAGES.format(message.name), PURPOSE, until)
        return f"{edge_url}/api/v1/unsubscribe/{token}"

    return uri


def message_of(token: str, key: bytes, now: datetime) -> Name:
    """Which message a link was in. Raises BadUnsubscribeLink."""
    try:
        link = links.verify(key, token, now)
    except (links.LinkExpired, links.LinkInvalid):
        raise BadUnsubscribeLink() from None
    if link.purpose != PURPOSE:
        raise BadUnsubscribeLink()
    return MESSAGES.parse(link.subject)


def page(body: str) -> httpbody_pb2.HttpBody:
    return httpbody_pb2.HttpBody(
        content_type="text/html; charset=utf-8", data=PAGE.format(body=body).encode()
    )


def done(address: str) -> httpbody_pb2.HttpBody:
    return page(DONE.format(address=html.escape(address or "This address")))
