"""An organization that takes money by Stripe: keys in, cards in the browser, webhooks through the
edge, and a seat for who paid."""

from __future__ import annotations

import json
import secrets
import time

import pytest
import stripe as library

from deploy.demo import guest as guests
from deploy.demo.organizer import Organizer
from deploy.demo.rest import once, until
from tests.journeys import people, worlds

pytestmark = [pytest.mark.server, pytest.mark.mesh]
SECONDS = 30


@pytest.fixture(scope="module")
async def shop(edge):
    """An organization with an event and an enabled account, and what Stripe signs with."""
    email, session = await worlds.account(edge)
    rest = edge.rest.bearing(f"Bearer {session['accessToken']}")
    home = await rest.post("organizations", {"displayName": "By card"}, **once())
    owner = Organizer(rest, email, home["name"])
    keys = {"apiKey": f"sk_test_{secrets.token_hex(12)}", "publishableKey": "pk_test_0123456789"}
    body = {"provider": "stripe", **keys}
    account = await rest.post(f"{owner.organization}/merchantAccounts", body, **once())
    signing = f"whsec_{secrets.token_hex(12)}"
    account = await rest.post(f"{account['name']}:rotate", {"webhookSecret": signing} | once())
    account = await rest.post(f"{account['name']}:enable", once())
    return owner, account, signing


async def told(edge, account, signing, event):
    """What the edge answers to Stripe."""
    body = json.dumps(event)
    signature = library.WebhookSignature.generate_signature_header(body, signing, int(time.time()))
    headers = {"stripe-signature": signature, "content-type": "application/json; charset=utf-8"}
    path = account["webhookUri"].removeprefix(edge.mesh.edge_url)
    return (await edge.client.post(path, content=body, headers=headers)).status_code


async def test_who_pays_in_the_browser_gets_the_seat(edge, shop):
    owner, account, signing = shop
    event = await people.gathering(owner)
    guest = await people.booked(edge, owner, event)
    payment = await guests._open(guest)
    assert (payment["provider"], payment["merchantAccount"]) == ("stripe", account["name"])

    await guest.edge.post(f"{payment['name']}:confirm", once())
    waiting = await until(
        lambda: guest.edge.get(payment["name"]), lambda found: "nextAction" in found, SECONDS
    )
    action = waiting["nextAction"]
    [intent] = [
        one
        for one in edge.stripe.intents.values()
        if one["metadata"]["turnout_payment"] == payment["name"]
    ]
    assert action["clientSecret"] == intent["client_secret"]
    edge.stripe.pay(intent["id"], "pm_card_visa")
    succeeded = edge.stripe.event("payment_intent.succeeded", intent)
    answers = [await told(edge, account, signing, succeeded) for _ in range(2)]
    wrong = await told(edge, account, "whsec_0123456789abcdef", succeeded)

    assert (answers, wrong) == ([200, 200], 401)
    assert await guests.settle(guest, {"CONFIRMED"}) == "CONFIRMED"
    paid = await guest.edge.get(payment["name"])
    assert paid["state"] == "STATE_SUCCEEDED"
    assert "nextAction" not in paid
