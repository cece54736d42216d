"""What the databases say when all is over, read as their administrator."""

from __future__ import annotations

import importlib
import json
import pathlib
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

import psycopg
from psycopg.rows import dict_row

from deploy.local.settings import SERVICES, Settings
from deploy.local.stores import stores
from services.kit import migrate
from services.kit.inbox import OF_AUTH

Row = dict[str, Any]
# Seconds between two looks whether all has come to rest.
LOOK = 1.0

# What is read of each service, by the name under which `Books` has it.
QUERIES: Mapping[str, tuple[str, str]] = {
    "offers": ("booking", "select event, ticket_type, capacity, held, sold from offers"),
    "movements": (
        "booking",
        "select event, ticket_type, sum(held)::int held, sum(sold)::int sold from movements"
        " group by 1, 2",
    ),
    "bookings": (
        "booking",
        "select organization, id, event, state, total_minor, expire_time < now() as due,"
        " (select sum((item->>1)::int)::int from jsonb_array_elements(items) item) as seats"
        " from bookings",
    ),
    "tickets": ("booking", "select id, booking, event, state, seat, code from tickets"),
    "seats": ("booking", 'select event, section, "row", seat, booking from seats'),
    "payments": (
        "payment",
        "select organization, id, booking, state, amount_minor, refunding_minor, refunded_minor,"
        " capture_time is not null as captured from payments",
    ),
    "attempts": ("payment", "select id, payment, progress from attempts"),
    "refunds": ("payment", "select id, payment, progress, amount_minor from refunds"),
    "charges": (
        "payment",
        "select organization, key, progress, amount_minor from sandbox_charges",
    ),
    "returns": (
        "payment",
        "select organization, key, progress, amount_minor from sandbox_refunds",
    ),
    "entries": (
        "payment",
        "select e.organization, e.transaction, t.kind, t.payment, e.account, e.currency,"
        " e.amount_minor from ledger_entries e join ledger_transactions t"
        " on t.organization = e.organization and t.id = e.transaction",
    ),
    "messages": (
        "messaging",
        "select organization, id, recipient, kind, event, state, provider, failure from messages",
    ),
    "journeys": ("location", "select organization, id, position_count from journeys"),
    "segments": ("location", "select journey, first_sequence, count from segments"),
    "users": ("auth", "select id from users"),
    "sessions": ("auth", 'select id, "user" from sessions'),
    "organizations": ("auth", "select organization from organizations"),
    "members": ("auth", 'select organization, "user" from members'),
    "audit": ("auth", "select action, target, reason, details from audit_entries"),
    "events": ("event", "select id from events"),
    "participants": ("event", "select id from participants"),
}


@dataclass(frozen=True)
class Fact:
    """What one service told: to `listeners`, of whom `heard` took it in."""

    id: str
    type: str
    source: str
    subject: str
    told: bool
    listeners: frozenset[str]
    heard: frozenset[str]


@dataclass(frozen=True)
class Books:
    """Rows by the names of `QUERIES`, facts, and the lines of what was sent."""

    rows: Mapping[str, list[Row]] = field(default_factory=dict)
    facts: list[Fact] = field(default_factory=list)
    # Facts that could not take effect: who was to hear them, the subject, and the error.
    dead: list[tuple[str, str, str]] = field(default_factory=list)
    # The name of the message that each line speaks of.
    sent: list[str] = field(default_factory=list)

    def __getitem__(self, name: str) -> list[Row]:
        return self.rows.get(name, [])


def read(settings: Settings) -> Books:
    """Reads everything; the mesh may go on meanwhile."""
    admin = stores(settings).admin_url
    rows: dict[str, list[Row]] = {}
    told: dict[str, list[Row]] = {}
    heard: dict[str, set[str]] = {}
    dead: list[tuple[str, str, str]] = []
    for service in SERVICES:
        url = migrate.url(admin, database=f"turnout_{service}", user="postgres")
        with psycopg.connect(url, row_factory=dict_row) as sql:
            for name, (owner, query) in QUERIES.items():
                if owner == service:
                    rows[name] = sql.execute(query.encode()).fetchall()
            facts = "select id, type, subject, told_time is not null as told from outbox"
            told[service] = sql.execute(facts.encode()).fetchall()
            heard[service] = {str(row["id"]) for row in sql.execute("select id from heard")}
            laid = sql.execute("select subject, type, error from dead_facts").fetchall()
            dead += [(service, row["subject"], f"{row['type']}: {row['error']}") for row in laid]
    return Books(rows, list(_facts(told, heard)), dead, list(sent(settings.messages)))


def _facts(told: Mapping[str, list[Row]], heard: Mapping[str, set[str]]) -> Iterable[Fact]:
    hears = {service: listens(service) for service in SERVICES}
    for source, rows in told.items():
        for row in rows:
            id, kind = str(row["id"]), row["type"]
            listeners = {one for one in SERVICES if one != source and kind in hears[one]}
            who = {one for one in listeners if id in heard[one]}
            subject = str(row["subject"])
            yield Fact(id, kind, source, subject, row["told"], frozenset(listeners), frozenset(who))


def listens(service: str) -> set[str]:
    """The types of facts that a service handles."""
    hears = importlib.import_module(f"services.{service}.__main__").SERVICE.hears
    # What the handlers need when they are called is of no matter here.
    handlers = hears(mock.MagicMock()) if callable(hears) else hears
    kit = {} if service == "auth" else OF_AUTH
    return {kind.DESCRIPTOR.full_name for kind in (*handlers, *kit)}


def sent(file: pathlib.Path) -> Iterable[str]:
    """The messages that the console provider has written, one for each whole line."""
    lines = file.read_text(errors="replace").splitlines() if file.exists() else []
    for line in lines:
        try:
            yield str(json.loads(line)["message"])
        except ValueError:
            # Half a line, which a crash left; what it was to say was not sent by it.
            continue


def restless(books: Books) -> dict[str, int]:
    """What is still to come, and how much of it: nothing once all has come to rest."""
    found: dict[str, int] = defaultdict(int)
    found["facts untold"] = sum(not fact.told for fact in books.facts)
    found["facts unheard"] = sum(fact.heard != fact.listeners for fact in books.facts)
    found["messages"] = sum(row["state"] in ("queued", "sending") for row in books["messages"])
    found["charges"] = sum(row["progress"] == "pending" for row in books["attempts"])
    found["refunds"] = sum(row["progress"] == "pending" for row in books["refunds"])
    found["holds"] = sum(row["state"] == "held" for row in books["bookings"])
    return {what: count for what, count in found.items() if count}


def settled(settings: Settings, patience: float) -> Books:
    """Reads until all has come to rest, or for so many seconds."""
    end = time.monotonic() + patience
    while True:
        books = read(settings)
        if not restless(books) or time.monotonic() > end:
            return books
        time.sleep(LOOK)
