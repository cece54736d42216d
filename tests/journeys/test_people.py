"""A list of people, as an organizer keeps it with curl: imported, asked, merged and removed."""

from __future__ import annotations

import pytest

from deploy.demo.rest import once
from tests.journeys import people

pytestmark = [pytest.mark.server, pytest.mark.mesh]


async def imported(edge, organizer, event, text, **query):
    return await edge.client.post(
        f"/api/v1/{organizer.organization}/participants:import",
        params={"event": event["name"], **query},
        content=text.encode(),
        headers={
            "authorization": organizer.rest.authorization,
            "content-type": "text/csv",
        },
    )


async def test_a_table_of_people_comes_in_through_the_edge(edge, organizer):
    event = await people.gathering(organizer)
    many = "".join(
        f"Person {n},person-{n}@a-host-with-a-long-name.example.org\n" for n in range(25_000)
    )

    answer = await imported(edge, organizer, event, f"name;email\n{many}x,y\n".replace(",", ";"))
    told = answer.json()
    bad = await imported(edge, organizer, event, "name\nAda\n")
    found = await organizer.rest.get(
        f"{organizer.organization}/participants",
        event=event["name"],
        query="person-24999@",
        states="STATE_LISTED",
    )

    assert (answer.status_code, told["createdCount"], told["flawedCount"]) == (200, 25_000, 1)
    assert told["flaws"] == [
        {"line": 25_002, "field": "email", "problem": "must be an e-mail address"}
    ]
    assert bad.status_code == 400
    assert bad.json()["details"][0]["reason"] == "BAD_IMPORT"
    assert [each["displayName"] for each in found["participants"]] == ["Person 24999"]


async def test_people_are_asked_and_made_one(edge, organizer):
    event = await people.gathering(organizer)
    form = {"questions": [{"id": "diet", "displayName": "Diet?", "type": "TYPE_TEXT"}]}
    asked = await organizer.rest.patch(f"{event['name']}/registrationForm", form)
    rows = "name,email,phone,diet\nAda,ada@example.org,,\nada,,+491701234567,vegan\n"
    await imported(edge, organizer, event, rows)
    home = f"{organizer.organization}/participants"

    groups = await organizer.rest.get(f"{home}:duplicates", event=event["name"])
    one, other = [each["name"] for each in groups["duplicates"][0]["participants"]]
    merged = await organizer.rest.post(f"{one}:merge", {"duplicate": other} | once())

    assert asked["questions"][0]["id"] == "diet"
    assert (merged["email"], merged["phone"]) == ("ada@example.org", "+491701234567")
    assert merged["questionAnswers"] == [{"question": "diet", "text": "vegan"}]
