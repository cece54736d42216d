"""What is done with campaigns, one function per intent. Each runs inside one transaction."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from services.kit.db import Tx
from services.kit.ids import new_id
from services.kit.names import Name
from services.kit.pages import Page
from services.kit.secrets import open
from services.messaging.campaigns import domain, store
from services.messaging.campaigns.domain import (
    CAMPAIGNS,
    Campaign,
    Choice,
    Left,
    Progress,
    Reach,
    Unwanted,
)
from services.messaging.cascades import store as plans
from services.messaging.cascades.actions import Draft, queue
from services.messaging.cascades.domain import Step, Way, notifies
from services.messaging.decency import store as decency
from services.messaging.devices import actions as devices
from services.messaging.dispatch.actions import line_up
from services.messaging.messages import store as messages
from services.messaging.messages.actions import CASCADE
from services.messaging.messages.content import Content, packed
from services.messaging.messages.domain import Channel, Kind, Message, Priority, Text
from services.messaging.people import store as people
from services.messaging.people.domain import EVENTS, Gathering, Host
from services.messaging.templates import actions as templates
from services.messaging.templates import domain as words
from services.messaging.templates import rendering
from services.messaging.templates.domain import Template, Translation

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
    plan = await plans.plan(tx, name.organization, Kind.CAMPAIGN)
    choices = await _choose(tx, name.organization, found, plan.steps, campaign.channels)
    template = await templates.template(tx, campaign.template, campaign.template_version)
    event, host = await people.event(tx, campaign.event), await people.host(tx, name.organization)
    pen = _Pen(campaign, template, event, host, key, now)
    drafts = [
        pen.write(to, choice.ways) for to, choice in zip(found, choices, strict=True) if choice.ways
    ]
    written = await queue(tx, drafts, key=key, now=now)
    await store.belong(tx, name, [message.name.id for message in written])
    last = found[-1].id if len(found) == domain.BATCH else None
    after = domain.wrote(campaign, last, domain.counted(choices))
    await _keep(tx, after)
    if not after.complete:
        tx.schedule(RUN, name.organization, name.id, now)


async def _choose(
    tx: Tx,
    organization: uuid.UUID,
    found: Sequence[store.Invited],
    plan: Sequence[Step],
    channels: frozenset[Channel],
) -> list[Choice]:
    """What each of the people is written to by, or why they are left out."""
    notified: Mapping[str, tuple[str, ...]] = {}
    if notifies(plan) or Channel.PUSH in channels:
        names = [each.person.name for each in found]
        notified = await devices.reached_all(tx, organization, names)
    reached = [replace(each.person, devices=notified.get(each.person.name, ())) for each in found]
    ways = [domain.ways(plan, channels, each) for each in reached]
    addresses: dict[Channel, set[str]] = {}
    for way in itertools.chain.from_iterable(ways):
        addresses.setdefault(way.channel, set()).add(way.address.lower())
    policy = await decency.policy(tx, organization)
    suppressed = {
        channel: await decency.suppressed(tx, organization, channel, theirs)
        for channel, theirs in addresses.items()
    }
    agreed = {
        channel: await decency.agreed(tx, organization, channel, theirs)
        for channel, theirs in addresses.items()
        if channel in policy.consent_channels
    }
    unwanted = Unwanted(suppressed, agreed)
    return [domain.choose(each, unwanted) for each in ways]


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
        self._chosen: dict[str, Translation] = {}
        self._blanks: dict[tuple[str, Channel], words.Blank] = {}

    def write(self, to: store.Invited, ways: Sequence[Way]) -> Draft:
        campaign, person = self._campaign, to.person
        chosen = self._translation(person.language)
        shown = {"name": rendering.one_line(person.display_name), "link": rendering.LEFT_OUT}
        whole = shown
        if words.mentions(chosen, "link"):
            whole = {**shown, "link": open(self._key, to.link, person.name).decode()}
        said = [self._say(way, chosen, shown, whole) for way in ways]
        first = said[0]
        message = Message(
            name=Name(campaign.name.organization, new_id()),
            recipient=person.name,
            address=first.address,
            channel=first.channel,
            kind=Kind.CAMPAIGN,
            event=campaign.event,
            shown=Text(first.subject, first.shown),
            create_time=self._now,
            priority=Priority.BULK,
        )
        return Draft(message, person.display_name, said)

    def _say(
        self, way: Way, chosen: Translation, shown: Mapping[str, str], whole: Mapping[str, str]
    ) -> Way:
        """A step, with what it says on its channel: what may be shown of it, and all of it."""
        fill = self._blank(chosen, way.channel)
        text = fill(shown)
        body = text.body if whole is shown else fill(whole).body
        said = packed(self._content(way.channel, chosen, whole, body))
        return Way(way.channel, way.address, way.deadline, text.subject, text.body, said)

    def _content(
        self, channel: Channel, chosen: Translation, whole: Mapping[str, str], body: str
    ) -> Content:
        """A body, and the same in words that the channel has approved, where it asks for that."""
        if channel is not Channel.WHATSAPP:
            return Content(body)
        filled = {**self._common(chosen.language), **whole}
        return Content(body, chosen.language, template=words.approved(chosen, filled))

    def _translation(self, language: str) -> Translation:
        if language not in self._chosen:
            self._chosen[language] = words.translation(self._template, language)
        return self._chosen[language]

    def _blank(self, chosen: Translation, channel: Channel) -> words.Blank:
        key = chosen.language, channel
        if key not in self._blanks:
            self._blanks[key] = words.blank(chosen, channel, self._common(chosen.language))
        return self._blanks[key]

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


async def pause(tx: Tx, name: Name, now: datetime) -> Seen:
    after = await _change(tx, name, domain.pause)
    await store.hold(tx, name, now)
    return after, await store.progress(tx, name)


async def resume(tx: Tx, name: Name, now: datetime) -> Seen:
    after = await _change(tx, name, domain.resume)
    for cascade, at in await store.go_on(tx, name, now):
        if at is not None:
            tx.schedule(CASCADE, name.organization, cascade, at)
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


async def preview(
    tx: Tx, organization: uuid.UUID, event: Name, channels: frozenset[Channel]
) -> list[Reach]:
    """How many are reached by what, and how many are left out."""
    if event.organization != organization:
        return []
    plan = await plans.plan(tx, organization, Kind.CAMPAIGN)
    found: dict[tuple[Channel, Left | None], int] = {}
    last = None
    while people := await store.batch(tx, event, last, domain.BATCH):
        choices = await _choose(tx, organization, people, plan.steps, channels)
        for key, number in domain.counted(choices).items():
            found[key] = found.get(key, 0) + number
        last = people[-1].id
    return domain.reaches(found)


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
