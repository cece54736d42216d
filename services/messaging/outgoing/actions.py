"""What comes of what somebody writes, many at a time. Each runs inside one transaction."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from services.kit.db import Tx
from services.kit.errors import Refusal
from services.kit.ids import new_id
from services.kit.names import Name
from services.kit.once import Call, once_all
from services.messaging.cascades import domain as ways
from services.messaging.cascades.actions import Draft, queue
from services.messaging.cascades.domain import Plan, Way
from services.messaging.devices import actions as devices
from services.messaging.messages import wire
from services.messaging.messages.domain import Channel, Kind, Message, Text
from services.messaging.outgoing import store
from services.messaging.outgoing.domain import NoAddress, ParticipantNotFound
from services.messaging.people.domain import PARTICIPANTS, Person
from turnout.messaging.v1 import messaging_pb2


@dataclass(frozen=True)
class Note:
    """Something to say to a participant, and the call that asks for it."""

    call: Call
    participant: Name
    subject: str
    text: str = field(repr=False)


async def send(
    tx: Tx, organization: uuid.UUID, notes: Sequence[Note], *, key: bytes, now: datetime
) -> list[messaging_pb2.Message | Refusal]:
    """Queues what was asked for, all of it together; a refusal for each that cannot be."""

    async def carry_out(positions: list[int]) -> list[messaging_pb2.Message | Refusal]:
        wanted = [notes[position] for position in positions]
        ids = {note.participant.id for note in wanted}
        known, plan = await store.known(tx, organization, ids, Kind.NOTE)
        if ways.notifies(plan.steps):
            known = await _notified(tx, organization, known)
        done = [_written(note, known, plan, now) for note in wanted]
        drafts = [each for each in done if not isinstance(each, Refusal)]
        queued = iter(await queue(tx, drafts, key=key, now=now))
        return [each if isinstance(each, Refusal) else wire.message(next(queued)) for each in done]

    return await once_all(tx, [note.call for note in notes], carry_out)


async def _notified(
    tx: Tx, organization: uuid.UUID, known: Mapping[uuid.UUID, Person]
) -> dict[uuid.UUID, Person]:
    """People with what they are notified on."""
    found = await devices.reached_all(tx, organization, [each.name for each in known.values()])
    return {id: replace(each, devices=found.get(each.name, ())) for id, each in known.items()}


def _written(
    note: Note, known: Mapping[uuid.UUID, Person], plan: Plan, now: datetime
) -> Draft | Refusal:
    name, person = PARTICIPANTS.format(note.participant), known.get(note.participant.id)
    if person is None:
        return ParticipantNotFound(name)
    found = [_saying(note, way) for way in ways.ways(plan.steps, person)]
    if not found:
        return NoAddress(name)
    first = found[0]
    message = Message(
        name=Name(note.participant.organization, new_id()),
        recipient=name,
        address=first.address,
        channel=first.channel,
        kind=Kind.NOTE,
        event=person.event,
        shown=Text(first.subject, first.shown),
        create_time=now,
    )
    return Draft(message, person.display_name, found)


def _saying(note: Note, way: Way) -> Way:
    """A step, with what it says on its channel: only letters have a head."""
    subject = note.subject if way.channel is Channel.EMAIL else ""
    return Way(way.channel, way.address, way.deadline, subject, note.text, note.text)
