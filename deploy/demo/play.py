"""The play: an organizer, an event, and everybody who comes on a real trip."""

from __future__ import annotations

import asyncio
import contextlib
import json
import pathlib
import random
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

import grpc
import httpx
from rich.console import Console

from deploy.demo import guest as guests
from deploy.demo import organizer as organizers
from deploy.demo import verdict
from deploy.demo.guest import Guest, Part
from deploy.demo.organizer import VENUE, Organizer
from deploy.demo.rest import Json, Rest, once
from deploy.demo.screen import Screen
from deploy.demo.trips import Trip, move

# fmt: off
GIVEN_NAMES = [
    "Ada", "Alan", "Barbara", "Claude", "Donald", "Edsger", "Frances", "Grace", "Hedy", "Ivan",
    "Joan", "Ken", "Leslie", "Margaret", "Niklaus", "Ole", "Peter", "Radia", "Sophie", "Tim",
    "Ursula", "Vint", "Whitfield", "Xiaoyun", "Yukihiro", "Zhenyi",
]
# fmt: on
# How many come beside the travelers: some say no, some forget to pay, some find no seat.
DECLINING, FORGETTING, TOO_MANY = 3, 2, 2
SETUP_SECONDS = 4
AT_ONCE = 16


@dataclass(frozen=True)
class Stage:
    """Where it is played: the edge, the file that the console provider writes, the rate."""

    edge_url: str
    messages: pathlib.Path
    rate: float
    hold_seconds: float


async def play(stage: Stage, trips: list[Trip], console: Console) -> bool:
    """Plays it all, prints the summary and the verdict, and says whether all is well."""
    seen, people = await perform(stage, trips, console)
    return _report(console, seen, people, stage)


async def perform(
    stage: Stage, trips: list[Trip], console: Console
) -> tuple[verdict.Books, list[Guest]]:
    """Plays it all; gives what the services say of it in the end, and what everybody saw."""
    people = cast(trips)
    limits = httpx.Limits(max_connections=64)
    async with (
        httpx.AsyncClient(base_url=stage.edge_url, timeout=30, limits=limits) as client,
        grpc.aio.insecure_channel(stage.edge_url.removeprefix("http://")) as channel,
    ):
        who = await organizers.sign_up(Rest(client), stage.messages)
        event = await _announce(who, people, stage)
        console.print(f"{who.email} announced {event['name']}")
        await _invite(who, event, people, stage, console)
        await _answer(people, console)
        travelers = await _pay(people, console)
        screen = Screen(console, stage.rate, {p.participant: p.name for p in people})
        await _travel(who, event, travelers, stage, channel, screen)
        console.print(screen.render())
        await _lapse(people, stage)
        return await verdict.books(who, event), people


def cast(trips: list[Trip]) -> list[Guest]:
    """Who plays what. The same trips give the same cast."""
    parts = [Part.TRAVELS] * len(trips) + [Part.DECLINES] * DECLINING
    parts += [Part.FORGETS_TO_PAY] * FORGETTING
    people = [Guest(n, _name(n), part) for n, part in enumerate(parts)]
    for person, trip in zip(people, trips, strict=False):
        person.trip = trip
        person.method = _method(person.number)
    return people


def _name(number: int) -> str:
    return f"{GIVEN_NAMES[number % len(GIVEN_NAMES)]} {number // len(GIVEN_NAMES) + 1}"


def _method(number: int) -> str:
    """Every seventh card is declined at first; every fifth success is told twice."""
    if number % 7 == 3:
        return "pm_card_visa_chargeDeclined"
    return "pm_card_visa_twice" if number % 5 == 1 else "pm_card_visa"


async def _announce(who: Organizer, people: list[Guest], stage: Stage) -> Json:
    coming = [p for p in people if p.part is not Part.DECLINES]
    longest = max(p.trip.seconds for p in people if p.trip) / stage.rate
    start = organizers.from_now(SETUP_SECONDS * 6 + longest)
    # It lasts long enough for the last to arrive, however slow the machine is.
    end = organizers.from_now(SETUP_SECONDS * 6 + longest + max(600, 2 * stage.hold_seconds))
    return await organizers.announce(who, len(coming) - TOO_MANY, start, end)


async def _invite(
    who: Organizer, event: Json, people: list[Guest], stage: Stage, console: Console
) -> None:
    async def one(person: Guest) -> None:
        listed = await organizers.invite(who, event["name"], person.name, person.number)
        person.participant = listed["name"]
        person.address = listed.get("email") or listed["phone"]

    await _all(people, one)
    came = await _links(stage.messages, {p.address for p in people})
    for person in people:
        person.rest = who.rest.bearing(f"Link {came[person.address]}")
    console.print(f"{len(people)} invited; every message with its link came out")


async def _links(messages: pathlib.Path, awaited: set[str]) -> dict[str, str]:
    """What stands behind `/join/#` in the messages, as who lives at the addresses reads them."""
    found: dict[str, str] = {}
    end = time.monotonic() + 60
    while awaited - set(found) and time.monotonic() < end:
        await asyncio.sleep(0.2)
        text = await asyncio.to_thread(_text, messages)
        found = {to: link for to, link in links(text.splitlines()) if to in awaited}
    if awaited - set(found):
        raise TimeoutError(f"{len(awaited - set(found))} invitations did not come out in 60 s")
    return found


def _text(file: pathlib.Path) -> str:
    return file.read_text() if file.exists() else ""


def links(lines: Iterable[str]) -> Iterable[tuple[str, str]]:
    """Addresses, and what stands behind `/join/#` in the messages to them."""
    for line in lines:
        with contextlib.suppress(ValueError):
            message = json.loads(line)
            _, mark, rest = message["body"].partition("/join/#")
            if mark:
                yield message["to"], rest.split()[0].strip("\"'<>.")


async def _answer(people: list[Guest], console: Console) -> None:
    # Who will forget to pay is quick to take a seat, so that some hold lapses in every play.
    order = sorted(people, key=lambda p: (p.part is not Part.FORGETS_TO_PAY, p.number))
    await _all(order, guests.answer)
    held = sum(p.state in ("HELD", "CONFIRMED") for p in people)
    refused = sum(p.state == "REFUSED" for p in people)
    console.print(f"{held} hold a seat, {refused} found none left, {DECLINING} said no")


async def _pay(people: list[Guest], console: Console) -> list[Guest]:
    payers = [p for p in people if p.part is Part.TRAVELS and p.state == "HELD"]
    await _all(payers, guests.pay)
    paid = [p for p in payers if p.state == "CONFIRMED"]
    console.print(f"{len(paid)} of {len(payers)} paid and have their ticket")
    return paid


async def _travel(
    who: Organizer,
    event: Json,
    travelers: list[Guest],
    stage: Stage,
    channel: grpc.aio.Channel,
    screen: Screen,
) -> None:
    async def agree(person: Guest) -> None:
        await guests.consent(person, event["name"], stage.rate)

    await _all(travelers, agree)
    moved = _schedule(travelers, stage.rate)

    async def watch() -> None:
        async for frame in organizers.watch(who, event["name"]):
            screen.show(frame)

    watching = asyncio.ensure_future(watch())
    try:
        with screen.live():
            async with asyncio.TaskGroup() as ways:
                for person, trip in zip(travelers, moved, strict=True):
                    ways.create_task(guests.travel(person, channel, trip))
            await asyncio.sleep(1)
    finally:
        watching.cancel()


def _schedule(travelers: list[Guest], rate: float) -> list[Trip]:
    """The trips, so moved that the longest begins now and the arrivals spread over 5 minutes
    of life before its end."""
    trips = [p.trip for p in travelers if p.trip]
    begin = time.time() + 2
    last = begin + max(t.seconds for t in trips) / rate
    chance = random.Random(1)
    ends = [max(begin + t.seconds / rate, last - chance.random() * 300 / rate) for t in trips]
    return [move(t, VENUE, end, rate) for t, end in zip(trips, ends, strict=True)]


async def _lapse(people: list[Guest], stage: Stage) -> None:
    """Waits for the holds that nobody paid, if they are short; else gives them back."""
    for person in people:
        if person.part is not Part.FORGETS_TO_PAY or not person.booking:
            continue
        if stage.hold_seconds > 120:
            await person.edge.post(f"{person.booking}:cancel", once())
            continue
        await guests.settle(person, {"LAPSED"}, stage.hold_seconds + 10)


async def _all(people: list[Guest], act: Callable[[Guest], Awaitable[None]]) -> None:
    """Lets everybody act, some at once."""
    free = asyncio.Semaphore(AT_ONCE)

    async def one(person: Guest) -> None:
        async with free:
            await act(person)

    async with asyncio.TaskGroup() as acts:
        for person in people:
            acts.create_task(one(person))


def _report(console: Console, seen: verdict.Books, people: list[Guest], stage: Stage) -> bool:
    for what, figure in verdict.summary(seen, people, stage.rate):
        console.print(f"{what:>42}  {figure}", highlight=False)
    judged = verdict.verdict(seen, people)
    for what, holds in judged:
        console.print(f"{'holds' if holds else 'BROKEN':>42}  {what}", style="" if holds else "red")
    return all(holds for _, holds in judged)
