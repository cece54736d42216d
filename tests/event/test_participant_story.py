"""Whatever order the steps are heard in, a participant ends up where the person is."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from services.event.forms.domain import Form
from services.event.participants import domain
from services.event.participants.domain import HAS, LOST, Answer, Mark, Reply, Step
from tests.event.builders import NOW, at, id_at, person, published, step

IDS = [id_at(0), id_at(5), id_at(10)]
TRIPS = [id_at(20), id_at(30)]
MINUTES = st.integers(0, 40)
SEATS = st.builds(
    step,
    st.sampled_from([Mark.HELD, Mark.LAPSED, Mark.CONFIRMED, Mark.CANCELLED]),
    MINUTES,
    st.sampled_from(IDS),
)
WAYS = st.builds(
    step,
    st.sampled_from([Mark.UNDER_WAY, Mark.ARRIVED, Mark.ENDED]),
    MINUTES,
    st.sampled_from(TRIPS),
)
REFUSALS = st.builds(step, st.just(Mark.REFUSED), MINUTES)
SAID = st.builds(
    step,
    st.sampled_from(list(domain.ANSWERS)),
    MINUTES,
    seen=st.none() | MINUTES.map(at),
)
INVITED = st.builds(step, st.just(Mark.INVITED), MINUTES)
STEPS = st.lists(SEATS | WAYS | REFUSALS | SAID | INVITED, max_size=12)


def standing(steps):
    found = person(*steps)
    return found.state, found.answer, found.booking, found.journey, domain.line(found)


@given(STEPS.flatmap(lambda steps: st.tuples(st.just(steps), st.permutations(steps))))
def test_the_order_in_which_steps_are_heard_does_not_matter(both):
    first, second = both

    assert standing(first) == standing(second)


@given(STEPS, st.data())
def test_a_step_that_is_heard_twice_counts_once(steps, data):
    again = data.draw(st.lists(st.sampled_from(steps), max_size=5)) if steps else []

    assert standing([*steps, *again]) == standing(steps)


@given(STEPS, STEPS)
def test_who_has_arrived_has_arrived(before, after):
    arrival = step(Mark.ARRIVED, 30, TRIPS[1])

    assert person(*before, arrival, *after).state is Mark.ARRIVED


@given(STEPS, st.lists(SEATS | REFUSALS, min_size=1))
def test_no_other_booking_takes_a_ticket_away(steps, seats):
    ticket = step(Mark.CONFIRMED, 100, id_at(50))
    before, after = person(*steps, ticket), person(*steps, ticket, *seats)

    assert after.state is before.state


@given(STEPS, SEATS)
def test_a_seat_counts_whatever_became_of_older_ones(steps, older):
    held = step(Mark.HELD, 100, id_at(50))

    assert person(*steps, older, held).booking == held.about


@given(STEPS)
def test_there_is_always_a_state_that_can_be_told(steps):
    assert person(*steps).state is not Mark.ENDED


class Seats:
    """The booking service as far as one participant sees it, with a clock of its own."""

    def __init__(self, skew: int) -> None:
        self.skew = skew
        self.heard: list[Answer] = []
        self.told: list[Step] = []
        self.latest: Step | None = None

    def tell(self, mark: Mark, minute: int, about=None) -> None:
        self.latest = step(mark, minute + self.skew, about)
        self.told.append(self.latest)

    def react(self, minute: int, sold_out: bool) -> None:
        """Hears the next answer: yes holds a seat unless there is one, no gives it back."""
        if not self.heard:
            return
        answer = self.heard.pop(0)
        seat = self.latest if self.latest is not None and self.latest.mark in HAS else None
        if answer is Answer.YES and seat is None:
            if sold_out:
                self.tell(Mark.REFUSED, minute)
            else:
                self.tell(Mark.HELD, minute, id_at(minute + self.skew))
        if answer is Answer.NO and seat is not None:
            self.tell(Mark.CANCELLED, minute, seat.about)

    def end(self, mark: Mark, minute: int) -> None:
        """The hold is paid, or it lapses."""
        if self.latest is not None and self.latest.mark is Mark.HELD:
            self.tell(mark, minute, self.latest.about)


ACTIONS = st.lists(
    st.sampled_from([*Answer])
    | st.sampled_from(["seat", "seat", "sold out", "pay", "lapse", "hear", "hear", "hear"]),
    max_size=25,
)


def play(actions, skew):
    """Answers, bookings and their facts as they come, each when it is its turn."""
    ada, seats, event = person(), Seats(skew), published()
    for minute, action in enumerate(actions, start=100):
        if isinstance(action, Answer):
            reply, form = Reply(action, "", ""), Form(event.name)
            ada, news = domain.answer(ada, event, reply, at(minute), form=form, whole=True)
            seats.heard += [action] * news
        elif action == "hear" and seats.told:
            ada = domain.advance(ada, seats.told.pop(0), NOW)
        elif action in ("seat", "sold out"):
            seats.react(minute, action == "sold out")
        elif action in ("pay", "lapse"):
            seats.end(Mark.CONFIRMED if action == "pay" else Mark.LAPSED, minute)
    for minute in range(200, 200 + len(seats.heard)):
        seats.react(minute, sold_out=False)
    for fact in seats.told:
        ada = domain.advance(ada, fact, NOW)
    return ada, seats.latest.mark if seats.latest else None


@given(ACTIONS, st.integers(-30, 30))
def test_when_everything_is_heard_the_participant_is_where_the_person_is(actions, skew):
    ada, seat = play(actions, skew)

    if seat in HAS or ada.answer is Answer.YES:
        assert ada.state is seat
    elif ada.answer is Answer.NO:
        assert ada.state in {Mark.DECLINED, Mark.CANCELLED}
    elif ada.answer is Answer.MAYBE:
        assert ada.state is Mark.TENTATIVE or (ada.state in LOST and ada.state is seat)
    else:
        assert ada.state is Mark.LISTED
