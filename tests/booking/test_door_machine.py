"""A model of the life of one ticket: who has it, which code opens the door, and whether it did."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from services.booking.check_in import domain as door
from services.booking.check_in.domain import Entry, Pass
from services.booking.tickets import domain
from services.booking.tickets.domain import State, Ticket, Transfer
from services.kit import errors
from services.kit.ids import new_id
from services.kit.names import Name
from tests.booking.builders import GIG, NOW

PEOPLE = ("users/ada", "users/bob", "users/eve")
MINUTES = st.integers(0, 60)


class Life(RuleBasedStateMachine):
    """One ticket, everybody who wants it, and every scan of it that was ever told."""

    @initialize()
    def issue(self):
        self.now = NOW
        name = Name(GIG.organization, new_id())
        made = Ticket(name, name, GIG, "standard", "code 1", PEOPLE[0], State.VALID, NOW)
        self.seen = Pass(made)
        self.holders = [PEOPLE[0]]
        self.codes = ["code 1"]
        self.offers: list[Transfer] = []
        self.told: list[Entry] = []
        self.undone: datetime | None = None

    @property
    def ticket(self):
        state = self.seen.ticket.state
        used = state is State.VALID and self.seen.entry is not None
        return change(self.seen.ticket, state=State.USED if used else state)

    def becomes(self, after):
        state = State.VALID if after.state is State.USED else after.state
        self.seen = Pass(change(after, state=state), self.seen.entry, self.seen.undo_time)

    @rule(to=st.sampled_from(("", *PEOPLE)))
    def transfer(self, to):
        offer = Transfer(new_id(), self.now + domain.OFFERED, to)
        if self.allowed(lambda: domain.transfer(self.ticket, offer, self.now)):
            self.offers.append(offer)

    @rule()
    def recall(self):
        self.becomes(domain.recall(self.ticket, self.now))

    @rule(which=st.integers(0, 5), who=st.sampled_from(PEOPLE))
    def accept(self, which, who):
        if which >= len(self.offers):
            return
        offer, current = self.offers[which], self.ticket.transfer

        def take():
            taken = domain.accept(self.ticket, offer.id, who, self.now)
            return domain.reissue(taken, self.code(), self.now)

        if self.allowed(take):
            assert current == offer
            assert offer.recipient in ("", who)
            self.holders.append(who)
            self.codes.append(self.ticket.code)

    @rule()
    def reissue(self):
        if self.allowed(lambda: domain.reissue(self.ticket, self.code(), self.now)):
            self.codes.append(self.ticket.code)

    @rule()
    def give_back(self):
        self.allowed(lambda: domain.give_back(self.ticket, self.now))

    @rule()
    def check_in(self):
        entry, before = Entry(new_id(), self.now), self.seen
        try:
            self.seen = door.check_in(self.seen, GIG, entry)
        except door.AlreadyCheckedIn:
            assert before.entry is not None
        except domain.WrongTicketState:
            assert before.ticket.state is State.RETURNED
        else:
            self.told.append(entry)

    @rule(ago=MINUTES)
    def upload(self, ago):
        """A scan of some minutes ago, of a door without a network."""
        try:
            door.require_good(self.seen, GIG)
        except domain.WrongTicketState:
            return
        entry = Entry(new_id(), self.now - timedelta(minutes=ago))
        self.seen = door.merge(self.seen, entry)
        if self.undone is None or entry.time > self.undone:
            self.told.append(entry)

    @rule()
    def undo(self):
        try:
            self.seen = door.undo(self.seen, self.now)
        except door.NotCheckedIn:
            return
        self.undone, self.told = self.seen.undo_time, []

    @rule(minutes=MINUTES)
    def wait(self, minutes):
        self.now += timedelta(minutes=minutes)

    def allowed(self, action):
        """Does what is allowed; whoever came in, or gave the seat back, may do nothing more."""
        before = self.ticket
        try:
            self.becomes(action())
        except domain.TransferNotFound:
            return False
        except errors.Refusal:
            assert before.state is not State.VALID
            return False
        return True

    def code(self):
        return f"code {len(self.codes) + 1}"

    @invariant()
    def one_person_has_it_with_the_newest_code(self):
        assert self.ticket.holder == self.holders[-1]
        assert self.ticket.code == self.codes[-1]
        assert self.ticket.issue == len(self.codes)

    @invariant()
    def it_let_in_by_the_first_scan_since_it_was_last_undone(self):
        counting = [(entry.time, entry.scan) for entry in self.told]
        found = self.seen.entry
        assert (None if found is None else (found.time, found.scan)) == min(counting, default=None)


def change(ticket: Ticket, **changes: Any) -> Ticket:
    return replace(ticket, **changes)


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=100, stateful_step_count=30, deadline=None)
