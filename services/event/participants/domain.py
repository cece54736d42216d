"""The rules of participants. Plain values in, plain values out: no clock, no chance, no SQL.

How far a participant has come is told by three services, each in its own order, late, and by
its own clock. So nothing here depends on the order in which steps are heard: a participant
keeps them all, and `_state` reads where the participant stands out of the whole set.

What it reads, the first that fits:

1. Who arrived has arrived, unless that very arrival is taken back.
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
import functools
import re
import unicodedata
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import phonenumbers

from services.event.events.domain import Event, State, need, need_ahead, shown
from services.event.events.tickets import TicketType
from services.event.forms import domain as forms
from services.event.forms.domain import BadForm, Form, QuestionAnswer, Said
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
    """What can be reached on the way, in the order of the way. All but the last two are states."""

    LISTED = "listed"
    INVITED = "invited"
    DELIVERED = "delivered"
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
    # They did not arrive then, as was said, on that journey or with a ticket.
    RETRACTED = "retracted"


class Answer(enum.Enum):
    YES = "yes"
    NO = "no"
    MAYBE = "maybe"


class Channel(enum.Enum):
    """What messages are sent by."""

    EMAIL = "email"
    SMS = "sms"
    WHATSAPP = "whatsapp"


RANK = {mark: rank for rank, mark in enumerate(Mark)}
SAID = {Answer.YES: Mark.ACCEPTED, Answer.NO: Mark.DECLINED, Answer.MAYBE: Mark.TENTATIVE}
ANSWERS = {mark: answer for answer, mark in SAID.items()}
# Of a seat: what holds it, and what does not.
HAS = frozenset({Mark.HELD, Mark.CONFIRMED})
SEATED = frozenset({Mark.CONFIRMED, Mark.UNDER_WAY, Mark.ARRIVED})
LOST = frozenset({Mark.REFUSED, Mark.LAPSED, Mark.CANCELLED})
WAYS = frozenset({Mark.UNDER_WAY, Mark.ARRIVED, Mark.ENDED})
UNSEEN = frozenset({Mark.ENDED, Mark.RETRACTED})


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
    # By whose clock they sleep; empty for that of the event.
    time_zone: str = ""


@dataclass(frozen=True)
class Reply:
    """What a person says to an invitation. `ticket_type` is empty for the first of the event."""

    answer: Answer
    ticket_type: str
    note: str
    # None: as they said before.
    guests: int | None = 0
    said: tuple[Said, ...] = ()


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
    guests: int = 0
    question_answers: tuple[QuestionAnswer, ...] = ()
    send_time: datetime | None = None
    # What the last invitation was sent by. None before there was one.
    sent_by: Channel | None = None
    # Why the last message did not get there, and by when that was known of any, either way.
    undelivered_reason: str = ""
    heard_time: datetime | None = None
    version: int = 1


@dataclass(frozen=True)
class Order:
    """What a list is sorted by: a column, then the id; falling: the other way around."""

    column: str = "id"
    falling: bool = False


@dataclass(frozen=True)
class Wanted:
    """Which participants are asked for. What is empty or None asks for nothing."""

    organization: uuid.UUID
    event: Name | None = None
    states: tuple[Mark, ...] = ()
    # None among them: those who said nothing yet.
    answers: tuple[Answer | None, ...] = ()
    channels: tuple[Channel, ...] = ()
    query: str = ""
    ticket_type: str = ""
    order: Order = Order()


@dataclass(frozen=True)
class Alike:
    """Participants who may be one and the same person, and what they share."""

    # `display_name` or `email`.
    likeness: str
    key: str
    participants: tuple[Participant, ...]


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


def enlist(
    id: uuid.UUID,
    event: Event,
    contact: Contact,
    now: datetime,
    answers: tuple[QuestionAnswer, ...] = (),
) -> Participant:
    """Puts a person on the list of an event that was not called off."""
    need(event, State.DRAFT, State.PUBLISHED)
    return Participant(
        name=Name(event.name.organization, id),
        event=event.name,
        contact=contact,
        steps=(Step(Mark.LISTED, now),),
        create_time=now,
        update_time=now,
        question_answers=answers,
    )


def change(
    participant: Participant, contact: Contact, answers: tuple[QuestionAnswer, ...], now: datetime
) -> Participant:
    """Notes who somebody is, and what they answered to questions."""
    changed = dataclasses.replace(participant, contact=contact, question_answers=answers)
    if changed == participant:
        return participant
    return dataclasses.replace(changed, update_time=now)


def merge(kept: Participant, duplicate: Participant, now: datetime) -> Participant:
    """Makes one of two who are the same person: nothing that is known of either is lost.

    Of the answers the last counts, with what came with it. Refuses a duplicate of itself, and
    one at another event.
    """
    if duplicate.name == kept.name:
        raise BadParticipant("duplicate", "must be another participant")
    if duplicate.event != kept.event:
        raise BadParticipant("duplicate", "must be on the list of the same event")
    said = max((kept, duplicate), key=lambda one: _last_answer(one.steps))
    first = min(kept.create_time, duplicate.create_time)
    rest = (step for step in (*kept.steps, *duplicate.steps) if step.mark is not Mark.LISTED)
    merged = dataclasses.replace(
        kept,
        contact=_both(kept.contact, duplicate.contact),
        steps=(Step(Mark.LISTED, first), *dict.fromkeys(rest)),
        create_time=first,
        update_time=now,
        ticket_type=said.ticket_type,
        note=said.note,
        guests=said.guests,
        question_answers=_filled(kept.question_answers, duplicate.question_answers),
        send_time=max(filter(None, (kept.send_time, duplicate.send_time)), default=None),
        sent_by=kept.sent_by or duplicate.sent_by,
    )
    return _followed(merged)


def _both(one: Contact, other: Contact) -> Contact:
    """The one, with what it lacks of the other."""
    return Contact(
        display_name=one.display_name,
        email=one.email or other.email,
        phone=one.phone or other.phone,
        language_code=one.language_code or other.language_code,
        time_zone=one.time_zone or other.time_zone,
    )


def _filled(
    one: tuple[QuestionAnswer, ...], other: tuple[QuestionAnswer, ...]
) -> tuple[QuestionAnswer, ...]:
    known = {answer.question for answer in one}
    return (*one, *(answer for answer in other if answer.question not in known))


def _last_answer(steps: Iterable[Step]) -> datetime:
    return max((step.reach_time for step in _answers(steps)), default=EPOCH)


def invite(participant: Participant, event: Event, now: datetime) -> Participant:
    """Notes that the link is on its way, which it may be again."""
    need_open(event, now)
    return advance(participant, Step(Mark.INVITED, now), now)


def answer(
    participant: Participant, event: Event, reply: Reply, now: datetime, *, form: Form, whole: bool
) -> tuple[Participant, bool]:
    """Takes an answer, and tells whether there is something in it that was not known.

    The last answer counts. The same answer again is news only when there is no seat any more:
    then it asks for another one. `whole` refuses a yes that leaves out what the form requires.
    """
    need_open(event, now)
    coming = reply.answer is Answer.YES
    asked = ticket_type(event, reply.ticket_type) if coming or reply.ticket_type else None
    wanted = asked.id if asked and coming else None
    coming_along = min(participant.guests, form.guests) if reply.guests is None else reply.guests
    guests = 0 if reply.answer is Answer.NO else coming_along
    if guests > form.guests:
        raise BadParticipant("guests", f"must be at most {form.guests}")
    noted = change(
        participant,
        participant.contact,
        _told(participant, form, reply, whole=whole and coming),
        now,
    )
    if reply.note != participant.note:
        noted = dataclasses.replace(noted, note=reply.note, update_time=now)
    before = participant.answer, participant.ticket_type, participant.guests
    again = before == (reply.answer, wanted, guests)
    if again and not (coming and participant.state in LOST):
        return noted, False
    said = Step(
        SAID[reply.answer],
        max([now, *(step.reach_time + TICK for step in _answers(participant.steps))]),
        seen=max((step.reach_time for step in _seats(participant.steps)), default=None),
    )
    return advance(dataclasses.replace(noted, ticket_type=wanted, guests=guests), said, now), True


def _told(
    participant: Participant, form: Form, reply: Reply, *, whole: bool
) -> tuple[QuestionAnswer, ...]:
    """The answers to the form after a reply."""
    answers = forms.answered(form, participant.question_answers, reply.said, at="question_answers")
    missing = forms.missing(form, answers) if whole else []
    if missing:
        raise BadForm("question_answers", f"must answer {', '.join(missing)}")
    return answers


def need_open(event: Event, now: datetime) -> None:
    """Refuses an event that one cannot be invited to, or not any more."""
    need(event, State.PUBLISHED)
    need_ahead(event, now)


def within(reply: Reply, form: Form) -> Reply:
    """A reply that nobody can be asked again about: with no more guests than may come."""
    guests = None if reply.guests is None else min(reply.guests, form.guests)
    return dataclasses.replace(reply, guests=guests)


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
    while step.mark is Mark.ARRIVED and _taken_back(step, participant.steps):
        # They are there after all, as was said before it was taken back.
        step = dataclasses.replace(step, reach_time=step.reach_time + TICK)
    if step in participant.steps:
        return participant
    steps = (*participant.steps, step)
    return _followed(dataclasses.replace(participant, steps=steps, update_time=now))


def take_back(
    participant: Participant, about: uuid.UUID | None, at: datetime | None, now: datetime
) -> Participant:
    """Takes an arrival back: that on a journey, or one at a door, known by its time alone."""
    for step in participant.steps:
        of_it = step.mark is Mark.ARRIVED and step.about == about
        if of_it and (at is None or step.reach_time == at):
            undone = dataclasses.replace(step, mark=Mark.RETRACTED)
            participant = advance(participant, undone, now)
    return participant


def _taken_back(step: Step, steps: Iterable[Step]) -> bool:
    return step.mark is Mark.ARRIVED and dataclasses.replace(step, mark=Mark.RETRACTED) in steps


def _followed(participant: Participant) -> Participant:
    """A participant with what follows from the steps."""
    steps = participant.steps
    last = max(_answers(steps), key=_when, default=None)
    return dataclasses.replace(
        participant,
        state=_state(steps),
        answer=ANSWERS[last.mark] if last else None,
        booking=_booking(steps),
        journey=_newest(step for step in steps if step.mark in WAYS),
    )


def send(
    participant: Participant, at: datetime, channel: Channel | None, now: datetime
) -> Participant:
    """Notes that an invitation was sent, and by what; of several, the last."""
    if participant.send_time is not None and participant.send_time >= at:
        return participant
    by = channel or participant.sent_by
    return dataclasses.replace(participant, send_time=at, sent_by=by, update_time=now)


def hear_of(participant: Participant, reason: str, at: datetime, now: datetime) -> Participant:
    """Notes what became of a message: why it did not get there, or nothing. The last counts."""
    if participant.heard_time is not None and participant.heard_time >= at:
        return participant
    heard = dataclasses.replace(participant, undelivered_reason=reason, heard_time=at)
    if reason == participant.undelivered_reason:
        # Nobody has to see that nothing is wrong still.
        return heard if reason else participant
    return dataclasses.replace(heard, update_time=now)


def channel(participant: Participant) -> Channel:
    """What somebody is reached by: what the last invitation was sent by, or would be."""
    return participant.sent_by or (Channel.EMAIL if participant.contact.email else Channel.SMS)


def line(participant: Participant) -> list[Step]:
    """The steps that are shown, the first first."""
    shown = (step for step in participant.steps if step.mark not in UNSEEN)
    return sorted((s for s in shown if not _taken_back(s, participant.steps)), key=_when)


def _state(steps: tuple[Step, ...]) -> Mark:
    """Where somebody with these steps stands, in whatever order they were heard."""
    marks = {step.mark for step in steps}
    if any(step.mark is Mark.ARRIVED and not _taken_back(step, steps) for step in steps):
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
        told = (Mark.DELIVERED, Mark.INVITED)
        return seat.mark if seat else next((mark for mark in told if mark in marks), Mark.LISTED)
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


def contact(
    display_name: str, email: str, phone: str, language_code: str, time_zone: str = ""
) -> Contact:
    """Reads how a person is reached, or refuses what nobody is reached by."""
    name, email = display_name.strip(), email.strip()
    if not name:
        raise BadParticipant("participant.display_name", "must not be blank")
    if not email and not phone:
        raise BadParticipant("participant.email", "must be given, or a phone must")
    number = phone_number(phone) if phone else ""
    return Contact(name, email, number, language_code, time_zone)


def phone_number(text: str) -> str:
    """A phone number in E.164, however it was grouped."""
    # Reading a number takes fifty times as long as knowing that nothing in it needs reading.
    if _PLAIN.fullmatch(text) and _is_plain(text[1:]):
        return text
    try:
        number = phonenumbers.parse(text)
    except phonenumbers.NumberParseException:
        number = None
    # Possible and not valid: the plans of the world change faster than anybody's copy of them.
    if number is None or not phonenumbers.is_possible_number(number):
        problem = "must be a phone number in E.164, such as +491701234567"
        raise BadParticipant("participant.phone", problem)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


_PLAIN = re.compile(r"\+[1-9][0-9]{6,14}")


def _is_plain(digits: str) -> bool:
    """Whether digits are a country's and a possible number in it, with nothing to take away."""
    for size in (1, 2, 3):
        plan = _plan(digits[:size])
        if plan is not None:
            lengths, prefix = plan
            rest = digits[size:]
            return len(rest) in lengths and not (prefix and prefix.match(rest))
    return False


@functools.cache
def _plan(code: str) -> tuple[frozenset[int], re.Pattern[str] | None] | None:
    """How long numbers behind a country code are, and what is dialled before them at home.

    None for what is no country's code.
    """
    regions = phonenumbers.COUNTRY_CODE_TO_REGION_CODE.get(int(code), ())
    known = phonenumbers.PhoneMetadata.metadata_for_region(regions[0], None) if regions else None
    if known is None or known.general_desc is None:
        return None
    prefix = known.national_prefix_for_parsing
    lengths = frozenset(known.general_desc.possible_length)
    return lengths, re.compile(prefix) if prefix else None


def email_key(email: str) -> str | None:
    """What two ways to write the same address have in common. None for no address."""
    return unicodedata.normalize("NFC", email).lower() or None


def text_key(text: str) -> str:
    """What two ways to write the same words have in common: not case, width or spaces around."""
    if text.isascii():
        return " ".join(text.lower().split())
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


# All but the apostrophe, which is in the middle of names.
_PUNCTUATION = str.maketrans(dict.fromkeys('!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~–—·“”„', " "))


def likeness(key: str) -> str:
    """What two ways to write the same name have in common: its words, in whatever order.

    `key` is the `text_key` of the name.
    """
    return " ".join(sorted(key.translate(_PUNCTUATION).split())) or key
