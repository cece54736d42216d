"""How whoever operates the mesh calls a service of it: at its own port, with a certificate."""

from __future__ import annotations

import grpc

from deploy.local.settings import Settings
from services.kit.peers import CERTIFICATE, KEY, OPERATOR, TRUST


def as_operator(settings: Settings, service: str, number: int = 1) -> grpc.Channel:
    """The way to a service, and to nobody else who may be at its port."""
    named = [("grpc.ssl_target_name_override", service)]
    return grpc.secure_channel(settings.address(service, number), credentials(settings), named)


def credentials(settings: Settings, name: str = OPERATOR) -> grpc.ChannelCredentials:
    """What `name` shows now."""
    folder = settings.tls / name
    trust, key, chain = ((folder / file).read_bytes() for file in (TRUST, KEY, CERTIFICATE))
    return grpc.ssl_channel_credentials(trust, key, chain)
