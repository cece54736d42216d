"""A thin Stripe: the rules of PaymentIntents and refunds, keys, and faults on the way.

It holds what Stripe's reference says, and no fake that one can install is right about all of
it: `test_stripe_peers` compares it with each of those where that one is.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import time
import urllib.parse
from collections.abc import AsyncIterator, Callable
from typing import Any

Object = dict[str, Any]

CANCELLABLE = {
    "requires_payment_method",
    "requires_confirmation",
    "requires_action",
    "requires_capture",
}
DECLINES = {
    "pm_card_visa_chargeDeclined": "generic_decline",
    "pm_card_chargeCustomerFail": "card_declined",
}
CHALLENGES = {"pm_card_authenticationRequired"}


class Refusal(Exception):
    """An answer that is an error, as Stripe words it."""

    def __init__(self, status: int, **error: Any) -> None:
        super().__init__(error.get("code"))
        self.status = status
        self.error = {"type": "invalid_request_error", "message": "No.", **error}


class Simulator:
    """Listens on a free port. `faults` meet the next calls, the first one first.

    A fault is `lost` (done, and the answer never comes), `unheard` (not done, and no answer),
    or a status such as 500 or 429.
    """

    def __init__(self) -> None:
        self.url = ""
        self.intents: dict[str, Object] = {}
        self.refunds: dict[str, Object] = {}
        self.accounts: dict[str, Object] = {}
        self.disputes: dict[str, Object] = {}
        # The connected account that each intent is of; empty: the one that the key is of.
        self.owners: dict[str, str] = {}
        self._account = ""
        # With which card each intent was confirmed, and whether charges are booked late.
        self.methods: dict[str, str] = {}
        self.unbooked = False
        self.faults: list[str | int] = []
        # The method, the path, the form and the headers of every call.
        self.calls: list[tuple[str, str, Object, dict[str, str]]] = []
        self._answers: dict[tuple[str, str], tuple[str, int, Object]] = {}
        self._ids = itertools.count(1)
        # Seconds since 1970, which tests may move.
        self.ahead = 0
        self._serving: set[asyncio.Task[Any] | None] = set()

    # --- what payers and banks do

    def pay(self, id: str, method: str) -> None:
        """Confirms an intent as the payer's browser does."""
        intent = self.intents[id]
        with contextlib.suppress(Refusal):
            self._confirm(intent, {"payment_method": method})

    def authenticate(self, id: str, *, well: bool = True) -> None:
        """Ends the challenge of an intent."""
        intent = self.intents[id]
        assert intent["status"] == "requires_action"
        intent["next_action"] = None
        if well:
            self._charged(intent)
        else:
            code = "payment_intent_authentication_failure"
            intent["status"] = "requires_payment_method"
            intent["last_payment_error"] = {"code": code}

    def fail_refund(self, id: str) -> None:
        """Takes back what had gone back, as banks do."""
        refund = self.refunds[id]
        refund |= {"status": "failed", "failure_reason": "expired_or_canceled_card"}

    def dispute(self, intent: Object) -> Object:
        """Has the owner of a card not accept a charge."""
        id = f"dp_{next(self._ids):06}"
        amount, currency = intent["amount_received"], intent["currency"]
        self.disputes[id] = {
            "id": id,
            "object": "dispute",
            "amount": amount,
            "balance_transactions": [{"currency": currency, "net": -amount - 1500}],
            "charge": intent["latest_charge"],
            "created": self._now(),
            "currency": currency,
            "evidence_details": {"due_by": self._now() + 7 * 86400},
            "payment_intent": intent["id"],
            "reason": "fraudulent",
            "status": "needs_response",
        }
        return self.disputes[id]

    def event(self, kind: str, what: Object, **more: Any) -> Object:
        return {
            "id": f"evt_{next(self._ids):06}",
            "object": "event",
            "type": kind,
            "created": self._now(),
            "livemode": False,
            "data": {"object": what},
            **more,
        }

    # --- calls

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        self._serving.add(task)
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
                headers = dict(line.split(": ", 1) for line in head[1:] if line)
                headers = {name.lower(): value for name, value in headers.items()}
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                answer = self._call(head[0], headers, body.decode())
                if answer is None:
                    break
                writer.write(answer)
                await writer.drain()
        self._serving.discard(task)
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()

    async def close(self) -> None:
        """Ends connections that are kept, which would be waited for."""
        tasks = [task for task in self._serving if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _call(self, line: str, headers: dict[str, str], body: str) -> bytes | None:
        method, target, _ = line.split(" ")
        url = urllib.parse.urlsplit(target)
        form = unfolded(body or url.query)
        self.calls.append((method, url.path, form, headers))
        fault = self.faults.pop(0) if self.faults else None
        if fault == "unheard":
            return None
        if isinstance(fault, int):
            error = {"type": "api_error", "message": "Something is wrong.", "code": "fault"}
            return _answer(fault, {"error": error}, [])
        answer = self._keyed(method, url.path, form, headers)
        return None if fault == "lost" else answer

    def _keyed(self, method: str, path: str, form: Object, headers: dict[str, str]) -> bytes:
        """Answers as before what came before under the same key."""
        self._account = headers.get("stripe-account", "")
        key = headers.get("idempotency-key", "")
        if method != "POST" or not key:
            return _answer(*self._done(method, path, form), [])
        account = headers["authorization"] + self._account
        asked = json.dumps([path, form], sort_keys=True)
        known = self._answers.get((account, key))
        if known is None:
            status, said = self._done(method, path, form)
            # As it is now, whatever becomes of the object.
            self._answers[account, key] = asked, status, json.loads(json.dumps(said))
            return _answer(status, said, [])
        if known[0] != asked:
            error = {"type": "idempotency_error", "message": "Keys are for one request."}
            return _answer(400, {"error": error}, [])
        return _answer(known[1], known[2], ["Idempotent-Replayed: true"])

    def forget_keys(self) -> None:
        """Does what Stripe does after a day."""
        self._answers.clear()

    def _done(self, method: str, path: str, form: Object) -> tuple[int, Object]:
        try:
            return 200, self._do(method, path.removeprefix("/v1/").split("/"), form)
        except Refusal as refusal:
            return refusal.status, {"error": refusal.error}

    def _do(self, method: str, words: list[str], form: Object) -> Object:
        match (method, words):
            case ("POST", ["payment_intents"]):
                return self._create(form)
            case ("GET", ["payment_intents"]):
                return _page(self.intents, form)
            case ("GET", ["payment_intents", id]):
                intent = self._mine(id)
                return self._expanded(intent) if "expand" in form else intent
            case ("POST", ["payment_intents", id, verb]):
                return self._verbs[verb](self._mine(id), form)
            case ("POST", ["refunds"]):
                return self._refund(form)
            case ("GET", ["refunds"]):
                return _page(self.refunds, form)
            case ("GET", ["refunds", id]):
                return _known(self.refunds, id)
        return self._do_for_platforms(method, words, form)

    def _do_for_platforms(self, method: str, words: list[str], form: Object) -> Object:
        match (method, words):
            case ("POST", ["accounts"]):
                return self._connect(form)
            case ("GET", ["disputes"]):
                return _page(self.disputes, form)
            case ("GET", ["application_fees", id]):
                return self._fee(self.intents[id.removeprefix("fee_")])
            case ("GET", ["accounts"]):
                return _page(self.accounts, form)
            case ("GET", ["accounts", id]):
                return _known(self.accounts, id)
            case ("POST", ["account_links"]):
                _known(self.accounts, form["account"])
                uri = f"https://connect.example.org/{next(self._ids)}"
                return {"object": "account_link", "url": uri, "expires_at": self._now() + 300}
        raise Refusal(404, code="resource_missing")

    @property
    def _verbs(self) -> dict[str, Callable[[Object, Object], Object]]:
        return {"confirm": self._confirm, "capture": self._capture, "cancel": self._cancel}

    def _mine(self, id: str) -> Object:
        """An intent, if it is one of the account that is called for."""
        if self.owners.get(id) != self._account:
            raise Refusal(404, code="resource_missing", param="id")
        return self.intents[id]

    def _expanded(self, intent: Object) -> Object:
        """An intent with its charge, and what that brought."""
        fingerprint = "fp_" + self.methods.get(intent["id"], "").split("_")[0]
        card = {"fingerprint": fingerprint, "country": "US"}
        if intent["last_payment_error"]:
            error = {**intent["last_payment_error"], "payment_method": {"card": card}}
            return {**intent, "last_payment_error": error}
        charge: Object = {"id": intent["latest_charge"], "balance_transaction": None}
        charge["payment_method_details"] = {"type": "card", "card": card}
        if intent["status"] == "succeeded" and not self.unbooked:
            kept = intent["application_fee_amount"] or 0
            cost = intent["amount_received"] * 15 // 1000 + 25
            details = [{"type": "stripe_fee", "amount": cost}]
            if kept:
                charge["application_fee"] = f"fee_{intent['id']}"
                details.append({"type": "application_fee", "amount": kept})
            charge["balance_transaction"] = {
                "currency": intent["currency"],
                "amount": intent["amount_received"],
                "fee": cost + kept,
                "fee_details": details,
            }
        return {**intent, "latest_charge": charge}

    def _fee(self, intent: Object) -> Object:
        if self._account:
            raise Refusal(404, code="resource_missing")
        kept, back = intent["application_fee_amount"], 0
        for one in self.refunds.values():
            if one["payment_intent"] == intent["id"] and one["refund_application_fee"] == "true":
                back += kept * one["amount"] // intent["amount_received"]
        return {"object": "application_fee", "amount": kept, "amount_refunded": back}

    def _connect(self, form: Object) -> Object:
        if form.get("country") == "AQ":
            raise Refusal(400, code="country_unsupported", message="Not there.")
        id = f"acct_{next(self._ids):06}"
        self.accounts[id] = {
            "id": id,
            "object": "account",
            "charges_enabled": False,
            "payouts_enabled": False,
            "country": form.get("country"),
            "created": self._now(),
            "metadata": form.get("metadata", {}),
            "requirements": {"currently_due": ["business_type", "external_account"]},
        }
        return self.accounts[id]

    def fill_in(self, id: str) -> Object:
        """Answers all that Stripe wants to know of an account."""
        self.accounts[id] |= {"charges_enabled": True, "payouts_enabled": True}
        self.accounts[id]["requirements"] = {"currently_due": []}
        return self.accounts[id]

    def _create(self, form: Object) -> Object:
        if int(form["amount"]) < 50:
            raise Refusal(400, code="amount_too_small", param="amount")
        id = f"pi_{next(self._ids):06}"
        self.owners[id] = self._account
        fee = form.get("application_fee_amount")
        if fee is not None and not self._account:
            raise Refusal(400, param="application_fee_amount", message="Of whom?")
        self.intents[id] = {
            "id": id,
            "object": "payment_intent",
            "amount": int(form["amount"]),
            "amount_received": 0,
            "application_fee_amount": int(fee) if fee is not None else None,
            "currency": form["currency"],
            "capture_method": form.get("capture_method", "automatic_async"),
            "client_secret": f"{id}_secret_hush",
            "created": self._now(),
            "last_payment_error": None,
            "latest_charge": None,
            "livemode": False,
            "metadata": form.get("metadata", {}),
            "next_action": None,
            "status": "requires_payment_method",
        }
        return self.intents[id]

    def _confirm(self, intent: Object, form: Object) -> Object:
        _expect(intent, {"requires_payment_method", "requires_confirmation"})
        method = form["payment_method"]
        intent["last_payment_error"] = None
        self.methods[intent["id"]] = method.removeprefix("pm_card_")
        if method in DECLINES:
            error = {"code": "card_declined", "decline_code": DECLINES[method]}
            intent["last_payment_error"] = error
            raise Refusal(402, **{**error, "type": "card_error", "payment_intent": intent})
        if not method.startswith("pm_card_"):
            raise Refusal(400, code="resource_missing", param="payment_method")
        if method in CHALLENGES:
            intent |= {"status": "requires_action", "next_action": _challenge(form)}
            return intent
        return self._charged(intent)

    def _charged(self, intent: Object) -> Object:
        intent["latest_charge"] = f"ch_{next(self._ids):06}"
        if intent["capture_method"] == "manual":
            intent["status"] = "requires_capture"
            return intent
        return intent | self._take(intent, intent["amount"])

    def _take(self, intent: Object, amount: int) -> Object:
        intent |= {"status": "succeeded", "amount_received": amount}
        return intent

    def _capture(self, intent: Object, form: Object) -> Object:
        _expect(intent, {"requires_capture"})
        if "application_fee_amount" in form:
            intent["application_fee_amount"] = int(form["application_fee_amount"])
        return self._take(intent, int(form["amount_to_capture"]))

    def _cancel(self, intent: Object, form: Object) -> Object:
        _expect(intent, CANCELLABLE)
        intent |= {"status": "canceled", "cancellation_reason": form.get("cancellation_reason")}
        return intent

    def _refund(self, form: Object) -> Object:
        intent = self._mine(form["payment_intent"])
        gone = sum(
            one["amount"]
            for one in self.refunds.values()
            if one["payment_intent"] == intent["id"] and one["status"] != "failed"
        )
        left = intent["amount_received"] - gone
        amount = int(form["amount"])
        if left <= 0:
            raise Refusal(400, code="charge_already_refunded")
        if amount > left:
            raise Refusal(400, param="amount", message="More than is left.")
        id = f"re_{next(self._ids):06}"
        self.refunds[id] = {
            "id": id,
            "object": "refund",
            "amount": amount,
            "currency": intent["currency"],
            "created": self._now(),
            "metadata": form.get("metadata", {}),
            "payment_intent": intent["id"],
            "reason": form.get("reason"),
            "refund_application_fee": form.get("refund_application_fee"),
            "status": "succeeded",
        }
        return self.refunds[id]

    def _now(self) -> int:
        return int(time.time()) + self.ahead


def unfolded(text: str) -> Object:
    """`a[b]=c` as `{"a": {"b": "c"}}`."""
    form: Object = {}
    for name, value in urllib.parse.parse_qsl(text, keep_blank_values=True):
        first, *rest = name.replace("]", "").split("[")
        holder, key = form, first
        for word in rest:
            holder, key = holder.setdefault(key, {}), word
        holder[key] = value
    return form


def _known(things: dict[str, Object], id: str) -> Object:
    if id not in things:
        raise Refusal(404, code="resource_missing", param="id")
    return things[id]


def _expect(intent: Object, states: set[str]) -> None:
    if intent["status"] not in states:
        raise Refusal(400, code="payment_intent_unexpected_state", payment_intent=intent)


def _challenge(form: Object) -> Object:
    if "return_url" not in form:
        return {"type": "use_stripe_sdk", "use_stripe_sdk": {}}
    url = {"url": "https://bank.example.org/prove", "return_url": form["return_url"]}
    return {"type": "redirect_to_url", "redirect_to_url": url}


def _page(things: dict[str, Object], form: Object) -> Object:
    """The newest first, in pages."""
    span = form.get("created", {})
    found = [
        one
        for one in reversed(things.values())
        if int(span.get("gte", 0)) <= one["created"] < int(span.get("lt", 10**12))
        and form.get("payment_intent") in (None, one.get("payment_intent"))
    ]
    if after := form.get("starting_after"):
        found = found[[one["id"] for one in found].index(after) + 1 :]
    size = int(form.get("limit", 10))
    more = len(found) > size
    return {"object": "list", "data": found[:size], "has_more": more, "url": "/v1/things"}


def _answer(status: int, said: Object, more: list[str]) -> bytes:
    body = json.dumps(said).encode()
    lines = [f"HTTP/1.1 {status} X", "Content-Type: application/json", *more]
    lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


@contextlib.asynccontextmanager
async def simulated() -> AsyncIterator[Simulator]:
    simulator = Simulator()
    server = await asyncio.start_server(simulator.serve, "127.0.0.1", 0)
    simulator.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield simulator
    finally:
        server.close()
        await simulator.close()
