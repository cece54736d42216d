"""Wires messaging together: `python -m services.messaging serve | work | run | migrate | …`."""

from __future__ import annotations

from typing import Any

from services.kit import vault
from services.kit.secrets import derive
from services.kit.server import Parts, Service, Servicers, main, reseal
from services.messaging import work
from services.messaging.accounts.servicer import ChannelAccountServicer
from services.messaging.campaigns.servicer import CampaignServicer
from services.messaging.cascades.servicer import CascadePlanServicer
from services.messaging.channels.approvals import Approvals
from services.messaging.channels.carriers import Carriers
from services.messaging.channels.console import Console
from services.messaging.channels.limits import Limiter
from services.messaging.channels.provider import Providers
from services.messaging.channels.web import Web
from services.messaging.config import Config
from services.messaging.conversations.receipts import Receipts
from services.messaging.conversations.servicer import ConversationServicer
from services.messaging.decency.servicer import (
    ConsentServicer,
    SendingPolicyServicer,
    SuppressionServicer,
)
from services.messaging.devices.servicer import PushDeviceServicer
from services.messaging.dispatch.servicer import DispatcherServicer, RatePolicyServicer
from services.messaging.dispatch.work import Dispatcher
from services.messaging.inbound.servicer import InboundServicer
from services.messaging.inbox import hears
from services.messaging.messages.cache import SentCache
from services.messaging.messages.domain import Channel
from services.messaging.messages.servicer import MessagingServicer
from services.messaging.notices.servicer import NoticeServicer
from services.messaging.notices.wire import Link, signed_link
from services.messaging.templates.servicer import MessageTemplateServicer
from services.messaging.unsubscribe.servicer import UnsubscribeServicer
from services.messaging.unsubscribe.wire import way_out
from services.messaging.webhooks.servicer import ChannelWebhookServicer
from services.messaging.wordings.servicer import NoticeTemplateServicer
from turnout.messaging.v1 import (
    campaign_pb2_grpc,
    cascade_plan_pb2_grpc,
    channel_account_pb2_grpc,
    channel_webhook_pb2_grpc,
    consent_pb2_grpc,
    conversation_pb2_grpc,
    dispatcher_pb2_grpc,
    inbound_pb2_grpc,
    messaging_pb2_grpc,
    notice_pb2_grpc,
    notice_template_pb2_grpc,
    push_device_pb2_grpc,
    rate_policy_pb2_grpc,
    sending_policy_pb2_grpc,
    suppression_pb2_grpc,
    template_pb2_grpc,
    unsubscribe_pb2_grpc,
)

SEALS, LIMITS = "messages", "limits"


def providers(config: Config) -> Providers:
    console = Console(config.messages_log)
    smtp = config.smtp or console
    return {
        Channel.EMAIL: smtp,
        Channel.SMS: console,
        Channel.WHATSAPP: console,
        Channel.PUSH: console,
    }


def dispatcher(parts: Parts[Config, Dispatcher]) -> Dispatcher:
    key = derive(parts.settings.secret, SEALS)
    cache = SentCache.open(parts.settings.redis_url)
    return Dispatcher(
        providers(parts.config),
        key,
        parts.now,
        parts.config.rate,
        cache,
        carriers=carriers(parts),
        way_out=way_out(parts.settings.edge_url, parts.links_key),
    )


def link(parts: Parts[Config, Dispatcher]) -> Link:
    return signed_link(parts.settings.edge_url, parts.links_key)


def carriers(parts: Parts[Config, Any]) -> Carriers:
    web = Web(loopback=parts.config.loopback)
    edge_url, hosts = parts.settings.edge_url, parts.config.hosts
    secret = derive(parts.settings.secret, LIMITS)
    limiter = Limiter.open(parts.settings.redis_url, secret, parts.now)
    return Carriers(parts.db, parts.vault, web, parts.now, limiter, edge_url, hosts)


def approvals(parts: Parts[Config, Dispatcher]) -> Approvals:
    known = parts.state.carriers
    return Approvals(known if isinstance(known, Carriers) else None, parts.now)


def _carriers(parts: Parts[Config, Dispatcher]) -> Carriers:
    assert isinstance(parts.state.carriers, Carriers)
    return parts.state.carriers


def channels(parts: Parts[Config, Dispatcher]) -> Servicers:
    """The accounts of organizations, and what their providers call."""
    accounts = ChannelAccountServicer(
        parts.db,
        parts.now,
        vault=parts.vault,
        carriers=_carriers(parts),
        secret=parts.pages_key,
        edge_url=parts.settings.edge_url,
    )
    webhooks = ChannelWebhookServicer(
        parts.db,
        parts.now,
        vault=parts.vault,
        app_secrets=parts.config.app_secrets,
        verify_token=parts.config.verify_token,
        edge_url=parts.settings.edge_url,
    )
    return [
        (channel_account_pb2_grpc.add_ChannelAccountServiceServicer_to_server, accounts),
        (channel_webhook_pb2_grpc.add_ChannelWebhookServiceServicer_to_server, webhooks),
        (
            unsubscribe_pb2_grpc.add_UnsubscribeServiceServicer_to_server,
            UnsubscribeServicer(parts.db, parts.now, key=parts.links_key),
        ),
    ]


def servicers(parts: Parts[Config, Dispatcher]) -> Servicers:
    servicer = MessagingServicer(
        parts.db,
        parts.now,
        key=parts.state.key,
        pages_key=parts.pages_key,
        cache=parts.state.cache,
    )
    rates = RatePolicyServicer(
        parts.db,
        parts.now,
        usual=parts.config.rate,
        limit=parts.state.limit,
        pages_key=parts.pages_key,
    )
    notices = NoticeServicer(parts.db, parts.state.key, parts.now)
    inbound = InboundServicer(parts.db, parts.now, parts.pages_key)
    conversations = ConversationServicer(
        parts.db, parts.now, key=parts.state.key, pages_key=parts.pages_key
    )
    templates = MessageTemplateServicer(
        parts.db, parts.now, key=parts.state.key, pages_key=parts.pages_key
    )
    devices = PushDeviceServicer(
        parts.db,
        parts.now,
        key=parts.state.key,
        pages_key=parts.pages_key,
        loopback=parts.config.loopback,
    )
    campaigns = CampaignServicer(parts.db, parts.now, parts.pages_key)
    return [
        (campaign_pb2_grpc.add_CampaignServiceServicer_to_server, campaigns),
        (template_pb2_grpc.add_MessageTemplateServiceServicer_to_server, templates),
        (conversation_pb2_grpc.add_ConversationServiceServicer_to_server, conversations),
        (push_device_pb2_grpc.add_PushDeviceServiceServicer_to_server, devices),
        *channels(parts),
        (inbound_pb2_grpc.add_InboundServiceServicer_to_server, inbound),
        (messaging_pb2_grpc.add_MessagingServiceServicer_to_server, servicer),
        (notice_pb2_grpc.add_NoticeServiceServicer_to_server, notices),
        (
            notice_template_pb2_grpc.add_NoticeTemplateServiceServicer_to_server,
            NoticeTemplateServicer(parts.db, parts.pages_key),
        ),
        (
            dispatcher_pb2_grpc.add_DispatcherServiceServicer_to_server,
            DispatcherServicer(parts.db, parts.now),
        ),
        (rate_policy_pb2_grpc.add_RatePolicyServiceServicer_to_server, rates),
        (
            suppression_pb2_grpc.add_SuppressionServiceServicer_to_server,
            SuppressionServicer(parts.db, parts.now, parts.pages_key),
        ),
        (
            cascade_plan_pb2_grpc.add_CascadePlanServiceServicer_to_server,
            CascadePlanServicer(parts.db, parts.pages_key),
        ),
        (
            consent_pb2_grpc.add_ConsentServiceServicer_to_server,
            ConsentServicer(parts.db, parts.now, parts.pages_key),
        ),
        (
            sending_policy_pb2_grpc.add_SendingPolicyServiceServicer_to_server,
            SendingPolicyServicer(parts.db),
        ),
    ]


SERVICE = Service(
    name="messaging",
    config=Config.from_env,
    state=dispatcher,
    servicers=servicers,
    hears=lambda parts: hears(parts.state.key, link(parts), parts.now),
    steps=lambda parts: work.steps(parts.state.key, link(parts), parts.now),
    errands=lambda parts: {
        **parts.state.errands,
        **Receipts(parts.state.carriers).errands,
        **approvals(parts).errands,
    },
    every=lambda parts: {"reseal": (vault.HOUR, parts.vault.reseal)},
    background=lambda parts: [_carriers(parts).web.until_stopped()],
    verbs={"reseal": reseal},
)

if __name__ == "__main__":
    main(SERVICE)
