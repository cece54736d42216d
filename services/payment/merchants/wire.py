"""Accounts on the wire: messages to values and back. Pure."""

from __future__ import annotations

import uuid
from datetime import datetime

from services.kit import masks
from services.kit.etags import etag
from services.kit.wire import timestamp
from services.payment.merchants.domain import (
    MERCHANTS,
    Capture,
    Connection,
    Credentials,
    Merchant,
    Mode,
    Plan,
    Secret,
    State,
)
from turnout.payment.v1.merchant_account_pb2 import MerchantAccount

STATES = {
    State.DISABLED: MerchantAccount.STATE_DISABLED,
    State.ENABLED: MerchantAccount.STATE_ENABLED,
}
MODES = {Mode.TEST: MerchantAccount.MODE_TEST, Mode.LIVE: MerchantAccount.MODE_LIVE}
CAPTURES = {
    Capture.AUTOMATIC: MerchantAccount.CAPTURE_AUTOMATIC,
    Capture.MANUAL: MerchantAccount.CAPTURE_MANUAL,
}
READ = {number: capture for capture, number in CAPTURES.items()}
PATCHABLE = frozenset({"display_name", "publishable_key", "capture", "statement_suffix"})


def plan(message: MerchantAccount) -> Plan:
    return Plan(
        display_name=message.display_name.strip(),
        publishable_key=message.publishable_key,
        capture=READ.get(message.capture, Capture.AUTOMATIC),
        statement_suffix=message.statement_suffix.strip(),
    )


def credentials(message: MerchantAccount) -> Credentials:
    secrets = (Secret(message.webhook_secret),) if message.webhook_secret else ()
    return Credentials(message.api_key, secrets)


def revision(current: Merchant, sent: MerchantAccount, paths: frozenset[str], *, edge: str) -> Plan:
    """The plan of an account with the fields at `paths` as they were sent."""
    return plan(masks.merged(merchant(current, current.update_time, edge=edge), sent, paths))


def merchant(value: Merchant, now: datetime, *, edge: str) -> MerchantAccount:
    """`edge` is the public address, which webhooks are sent to."""
    return MerchantAccount(
        name=MERCHANTS.format(value.name),
        provider=value.provider,
        display_name=value.plan.display_name,
        publishable_key=value.plan.publishable_key,
        capture=CAPTURES[value.plan.capture],
        statement_suffix=value.plan.statement_suffix,
        api_key_hint=value.api_key_hint,
        webhook_secret_hints=[one.value for one in value.secret_hints if one.good(now)],
        webhook_uri=_webhooks(value, edge),
        mode=MODES[value.mode],
        state=STATES[value.state],
        connection=connection(value.connection) if value.connection else None,
        create_time=timestamp(value.create_time),
        update_time=timestamp(value.update_time),
        etag=etag(value.version),
    )


def _webhooks(value: Merchant, edge: str) -> str:
    """Where webhooks go to that somebody has to set up. Those of the platform come anyhow."""
    if value.connection is not None:
        return ""
    return f"{edge}/api/v1/webhooks/{value.provider}/{value.name.organization}"


def connection(value: Connection) -> MerchantAccount.Connection:
    return MerchantAccount.Connection(
        region_code=value.region,
        email=value.email,
        provider_account=value.reference,
        charges_enabled=value.charges_enabled,
        payouts_enabled=value.payouts_enabled,
        requirements=value.due,
        check_time=timestamp(value.check_time),
    )


def key(value: Merchant) -> tuple[uuid.UUID]:
    """What lists are sorted by."""
    return (value.name.id,)
