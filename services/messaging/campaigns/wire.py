"""Campaigns on the wire. Pure."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime

from services.kit.etags import etag
from services.kit.names import Name
from services.kit.wire import instant, timestamp
from services.messaging.campaigns.domain import (
    CAMPAIGNS,
    EVERYBODY,
    Audience,
    Campaign,
    Progress,
    Reach,
    State,
)
from services.messaging.messages.domain import Channel
from services.messaging.messages.wire import CHANNELS
from services.messaging.people.domain import EVENTS
from services.messaging.people.wire import ANSWERS
from services.messaging.templates.domain import TEMPLATES
from services.messaging.templates.wire import BY_CHANNEL, values
from turnout.messaging.v1 import campaign_pb2, template_pb2

Message = campaign_pb2.Campaign

STATES = {
    State.SCHEDULED: Message.STATE_SCHEDULED,
    State.RUNNING: Message.STATE_RUNNING,
    State.PAUSED: Message.STATE_PAUSED,
    State.QUEUED: Message.STATE_QUEUED,
    State.CANCELLED: Message.STATE_CANCELLED,
}


def campaign(value: Campaign, progress: Progress) -> campaign_pb2.Campaign:
    return Message(
        name=CAMPAIGNS.format(value.name),
        display_name=value.display_name,
        event=EVENTS.format(value.event),
        template=TEMPLATES.format(value.template),
        variables=(
            template_pb2.VariableValue(name=name, value=text)
            for name, text in sorted(value.variables.items())
        ),
        channels=sorted(CHANNELS[each] for each in value.channels),
        start_time=timestamp(value.start_time),
        state=STATES[value.state],
        progress=Message.Progress(
            written=value.written,
            waiting=progress.waiting,
            sent=progress.sent,
            failed=progress.failed,
            unreachable=value.unreachable,
            suppressed=value.suppressed,
            without_consent=value.without_consent,
        ),
        create_time=timestamp(value.create_time),
        audience=_audience(value.audience),
        etag=etag(value.version),
    )


def created(
    request: campaign_pb2.CreateCampaignRequest,
    organization: uuid.UUID,
    *,
    id: uuid.UUID,
    now: datetime,
) -> Campaign:
    sent = request.campaign
    event = EVENTS.parse(sent.event, "campaign.event")
    template = TEMPLATES.parse(sent.template, "campaign.template")
    start = instant(sent.start_time) if sent.HasField("start_time") else None
    return Campaign(
        name=Name(organization, id),
        display_name=sent.display_name,
        # What another organization has is not there.
        event=Name(organization, event.id),
        template=Name(organization, template.id),
        template_version=0,
        variables=values(sent.variables),
        channels=channels(sent.channels),
        start_time=max(start or now, now),
        create_time=now,
        audience=audience(sent.audience),
    )


def audience(given: campaign_pb2.Campaign.Audience) -> Audience:
    return Audience(
        frozenset(ANSWERS[each] for each in given.answers),
        frozenset(each.lower() for each in given.language_codes),
    )


def _audience(value: Audience) -> campaign_pb2.Campaign.Audience | None:
    if value == EVERYBODY:
        return None
    numbers = {word: number for number, word in ANSWERS.items()}
    return Message.Audience(
        answers=sorted(numbers[word] for word in value.answers),
        language_codes=sorted(value.languages),
    )


def channels(given: Iterable[int]) -> frozenset[Channel]:
    return frozenset(BY_CHANNEL[each] for each in given) - {Channel.NONE}  # type: ignore[index]


def previewed(found: Sequence[Reach]) -> campaign_pb2.PreviewCampaignResponse:
    reach = [each for each in found if each.channel is not Channel.NONE]
    return campaign_pb2.PreviewCampaignResponse(
        reach=(
            campaign_pb2.PreviewCampaignResponse.Reach(
                channel=CHANNELS[each.channel],
                recipients=each.recipients,
                suppressed=each.suppressed,
                without_consent=each.without_consent,
            )
            for each in sorted(reach, key=lambda each: CHANNELS[each.channel])
        ),
        unreachable=sum(each.recipients for each in found if each.channel is Channel.NONE),
    )
