"""Ids sort by the time they were drawn."""

from __future__ import annotations

import time
import uuid

from services.kit.ids import new_id


def test_an_id_is_a_uuid_of_version_seven():
    id = new_id()

    assert id.version == 7
    assert id.variant == uuid.RFC_4122


def test_later_ids_sort_after_earlier_ones():
    first = new_id()
    time.sleep(0.003)

    assert first < new_id()


def test_ids_are_not_drawn_twice():
    assert len({new_id() for _ in range(2000)}) == 2000
