"""What a process of booking is told."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.booking.config import Config
from services.kit.config import Env, Misconfigured


def test_a_hold_lasts_a_quarter_of_an_hour_unless_told_otherwise():
    assert Config.from_env(Env({})).hold == timedelta(minutes=15)
    assert Config.from_env(Env({"TURNOUT_HOLD_SECONDS": "2.5"})).hold == timedelta(seconds=2.5)


@pytest.mark.parametrize("text", ["0", "-1", "soon", "nan"])
def test_a_hold_that_nobody_could_pay_in_is_no_setting(text):
    env = Env({"TURNOUT_HOLD_SECONDS": text})
    Config.from_env(env)

    with pytest.raises(Misconfigured, match="TURNOUT_HOLD_SECONDS"):
        env.check()
