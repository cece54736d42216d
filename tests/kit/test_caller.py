"""Whoever needs to know who calls can ask."""

from __future__ import annotations

import asyncio

from services.kit.caller import ANONYMOUS, SYSTEM, Kind, acting, caller


def test_nobody_calls_until_somebody_does():
    assert caller() is ANONYMOUS

    with acting(SYSTEM("event")) as who:
        assert caller() is who
        assert (who.name, who.kind, who.permitted) == ("services/event", Kind.SERVICE, True)

    assert caller() is ANONYMOUS


async def test_calls_at_the_same_time_do_not_mix():
    async def call(name):
        with acting(SYSTEM(name)):
            await asyncio.sleep(0)
            return caller().name

    one, other = await asyncio.gather(call("a"), call("b"))

    assert (one, other) == ("services/a", "services/b")
