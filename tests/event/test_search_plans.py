"""How the database finds: by its indexes, whoever asks, however many events there are."""

from __future__ import annotations

import uuid

import pytest

from services.event.search import domain, statements, store
from services.event.search.domain import Near, Order
from services.kit.money import Money
from services.kit.tenant import within
from tests.event.many import anything, fill

pytestmark = pytest.mark.server

MANY = 20_000


@pytest.fixture(scope="module")
async def full(database):
    """A database with many events, the organization that has them, and what asks it for a plan."""
    async with database.lent("event") as db:
        owner, organization = await database.owner(db), uuid.uuid4()
        await fill(owner, organization, MANY)
        ids = [row.id for row in await (await owner.execute("select id from events")).fetchall()]

        async def keep(tx):
            store.keep(tx, organization, ids)

        with within(organization):
            await db.run(keep)
        await owner.execute("analyze")
        yield db, organization


async def plan(db, wanted):
    """What the service's own role is told, for the first page of a search."""

    async def explain(tx):
        await tx.run(store._CUSTOM)
        present = await store._present(tx, wanted)
        assert present is not None
        present |= store._circles(wanted)[0]
        asked = store._asked(wanted, present)
        statement = statements.search(wanted.order, wanted.unlisted, asked)
        bound = statement.bind(present | {"most": 51})
        rows = await tx.connection.execute(f"explain {statement.text}", bound)
        return "\n".join(row[0] for row in await rows.fetchall())

    with within(wanted.organization):
        return await db.read(explain)


NEAR = Near(47.0, 7.0, 50_000.0)


@pytest.mark.parametrize(
    ("index", "wanted"),
    [
        ("listings_start_idx", {}),
        ("listings_words_idx", {"words": ("guest777",), "order": Order.RELEVANCE}),
        ("listings_words_idx", {"words": ("evening", "guest777")}),
        ("listings_start_idx", {"words": ("gathering",), "order": Order.RELEVANCE}),
        ("listings_city_idx", {"city": "City 7"}),
        ("listings_place_idx", {"near": NEAR, "order": Order.DISTANCE}),
        ("listings_price_idx", {"most": Money("EUR", 1)}),
    ],
    ids=["all", "rare word", "two words", "common word", "city", "near", "price"],
)
async def test_a_search_of_everybody_goes_by_an_index(full, index, wanted):
    db, _ = full

    told = await plan(db, anything(**wanted))

    assert index in told
    assert "Seq Scan on listings" not in told


@pytest.mark.parametrize("words", [(), ("guest777",)], ids=["all", "rare word"])
async def test_and_so_does_one_of_a_member(full, words):
    db, organization = full
    mine = {"organization": organization, "unlisted": True, "words": words}

    told = await plan(db, anything(**mine))

    assert "Seq Scan on listings" not in told
    if words:
        assert "listings_words_idx" in told


async def test_no_more_is_counted_than_the_cap(full):
    db, organization = full
    wanted = anything(organization=organization, facets=True)

    with within(organization):
        facets = await db.read(store.facets, wanted)

    free = next(facet for facet in facets if facet.field == "free")
    assert free.capped
    assert sum(count for _, count in free.counts) == domain.CAP + 1
