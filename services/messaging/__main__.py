"""Wires messaging together: `python -m services.messaging serve | work | run | migrate`."""

from __future__ import annotations

from services.kit.secrets import derive
from services.kit.server import Parts, Service, Servicers, main
from services.messaging.config import Config
from services.messaging.console import Console
from services.messaging.domain import Channel
from services.messaging.inbox import hears
from services.messaging.providers import Providers
from services.messaging.servicer import MessagingServicer, NoticeServicer
from services.messaging.wire import membership_link
from services.messaging.work import Dispatcher
from turnout.messaging.v1 import messaging_pb2_grpc, notice_pb2_grpc

SEALS = "messages"


def providers(config: Config) -> Providers:
    console = Console(config.messages_log)
    return {Channel.EMAIL: config.smtp or console, Channel.SMS: console}


def dispatcher(parts: Parts[Config, Dispatcher]) -> Dispatcher:
    key = derive(parts.settings.secret, SEALS)
    link = membership_link(parts.settings.edge_url, parts.links_key)
    return Dispatcher(providers(parts.config), key, parts.now, link)


def servicers(parts: Parts[Config, Dispatcher]) -> Servicers:
    servicer = MessagingServicer(parts.db, parts.pages_key)
    notices = NoticeServicer(parts.db, parts.state.key, parts.now)
    return [
        (messaging_pb2_grpc.add_MessagingServiceServicer_to_server, servicer),
        (notice_pb2_grpc.add_NoticeServiceServicer_to_server, notices),
    ]


SERVICE = Service(
    name="messaging",
    config=Config.from_env,
    state=dispatcher,
    servicers=servicers,
    hears=lambda parts: hears(parts.state.key, parts.state.link, parts.now),
    steps=lambda parts: parts.state.steps,
    errands=lambda parts: parts.state.errands,
)

if __name__ == "__main__":
    main(SERVICE)
