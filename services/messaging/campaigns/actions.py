"""What is done with campaigns, one function per intent. Each runs inside one transaction."""

from __future__ import annotations

import collections
import itertools
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from services.kit.db import Tx
from services.kit.ids import new_id
from services.kit.names import Name
from services.kit.pages import Page
from services.messaging.campaigns import domain, store
from services.messaging.campaigns.domain import (
    CAMPAIGNS,
    Audience,
    Campaign,
    Choice,
    Left,
    Progress,
    Reach,
    Unwanted,
)
from services.messaging.cascades import domain as cascades
from services.messaging.cascades import store as plans
from services.messaging.cascades.actions import Begun, queue_many
from services.messaging.cascades.domain import Step, Way, notifies
from services.messaging.circulars import actions as circulars
from services.messaging.circulars.domain import Circular
from services.messaging.decency import store as decency
from services.messaging.devices import actions as devices
from services.messaging.dispatch.actions import line_up
from services.messaging.messages import store as messages
from services.messaging.messages.actions import CASCADE
from services.messaging.messages.domain import Channel, Kind, Priority
from services.messaging.people import store as people
from services.messaging.people.domain import EVENTS, PARTICIPANTS, Gathering, Host, Person
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


async def run(tx: Tx, name: Name, *, now: datetime) -> None:
    """Writes to the next of the people, and comes back until everybody is."""
    campaign = await store.lock(tx, name)
    if campaign is None or not domain.runs(campaign):
        return
    found = await store.batch(tx, campaign.event, campaign.audience, campaign.after, domain.BATCH)
    plan = await plans.plan(tx, name.organization, Kind.CAMPAIGN)
    choices = await _choose(tx, name.organization, found, plan.steps, campaign.channels)
    template = await templates.template(tx, campaign.template, campaign.template_version)
    event, host = await people.event(tx, campaign.event), await people.host(tx, name.organization)
    languages = {person.language for person in found}
    said = await _said(tx, campaign, template, event, host, languages)
    batch = _Batch(campaign, now)
    for person, choice in zip(found, choices, strict=True):
        if choice.ways:
            batch.write(said[person.language], person, choice.ways)
    await queue_many(tx, batch.many, batch.begun, now)
    await store.belong(tx, name, batch.firsts)
    last = PARTICIPANTS.parse(found[-1].name).id if len(found) == domain.BATCH else None
    after = domain.wrote(campaign, last, domain.counted(choices))
    await _keep(tx, after)
    if not after.complete:
        tx.schedule(RUN, name.organization, name.id, now)


async def _choose(
    tx: Tx,
    organization: uuid.UUID,
    found: Sequence[Person],
    plan: Sequence[Step],
    channels: frozenset[Channel],
) -> list[Choice]:
    """What each of the people is written to by, or why they are left out."""
    notified: Mapping[str, tuple[str, ...]] = {}
    if notifies(plan) or Channel.PUSH in channels:
        names = [each.name for each in found]
        notified = await devices.reached_all(tx, organization, names)
        found = [replace(each, devices=notified.get(each.name, ())) for each in found]
    routes = domain.Routes(plan, channels)
    ways = [routes.ways(each) for each in found]
    addresses: dict[Channel, set[str]] = collections.defaultdict(set)
    for way in itertools.chain.from_iterable(ways):
        addresses[way.channel].add(way.address.lower())
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


async def _said(
    tx: Tx,
    campaign: Campaign,
    template: Template,
    event: Gathering | None,
    host: Host | None,
    languages: Iterable[str],
) -> dict[str, Circular]:
    """What the campaign says to who reads which language."""
    kept: dict[str, Circular] = {}
    said: dict[str, Circular] = {}
    for language in languages:
        chosen = words.translation(template, language)
        if chosen.language not in kept:
            zone = event.time_zone if event else "UTC"
            known = rendering.known(event, host, chosen.language)
            values = words.values(template.variables, campaign.variables, chosen.language, zone)
            filled = {**known, **values}
            kept[chosen.language] = await circulars.keep(tx, campaign.name, chosen, filled)
        said[language] = kept[chosen.language]
    return said


class _Batch:
    """The messages of one campaign to the next of the people, as columns."""

    def __init__(self, campaign: Campaign, now: datetime) -> None:
        of, event = campaign.name.organization, campaign.event.id
        self.many = messages.Many(of, Kind.CAMPAIGN, event, Priority.BULK, now)
        # The first message to each.
        self.firsts: list[uuid.UUID] = []
        # How else to say it, by the time that the first way has.
        self.begun: dict[timedelta | None, list[Begun]] = {}
        self._steps: dict[tuple[tuple[str, timedelta | None], ...], str] = {}

    def write(self, circular: Circular, person: Person, ways: Sequence[Way]) -> None:
        step, rest = ([ways[0]], ways[1:]) if len(ways) == 1 else cascades.step(ways)
        shown = {"name": rendering.one_line(person.display_name), "link": rendering.LEFT_OUT}
        text = circular.blank(step[0].channel)(shown)
        first, many = new_id(), self.many
        self.firsts.append(first)
        for way in step:
            many.id.append(first if way is step[0] else new_id())
            many.recipient.append(person.name)
            many.to_name.append(person.display_name)
            many.address.append(way.address)
            many.channel.append(way.channel.value)
            many.subject.append(text.subject)
            many.body.append(text.body)
            many.circular.append(circular.name.id)
            many.cascade.append(first if len(ways) > 1 else None)
        if rest:
            begun = first, circular.name.id, self._later(rest)
            self.begun.setdefault(step[0].deadline, []).append(begun)

    def _later(self, rest: Sequence[Way]) -> str:
        """Ways to where somebody is by then, but for one of several; mostly the same for many."""
        if any(way.channel is Channel.PUSH for way in rest):
            return plans.packed_steps([_anywhere(way) for way in rest])
        key = tuple((way.channel.value, way.deadline) for way in rest)
        if key not in self._steps:
            self._steps[key] = plans.packed_steps([_anywhere(way) for way in rest])
        return self._steps[key]


def _anywhere(way: Way) -> Way:
    return way if way.channel is Channel.PUSH else replace(way, address="")


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
    tx: Tx,
    organization: uuid.UUID,
    event: Name,
    channels: frozenset[Channel],
    audience: Audience,
) -> list[Reach]:
    """How many are reached by what, and how many are left out."""
    if event.organization != organization:
        return []
    plan = await plans.plan(tx, organization, Kind.CAMPAIGN)
    found: dict[tuple[Channel, Left | None], int] = {}
    last = None
    while invited := await store.batch(tx, event, audience, last, domain.BATCH):
        choices = await _choose(tx, organization, invited, plan.steps, channels)
        for key, number in domain.counted(choices).items():
            found[key] = found.get(key, 0) + number
        last = PARTICIPANTS.parse(invited[-1].name).id
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
