"""Accounts on the wire: messages to values and back. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from google.api import field_behavior_pb2
from google.protobuf.descriptor import FieldDescriptor

from services.kit import fields, masks
from services.kit.etags import etag
from services.kit.names import Name
from services.kit.wire import timestamp
from services.messaging.accounts.domain import ACCOUNTS, Account, BadChannelAccount, Plan, Provider
from services.messaging.messages.wire import CHANNELS
from turnout.messaging.v1.channel_account_pb2 import ChannelAccount

OWN = frozenset({"display_name", "priority", "disabled", "max_messages_per_second"})
PATCHABLE = OWN | {provider.value for provider in Provider}
# Enumerations of settings are kept as the words behind this.
SECURITY = "SECURITY_"


def plan(message: ChannelAccount) -> Plan:
    """What was sent, without what is for us to say."""
    word = message.WhichOneof("provider")
    if word is None:
        raise BadChannelAccount("channel_account.provider", "must be one of those there are")
    sent = getattr(message, word)
    return Plan(
        display_name=message.display_name.strip(),
        provider=Provider(word),
        settings={field.name: _value(sent, field) for field in _plain(sent)},
        credentials={f.name: getattr(sent, f.name) for f in _secret(sent) if getattr(sent, f.name)},
        priority=message.priority,
        disabled=message.disabled,
        max_messages_per_second=message.max_messages_per_second,
    )


def revision(current: Account, sent: ChannelAccount, paths: frozenset[str]) -> Plan:
    """The plan of an account with the fields at `paths` as they were sent."""
    return plan(masks.merged(account(current, ""), sent, paths))


def account(value: Account, edge_url: str) -> ChannelAccount:
    """An account as everybody may see it: without its credentials."""
    plan = value.plan
    shown = ChannelAccount(
        name=ACCOUNTS.format(value.name),
        display_name=plan.display_name,
        channel=CHANNELS[value.channel],
        priority=plan.priority,
        disabled=plan.disabled,
        max_messages_per_second=plan.max_messages_per_second,
        webhook_uri=webhook_uri(edge_url, value.name),
        verify_time=timestamp(value.verify_time),
        verify_problem=value.verify_problem,
        templates=(
            ChannelAccount.Template(name=name, language_code=language, status=said)
            for (name, language), said in sorted(value.templates.items())
        ),
        template_time=timestamp(value.template_time),
        create_time=timestamp(value.create_time),
        update_time=timestamp(value.update_time),
        etag=etag(value.version),
    )
    settings = getattr(shown, plan.provider.value)
    settings.SetInParent()
    for name, kept in plan.settings.items():
        field = settings.DESCRIPTOR.fields_by_name.get(name)
        if field is not None:
            setattr(settings, name, _stored(field, kept))
    return shown


def webhook_uri(edge_url: str, name: Name) -> str:
    """Where the provider of an account tells us things."""
    return f"{edge_url}/api/v1/webhook/{ACCOUNTS.format(name)}"


def _plain(message: Any) -> Iterator[FieldDescriptor]:
    ours = {field_behavior_pb2.INPUT_ONLY, field_behavior_pb2.OUTPUT_ONLY}
    return (f for f in message.DESCRIPTOR.fields if not ours & set(fields.behavior(f)))


def _secret(message: Any) -> Iterator[FieldDescriptor]:
    secret = field_behavior_pb2.INPUT_ONLY
    return (f for f in message.DESCRIPTOR.fields if secret in fields.behavior(f))


def _value(message: Any, field: FieldDescriptor) -> Any:
    found = getattr(message, field.name)
    if field.enum_type is None:
        return found.strip() if isinstance(found, str) else found
    name = field.enum_type.values_by_number[found].name
    return name.removeprefix(SECURITY).lower()


def _stored(field: FieldDescriptor, kept: Any) -> Any:
    if field.enum_type is None:
        return kept
    return field.enum_type.values_by_name[SECURITY + kept.upper()].number
