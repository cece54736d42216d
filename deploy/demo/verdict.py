"""What came of the play: counted from the services' answers, and judged."""

from __future__ import annotations

import statistics
from collections import Counter
from dataclasses import dataclass

from deploy.demo import guest as guests
from deploy.demo.guest import Guest, Part
from deploy.demo.organizer import Organizer
from deploy.demo.rest import Json, until

FINAL_MESSAGE_STATES = {"STATE_SENT", "STATE_DELIVERED", "STATE_FAILED"}
BEFORE_ARRIVAL_SECONDS = 300
# A sender that was killed holds its messages for so long.
LEASE_SECONDS = 60


@dataclass(frozen=True)
class Books:
    """Everything the services say of the event, read once the play is over."""

    event: Json
    participants: list[Json]
    bookings: list[Json]
    payments: list[Json]
    messages: list[Json]
    journeys: list[Json]
    availability: Json


async def books(who: Organizer, event: Json) -> Books:
    """Reads the books, after the last message is out."""
    rest, home, name = who.rest, who.organization, event["name"]

    async def messages() -> list[Json]:
        return await rest.everything(f"{home}/messages", "messages")

    def final(found: list[Json]) -> bool:
        return bool(found) and all(m["state"] in FINAL_MESSAGE_STATES for m in found)

    return Books(
        event=event,
        participants=await rest.everything(f"{home}/participants", "participants", event=name),
        bookings=await rest.everything(f"{home}/bookings", "bookings", event=name),
        payments=await rest.everything(f"{home}/payments", "payments"),
        messages=await until(messages, final, LEASE_SECONDS + 30),
        journeys=await rest.everything(f"{home}/journeys", "journeys", event=name),
        availability=await rest.get(f"{name}/availability"),
    )


def summary(seen: Books, people: list[Guest], rate: float) -> list[tuple[str, str]]:
    """Rows of what happened, each with its figure."""
    answered = [p for p in seen.participants if "answer" in p]
    reached = Counter(step["state"][6:] for p in seen.participants for step in p.get("steps", []))
    states = Counter(m["state"][6:].lower() for m in seen.messages)
    bookings = Counter(b["state"][6:].lower() for b in seen.bookings)
    errors = eta_errors(seen, people, rate)
    return [
        ("invited", str(reached["INVITED"])),
        ("answered", str(len(answered))),
        ("held", str(reached["HELD"])),
        ("refused for want of a seat", str(reached["REFUSED"])),
        ("lapsed", str(reached["LAPSED"])),
        ("paid", str(sum(p["state"] == "STATE_SUCCEEDED" for p in seen.payments))),
        ("cards declined on the way", str(sum(p.failed_cards for p in people))),
        ("bookings", ", ".join(f"{n} {state}" for state, n in sorted(bookings.items()))),
        ("messages", ", ".join(f"{n} {state}" for state, n in sorted(states.items()))),
        ("positions sent", str(sum(p.sent for p in people))),
        ("positions acknowledged", str(sum(p.acknowledged for p in people))),
        ("positions stored", str(sum(count(j) for j in seen.journeys))),
        ("under way", str(reached["UNDER_WAY"])),
        ("arrived", str(sum(j["state"] == "STATE_ARRIVED" for j in seen.journeys))),
        ("did not arrive", ", ".join(stranded(seen, people)) or "nobody"),
        ("ETA error 5 min before arrival (median)", _error(errors)),
    ]


def stranded(seen: Books, people: list[Guest]) -> list[str]:
    """The trips whose journey did not end at the venue."""
    there = {j["name"] for j in seen.journeys if j["state"] == "STATE_ARRIVED"}
    return [p.trip.source for p in people if p.journey and p.trip and p.journey not in there]


def _error(errors: list[float]) -> str:
    if not errors:
        return "no estimate was told in time"
    return f"{statistics.median(errors):.0f} s over {len(errors)} journeys"


def eta_errors(seen: Books, people: list[Guest], rate: float) -> list[float]:
    """How far off the newest estimate was 5 minutes before each arrival, in seconds of life."""
    came = {j["name"]: guests.arrived(j) for j in seen.journeys}
    errors = []
    for person in people:
        arrival = came.get(person.journey)
        if arrival is None:
            continue
        then = arrival - BEFORE_ARRIVAL_SECONDS / rate
        told = [e for e in person.estimates if e.told <= then]
        if told:
            errors.append(abs(told[-1].p50 - arrival) * rate)
    return errors


def count(journey: Json) -> int:
    return int(journey.get("positionCount", 0))


def verdict(seen: Books, people: list[Guest]) -> list[tuple[str, bool]]:
    """The invariants, each with whether it holds."""
    capacity = sum(t["capacity"] for t in seen.event["ticketTypes"])
    sold = sum(int(e.get("sold", 0)) + int(e.get("held", 0)) for e in seen.availability["entries"])
    confirmed = {b["name"] for b in seen.bookings if b["state"] == "STATE_CONFIRMED"}
    paid = {p["booking"] for p in seen.payments if p["state"] == "STATE_SUCCEEDED"}
    codes = [t["code"] for b in seen.bookings for t in b.get("tickets", [])]
    stored = {j["name"]: count(j) for j in seen.journeys}
    travelers = [p for p in people if p.part is Part.TRAVELS and p.journey]
    kept = all(stored.get(p.journey) == p.acknowledged for p in travelers)
    once = Counter((m["recipient"], m["kind"]) for m in seen.messages if m["kind"] != "arrival")
    final = all(m["state"] in FINAL_MESSAGE_STATES for m in seen.messages)
    return [
        ("sold and held ≤ capacity", sold <= capacity),
        ("paid = confirmed", paid == confirmed),
        ("one ticket for each seat sold", len(codes) == len(set(codes)) == len(confirmed)),
        ("acknowledged = stored, for each journey", kept),
        ("every message is in a final state", final),
        ("nobody was told the same thing twice", all(n == 1 for n in once.values())),
    ]
