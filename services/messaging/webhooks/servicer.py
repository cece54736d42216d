"""The RPCs that providers call. A method believes or refuses, keeps, and answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from google.api import httpbody_pb2

from services.kit.db import Database, Tx
from services.kit.letterbox import Letterbox
from services.kit.names import Name
from services.kit.vault import Vault
from services.messaging.accounts import actions as accounts
from services.messaging.accounts.domain import ACCOUNTS, Account, ChannelAccountNotFound, Provider
from services.messaging.accounts.wire import webhook_uri
from services.messaging.messages.domain import PLATFORM
from services.messaging.webhooks import actions, domain
from services.messaging.webhooks.domain import BadChannelSignature, Post
from turnout.messaging.v1 import channel_webhook_pb2 as pb2
from turnout.messaging.v1 import channel_webhook_pb2_grpc

if TYPE_CHECKING:
    import grpc

    Context = grpc.aio.ServicerContext[Any, Any]

HUB_SIGNATURE, OUR_SIGNATURE = "x-hub-signature-256", "x-signature-256"
TWILIO_SIGNATURE = "x-twilio-signature"
# What Twilio takes for "nothing to say".
TWIML = b'<?xml version="1.0" encoding="UTF-8"?><Response/>'
# What the others prove themselves by, beside WhatsApp and Twilio.
SECRETS = {Provider.JSON_SMS: "webhook_secret", Provider.SMTP: "webhook_secret"}


class ChannelWebhookServicer(channel_webhook_pb2_grpc.ChannelWebhookServiceServicer):
    """`app_secrets` and `verify_token` are of the platform's own app at WhatsApp."""

    def __init__(
        self,
        db: Database,
        now: Callable[[], datetime],
        *,
        vault: Vault,
        app_secrets: Sequence[str],
        verify_token: str,
        edge_url: str,
    ) -> None:
        async def keep(tx: Tx, posts: Sequence[Post]) -> None:
            await actions.receive(tx, posts, now())

        self._db = db
        self._vault = vault
        self._app_secrets = app_secrets
        self._verify_token = verify_token
        self._edge_url = edge_url
        self._letterbox = Letterbox(db, keep)

    async def VerifyWhatsAppWebhook(
        self, request: pb2.VerifyWhatsAppWebhookRequest, context: Context
    ) -> httpbody_pb2.HttpBody:
        hub = request.hub
        domain.need_token([self._verify_token], hub.mode, hub.verify_token)
        return _plain(hub.challenge)

    async def ReceiveWhatsAppWebhook(
        self, request: pb2.ReceiveWhatsAppWebhookRequest, context: Context
    ) -> httpbody_pb2.HttpBody:
        body = request.body.data
        domain.need_sha256(self._app_secrets, header(context, HUB_SIGNATURE), body)
        await self._put(Post(PLATFORM, actions.NOBODY, Provider.WHATSAPP.value, body))
        return _said(Provider.WHATSAPP)

    async def VerifyChannelWebhook(
        self, request: pb2.VerifyChannelWebhookRequest, context: Context
    ) -> httpbody_pb2.HttpBody:
        account = await self._account(ACCOUNTS.parse(request.name))
        hub = request.hub
        token = account.plan.credentials.get("verify_token", "") if account else ""
        domain.need_token([token], hub.mode, hub.verify_token)
        return _plain(hub.challenge)

    async def ReceiveChannelWebhook(
        self, request: pb2.ReceiveChannelWebhookRequest, context: Context
    ) -> httpbody_pb2.HttpBody:
        name, body = ACCOUNTS.parse(request.name), request.body.data
        account = await self._account(name)
        if account is None:
            raise BadChannelSignature()
        self._believe(account, context, body)
        provider = account.plan.provider
        await self._put(Post(name.organization, name.id, provider.value, body))
        return _said(provider)

    async def _account(self, name: Name) -> Account | None:
        """The account, with what it is believed by. Strangers do not learn whether there is one."""
        try:
            return await self._db.read(accounts.opened, name, self._vault)
        except ChannelAccountNotFound:
            return None

    def _believe(self, account: Account, context: Context, body: bytes) -> None:
        credentials = account.plan.credentials
        match account.plan.provider:
            case Provider.WHATSAPP:
                own = credentials.get("app_secret", "")
                signature = header(context, HUB_SIGNATURE)
                domain.need_sha256([own] if own else self._app_secrets, signature, body)
            case Provider.TWILIO:
                uri = webhook_uri(self._edge_url, account.name)
                signature = header(context, TWILIO_SIGNATURE)
                domain.need_twilio(credentials["auth_token"], signature, uri, body)
            case provider:
                secret = credentials.get(SECRETS.get(provider, ""), "")
                domain.need_sha256([secret], header(context, OUR_SIGNATURE), body)

    async def _put(self, post: Post) -> None:
        # What says nothing is not kept.
        if post.body:
            await self._letterbox.put(post)


def header(context: Context, name: str) -> str:
    """What came beside the body; of a header sent twice the last one."""
    found = [value for key, value in context.invocation_metadata() or () if key == name]
    return found[-1] if found and isinstance(found[-1], str) else ""


def _plain(text: str) -> httpbody_pb2.HttpBody:
    return httpbody_pb2.HttpBody(content_type="text/plain", data=text.encode())


def _said(provider: Provider) -> httpbody_pb2.HttpBody:
    if provider is Provider.TWILIO:
        return httpbody_pb2.HttpBody(content_type="text/xml", data=TWIML)
    return httpbody_pb2.HttpBody(content_type="application/json", data=b"{}")
