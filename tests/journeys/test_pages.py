"""The pages work in a browser: somebody answers, pays, shows a ticket and shares the way."""

from __future__ import annotations

import contextlib
import importlib.util
import re
import shutil
from collections.abc import AsyncIterator
from typing import Any

import pytest

from deploy.demo import organizer as organizers
from deploy.demo.organizer import VENUE
from deploy.demo.rest import once
from tests.journeys import people

CHROMIUM = shutil.which("chromium")

pytestmark = [
    pytest.mark.server,
    pytest.mark.mesh,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium"),
    pytest.mark.skipif(
        importlib.util.find_spec("playwright") is None, reason="there is no playwright"
    ),
]

QUESTIONS: list[dict[str, Any]] = [
    {"id": "diet", "displayName": "Diet", "type": "TYPE_TEXT"},
    {"id": "age", "displayName": "Age", "type": "TYPE_NUMBER"},
    {"id": "born", "displayName": "Born", "type": "TYPE_DATE"},
    {"id": "size", "displayName": "Size", "type": "TYPE_CHOICE", "choices": ["S", "M", "L"]},
    {"id": "days", "displayName": "Days", "type": "TYPE_CHOICES", "choices": ["Fri", "Sat", "Sun"]},
    {"id": "news", "displayName": "News", "type": "TYPE_YES_NO"},
]
# Nothing on the page waits for longer than this, in milliseconds.
PATIENCE = 60_000


@contextlib.asynccontextmanager
async def browsing(**more: Any) -> AsyncIterator[Any]:
    """A page of a browser of its own; what goes wrong in it fails the test."""
    from playwright.async_api import async_playwright

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        context = await browser.new_context(**more)
        context.set_default_timeout(PATIENCE)
        page = await context.new_page()
        wrong: list[str] = []
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on(
            "console",
            lambda said: wrong.append(said.text) if "Content Security" in said.text else None,
        )
        try:
            yield page
            assert wrong == []
        finally:
            await browser.close()


@pytest.fixture
async def guest(edge):
    """Somebody who was invited to an event with two kinds of ticket and many questions."""
    who = await organizers.sign_up(edge.rest, edge.mesh.messages)
    event = await people.gathering(who)
    more = {"id": "patron", "displayName": "Patron", "price": organizers.PRICE, "capacity": 3}
    await who.rest.patch(
        event["name"],
        {"ticketTypes": [*event["ticketTypes"], more]},
        updateMask="ticketTypes",
    )
    form = {"questions": QUESTIONS}
    await who.rest.patch(f"{event['name']}/registrationForm", form, updateMask="questions")
    return await people.invited(edge, who, event)


def address(edge, guest):
    return f"{edge.mesh.edge_url}/join/#{guest.edge.authorization.removeprefix('Link ')}"


async def test_an_invitation_is_answered_paid_and_followed(edge, guest):
    where = {"latitude": VENUE[0] - 0.05, "longitude": VENUE[1], "accuracy": 10}
    async with browsing(geolocation=where, permissions=["geolocation"]) as page:
        await page.goto(address(edge, guest))
        await page.get_by_label("Ticket").select_option("patron")
        await page.get_by_label("Guests who come along").fill("1")
        await page.get_by_label("Diet").fill("no nuts <b>")
        await page.get_by_label("Age").fill("41")
        await page.get_by_label("Born").fill("1985-02-28")
        await page.get_by_label("Size").select_option("M")
        await page.get_by_label("Days").select_option(["Fri", "Sun"])
        await page.get_by_label("News").check()
        await page.get_by_label("Anything the organizer should know").fill("I come late")
        await page.get_by_role("button", name="Yes, I come").click()

        await page.get_by_role("button", name="Pay with the test card").click()
        codes = page.locator("#codes img")
        await codes.nth(1).wait_for()
        assert await codes.count() == 2
        assert await codes.first.evaluate("image => image.decode().then(() => image.naturalWidth)")
        async with page.expect_download() as downloaded:
            await page.get_by_role("button", name="Print it").first.click()
        file = await (await downloaded.value).path()
        assert file.read_bytes().startswith(b"%PDF")

        await page.get_by_role("button", name="I agree, share my way").click()
        expected = page.locator("#expected")
        await expected.get_by_text(re.compile("Your way is shared|You should be there")).wait_for()
        await page.get_by_role("button", name="Stop, and delete it").click()
        await expected.get_by_text("Your positions are deleted").wait_for()

    told = await guest.edge.get(guest.participant)
    assert (told["guests"], told["ticketType"], told["note"]) == (1, "patron", "I come late")
    assert {said["question"] for said in told["questionAnswers"]} == {
        str(one["id"]) for one in QUESTIONS
    }


async def test_what_was_answered_before_is_shown_again(edge, guest):
    said = [
        {"question": "diet", "text": "vegan"},
        {"question": "age", "number": {"value": "7.5"}},
        {"question": "born", "date": {"year": 2001, "month": 3, "day": 9}},
        {"question": "size", "choice": "L"},
        {"question": "days", "choices": {"choices": ["Sat"]}},
        {"question": "news", "yes": True},
    ]
    answer = {"answer": "ANSWER_MAYBE", "guests": 2, "note": "we may", "questionAnswers": said}
    await guest.edge.post(f"{guest.participant}:answer", answer | once())

    async with browsing() as page:
        await page.goto(address(edge, guest))
        await page.get_by_label("Diet").wait_for()

        values = [await page.get_by_label(label).input_value() for label in ("Diet", "Age", "Born")]
        assert values == ["vegan", "7.5", "2001-03-09"]
        assert await page.get_by_label("Size").input_value() == "L"
        assert await page.get_by_label("Days").locator("option:checked").all_inner_texts() == [
            "Sat"
        ]
        assert await page.get_by_label("News").is_checked()
        assert await page.get_by_label("Guests who come along").input_value() == "2"
        assert await page.get_by_label("organizer should know").input_value() == "we may"
        pressed = page.locator('[aria-pressed="true"]')
        assert await pressed.all_inner_texts() == ["Maybe"]


async def test_a_link_that_is_none_is_told_so(edge):
    async with browsing() as page:
        await page.goto(f"{edge.mesh.edge_url}/join/#nonsense")
        trouble = page.get_by_role("alert")
        await trouble.wait_for()

        assert await trouble.inner_text()
        assert not await page.locator("#answer").is_visible()
