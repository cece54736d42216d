"""What `make chaos` is made of: the record, the bad line, the harm, and the checks.

Each check is shown rows that are wrong, and has to say so.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import re
import socket
import uuid
from contextlib import asynccontextmanager
from dataclasses import replace

import httpx
import psycopg
import pytest
from sqlalchemy import Column, MetaData, Table
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateTable

from deploy.chaos import checks, harm, job, report, rows
from deploy.chaos.proxy import HERE, Proxy
from deploy.chaos.record import Operation, Outcome, Record, Recording
from deploy.demo.rest import Declined, Rest, once
from deploy.local.settings import SERVICES
from deploy.local.trouble import Trouble
from tests.contract.test_schema import declared
from tests.waiting import eventually

HOME, EVENT, PERSON, USER, SESSION = (str(uuid.UUID(int=n)) for n in range(1, 6))
BOOKING, LAPSED, PAYMENT, ATTEMPT, REFUND = (str(uuid.UUID(int=n)) for n in range(11, 16))
MESSAGE, JOURNEY, TICKET, FACT, CAPTURE = (str(uuid.UUID(int=n)) for n in range(21, 26))
ORGANIZATION, GUEST = f"organizations/{HOME}", f"organizations/{HOME}/participants/{PERSON}"
LETTER, WAY = f"organizations/{HOME}/messages/{MESSAGE}", f"organizations/{HOME}/journeys/{JOURNEY}"


# --- the record


def answering(*answers):
    """A client of a record, whom these answers are given in turn; an exception is raised."""
    left = list(answers)

    def answer(_request):
        given = left.pop(0)
        if isinstance(given, Exception):
            raise given
        return given

    record = Record()
    transport = Recording(record, httpx.MockTransport(answer))
    return record, Rest(httpx.AsyncClient(base_url="http://edge", transport=transport))


async def test_an_operation_that_is_sent_again_is_one_and_ends_as_the_last_try():
    lost = httpx.ReadError("reset")
    kept = httpx.Response(200, json={"name": GUEST})
    record, rest = answering(lost, httpx.Response(503), kept)

    answer = await rest.post(f"{ORGANIZATION}/participants", {"event": EVENT}, **once())

    [operation] = record.operations
    assert answer == {"name": GUEST}
    assert (operation.outcome, operation.tries) == (Outcome.OK, 3)
    assert operation.name == GUEST
    assert {HOME, EVENT, PERSON} <= operation.ids


async def test_a_refusal_is_written_down_with_its_reason():
    body = {"message": "no", "details": [{"reason": "SOLD_OUT"}]}
    record, rest = answering(httpx.Response(400, json=body))

    with pytest.raises(Declined):
        await rest.post(f"{GUEST}:answer", {"answer": "ANSWER_YES"} | once())

    [operation] = record.operations
    assert operation.outcome is Outcome.REFUSED
    assert operation.said == "400 SOLD_OUT"


@pytest.mark.parametrize("end", [httpx.ReadTimeout("slow"), httpx.Response(500, json={})])
async def test_what_nobody_can_know_stays_unknown(end):
    record, rest = answering(end)

    with pytest.raises((Declined, httpx.TransportError)):
        answer = await rest.client.post("/api/v1/x", json=once())
        raise Declined(answer.status_code, answer.json())

    assert record.counts() == {Outcome.UNKNOWN: 1}


async def test_that_there_are_too_many_calls_says_nothing_of_the_try_before():
    record, rest = answering(httpx.ReadError("reset"), httpx.Response(429))
    body = once()

    with pytest.raises(httpx.ReadError):
        await rest.client.post("/api/v1/x", json=body)
    await rest.client.post("/api/v1/x", json=body)

    [operation] = record.operations
    assert (operation.outcome, operation.tries) == (Outcome.UNKNOWN, 2)


async def test_reads_are_no_changes_and_each_is_its_own():
    record, rest = answering(httpx.Response(200, json={}), httpx.Response(200, json={}))

    await rest.get(GUEST)
    await rest.get(GUEST)

    assert [operation.changes for operation in record.operations] == [False, False]


def test_the_history_has_what_speaks_of_something_and_the_harm_between():
    record = Record()
    record.hurt("--- before")
    record.begin("POST one", {BOOKING})
    record.begin("POST other", {LAPSED})
    record.hurt("--- between")
    record.begin("POST two", {BOOKING, LAPSED})
    record.hurt("--- after")

    told = [line.split("s  ")[1].split("  ")[-1] for line in record.history({BOOKING})]

    assert len(told) == 3
    assert "--- between" in record.history({BOOKING})[1]
    assert record.history({PAYMENT}) == []


# --- the line


@asynccontextmanager
async def line():
    """A bad line to somebody who says everything again."""

    async def echo(reader, writer):
        try:
            while data := await reader.read(1000):
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(echo, HERE, 0)
    async with server, Proxy(HERE, server.sockets[0].getsockname()[1]) as proxy:
        yield proxy


async def connected(proxy):
    host, port = proxy.address.split(":")
    return await asyncio.open_connection(host, int(port))


async def echoed(reader, writer, words):
    writer.write(words)
    return await reader.readexactly(len(words))


async def test_a_line_passes_everything_on_both_ways():
    async with line() as proxy:
        reader, writer = await connected(proxy)
        words = b"x" * 300_000

        assert await echoed(reader, writer, words) == words
        writer.write_eof()
        assert await reader.read() == b""
        writer.close()


async def test_a_line_that_was_cut_holds_everything_back_until_it_is_mended():
    async with line() as proxy:
        reader, writer = await connected(proxy)
        await echoed(reader, writer, b"before")
        proxy.cut()
        writer.write(b"meanwhile")

        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await reader.readexactly(1)
        proxy.mend()
        assert await reader.readexactly(9) == b"meanwhile"
        writer.close()


async def test_a_line_that_is_slow_passes_the_same():
    async with line() as proxy:
        reader, writer = await connected(proxy)
        proxy.delay = 0.01

        assert await echoed(reader, writer, b"late") == b"late"
        proxy.mend()
        assert proxy.delay == 0
        writer.close()


async def test_a_reset_ends_all_connections_and_new_ones_are_taken():
    async with line() as proxy:
        ends = [await connected(proxy) for _ in range(2)]
        for reader, writer in ends:
            await echoed(reader, writer, b"there")

        assert proxy.reset() == 2
        for reader, writer in ends:
            with pytest.raises(ConnectionError):
                await reader.readexactly(1)
            writer.close()
        reader, writer = await connected(proxy)
        assert await echoed(reader, writer, b"again") == b"again"
        writer.close()


async def test_behind_a_line_there_may_be_a_socket(tmp_path):
    async def greet(_, writer):
        writer.write(b"here")
        writer.close()

    path = tmp_path / "socket"
    async with await asyncio.start_unix_server(greet, path), Proxy(str(path)) as proxy:
        reader, writer = await connected(proxy)

        assert await reader.read() == b"here"
        writer.close()


async def test_who_is_away_behind_the_line_resets_it():
    with socket.socket() as taken:
        # Nobody listens there, and nobody else can.
        taken.bind((HERE, 0))
        async with Proxy(HERE, taken.getsockname()[1]) as proxy:
            reader, writer = await connected(proxy)

            with pytest.raises(ConnectionError):
                await reader.readexactly(1)
            writer.close()


# --- the harm


def test_the_same_seed_does_the_same_harm_and_kills_every_part():
    first = list(itertools.islice(harm.plan(7), 60))
    killed = [one.part for _, one in first if isinstance(one, harm.Kill)]

    assert first == list(itertools.islice(harm.plan(7), 60))
    assert first != list(itertools.islice(harm.plan(8), 60))
    assert set(killed[:9]) == {*SERVICES, "postgres", "redis", "envoy"}
    assert {type(one) for _, one in first} == {harm.Kill, harm.Delay, harm.Cut, harm.Reset}
    hurt = {one.line for _, one in first if not isinstance(one, harm.Kill | harm.Freeze)}
    assert hurt == harm.LINES.keys() == {"edge", "postgres", "redis"}


def test_with_several_hosts_each_part_of_each_is_killed_and_all_but_the_first_freeze():
    first = list(itertools.islice(harm.plan(7, hosts=3), 120))
    killed = [one.part for _, one in first if isinstance(one, harm.Kill)]
    others = {f"{name}.{number}" for name in (*SERVICES, "envoy") for number in (2, 3)}

    assert set(killed[:23]) == {*SERVICES, "postgres", "redis", "envoy", *others}
    assert {one.host for _, one in first if isinstance(one, harm.Freeze)} == {2, 3}


class Standing:
    """A mesh that is killed without harm; one of its parts does not come back."""

    def __init__(self, gone):
        self.killed, self.froze, self._gone = [], [], gone

    @contextlib.contextmanager
    def frozen(self, host):
        self.froze.append(host)
        yield

    def kill(self, name):
        self.killed.append(name)

    def wait(self, *names, seconds):
        if not names or self._gone in names:
            raise Trouble("not healthy")


async def test_every_kill_is_counted_and_what_does_not_come_back_is_told(monkeypatch):
    cuts = [harm.Kill("auth", waits=True), harm.Cut("edge", 0.0), harm.Kill("redis", waits=True)]
    others = [harm.Delay("redis", 0.5, 0.0), harm.Reset("edge"), harm.Freeze(2, 0.0)]
    plans = [(0.0, one) for one in [*cuts, *others]]
    monkeypatch.setattr(harm, "plan", lambda *_: iter(plans))
    record, mesh = Record(), Standing(gone="redis")
    async with line() as proxy, line() as other:
        villain = harm.Villain(mesh, {"edge": proxy, "redis": other}, record)
        await villain.rage(1, 600)

        assert mesh.killed == ["auth", "redis"]
        assert villain.kills == {"auth": 1, "redis": 1}
        lines = {"edge cut": 1, "redis delay": 1, "edge reset": 1, "host 2 freeze": 1}
        assert villain.lines == lines
        assert mesh.froze == [2]
        assert [what.split(":")[0] for what in villain.gone] == ["redis", "the mesh"]
        assert len(record.harm) == 6
        assert proxy.delay == other.delay == 0


# --- the players


async def test_a_letter_is_found_when_its_line_is_whole(tmp_path):
    file = tmp_path / "messages.jsonl"
    box = job.Mailbox(file)
    body = json.dumps({"to": "ada@example.com", "body": "come: http://edge/join/#abc you"})
    file.write_text(body[:20])
    asked = asyncio.ensure_future(box.link("ada@example.com", 60))
    await eventually(lambda: not asked.done())
    file.write_text(body + "\n" + body.replace("ada", "bob").replace("abc", "def") + "\n")

    assert await asked == "abc"
    assert await box.link("bob@example.com", 60) == "def"
    with pytest.raises(TimeoutError):
        await box.link("eve@example.com", 0)


def test_a_clock_that_is_wrong_moves_all_positions_alike():
    right, wrong = job.skewed(job.walk(), 0), job.skewed(job.walk(), 5400)
    steps = [b.time - a.time for a, b in zip(right.fixes, wrong.fixes, strict=True)]

    assert max(steps) - min(steps) < 1e-3
    assert abs(steps[0] - 5400) < 60


@pytest.mark.parametrize("seats", [1, 3, 8, 12])
def test_a_hall_has_so_many_seats(seats):
    [section] = job.hall(seats)["sections"]

    assert sum(len(row["seats"]) for row in section["rows"]) == seats
    assert len({row["id"] for row in section["rows"]}) == len(section["rows"])


# --- the checks


def right():
    """What is read after one guest has booked, paid and come, and another did not pay."""
    money = {"organization": HOME, "progress": "succeeded", "amount_minor": 1250}
    entry = {
        "organization": HOME,
        "transaction": CAPTURE,
        "kind": "capture",
        "payment": PAYMENT,
        "currency": "EUR",
    }
    booking = {"organization": HOME, "event": EVENT, "total_minor": 1250, "due": None, "seats": 1}
    offer = {"event": EVENT, "ticket_type": "standard", "held": 0, "sold": 1}
    logged = {"reason": "", "details": {}}
    return {
        "offers": [offer | {"capacity": 1}],
        "movements": [dict(offer)],
        "bookings": [
            booking | {"id": BOOKING, "state": "confirmed"},
            booking | {"id": LAPSED, "state": "lapsed"},
        ],
        "tickets": [
            {
                "id": TICKET,
                "booking": BOOKING,
                "event": EVENT,
                "state": "valid",
                "seat": "stalls/1/1",
                "code": "abc",
            }
        ],
        "seats": [
            {"event": EVENT, "section": "stalls", "row": "1", "seat": "1", "booking": BOOKING}
        ],
        "payments": [
            {
                "organization": HOME,
                "id": PAYMENT,
                "booking": BOOKING,
                "state": "succeeded",
                "amount_minor": 1250,
                "refunding_minor": 0,
                "refunded_minor": 0,
                "captured": True,
            }
        ],
        "attempts": [{"id": ATTEMPT, "payment": PAYMENT, "progress": "succeeded"}],
        "refunds": [],
        "charges": [money | {"key": ATTEMPT}],
        "returns": [],
        "entries": [
            entry | {"account": "provider-sandbox", "amount_minor": 1250},
            entry | {"account": f"event-{EVENT}", "amount_minor": -1250},
        ],
        "messages": [
            {
                "organization": HOME,
                "id": MESSAGE,
                "recipient": GUEST,
                "kind": "invitation",
                "event": EVENT,
                "state": "sent",
                "provider": "console",
                "failure": "",
            }
        ],
        "journeys": [{"organization": HOME, "id": JOURNEY, "position_count": 30}],
        "segments": [
            {"journey": JOURNEY, "first_sequence": 1, "count": 20},
            {"journey": JOURNEY, "first_sequence": 21, "count": 10},
        ],
        "users": [{"id": USER}],
        "sessions": [{"id": SESSION, "user": USER}],
        "organizations": [{"organization": HOME}],
        "members": [{"organization": HOME, "user": USER}],
        "audit": [
            logged | {"action": "USER_REGISTER", "target": f"users/{USER}"},
            logged
            | {
                "action": "LOGIN",
                "target": f"users/{USER}",
                "details": {"session": f"users/{USER}/sessions/{SESSION}"},
            },
            logged | {"action": "ORGANIZATION_CREATE", "target": ORGANIZATION},
            logged | {"action": "MEMBER_CREATE", "target": f"{ORGANIZATION}/members/{USER}"},
        ],
        "events": [{"id": EVENT}],
        "participants": [{"id": PERSON}],
    }


def fact(**changed):
    both = frozenset({"event", "location"})
    subject = f"organizations/{HOME}/bookings/{BOOKING}"
    told = rows.Fact(FACT, "turnout.Confirmed", "booking", subject, True, both, both)
    return replace(told, **changed)


def books(**changed):
    return rows.Books(
        right() | changed.pop("rows", {}),
        **{"facts": [fact()], "sent": [LETTER]} | changed,
    )


def remembered():
    record = Record(acknowledged={WAY: 30})
    for name in (ORGANIZATION, GUEST, WAY):
        made = record.begin("POST", {name.rpartition("/")[2]})
        made.outcome, made.name = Outcome.OK, name
    return record


def wrong(table, *indexes, **values):
    """The right rows, but for what is changed in some of a table; all if none is named."""
    found = right()[table]
    chosen = indexes or range(len(found))
    return {table: [row | values if n in chosen else row for n, row in enumerate(found)]}


def without(table, index=-1):
    found = right()[table]
    del found[index]
    return {table: found}


def more(table, **values):
    found = right()[table]
    return {table: [*found, found[-1] | values]}


def refunded(**changed):
    """The booking was cancelled, and everything went back."""
    back = {"kind": "refund", "transaction": REFUND}
    entries = right()["entries"]
    given = [row | back | {"amount_minor": -row["amount_minor"]} for row in entries]
    return (
        wrong("offers", sold=0)
        | wrong("movements", sold=0)
        | wrong("bookings", 0, state="cancelled")
        | wrong("seats", booking=None)
        | wrong("payments", state="refunded", refunded_minor=1250)
        | {"returns": [dict(row) for row in right()["charges"]], "entries": entries + given}
        | changed
    )


@pytest.mark.parametrize("rows", [{}, refunded()], ids=["paid", "given back"])
def test_nothing_is_found_where_all_is_right(rows):
    assert checks.violations(books(rows=rows), remembered()) == []


def test_what_has_not_come_to_rest_is_counted():
    assert rows.restless(books()) == {}
    assert rows.restless(
        books(
            rows=wrong("messages", state="sending")
            | wrong("attempts", progress="pending")
            | {"refunds": [{"progress": "pending"}]}
            | wrong("bookings", 0, state="held"),
            facts=[fact(told=False), fact(heard=frozenset({"event"}))],
        )
    ) == {
        "facts untold": 1,
        "facts unheard": 1,
        "messages": 1,
        "charges": 1,
        "refunds": 1,
        "holds": 1,
    }


SOLD, SEATS, MONEY, LEDGER, ONCE, STORED, HEARD, AUDIT, KEPT = checks.CHECKS
OTHER = str(uuid.UUID(int=99))
LINE = f"organizations/{HOME}/messages/{OTHER}"
WRONG = [
    (SOLD, "2 of 1 seats are taken", {"rows": wrong("offers", sold=2)}),
    (SOLD, "2 of 1 seats are taken", {"rows": wrong("offers", held=1)}),
    (SOLD, "ledger of seats differs", {"rows": wrong("movements", sold=2)}),
    (SOLD, "ledger of seats differs", {"rows": {"movements": []}}),
    (SOLD, "1 are sold, bookings have 2", {"rows": wrong("bookings", 1, state="confirmed")}),
    (SOLD, "0 are held, bookings have 1", {"rows": wrong("bookings", 1, state="held")}),
    (SOLD, "did not lapse", {"rows": wrong("bookings", 1, state="held", due=True)}),
    (SEATS, "seat stalls/1/1 has 2 valid", {"rows": more("tickets", code="def")}),
    (SEATS, "2 tickets have one code", {"rows": more("tickets", seat="stalls/1/2")}),
    (SEATS, "confirmed booking of 1 seats has 0", {"rows": {"tickets": []}}),
    (SEATS, "lapsed booking of 0 seats has 1", {"rows": wrong("tickets", booking=LAPSED)}),
    (SEATS, "a booking of 1 has 0 seats", {"rows": wrong("seats", booking=None)}),
    (SEATS, "a booking of 1 has 2 seats", {"rows": more("seats", seat="2")}),
    (SEATS, "belongs to a booking that ended", {"rows": wrong("seats", booking=LAPSED)}),
    (MONEY, "1250 was kept for a booking worth 0", {"rows": wrong("payments", booking=LAPSED)}),
    (MONEY, "0 was kept for a booking worth 1250", {"rows": wrong("payments", captured=False)}),
    (MONEY, "0 was kept for a booking", {"rows": wrong("payments", refunded_minor=1250)}),
    (MONEY, "2500 was kept for a booking", {"rows": more("payments", id=OTHER)}),
    (MONEY, "the provider holds 2500", {"rows": more("charges", key=OTHER)}),
    (MONEY, "the provider holds 0", {"rows": wrong("charges", progress="failed")}),
    (MONEY, "the provider holds 1250", {"rows": refunded(returns=[])}),
    (LEDGER, "is off by 1250 EUR", {"rows": without("entries")}),
    (LEDGER, "the books hold 0 of a payment", {"rows": {"entries": []}}),
    (LEDGER, "the books hold 1250 of a payment", {"rows": refunded(entries=right()["entries"])}),
    (LEDGER, "the books hold 2500", {"rows": {"entries": right()["entries"] * 2}}),
    (ONCE, "was sent 2 times", {"sent": [LETTER, LETTER]}),
    (ONCE, "was not sent", {"sent": []}),
    (ONCE, "sending did not come to an end", {"rows": wrong("messages", state="sending")}),
    (
        ONCE,
        "sent all the same: unknown",
        {"rows": wrong("messages", state="failed", failure="unknown")},
    ),
    (ONCE, "is no message of ours", {"sent": [LETTER, LINE]}),
    (ONCE, "was told invitation 2", {"rows": more("messages", id=OTHER), "sent": [LETTER, LINE]}),
    (STORED, "10 of 30 acknowledged positions are not", {"rows": without("segments")}),
    (STORED, "10 positions are stored twice", {"rows": more("segments", count=10)}),
    (STORED, "30 positions are stored, 31 are", {"rows": wrong("journeys", position_count=31)}),
    (HEARD, "of booking was not told", {"facts": [fact(told=False)]}),
    (HEARD, "not heard by location", {"facts": [fact(heard=frozenset({"event"}))]}),
    (HEARD, "event laid a fact aside", {"dead": [("event", ORGANIZATION, "x: ValueError")]}),
    (AUDIT, "USER_REGISTER", {"rows": without("audit", 0)}),
    (AUDIT, "LOGIN", {"rows": without("audit", 1)}),
    (AUDIT, "ORGANIZATION_CREATE", {"rows": without("audit", 2)}),
    (AUDIT, "MEMBER_CREATE", {"rows": without("audit", 3)}),
    (AUDIT, "is in the log 2 times", {"rows": more("audit")}),
    (AUDIT, "ORGANIZATION_CREATE", {"rows": wrong("audit", 2, reason="REFUSED")}),
    (KEPT, f"{GUEST} was acknowledged", {"rows": {"participants": []}}),
    (KEPT, f"{ORGANIZATION} was acknowledged", {"rows": {"organizations": []}}),
    (KEPT, f"{WAY} was acknowledged", {"rows": {"journeys": []}}),
]


@pytest.mark.parametrize(("check", "what", "changed"), WRONG)
def test_what_is_wrong_is_found(check, what, changed):
    found = checks.violations(books(**dict(changed)), remembered())

    assert [one for one in found if one.check == check and what in one.what]
    assert all(one.ids for one in found)


def test_every_check_is_shown_something_wrong():
    assert {check for check, _, _ in WRONG} == set(checks.CHECKS)


def test_a_message_that_failed_and_was_not_sent_is_no_violation():
    failed = wrong("messages", state="failed", failure="no-address")

    assert checks.violations(books(rows=failed, sent=[]), remembered()) == []


def test_lines_that_a_crash_left_half_are_not_counted(tmp_path):
    file = tmp_path / "messages.jsonl"
    line = json.dumps({"message": LETTER})
    file.write_text(f"{line}\n{line[:10]}\n{line[:20]}")

    assert list(rows.sent(file)) == [LETTER]
    assert list(rows.sent(tmp_path / "none")) == []


@pytest.mark.parametrize("service", SERVICES)
def test_what_is_read_is_there(service, postgres):
    queries = [query for owner, query in rows.QUERIES.values() if owner == service]
    asked = set(re.findall(r"(?:from|join) (\w+)", " ".join(queries)))

    with psycopg.connect(postgres) as connection:
        # Gone with the transaction.
        connection.execute(f"create schema chaos_{service}")
        connection.execute(f"set local search_path to chaos_{service}")
        for table in tables(service, asked):
            connection.execute(str(CreateTable(table).compile(dialect=postgresql.dialect())))
        found = [connection.execute(query).fetchall() for query in queries]
        connection.rollback()

    assert found == [[]] * len(queries)


def tables(service, names):
    """The tables of these names, without what they refer to."""
    for metadata in declared(service):
        for table in metadata.sorted_tables:
            if table.name in names:
                yield Table(table.name, MetaData(), *(Column(c.name, c.type) for c in table.c))


def test_what_services_listen_to_is_known():
    assert "turnout.booking.v1.BookingConfirmed" in rows.listens("location")
    assert "turnout.auth.v1.MemberAdded" in rows.listens("booking")
    assert "turnout.auth.v1.MemberAdded" not in rows.listens("auth")


# --- the report


def test_the_report_counts_and_shows_what_led_to_a_violation():
    record = remembered()
    record.operations.append(Operation(1.0, "POST hold", {BOOKING}, outcome=Outcome.UNKNOWN))
    found = checks.violations(books(rows=wrong("payments", booking=LAPSED)), record)
    run = report.Run(7, 180, 4, {"auth": 2, "redis": 1}, {"cut": 3})

    text = "\n".join(report.lines(run, record, found))

    assert "seed  7, 180 s of harm, 4 gatherings" in text
    assert "kills  3: auth 2, redis 1" in text
    assert "operations  4: 3 ok, 0 refused, 1 unknown" in text
    assert "unknown  1 of those in the end" in text
    assert f"violations  {len(found)}" in text
    assert f"BROKEN  {MONEY} (2)" in text
    assert f"holds  {SOLD}" in text
    assert "unknown  POST hold" in text


def test_a_run_without_violations_says_that_all_holds():
    run = report.Run(7, 180, 4, {}, {})

    text = "\n".join(report.lines(run, remembered(), []))

    assert "violations  0" in text
    assert text.count("holds  ") == len(checks.CHECKS)
    assert "BROKEN" not in text
