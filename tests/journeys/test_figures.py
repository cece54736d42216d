"""What became of an event, counted out of what all services tell, as an organizer reads it."""

from __future__ import annotations

import pytest

from deploy.demo import guest as guests
from deploy.demo.rest import Declined, until
from tests.journeys import people
from turnout.event.v1 import analytics_pb2, analytics_pb2_grpc

pytestmark = [pytest.mark.server, pytest.mark.mesh]


async def test_a_sale_is_in_the_figures_a_moment_later(edge, organizer):
    event = await people.gathering(organizer, capacity=3)
    ada = await people.booked(edge, organizer, event)
    await guests.pay(ada)
    name = f"{event['name']}/analytics"

    async def ask():
        return (await organizer.rest.get(name))["figures"]

    figures = await until(ask, lambda found: bool(found.get("revenue")), 30)

    assert figures["revenue"][0]["net"]["currencyCode"] == "EUR"
    assert figures["capacity"]["sold"] == "1"
    assert figures["capacity"]["seats"] == "3"
    stages = ("listed", "invited", "sent", "delivered", "answered", "held", "paid")
    assert {stage: figures["funnel"][stage] for stage in stages} == dict.fromkeys(stages, 1)
    assert figures["days"][0]["sold"] == 1
    stub = analytics_pb2_grpc.AnalyticsServiceStub(edge.channel)
    metadata = [("authorization", organizer.rest.authorization)]
    request = analytics_pb2.GetOrganizationAnalyticsRequest(
        name=f"{organizer.organization}/analytics"
    )
    whole = await stub.GetOrganizationAnalytics(request, metadata=metadata)
    assert whole.figures.capacity.sold >= 1
    id = event["name"].rpartition("/")[2]
    assert (await organizer.rest.get(f"admin/events/{id}/analytics"))["name"] == name
    with pytest.raises(Declined):
        await ada.edge.get(name)


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        ("EXPORT_FORMAT_CSV", "text/csv; charset=utf-8"),
        ("EXPORT_FORMAT_PARQUET", "application/vnd.apache.parquet"),
    ],
)
async def test_a_browser_saves_people_and_figures_as_files(edge, first, written, kind):
    names = {
        "participants": f"{first.organization}/participants",
        "analytics": f"{first.names['turnout.app/Event']}/analytics",
    }
    for file, path in names.items():
        response = await edge.client.get(
            f"/api/v1/{path}:export",
            params={"format": written},
            headers={"authorization": first.token},
        )

        ending = written.rpartition("_")[2].lower()
        assert response.status_code == 200, response.text
        assert response.headers["content-type"] == kind
        attachment = f'attachment; filename="{file}.{ending}"'
        assert response.headers["content-disposition"] == attachment
        start = {"csv": b'"', "parquet": b"PAR1"}[ending]
        assert response.content.startswith(start)
        if ending == "csv" and file == "participants":
            assert first.guest.participant in response.text
