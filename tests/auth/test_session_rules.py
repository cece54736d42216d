from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from services.auth.accounts import domain
from services.auth.accounts.domain import GRACE, IDLE, LIFE, Use
from services.kit.origin import Origin

NOW = datetime(2026, 5, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def session(age=timedelta(0)):
    return domain.begin(uuid.uuid4(), uuid.uuid4(), Origin(), NOW - age)


def token(of, age=timedelta(0), used=None, successor=None):
    issued = domain.issue(of, b"digest", NOW - age)
    return replace(issued, use_time=used, successor=successor)


def test_a_new_token_is_taken():
    begun = session()

    assert domain.present(begun, token(begun), NOW) is Use.FIRST


def test_a_session_that_nobody_uses_ends_after_a_week():
    begun = session(age=IDLE)

    assert domain.present(begun, token(begun, age=IDLE - SECOND), NOW) is Use.FIRST
    assert domain.present(begun, token(begun, age=IDLE), NOW) is Use.LATE


def test_a_session_ends_after_a_month_however_much_it_is_used():
    begun = session(age=LIFE - SECOND)
    fresh = token(begun)

    assert fresh.expire_time == begun.expire_time
    assert domain.present(begun, fresh, NOW) is Use.FIRST
    assert domain.present(begun, fresh, NOW + SECOND) is Use.LATE


def test_the_retry_of_a_lost_answer_is_welcome():
    begun = session()
    used = token(begun, used=NOW - GRACE, successor=b"sealed")

    assert domain.present(begun, used, NOW) is Use.RETRY


@pytest.mark.parametrize("ago", [GRACE + SECOND, timedelta(hours=1)])
def test_a_used_token_that_comes_back_late_was_stolen(ago):
    begun = session(age=ago)
    used = token(begun, used=NOW - ago, successor=b"sealed")

    assert domain.present(begun, used, NOW) is Use.REPLAY


def test_a_used_token_whose_successor_is_not_to_be_had_was_stolen():
    begun = session()

    assert domain.present(begun, token(begun, used=NOW), NOW) is Use.REPLAY


def test_a_revoked_session_is_over():
    begun = replace(session(), revoke_time=NOW)

    assert domain.present(begun, token(begun), NOW) is Use.LATE


def test_an_address_is_one_however_it_is_typed():
    assert domain.normal(" Ada@Example.ORG") == "ada@example.org"


def test_a_name_is_one_line():
    person = domain.register(uuid.uuid4(), "ada@example.org", " Ada\n Lovelace ", NOW)

    assert person.display_name == "Ada Lovelace"


def test_what_is_secret_does_not_show():
    opened = domain.Opened(session(), "the token", NOW)

    assert "the token" not in repr(opened)
    assert "$2b$" not in repr(domain.Credentials(uuid.uuid4(), "v1$2b$"))
