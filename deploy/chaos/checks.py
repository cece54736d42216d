"""What must be true however much the mesh was hurt. Pure: rows in, violations out.

A dead fact whose effect is not there shows in the other checks too; none of them trusts what a
service says of itself where another one, or the file of what was sent, knows it as well.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from deploy.chaos.record import UUID, Outcome, Record
from deploy.chaos.rows import Books, Row

T = TypeVar("T")

# Nobody is told these twice about one event.
TOLD_ONCE = {"invitation", "confirmation", "lapsed", "sold-out", "cancelled"}
# What moves money between people and the provider.
MOVED = {
    *("capture", "refund", "refund_reversal"),
    *("surplus", "surplus_refund", "surplus_refund_reversal"),
}
# Collections of what is created by calls, and the table that has it.
KEPT = {
    "organizations": "organizations",
    "events": "events",
    "participants": "participants",
    "bookings": "bookings",
    "payments": "payments",
    "journeys": "journeys",
}


@dataclass(frozen=True)
class Violation:
    """Something that must not be. `ids` lead to the operations that were about it."""

    check: str
    what: str
    ids: frozenset[str] = frozenset()


Found = Iterator[tuple[str, Iterable[object]]]
Check = Callable[[Books, Record], Found]


def capacity(books: Books, _: Record) -> Found:
    """Sold and held ≤ capacity, and both are what bookings and their ledger say."""
    wanted = Counter[tuple[object, str]]()
    for row in books["bookings"]:
        wanted[row["event"], row["state"]] += row["seats"]
    moved = {(row["event"], row["ticket_type"]): row for row in books["movements"]}
    for row in books["offers"]:
        event, taken = row["event"], row["held"] + row["sold"]
        if taken > row["capacity"]:
            yield f"{taken} of {row['capacity']} seats are taken", [event]
        ledger = moved.get((event, row["ticket_type"]), {"held": 0, "sold": 0})
        if (ledger["held"], ledger["sold"]) != (row["held"], row["sold"]):
            yield f"the ledger of seats differs from the offer {row['ticket_type']}", [event]
    for row in books["bookings"]:
        if row["state"] == "held" and row["due"]:
            yield "a hold that is over did not lapse", [row["id"]]
    for event in {row["event"] for row in books["offers"]}:
        mine = [row for row in books["offers"] if row["event"] == event]
        for state, column in (("held", "held"), ("confirmed", "sold")):
            counted = sum(row[column] for row in mine)
            if counted != wanted[event, state]:
                yield f"{counted} are {column}, bookings have {wanted[event, state]}", [event]


def seats(books: Books, _: Record) -> Found:
    """No seat twice, no code twice, and as many valid tickets as were bought.

    A ticket of a booking that was cancelled is void by that, whatever it says itself.
    """
    state = {row["id"]: row["state"] for row in books["bookings"]}
    valid = [
        row
        for row in books["tickets"]
        if row["state"] == "valid" and state.get(row["booking"]) != "cancelled"
    ]
    owners = defaultdict[tuple[object, str], list[object]](list)
    for row in valid:
        if row["seat"]:
            owners[row["event"], row["seat"]].append(row["booking"])
    for (event, seat), bookings in owners.items():
        if len(bookings) > 1:
            yield f"seat {seat} has {len(bookings)} valid tickets", [event, *bookings]
    for code, count in _grouped(row["code"] for row in books["tickets"]).items():
        if count > 1:
            yield f"{count} tickets have one code", _of(books["tickets"], "code", code, "booking")
    tickets = _grouped(row["booking"] for row in valid)
    for row in books["bookings"]:
        bought = row["seats"] if row["state"] == "confirmed" else 0
        has = tickets.get(row["id"], 0)
        if has != bought:
            yield f"{row['state']} booking of {bought} seats has {has} tickets", [row["id"]]
    yield from _taken(books)


def _taken(books: Books) -> Found:
    """Who has a seat holds it or has bought it, and has as many as that, where they have names."""
    state = {row["id"]: row["state"] for row in books["bookings"]}
    for row in books["seats"]:
        booking = row["booking"]
        if booking is not None and state.get(booking) not in ("held", "confirmed"):
            yield f"seat {row['row']}/{row['seat']} belongs to a booking that ended", [booking]
    named = {row["event"] for row in books["seats"]}
    has = _grouped(row["booking"] for row in books["seats"])
    for row in books["bookings"]:
        lively = row["event"] in named and row["state"] in ("held", "confirmed")
        if lively and has.get(row["id"], 0) != row["seats"]:
            yield f"a booking of {row['seats']} has {has.get(row['id'], 0)} seats", [row["id"]]


def money(books: Books, _: Record) -> Found:
    """Captured − refunded = confirmed value, by our books and by those of the provider."""
    kept: Counter[object] = Counter()
    for row in books["payments"]:
        if row["captured"]:
            kept[row["booking"]] += row["amount_minor"] - row["refunded_minor"]
    worth = Counter({row["id"]: _worth(row) for row in books["bookings"]})
    for booking in kept.keys() | worth.keys():
        if kept[booking] != worth[booking]:
            what = f"{kept[booking]} was kept for a booking worth {worth[booking]}"
            yield what, [booking, *_of(books["payments"], "booking", booking, "id")]
    yield from _provider(books)


def _provider(books: Books) -> Found:
    """What the provider holds of an organization is what its bookings are worth."""
    worth: Counter[object] = Counter()
    for row in books["bookings"]:
        worth[row["organization"]] += _worth(row)
    held: Counter[object] = Counter()
    for rows, sign in ((books["charges"], 1), (books["returns"], -1)):
        for row in rows:
            if row["progress"] == "succeeded":
                held[row["organization"]] += sign * row["amount_minor"]
    for home in held.keys() | worth.keys():
        if held[home] != worth[home]:
            yield f"the provider holds {held[home]}, bookings are worth {worth[home]}", [home]


def _worth(booking: Row) -> int:
    return booking["total_minor"] if booking["state"] == "confirmed" else 0


def ledger(books: Books, _: Record) -> Found:
    """Every transaction of the books sums to zero, and they hold what payments say."""
    sums: Counter[tuple[object, str]] = Counter()
    held: Counter[object] = Counter()
    for row in books["entries"]:
        sums[row["transaction"], row["currency"]] += row["amount_minor"]
        if row["account"].startswith("provider-") and row["kind"] in MOVED:
            held[row["payment"]] += row["amount_minor"]
    for (transaction, currency), total in sums.items():
        if total:
            payments = _of(books["entries"], "transaction", transaction, "payment")
            yield f"a transaction is off by {total} {currency}", [transaction, *payments]
    for row in books["payments"]:
        kept = row["amount_minor"] - row["refunded_minor"] if row["captured"] else 0
        if held[row["id"]] != kept:
            yield f"the books hold {held[row['id']]} of a payment that keeps {kept}", [row["id"]]


def messages(books: Books, _: Record) -> Found:
    """Every message was sent once, or it is known why not."""
    lines = _grouped(name.rpartition("/")[2] for name in books.sent)
    for row in books["messages"]:
        id, state, count = str(row["id"]), row["state"], lines.pop(str(row["id"]), 0)
        about = [row["id"], *UUID.findall(row["recipient"])]
        what = f"a message of kind {row['kind']} that is {state}"
        if count > 1:
            yield f"{what} was sent {count} times", about
        elif state in ("queued", "sending"):
            yield f"{what} did not come to an end", about
        elif state == "failed" and count:
            yield f"{what} was sent all the same: {row['failure']}", about
        elif state != "failed" and row["provider"] == "console" and not count:
            yield f"{what} was not sent", about
    for id, count in lines.items():
        yield f"what was sent {count} times is no message of ours", [id]
    told = _grouped(
        (row["recipient"], row["kind"], row["event"])
        for row in books["messages"]
        if row["kind"] in TOLD_ONCE
    )
    for (recipient, kind, _event), count in told.items():
        if count > 1:
            yield f"{recipient} was told {kind} {count} times", UUID.findall(recipient)


def positions(books: Books, record: Record) -> Found:
    """Every acknowledged position is stored once."""
    stored: dict[str, list[int]] = defaultdict(list)
    for row in books["segments"]:
        first = row["first_sequence"]
        stored[str(row["journey"])] += range(first, first + row["count"])
    for journey, acknowledged in record.acknowledged.items():
        id = journey.rpartition("/")[2]
        lost = len(set(range(1, acknowledged + 1)) - set(stored[id]))
        if lost:
            yield f"{lost} of {acknowledged} acknowledged positions are not stored", [id]
    for row in books["journeys"]:
        numbers = stored[str(row["id"])]
        if len(numbers) != len(set(numbers)):
            yield f"{len(numbers) - len(set(numbers))} positions are stored twice", [row["id"]]
        elif len(numbers) != row["position_count"]:
            counted = row["position_count"]
            yield f"{len(numbers)} positions are stored, {counted} are counted", [row["id"]]


def facts(books: Books, _: Record) -> Found:
    """Every fact was told and heard by all who listen to it; none was laid aside.

    None can be heard twice: its id is a key.
    """
    for fact in books.facts:
        about = [fact.id, *UUID.findall(fact.subject)]
        if not fact.told:
            yield f"{fact.type} of {fact.source} was not told", about
        for deaf in sorted(fact.listeners - fact.heard):
            yield f"{fact.type} of {fact.source} was not heard by {deaf}", about
    for service, subject, error in books.dead:
        yield f"{service} laid a fact aside: {error}", UUID.findall(subject)


def audit(books: Books, _: Record) -> Found:
    """Who registered, logged in, founded or joined is in the log, once."""
    done = [row for row in books["audit"] if not row["reason"]]
    seen = _grouped((row["action"], row["target"]) for row in done)
    members = [f"{row['organization']}/members/{row['user']}" for row in books["members"]]
    sessions = [f"users/{row['user']}/sessions/{row['id']}" for row in books["sessions"]]
    homes = [row["organization"] for row in books["organizations"]]
    wanted = [
        *(("USER_REGISTER", f"users/{row['id']}") for row in books["users"]),
        *(("ORGANIZATION_CREATE", f"organizations/{home}") for home in homes),
        *(("MEMBER_CREATE", f"organizations/{member}") for member in members),
        *(("LOGIN", session) for session in sessions),
    ]
    logins = _grouped((row["action"], row["details"].get("session")) for row in done)
    for action, target in wanted:
        count = (logins if action == "LOGIN" else seen).get((action, target), 0)
        if count != 1:
            yield f"{action} of {target} is in the log {count} times", UUID.findall(target)


def kept(books: Books, record: Record) -> Found:
    """What was acknowledged to have been made is there."""
    known = {
        collection: {str(row.get("id", row.get("organization"))) for row in books[table]}
        for collection, table in KEPT.items()
    }
    for operation in record.operations:
        words = operation.name.split("/")
        if operation.outcome is not Outcome.OK or not operation.changes or len(words) % 2:
            continue
        collection, id = words[-2], words[-1]
        if collection in known and id not in known[collection]:
            yield f"{operation.name} was acknowledged and is not there", operation.ids


CHECKS: dict[str, Check] = {
    "sold ≤ capacity": capacity,
    "no seat twice": seats,
    "captured − refunded = confirmed value": money,
    "the ledger is balanced": ledger,
    "every message sent once": messages,
    "every acknowledged position stored once": positions,
    "every fact heard once": facts,
    "the audit is complete": audit,
    "what was acknowledged is there": kept,
}


def violations(books: Books, record: Record) -> list[Violation]:
    """Everything that is wrong, in the order of the checks."""
    return [
        Violation(name, what, frozenset(str(id) for id in ids if id is not None))
        for name, check in CHECKS.items()
        for what, ids in check(books, record)
    ]


def _grouped(things: Iterable[T]) -> dict[T, int]:
    return dict(Counter(things))


def _of(rows: Iterable[Row], column: str, value: object, wanted: str) -> list[object]:
    return [row[wanted] for row in rows if row[column] == value]
