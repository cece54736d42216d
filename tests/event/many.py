"""Many events at once, as one organization may have them, put in by statements."""

from __future__ import annotations

import dataclasses
import uuid
from typing import Any

import psycopg

from services.event.search.domain import Order, Wanted
from services.kit.clock import now

# Words of three frequencies: in every event, in one of a hundred, in one of a thousand.
EVENTS = """
insert into events (organization, id, display_name, description, state, venue, address, city,
  city_key, latitude, longitude, arrival_radius, start_local, end_local, time_zone, start_time,
  end_time, tzdata, create_time, update_time, publish_time, cancel_reason, version, language_code)
select %(organization)s, gen_random_uuid(), 'Gathering ' || n, 'an evening with topic' || n %% 100
  || ' and guest' || n %% 1000, 'published', 'Hall ' || n %% 50, '', 'City ' || n %% 200,
  'city ' || n %% 200, 45 + n %% 331 * 0.03, 5 + n %% 577 * 0.02, 100, start, start + interval '2h',
  'UTC', start at time zone 'UTC', (start + interval '2h') at time zone 'UTC', '', now(), now(),
  now(), '', 1, case n %% 3 when 0 then 'de' when 1 then 'en' else '' end
from generate_series(1, %(count)s) n,
  lateral (select localtimestamp + interval '1d' + n * interval '5min' as start)
"""
TICKETS = """
insert into ticket_types (organization, event, id, position, display_name, currency, price_minor,
  capacity)
select organization, id, 'standard', 0, '', 'EUR', 1000, 100 from events
where organization = %s
"""


async def fill(owner: psycopg.AsyncConnection[Any], organization: uuid.UUID, count: int) -> None:
    """Gives an organization so many published events over the next years, and their tickets.

    `owner` is a superuser. Searches do not know of them before `search.store.keep`.
    """
    await owner.execute(EVENTS, {"organization": organization, "count": count})
    await owner.execute(TICKETS, [organization])


def anything(**given: Any) -> Wanted:
    """A search for whatever is to come, but for what is given."""
    nothing: dict[str, Any] = dict.fromkeys(field.name for field in dataclasses.fields(Wanted))
    plain = {"unlisted": False, "words": (), "tags": (), "available": False, "facets": False}
    return Wanted(**(nothing | plain | {"after": now(), "order": Order.START} | given))
