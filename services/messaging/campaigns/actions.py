"""What is done with campaigns, one function per intent. Each runs inside one transaction."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from services.kit.db import Tx
from services.kit.ids import new_id
from services.kit.names import Name
from services.kit.pages import Page
from services.kit.secrets import open, seal
from services.messaging.campaigns import domain, store
from services.messaging.campaigns.domain import CAMPAIGNS, Campaign, Progress, Reach
from services.messaging.dispatch.actions import line_up
from services.messaging.messages import store as messages
from services.messaging.messages.domain import MESSAGES, Channel, Kind, Message, Priority
from services.messaging.people import store as people
from services.messaging.people.domain import EVENTS, PARTICIPANTS, Gathering, Host
from services.messaging.templates import actions as templates
from services.messaging.templates import domain as words
from services.messaging.templates import rendering
from services.messaging.templates.domain import Template

# Writes to the next of the people; its id is the campaign's.
RUN = "campaign"
CANCELLED = "the campaign was cancelled"

Seen = tuple[Campaign, Progress]


async def create(tx: Tx, campaign: Campaign) -> Seen:
    if await people.event(tx, campaign.event) is None:
        raise domain.EventNotFound(EVENTS.format(campaign.event))
    template = await templates.template(tx, campaign.template)
    # What is missing is refused now, and not when the first is written to.
    words.values(template.variables, campaign.variables, "")
    made = replace(campaign, template_version=template.version)
    await store.save(tx, made)
    tx.schedule(RUN, made.name.organization, made.name.id, made.start_time)
    return made, Progress()


async def run(tx: Tx, name: Name, *, key: bytes, now: datetime) -> None:
    """Writes to the next of the people, and comes back until everybody is."""
    campaign = await store.lock(tx, name)
    if campaign is None or not domain.runs(campaign):
        return
    found = await store.batch(tx, campaign.event, campaign.after, domain.BATCH)
    reached = [each for each in found if _is_meant(campaign, each)]
    wanted = [each for each in reached if not each.suppressed and each.channel is not Channel.NONE]
    template = await templates.template(tx, campaign.template, campaign.template_version)
    event, host = await people.event(tx, campaign.event), await people.host(tx, name.organization)
    pen = _Pen(campaign, template, event, host, key, now)
    written = [pen.write(each) for each in wanted]
    if written:
        await messages.add(tx, written)
        await store.belong(tx, name, [new.message.name.id for new in written])
        await line_up(tx, [new.message for new in written], now)
    unreachable = sum(each.channel is Channel.NONE for each in reached)
    after = domain.wrote(
        campaign,
        found[-1].id if len(found) == domain.BATCH else None,
        written=len(written),
        unreachable=unreachable,
        suppressed=len(reached) - len(wanted) - unreachable,
    )
    await _keep(tx, after)
    if not after.complete:
        tx.schedule(RUN, name.organization, name.id, now)


class _Pen:
    """Writes the messages of one campaign."""

    def __init__(
        self,
        campaign: Campaign,
        template: Template,
        event: Gathering | None,
        host: Host | None,
        key: bytes,
        now: datetime,
    ) -> None:
        self._campaign, self._template = campaign, template
        self._event, self._host = event, host
        self._key, self._now = key, now
        self._filled: dict[str, Mapping[str, str]] = {}

    def write(self, to: store.Invited) -> messages.New:
        campaign, organization = self._campaign, self._campaign.name.organization
        participant = PARTICIPANTS.format(Name(organization, to.id))
        chosen = words.translation(self._template, to.language)
        common = self._common(chosen.language)
        own = {"name": rendering.one_line(to.display_name), "link": rendering.LEFT_OUT}
        link = open(self._key, to.link, participant).decode()
        whole = words.write(chosen, to.channel, {**common, **own, "link": link})
        name = Name(organization, new_id())
        message = Message(
            name=name,
            recipient=participant,
            address=to.email or to.phone,
            channel=to.channel,
            kind=Kind.CAMPAIGN,
            event=campaign.event,
            shown=words.write(chosen, to.channel, {**common, **own}),
            create_time=self._now,
            priority=Priority.BULK,
        )
        sealed = seal(self._key, whole.body.encode(), MESSAGES.format(name))
        return messages.New(message, to.display_name, sealed)

    def _common(self, language: str) -> Mapping[str, str]:
        """What is the same for all who read a language."""
        if language not in self._filled:
            zone = self._event.time_zone if self._event else "UTC"
            values = words.values(
                self._template.variables, self._campaign.variables, language, zone
            )
            known = rendering.known(self._event, self._host, language)
            self._filled[language] = {**known, **values}
        return self._filled[language]


def _is_meant(campaign: Campaign, each: store.Invited) -> bool:
    return not campaign.channels or each.channel in campaign.channels


async def pause(tx: Tx, name: Name) -> Seen:
    after = await _change(tx, name, domain.pause)
    await store.hold(tx, name)
    return after, await store.progress(tx, name)


async def resume(tx: Tx, name: Name, now: datetime) -> Seen:
    after = await _change(tx, name, domain.resume)
    ids = await store.let_go(tx, name)
    if ids:
        await line_up(tx, await messages.lock_all(tx, name.organization, ids), now)
    if domain.runs(after):
        tx.schedule(RUN, name.organization, name.id, max(now, after.start_time))
    return after, await store.progress(tx, name)


async def cancel(tx: Tx, name: Name) -> Seen:
    after = await _change(tx, name, domain.cancel)
    await store.give_up(tx, name, CANCELLED)
    return after, await store.progress(tx, name)


async def campaign(tx: Tx, name: Name) -> Seen:
    found = await store.find(tx, name)
    if found is None:
        raise domain.CampaignNotFound(CAMPAIGNS.format(name))
    return found, await store.progress(tx, name)


async def campaigns(tx: Tx, organization: uuid.UUID, page: Page) -> tuple[Sequence[Seen], str]:
    """A page of campaigns, and the token of the next."""
    found = await store.page(tx, organization, page)
    shown, token = page.cut(found, lambda each: (each.name.id,))
    return [(each, await store.progress(tx, each.name)) for each in shown], token


async def preview(tx: Tx, organization: uuid.UUID, event: Name) -> list[Reach]:
    """How many are reached by what."""
    if event.organization != organization:
        return []
    return await store.reach(tx, organization, event.id)


async def _change(tx: Tx, name: Name, change: Callable[[Campaign], Campaign]) -> Campaign:
    before = await store.lock(tx, name)
    if before is None:
        raise domain.CampaignNotFound(CAMPAIGNS.format(name))
    after = change(before)
    if after != before:
        await _keep(tx, after)
    return after


async def _keep(tx: Tx, value: Campaign) -> None:
    await store.save(tx, value)
