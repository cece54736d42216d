"""People and figures as files: every row once, as text that runs nothing, whatever the size."""

from __future__ import annotations

import csv
import io
import uuid
from typing import Any

import arro3.io
import grpc
import pytest

from services.event.exports import servicer
from services.kit.ids import new_id
from tests.event.test_analytics import Teller, booked, money
from tests.event.world import refused
from turnout.event.v1 import export_pb2, participant_pb2
from turnout.payment.v1 import payment_pb2

pytestmark = pytest.mark.server

CSV, PARQUET = export_pb2.EXPORT_FORMAT_CSV, export_pb2.EXPORT_FORMAT_PARQUET
Participant = participant_pb2.Participant


async def read(call: Any) -> tuple[bytes, set[str], list[int]]:
    """The whole file, the types it says it is of, and the sizes of its pieces."""
    pieces = [piece async for piece in call]
    return (
        b"".join(piece.data for piece in pieces),
        {piece.content_type for piece in pieces},
        [len(piece.data) for piece in pieces],
    )


def people(house: Any, format: Any = CSV, **given: Any) -> Any:
    request = export_pb2.ExportParticipantsRequest(parent=house.name, format=format, **given)
    return house.world.exports.ExportParticipants(request, metadata=house.organizer)


def rows_of(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode(), newline="")))


async def test_participants_are_given_with_their_line(world, house):
    event = await house.published()
    ada, bob = await house.enlist(event), await house.enlist(event, display_name="Bob, or Bo")
    link = await house.invite(ada)
    await world.people.AnswerInvitation(
        participant_pb2.AnswerInvitationRequest(
            name=ada.name, answer=Participant.ANSWER_YES, note="see you"
        ),
        metadata=link,
    )

    data, types, _ = await read(people(house))

    first, second = rows_of(data)
    assert types == {"text/csv; charset=utf-8"}
    assert (first["name"], first["event"], first["email"]) == (ada.name, event.name, ada.email)
    assert (first["state"], first["answer"], first["note"]) == ("ACCEPTED", "YES", "see you")
    assert first["invited_time"] <= first["answered_time"]
    assert first["answered_time"].endswith("Z")
    assert (first["arrived_time"], first["guests"]) == ("", "0")
    assert (second["name"], second["display_name"]) == (bob.name, "Bob, or Bo")


async def test_a_name_that_is_a_formula_is_text(house):
    evil = '=HYPERLINK("http://evil.example")'
    await house.enlist(await house.published(), display_name=evil)

    data, _, _ = await read(people(house))

    assert rows_of(data)[0]["display_name"] == f"'{evil}"


async def test_many_come_piece_by_piece_and_once_each(house, monkeypatch):
    monkeypatch.setattr(servicer, "BATCH", 3)
    event, other = await house.published(), await house.published()
    names = [(await house.enlist(event)).name for _ in range(7)]
    names += [(await house.enlist(other)).name for _ in range(2)]

    data, _, sizes = await read(people(house))
    some, _, _ = await read(people(house, event=other.name))

    assert [row["name"] for row in rows_of(data)] == names
    assert len(sizes) == 4  # the headings, and three batches
    assert [row["name"] for row in rows_of(some)] == names[7:]


async def test_parquet_has_the_same_rows_with_types(house, monkeypatch):
    monkeypatch.setattr(servicer, "BATCH", 2)
    event = await house.published()
    for _ in range(5):
        await house.invite(await house.enlist(event))
    text, _, _ = await read(people(house))

    data, types, _ = await read(people(house, PARQUET))

    table = arro3.io.read_parquet(io.BytesIO(data)).read_all()
    columns = {name: table[name].to_pylist() for name in table.column_names}
    rows = rows_of(text)
    assert types == {"application/vnd.apache.parquet"}
    assert columns["name"] == [row["name"] for row in rows]
    assert columns["guests"] == [0] * 5
    written = [time.isoformat(timespec="milliseconds")[:23] for time in columns["invited_time"]]
    assert written == [row["invited_time"][:23] for row in rows]
    assert columns["arrived_time"] == [None] * 5
    assert list(rows[0]) == table.column_names


@pytest.mark.parametrize("format", [CSV, PARQUET])
async def test_nobody_is_a_file_without_rows(house, format):
    data, _, _ = await read(people(house, format))

    if format == CSV:
        assert rows_of(data) == []
        assert data.startswith(b'"name","event"')
    else:
        assert arro3.io.read_parquet(io.BytesIO(data)).read_all().num_rows == 0


async def test_a_reader_that_leaves_stops_the_writing(house, monkeypatch):
    monkeypatch.setattr(servicer, "BATCH", 1)
    event = await house.published()
    for _ in range(3):
        await house.enlist(event)

    for _ in range(3):
        call = people(house, PARQUET)
        await call.initial_metadata()
        call.cancel()

    data, _, _ = await read(people(house, PARQUET))
    assert arro3.io.read_parquet(io.BytesIO(data)).read_all().num_rows == 3


async def test_a_file_has_a_name(house):
    for format, name in ((CSV, "participants.csv"), (PARQUET, "participants.parquet")):
        call = people(house, format)
        metadata = dict(await call.initial_metadata())
        await read(call)

        assert metadata["content-disposition"] == f'attachment; filename="{name}"'


async def test_there_is_nobody_to_export_of_an_event_that_there_is_not(house):
    nothing = f"{house.name}/events/{uuid.uuid4()}"

    with refused(grpc.StatusCode.NOT_FOUND, "EVENT_NOT_FOUND", event=nothing):
        await read(people(house, event=nothing))


async def test_another_organization_exports_its_own(world, house):
    await house.enlist(await house.published())
    other = await world.house()

    data, _, _ = await read(people(other))

    assert rows_of(data) == []


# --- figures


async def sold(house: Any) -> Any:
    event = await house.published()
    teller = Teller(house)
    await teller.announce(event)
    booking, (_, confirmed) = booked(house, event, f"users/{new_id()}", seats=2)
    await teller.tell(confirmed)
    await teller.tell(money(payment_pb2.PaymentCaptured, house, booking, 24))
    await teller.tell(money(payment_pb2.PaymentRefunded, house, booking, 30))
    return event


def figures(house: Any, event: Any = None, format: Any = CSV) -> Any:
    exports = house.world.exports
    if event is None:
        request = export_pb2.ExportOrganizationAnalyticsRequest(
            name=f"{house.name}/analytics", format=format
        )
        return exports.ExportOrganizationAnalytics(request, metadata=house.organizer)
    name = f"{event.name}/analytics"
    asked = export_pb2.ExportEventAnalyticsRequest(name=name, format=format)
    return exports.ExportEventAnalytics(asked, metadata=house.organizer)


async def test_figures_are_given_a_row_each(house):
    event = await sold(house)

    data, _, _ = await read(figures(house, event))

    rows = {(r["section"], r["item"], r["date"], r["figure"]): r for r in rows_of(data)}
    assert rows["bookings", "", "", "confirmed"]["amount"] == "1"
    assert rows["capacity", "standard", "", "sold"]["amount"] == "2"
    assert rows["capacity", "", "", "seats"]["amount"] == "5"
    net = rows["revenue", "EUR", "", "net"]
    assert (net["amount"], net["currency"]) == ("-600", "EUR")
    assert rows["days", "", "2026-10-24", "sold"]["amount"] == "2"
    assert rows["days", "EUR", "2026-10-24", "captured"]["amount"] == "2400"


async def test_the_figures_of_an_organization_are_of_all_its_events(house):
    await sold(house)
    await sold(house)

    data, _, _ = await read(figures(house, format=PARQUET))

    rows = arro3.io.read_parquet(io.BytesIO(data)).read_all()
    amounts = dict(
        zip(
            zip(rows["section"].to_pylist(), rows["figure"].to_pylist(), strict=True),
            rows["amount"].to_pylist(),
            strict=True,
        )
    )
    assert amounts["bookings", "confirmed"] == 2


async def test_there_are_no_figures_to_export_of_an_event_that_there_is_not(house):
    event = participant_pb2.Participant(name=f"{house.name}/events/{uuid.uuid4()}")

    with refused(grpc.StatusCode.NOT_FOUND, "EVENT_NOT_FOUND"):
        await read(figures(house, event))
