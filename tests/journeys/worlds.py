"""An organization with one of everything, and the people around it."""

from __future__ import annotations

import asyncio
import json
import re
import secrets
import time
import uuid
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import jwt
import stripe

from deploy.demo import guest as guests
from deploy.demo import organizer as organizers
from deploy.demo.guest import Guest
from deploy.demo.organizer import Organizer
from deploy.demo.rest import Declined, Json, once, until
from tests.contract import contract
from tests.journeys import builders, people
from tests.waiting import eventually
from turnout.access.v1 import access_pb2

if TYPE_CHECKING:
    from tests.journeys.conftest import Edge

PASSWORD = "correct horse battery"
LASTING = timedelta(days=1)
NOBODY = "00000000-0000-7000-8000-000000000000"
ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True)
class World:
    """One organization. `names` has a resource of each type; its event is published."""

    owner: Organizer
    guest: Guest
    # Invited to the same event.
    other: Guest
    # The name of each resource, by its type.
    names: dict[str, str]
    # An event that nobody but members may see.
    draft: str
    # What the refresh token of the owner looks like.
    refresh_token: str
    # The value of `authorization` of a program that may do all that the owner may.
    api_key: str
    # The token of somebody who runs the platform.
    administrator: str = ""
    # What the owner saw of it all in the beginning.
    seen: dict[str, Json] = field(default_factory=dict)

    @property
    def token(self) -> str:
        return self.owner.rest.authorization

    @property
    def organization(self) -> str:
        return self.owner.organization

    @property
    def private(self) -> dict[str, str]:
        """As `names`, but with the event that is not published."""
        below = {
            "Availability": "availability",
            "Inventory": "inventory",
            "SeatMap": "seatMap",
            "EventAnalytics": "analytics",
            "RegistrationForm": "registrationForm",
        }
        event = {kind: f"{self.draft}/{word}" for kind, word in below.items()} | {
            "Event": self.draft
        }
        return self.names | {f"turnout.app/{kind}": name for kind, name in event.items()}


async def founded(edge: Edge) -> World:
    email, session = await account(edge)
    rest = edge.rest.bearing(f"Bearer {session['accessToken']}")
    home = await rest.post("organizations", {"displayName": "One of everything"}, **once())
    owner = Organizer(rest, email, home["name"])
    hook = {"uri": "http://127.0.0.1:9/hooks", "kinds": ["EventPublished"]}
    endpoint = await rest.post(f"{owner.organization}/webhookEndpoints", hook, **once())
    event = await people.gathering(owner)
    draft, guest, other = await asyncio.gather(
        drafted(owner, event), traveler(edge, owner, event), people.invited(edge, owner, event, 1)
    )
    payment = await one(guest, owner, "payments")
    invited = await rest.post(f"{owner.organization}/invitations", invitation(), **once())
    provider = await rest.post(
        f"{owner.organization}/identityProviders", identity_provider(), **once()
    )
    key, program = [
        await rest.post(f"{owner.organization}/apiKeys", api_key(), **once()) for _ in range(2)
    ]
    feed = await rest.post(f"{session['user']}/calendarFeeds", {"displayName": "phone"}, **once())
    place = {"event": draft["name"], "displayName": "poster"}
    media = await rest.post(f"{owner.organization}/media", place, **once())
    (await edge.client.put(media["uploadUri"], content=builders.FILE)).raise_for_status()
    await rest.post(f"{media['name']}:complete")
    number = {"phoneNumberId": str(secrets.randbelow(10**15)), "accessToken": "whisper"}
    ticket = await one(guest, owner, "tickets")
    settings = {"displayName": "Our number", "whatsapp": number, "disabled": True}
    line = await rest.post(f"{owner.organization}/channelAccounts", settings, **once())
    till, signing = await merchant(owner)
    names = {
        "ChannelAccount": line["name"],
        "User": session["user"],
        "Session": session_of(session),
        "Organization": owner.organization,
        "Member": f"{owner.organization}/members/{session['user'].rpartition('/')[2]}",
        "Event": event["name"],
        "Availability": f"{event['name']}/availability",
        "Inventory": f"{event['name']}/inventory",
        "SeatMap": f"{event['name']}/seatMap",
        "PromoCode": (await promo_code(owner, event))["name"],
        "RegistrationForm": f"{event['name']}/registrationForm",
        "EventAnalytics": f"{event['name']}/analytics",
        "OrganizationAnalytics": f"{owner.organization}/analytics",
        "Participant": guest.participant,
        "Booking": guest.booking,
        "Ticket": ticket,
        "TicketCode": f"{ticket}/code",
        "Attendance": f"{event['name']}/attendance",
        "Door": f"{event['name']}/door",
        "Scan": await scanned(owner, event),
        "Waitlist": f"{event['name']}/waitlist",
        "WaitingRoom": f"{event['name']}/waitingRoom",
        "WaitingRoomPlace": await entered(guest, owner, event),
        "WaitlistEntry": await waited(guest, owner, event),
        "Payment": payment,
        "MerchantAccount": till,
        "Payout": await paid_out(edge, owner, signing),
        "Refund": await refunded(owner, payment),
        "Reconciliation": await reconciled(owner),
        "Invoice": await one(owner, owner, "invoices"),
        "InvoiceSettings": f"{owner.organization}/invoiceSettings",
        "FraudRules": f"{owner.organization}/fraudRules",
        "FraudCheck": await one(owner, owner, "fraudChecks"),
        "EventRefund": await called_off(owner, event),
        "Dispute": await disputed(edge, owner, event),
        "Balance": f"{owner.organization}/balances/provider-sandbox",
        "PushDevice": await notified(guest, owner),
        "CascadePlan": f"{owner.organization}/cascadePlans/reminder",
        "NoticeTemplate": f"{owner.organization}/noticeTemplates/reminder",
        "SendingPolicy": f"{owner.organization}/sendingPolicy",
        "Suppression": (await listed(owner))["name"],
        "Consent": (await agreed(owner))["name"],
        "Dispatcher": f"{owner.organization}/dispatcher",
        "RatePolicy": f"{owner.organization}/ratePolicies/email",
        "Message": await one(owner, owner, "messages"),
        "InboundMessage": await written(owner),
        "MessageTemplate": await templated(owner),
        "Conversation": await one(owner, owner, "conversations"),
        "Task": await one(owner, owner, "tasks"),
        "Journey": guest.journey,
        "Share": await shown(guest, owner, event),
        "Geofence": await fenced(owner, event),
        "Device": f"{guest.journey}/device",
        "Eta": f"{guest.journey}/eta",
        "Latest": f"{guest.journey}/latest",
        "Trajectory": f"{guest.journey}/trajectory",
        "Retention": f"{owner.organization}/retention",
        "Series": (await repeated(owner, event))["name"],
        "Invitation": invited["name"],
        "ApiKey": key["name"],
        "CalendarFeed": feed["name"],
        "WebhookEndpoint": endpoint["name"],
        "WebhookDelivery": await one(owner, owner, "webhookDeliveries"),
        "IdentityProvider": provider["name"],
        "Media": media["name"],
        "AuditEntry": await one(owner, owner, "auditEntries"),
    }
    names["Campaign"] = await campaigned(owner, event, names["MessageTemplate"])
    made = World(
        owner,
        guest,
        other,
        {f"turnout.app/{kind}": name for kind, name in names.items()},
        draft["name"],
        session["refreshToken"],
        f"Bearer {program['secret']}",
    )
    return replace(made, seen=await seen(made))


def api_key() -> Json:
    permissions = access_pb2.Permission.keys()[1:]
    return {"displayName": "Everything", "permissions": list(permissions)}


def identity_provider() -> Json:
    issuer = "https://login.example.org"
    return {"displayName": "Login", "issuer": issuer, "clientId": "us", "clientSecret": "whisper"}


def invitation() -> Json:
    return {"email": f"somebody-{secrets.token_hex(6)}@demo.turnout.app", "role": "ROLE_VIEWER"}


async def entered(guest: Guest, owner: Organizer, event: Json) -> str:
    """A place in a waiting room that is off again: others need none to book."""
    room = f"{event['name']}/waitingRoom"
    await owner.rest.patch(room, {"mode": "MODE_ON"})
    path = f"{owner.organization}/waitingRoomPlaces"
    place = await guest.edge.post(path, {"event": event["name"]}, **once())
    await owner.rest.patch(room, {"mode": "MODE_OFF"})
    return str(place["name"])


async def waited(guest: Guest, owner: Organizer, event: Json) -> str:
    """A place in line that was given up again: others can still book."""
    wanted = {"event": event["name"], "ticketTypes": ["standard"], "quantity": 10}
    path = f"{owner.organization}/waitlistEntries"
    entry = await guest.edge.post(path, wanted, **once())
    await guest.edge.post(f"{entry['name']}:leave", once())
    return str(entry["name"])


async def campaigned(owner: Organizer, event: Json, template: str) -> str:
    """What nobody is told before tomorrow."""
    body = {
        "displayName": "News",
        "event": event["name"],
        "template": template,
        "startTime": organizers.from_now(86_400).isoformat(),
    }
    made = await owner.rest.post(f"{owner.organization}/campaigns", body, **once())
    return str(made["name"])


async def notified(guest: Guest, owner: Organizer) -> str:
    """An app of a guest's."""
    body = {"fcmToken": f"token-{secrets.token_hex(8)}"}
    made = await guest.edge.post(f"{owner.organization}/pushDevices", body, **once())
    return str(made["name"])


async def templated(owner: Organizer) -> str:
    """Words of the organization's own, with nothing to fill in that must be."""
    words = {"languageCode": "en", "subject": "{{ event }}", "body": "Hello {{ name }}"}
    body = {"displayName": "Welcome", "translations": [words]}
    made = await owner.rest.post(f"{owner.organization}/messageTemplates", body, **once())
    return str(made["name"])


async def written(owner: Organizer) -> str:
    """What somebody whom nobody knows wrote, once it was looked at."""
    body = {"channel": "CHANNEL_SMS", "sender": "+4915112345678", "text": "who are you?"}
    made = await owner.rest.post(f"{owner.organization}/inboundMessages", body, **once())

    async def looked_at() -> bool:
        found = await owner.rest.get(made["name"])
        return str(found["state"]) == "STATE_FILED"

    assert await until(looked_at, bool, 15), "nobody looks at what was written"
    return str(made["name"])


async def scanned(owner: Organizer, event: Json) -> str:
    """A scan of something that is no ticket."""
    at = organizers.from_now(0).isoformat()
    scan = {"id": str(uuid.uuid4()), "code": "a napkin", "scanTime": at}
    body = {"event": event["name"], "scans": [scan]}
    done = await owner.rest.post(f"{owner.organization}/scans:upload", body | once())
    return str(done["scans"][0]["name"])


async def shown(guest: Guest, owner: Organizer, event: Json) -> str:
    """A link to the way of a guest, whom it shows."""
    body = {"event": event["name"], "journey": guest.journey}
    share = await guest.edge.post(f"{owner.organization}/shares", body, **once())
    return str(share["name"])


async def fenced(owner: Organizer, event: Json) -> str:
    """A place on the way that matters."""
    circle = {"center": {"latitude": 52.5, "longitude": 13.4}, "radiusMeters": 100}
    body = {"event": event["name"], "displayName": "Gate", "circle": circle}
    made = await owner.rest.post(f"{owner.organization}/geofences", body, **once())
    return str(made["name"])


async def seen(world: World) -> dict[str, Json]:
    """All that there is of a world, as its owner sees it."""
    # What apps a person has, and their addresses, is that person's alone, and estimates age.
    private = ("/Device", "/PushDevice", "/Eta")
    # Figures go on counting what was done to make the world, and webhooks are tried again.
    moving = ("/Session", "Analytics", "/WebhookEndpoint", "/WebhookDelivery", *private)
    kinds = [kind for kind in world.names if not kind.endswith(moving)]
    names = [*(world.names[kind] for kind in kinds), world.draft]
    found = await asyncio.gather(*(world.owner.rest.get(name) for name in names))
    lists = ("events", "participants", "bookings", "payments", "journeys")
    pages = await asyncio.gather(
        *(world.owner.rest.get(f"{world.organization}/{each}") for each in lists)
    )
    return dict(zip([*names, *lists], [*found, *pages], strict=True))


def session_of(session: Json) -> str:
    claims = jwt.decode(session["accessToken"], options={"verify_signature": False})
    return f"{session['user']}/sessions/{claims['sid']}"


async def account(edge: Edge) -> tuple[str, Json]:
    """A user, and a session of theirs."""
    email = f"somebody-{secrets.token_hex(6)}@demo.turnout.app"
    await organizers.register(edge.rest, email, "Somebody", PASSWORD, edge.mesh.messages)
    session = await edge.rest.post("auth/login", {"email": email, "password": PASSWORD})
    return email, session | {"accessToken": lasting(edge, session["accessToken"])}


def lasting(edge: Edge, token: str) -> str:
    """The same token, good for as long as tests may take; as auth gives them it is 15 minutes."""
    headers = jwt.get_unverified_header(token)
    claims = jwt.decode(token, options={"verify_signature": False})
    claims["exp"] += LASTING.total_seconds()
    return jwt.encode(claims, edge.signer.private, headers["alg"], headers=headers)


async def stranger(edge: Edge) -> str:
    """The token of a user who is a member of nothing."""
    _, session = await account(edge)
    return f"Bearer {session['accessToken']}"


async def drafted(owner: Organizer, event: Json) -> Json:
    kept = ("displayName", "venue", "startTime", "endTime", "ticketTypes")
    body = {key: event[key] for key in kept}
    return await owner.rest.post(f"{owner.organization}/events", body, **once())


async def repeated(owner: Organizer, event: Json) -> Json:
    """A series of drafts."""
    first = await drafted(owner, event)
    body = {"event": first["name"], "rule": "FREQ=WEEKLY;COUNT=2"}
    return await owner.rest.post(f"{owner.organization}/series", body, **once())


async def promo_code(owner: Organizer, event: Json) -> Json:
    body = {"event": event["name"], "code": "EARLY", "percent": 10}
    return await owner.rest.post(f"{owner.organization}/promoCodes", body, **once())


async def traveler(edge: Edge, owner: Organizer, event: Json) -> Guest:
    """Somebody who has paid, agreed to be seen and said where they are."""
    guest = await people.booked(edge, owner, event)
    await guests.pay(guest)
    await guests.consent(guest, event["name"], 1)
    at = organizers.from_now(0).isoformat()
    positions = [{"location": {"latitude": 38.70, "longitude": -9.14}, "captureTime": at}]
    await guest.edge.post(f"{guest.journey}:record", {"firstSequence": "1", "positions": positions})

    async def understood() -> bool:
        """What is kept is worked out a moment later."""
        return bool((await guest.edge.get(guest.journey))["state"] == "STATE_UNDER_WAY")

    await eventually(understood)
    return guest


async def reconciled(owner: Organizer) -> str:
    """Our books of today against the provider's."""
    span = {"startTime": organizers.from_now(-3600), "endTime": organizers.from_now(0)}
    body = {key: time.isoformat() for key, time in span.items()}
    made = await owner.rest.post(f"{owner.organization}/reconciliations", body, **once())
    return str(made["name"])


async def called_off(owner: Organizer, event: Json) -> str:
    """The money of an event that was called off."""
    other = await drafted(owner, event)
    await owner.rest.post(f"{other['name']}:publish", once())
    await owner.rest.post(f"{other['name']}:cancel", once())
    name = f"{owner.organization}/eventRefunds/{other['name'].rpartition('/')[2]}"

    async def done() -> bool:
        try:
            return bool((await owner.rest.get(name))["state"] == "STATE_DONE")
        except Declined:
            return False

    assert await until(done, bool, 30), "nobody gives the money of an event back"
    return name


async def disputed(edge: Edge, owner: Organizer, event: Json) -> str:
    """A payment that the owner of the card does not accept."""
    doubtful = await people.booked(edge, owner, event)
    doubtful.method = "pm_card_createDispute"
    await guests.pay(doubtful)
    return await one(owner, owner, "disputes")


async def merchant(owner: Organizer) -> tuple[str, str]:
    """An account with Stripe that nothing goes through, and what its webhooks are signed with."""
    signing = f"whsec_{secrets.token_hex(12)}"
    body = {"provider": "stripe", "apiKey": "sk_test_0123456789", "webhookSecret": signing}
    made = await owner.rest.post(f"{owner.organization}/merchantAccounts", body, **once())
    return str(made["name"]), signing


async def paid_out(edge: Edge, owner: Organizer, signing: str) -> str:
    """Money that Stripe says is at the bank."""
    payout = {"id": "po_1", "amount": 100, "currency": "eur", "status": "paid"}
    payout |= {"arrival_date": int(time.time()), "created": int(time.time())}
    said = {"id": "evt_1", "type": "payout.paid", "created": int(time.time())}
    body = json.dumps(said | {"data": {"object": payout}})
    signature = stripe.WebhookSignature.generate_signature_header(body, signing, int(time.time()))
    headers = {"stripe-signature": signature, "content-type": "application/json"}
    path = f"/api/v1/webhooks/stripe/{owner.organization.rpartition('/')[2]}"
    (await edge.client.post(path, content=body, headers=headers)).raise_for_status()
    return await one(owner, owner, "payouts")


async def refunded(owner: Organizer, payment: str) -> str:
    """A part of a payment that went back."""
    body = {"payment": payment, "amount": {"currencyCode": "EUR", "units": "1"}}
    begun = await owner.rest.post(f"{owner.organization}/refunds", body, **once())

    async def done() -> bool:
        found = await owner.rest.get(begun["name"])
        return str(found["state"]) == "STATE_SUCCEEDED"

    assert await until(done, bool, 15), "money does not go back"
    return str(begun["name"])


async def one(who: Guest | Organizer, owner: Organizer, collection: str) -> str:
    """The first of a collection, once there is one."""
    rest = who.edge if isinstance(who, Guest) else who.rest

    async def ask() -> list[Json]:
        return await rest.everything(f"{owner.organization}/{collection}", collection)

    found = await until(ask, bool, 60)
    return str(found[0]["name"])


async def member(edge: Edge, world: World, role: str) -> str:
    """The token of a new member, once every service knows of them."""
    _, session = await account(edge)
    token = f"Bearer {session['accessToken']}"
    body = {"user": session["user"], "role": role}
    await world.owner.rest.post(f"{world.organization}/members", body, **once())

    async def known() -> bool:
        try:
            await edge.rest.bearing(token).get(world.draft)
        except Declined:
            return False
        return True

    assert await until(known, bool, 60), f"nobody knows that there is a {role}"
    return token


# --- resources that there are not


def ghosts(names: dict[str, str], *kept: str) -> dict[str, str]:
    """The same names with other ids, but for those that are kept: nobody has such a thing."""
    other: dict[str, str] = {}
    return {kind: haunted(name, other, kept) for kind, name in names.items()}


def haunted(name: str, other: dict[str, str], kept: tuple[str, ...] = ()) -> str:
    def drawn(id: str) -> str:
        return id if id in kept else other.setdefault(id, str(uuid.uuid4()))

    return ID.sub(lambda found: drawn(found[0]), name)


def faceless(text: str) -> str:
    """Every id replaced by one face, so that what is left is what was said of it."""
    return ID.sub("…", text)


async def listed(owner: Organizer) -> Json:
    """An address that is not written to."""
    entry = {"address": f"nobody-{secrets.token_hex(4)}@example.org"}
    return await owner.rest.post(f"{owner.organization}/suppressions", entry, **once())


async def agreed(owner: Organizer) -> Json:
    consent = {
        "address": "+4930123456",
        "channel": "CHANNEL_WHATSAPP",
        "proof": "said so at the desk",
    }
    return await owner.rest.post(f"{owner.organization}/consents", consent, **once())


def anything() -> dict[str, str]:
    """A name for each type of resource, although there is nothing behind it."""
    kinds = [contract.resource(one) for one in contract.messages() if contract.is_resource(one)]
    return {kind.type: re.sub(r"\{(\w+)\}", _id, kind.pattern[0]) for kind in kinds}


def _id(variable: re.Match[str]) -> str:
    return {"account": "owed", "channel": "email", "kind": "reminder"}.get(variable[1], NOBODY)
