"""The rules of participants. Plain values in, plain values out: no clock, no chance, no SQL.

How far a participant has come is told by three services, each in its own order, late, and by
its own clock. So nothing here depends on the order in which steps are heard: a participant
keeps them all, and `_state` reads where the participant stands out of the whole set.

What it reads, the first that fits:

1. Who arrived has arrived. Nothing takes that back.
2. Who shares the way is under way, unless it is known that the seat is gone.
3. Who said no is declined, until something new is heard of a seat: one that is held or sold
   (it was taken meanwhile), or one that was given back.
4. Who has a seat has it: sold before held, and the newer before the older. A booking that
   lapses, or is refused, takes nothing from another one.
5. Who lost the newest seat, or got none, stands there until the next answer.
6. Who has no seat stands where the last answer puts them, or else the invitation.

"Newer" and "new" never compare the clocks of two services. Bookings and journeys are ordered
by the time in their ids (UUIDv7), which their own service drew; and an answer keeps, in `seen`,
the time of the newest that was known of any seat when it was given, by the clock of booking.
"""

from __future__ import annotations

import dataclasses
import enum
import unicodedata
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import phonenumbers

from services.event.events.domain import Event, State, need, need_ahead, shown
from services.event.events.tickets import TicketType
from services.kit import errors
from services.kit.names import Collection, Name

PARTICIPANTS = Collection("participants", "turnout.app/Participant")
BOOKINGS = Collection("bookings", "turnout.app/Booking")
JOURNEYS = Collection("journeys", "turnout.app/Journey")

# How long after the event the link in the invitation still opens what it is about.
LINK_AFTER = timedelta(days=7)
TICK = timedelta(microseconds=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Mark(enum.Enum):
    """What can be reached on the way, in the order of the way. All but ENDED are states."""

    LISTED = "listed"
    INVITED = "invited"
    ACCEPTED = "accepted"
    TENTATIVE = "tentative"
    DECLINED = "declined"
    HELD = "held"
    REFUSED = "refused"
    LAPSED = "lapsed"
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"
    UNDER_WAY = "under_way"
    ARRIVED = "arrived"
    # The way is no longer shared, and it was not to the end.
    ENDED = "ended"


class Answer(enum.Enum):
    YES = "yes"
    NO = "no"
    MAYBE = "maybe"


RANK = {mark: rank for rank, mark in enumerate(Mark)}
SAID = {Answer.YES: Mark.ACCEPTED, Answer.NO: Mark.DECLINED, Answer.MAYBE: Mark.TENTATIVE}
ANSWERS = {mark: answer for answer, mark in SAID.items()}
# Of a seat: what holds it, and what does not.
HAS = frozenset({Mark.HELD, Mark.CONFIRMED})
SEATED = frozenset({Mark.CONFIRMED, Mark.UNDER_WAY, Mark.ARRIVED})
LOST = frozenset({Mark.REFUSED, Mark.LAPSED, Mark.CANCELLED})
WAYS = frozenset({Mark.UNDER_WAY, Mark.ARRIVED, Mark.ENDED})


@dataclass(frozen=True)
class Step:
    mark: Mark
    # By the clock of the service that says so.
    reach_time: datetime
    # The booking or the journey, where it is about one.
    about: uuid.UUID | None = None
    # Of an answer: the newest reach time that was known of any seat when it was given.
    seen: datetime | None = None


@dataclass(frozen=True)
class Contact:
    """Who a person is and where one reaches them: at least one address is there."""

    display_name: str
    email: str
    phone: str
    language_code: str


@dataclass(frozen=True)
class Reply:
    """What a person says to an invitation. `ticket_type` is empty for the first of the event."""

    answer: Answer
    ticket_type: str
    note: str


@dataclass(frozen=True)
class Participant:
    name: Name
    event: Name
    contact: Contact
    steps: tuple[Step, ...]
    create_time: datetime
    update_time: datetime
    # What follows from the steps.
    state: Mark = Mark.LISTED
    answer: Answer | None = None
    booking: uuid.UUID | None = None
    journey: uuid.UUID | None = None
    # What came with the last answer; the ticket type with a yes only.
    ticket_type: str | None = None
    note: str = ""
    send_time: datetime | None = None
    version: int = 1


class BadParticipant(errors.Invalid):
    """A value that no participant has."""


class BadTicketType(errors.Invalid):
    """A kind of ticket that the event does not have."""


class ParticipantNotFound(errors.NotFound):
    message = "there is no {participant}"
    participant: str


class ParticipantExists(errors.AlreadyExists):
    message = "{address} is on the list of {event} already"
    event: str
    address: str


# --- what an organizer and a participant do


def enlist(id: uuid.UUID, event: Event, contact: Contact, now: datetime) -> Participant:
    """Puts a person on the list of an event that was not called off."""
    need(event, State.DRAFT, State.PUBLISHED)
    return Participant(
        name=Name(event.name.organization, id),
        event=event.name,
        contact=contact,
        steps=(Step(Mark.LISTED, now),),
        create_time=now,
        update_time=now,
    )


def invite(participant: Participant, event: Event, now: datetime) -> Participant:
    """Notes that the link is on its way, which it may be again."""
    need_open(event, now)
    return advance(participant, Step(Mark.INVITED, now), now)


def answer(
    participant: Participant, event: Event, reply: Reply, now: datetime
) -> tuple[Participant, bool]:
    """Takes an answer, and tells whether there is something in it that was not known.

    The last answer counts. The same answer again is news only when there is no seat any more:
    then it asks for another one.
    """
    need_open(event, now)
    coming = reply.answer is Answer.YES
    asked = ticket_type(event, reply.ticket_type) if coming or reply.ticket_type else None
    wanted = asked.id if asked and coming else None
    noted = dataclasses.replace(participant, note=reply.note, update_time=now)
    again = (participant.answer, participant.ticket_type) == (reply.answer, wanted)
    if again and not (coming and participant.state in LOST):
        return (participant if reply.note == participant.note else noted), False
    said = Step(
        SAID[reply.answer],
        max([now, *(step.reach_time + TICK for step in _answers(participant.steps))]),
        seen=max((step.reach_time for step in _seats(participant.steps)), default=None),
    )
    return advance(dataclasses.replace(noted, ticket_type=wanted), said, now), True


def need_open(event: Event, now: datetime) -> None:
    """Refuses an event that one cannot be invited to, or not any more."""
    need(event, State.PUBLISHED)
    need_ahead(event, now)


def ticket_type(event: Event, id: str) -> TicketType:
    """The ticket type of that id, of those that everybody sees; the first if it is empty."""
    types = shown(event, member=False)
    found = next((each for each in types if id in ("", each.id)), None)
    if found is None:
        known = ", ".join(each.id for each in types)
        raise BadTicketType("ticket_type", f"must be one of {known}" if known else "is not open")
    return found


def link_expiry(event: Event) -> datetime:
    return event.plan.span.end_time + LINK_AFTER


# --- what the services tell


def advance(participant: Participant, step: Step, now: datetime) -> Participant:
    """Takes in a step, whenever it is heard. One that is known already changes nothing."""
    if step in participant.steps:
        return participant
    steps = (*participant.steps, step)
    last = max(_answers(steps), key=_when, default=None)
    return dataclasses.replace(
        participant,
        steps=steps,
        state=_state(steps),
        answer=ANSWERS[last.mark] if last else None,
        booking=_booking(steps),
        journey=_newest(step for step in steps if step.mark in WAYS),
        update_time=now,
    )


def send(participant: Participant, at: datetime, now: datetime) -> Participant:
    """Notes that an invitation was sent; of several, the last."""
    if participant.send_time is not None and participant.send_time >= at:
        return participant
    return dataclasses.replace(participant, send_time=at, update_time=now)


def line(participant: Participant) -> list[Step]:
    """The steps that are shown, the first first."""
    shown = (step for step in participant.steps if step.mark is not Mark.ENDED)
    return sorted(shown, key=_when)


def _state(steps: tuple[Step, ...]) -> Mark:
    """Where somebody with these steps stands, in whatever order they were heard."""
    marks = {step.mark for step in steps}
    if Mark.ARRIVED in marks:
        return Mark.ARRIVED
    state = _standing(steps, marks)
    if _shares_way(steps) and state not in LOST | {Mark.DECLINED}:
        return Mark.UNDER_WAY
    return state


def _standing(steps: tuple[Step, ...], marks: set[Mark]) -> Mark:
    """Where they stand as far as answers and seats go."""
    said = max(_answers(steps), key=_when, default=None)
    if said is None:
        seat = _seat(steps)
        invited = Mark.INVITED if Mark.INVITED in marks else Mark.LISTED
        return seat.mark if seat else invited
    if said.mark is Mark.DECLINED:
        seat = _seat(step for step in steps if _is_news(step, said))
        return seat.mark if seat and seat.mark in HAS | {Mark.CANCELLED} else said.mark
    seat = _seat(steps)
    return seat.mark if seat and (seat.mark in HAS or _is_news(seat, said)) else said.mark


def _is_news(step: Step, said: Step) -> bool:
    """Whether a step of a seat was not known when that was said."""
    return said.seen is None or step.reach_time > said.seen


def _seat(steps: Iterable[Step]) -> Step | None:
    """The last that is known of the seat that counts."""
    return max(_ends(steps), key=_counts, default=None)


def _ends(steps: Iterable[Step]) -> Iterable[Step]:
    """The last that is known of each booking, and of each refusal of one."""
    return {_drawn(step): step for step in sorted(_seats(steps), key=_when)}.values()


def _counts(seat: Step) -> tuple[int, tuple[int, int]]:
    """Orders seats: sold before held before lost, and the newer before the older."""
    rank = {Mark.CONFIRMED: 2, Mark.HELD: 1}.get(seat.mark, 0)
    return rank, _drawn(seat)


def _shares_way(steps: Iterable[Step]) -> bool:
    ways = [step for step in steps if step.mark in WAYS]
    newest = max(map(_drawn, ways), default=None)
    return bool(ways) and all(
        step.mark is not Mark.ENDED for step in ways if _drawn(step) == newest
    )


def _answers(steps: Iterable[Step]) -> Iterable[Step]:
    return (step for step in steps if step.mark in ANSWERS)


def _seats(steps: Iterable[Step]) -> Iterable[Step]:
    return (step for step in steps if step.mark in HAS | LOST)


def _booking(steps: tuple[Step, ...]) -> uuid.UUID | None:
    """The newest booking that has a seat, or else the newest."""
    named = [step for step in _ends(steps) if step.about is not None]
    return max(named, key=lambda step: (step.mark in HAS, _drawn(step))).about if named else None


def _newest(steps: Iterable[Step]) -> uuid.UUID | None:
    named = [step for step in steps if step.about is not None]
    return max(named, key=_drawn).about if named else None


def _when(step: Step) -> tuple[datetime, int, int, datetime]:
    """Orders steps by time, and those of one time in some way, so that no two are the same."""
    about = step.about.int if step.about else 0
    return step.reach_time, RANK[step.mark], about, step.seen or EPOCH


def _drawn(step: Step) -> tuple[int, int]:
    """Orders bookings and journeys by when they began: the milliseconds in their ids."""
    if step.about is None:
        return (step.reach_time - EPOCH) // timedelta(milliseconds=1), 0
    return step.about.int >> 80, step.about.int


# --- addresses


def contact(display_name: str, email: str, phone: str, language_code: str) -> Contact:
    """Reads how a person is reached, or refuses what nobody is reached by."""
    name, email = display_name.strip(), email.strip()
    if not name:
        raise BadParticipant("participant.display_name", "must not be blank")
    if not email and not phone:
        raise BadParticipant("participant.email", "must be given, or a phone must")
    return Contact(name, email, phone_number(phone) if phone else "", language_code)


def phone_number(text: str) -> str:
    """A phone number in E.164, however it was grouped."""
    try:
        number = phonenumbers.parse(text)
    except phonenumbers.NumberParseException:
        number = None
    # Possible and not valid: the plans of the world change faster than anybody's copy of them.
    if number is None or not phonenumbers.is_possible_number(number):
        problem = "must be a phone number in E.164, such as +491701234567"
        raise BadParticipant("participant.phone", problem)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def email_key(email: str) -> str | None:
    """What two ways to write the same address have in common. None for no address."""
    return unicodedata.normalize("NFC", email).lower() or None
