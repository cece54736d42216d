"""How an organization looks after its people, through the edge."""

from __future__ import annotations

import csv
import io

import pytest

pytestmark = [pytest.mark.server, pytest.mark.mesh]


async def test_the_audit_log_comes_as_json_and_as_csv(organizer):
    rest, log = organizer.rest, f"{organizer.organization}/auditEntries"

    listed = await rest.get(log, filter="action = MEMBER_CREATE")
    response = await rest.client.get(
        f"/api/v1/{log}:export", headers={"authorization": rest.authorization}
    )

    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    headings, *lines = csv.reader(io.StringIO(response.text, newline=""))
    assert headings[:3] == ["create_time", "actor", "action"]
    [entry] = listed["auditEntries"]
    assert entry["ipAddress"] == "127.0.0.1"
    assert [entry["name"]] == [line[-1] for line in lines if line[2] == "MEMBER_CREATE"]
    assert await rest.get(entry["name"]) == entry
