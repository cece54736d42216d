"""Text messages: by Twilio, and by whoever takes them as JSON over HTTP.

Neither has a key that makes a second try harmless, so an attempt without an answer is `Unknown`.
"""

from __future__ import annotations

import base64
import json
import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import phonenumbers

from services.messaging.accounts.domain import ACCOUNTS, Account
from services.messaging.channels.limits import Limit, Limiter
from services.messaging.channels.provider import Claim
from services.messaging.channels.web import Answer, NoAnswer, NotSent, Web
from services.messaging.dispatch.domain import Deferred, Outcome, Refused, Taken, Unknown
from services.messaging.messages.domain import Failure, Letter

# What Twilio takes of a text.
TEXT = 1600
NOT_A_NUMBER = Refused("it is no phone number", Failure.NO_ADDRESS)
UNSAID = "nobody can be asked what became of it"

# Errors of Twilio (twilio.com/docs/api/errors) by what they mean.
ADDRESSES = frozenset({21201, 21211, 21214, 21217, 21401, 21407, 21604, 21614, 30005, 30006})
STOPPED = 21610
CONTENTS = frozenset({21602, 21605, 21617, 21619, 21620, 30007, 30008, 63016})
ACCOUNT_CODES = frozenset(
    {20003, 20005, 20008, 20403, 21212, 21408, 21606, 21608, 21612, 21659, 21660, 30002, 63007}
)
LATER = frozenset({20429, 14107, 30001, 30022, 63018})


def number(address: str) -> str | None:
    """A phone number as E.164 writes it; None of what is none."""
    try:
        found = phonenumbers.parse(address)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(found):
        return None
    return phonenumbers.format_number(found, phonenumbers.PhoneNumberFormat.E164)


@dataclass(frozen=True)
class Twilio:
    account: Account
    web: Web
    limiter: Limiter = field(repr=False)
    # Where Twilio tells what becomes of messages.
    callback: str
    api: str = "https://api.twilio.com"

    @property
    def name(self) -> str:
        return f"twilio:{self.account.name.id}"

    async def send(self, letter: Letter, claim: Claim) -> Outcome:
        to = number(letter.address)
        if to is None:
            return NOT_A_NUMBER
        wait = await slowed(self.account, self.limiter)
        if wait:
            return Deferred("the sender may not send that fast", wait)
        settings = self.account.plan.settings
        service = settings.get("messaging_service_sid")
        by = {"MessagingServiceSid": service} if service else {"From": settings["sender"]}
        form = {
            "To": to,
            **by,
            "Body": letter.text.body.strip()[:TEXT],
            "StatusCallback": self.callback,
        }
        await claim()
        return await handed(
            self._ask("POST", "/Messages.json", urllib.parse.urlencode(form)), twilio_outcome
        )

    async def find(self, letter: Letter) -> Outcome:
        return Unknown(UNSAID)

    async def check(self) -> str:
        """Why the account is not ours; empty if it is."""
        return await checked(self._ask("GET", ".json", ""), "Twilio")

    async def _ask(self, method: str, path: str, form: str) -> Answer:
        settings = self.account.plan.settings
        sid, token = settings["account_sid"], self.account.plan.credentials["auth_token"]
        basic = base64.b64encode(f"{sid}:{token}".encode()).decode()
        headers = {
            "authorization": f"Basic {basic}",
            "content-type": "application/x-www-form-urlencoded",
        }
        uri = f"{self.api}/2010-04-01/Accounts/{sid}{path}"
        return await self.web.send(method, uri, headers, form.encode())


def twilio_outcome(answer: Answer) -> Outcome:
    """What an answer to a message means."""
    said = answer.said
    if answer.good:
        sid = said.get("sid")
        return Taken(sid) if isinstance(sid, str) and sid else Unknown("Twilio did not say its SID")
    code = said.get("code")
    if isinstance(code, int) and answer.status < 500:
        return judge(code, f"{code}: {said.get('message', '')}"[:500], pause(answer))
    return by_status(answer, "Twilio")


def judge(code: int, reason: str, after: timedelta | None = None) -> Deferred | Refused:
    if code in LATER:
        return Deferred(reason, after)
    return Refused(reason, twilio_failure(code))


def twilio_failure(code: int) -> Failure:
    """Why a message fails with an error of Twilio's."""
    if code == STOPPED:
        return Failure.SUPPRESSED
    if code in ADDRESSES:
        return Failure.NO_ADDRESS
    if code in CONTENTS:
        return Failure.REJECTED_CONTENT
    return Failure.ACCOUNT if code in ACCOUNT_CODES else Failure.REFUSED


@dataclass(frozen=True)
class JsonSms:
    account: Account
    web: Web
    limiter: Limiter = field(repr=False)
    callback: str

    @property
    def name(self) -> str:
        return f"json_sms:{self.account.name.id}"

    async def send(self, letter: Letter, claim: Claim) -> Outcome:
        to = number(letter.address)
        if to is None:
            return NOT_A_NUMBER
        wait = await slowed(self.account, self.limiter)
        if wait:
            return Deferred("the sender may not send that fast", wait)
        said = {
            "messageId": str(letter.name.id),
            "to": to,
            "from": self.account.plan.settings.get("sender", ""),
            "text": letter.text.body.strip(),
            "callbackUrl": self.callback,
        }
        await claim()
        return await handed(self._post(said), json_outcome)

    async def find(self, letter: Letter) -> Outcome:
        return Unknown(UNSAID)

    async def check(self) -> str:
        """Asks with a HEAD, which sends nothing: only who is refused is told."""
        uri = self.account.plan.settings["uri"]
        try:
            answer = await self.web.send("HEAD", uri, self._headers)
        except (NotSent, NoAnswer) as error:
            return f"the server {error}"
        refused = answer.status in (401, 403)
        return f"the server answered with status {answer.status}" if refused else ""

    @property
    def _headers(self) -> dict[str, str]:
        token = self.account.plan.credentials["bearer_token"]
        return {"authorization": f"Bearer {token}", "content-type": "application/json"}

    async def _post(self, said: dict[str, Any]) -> Answer:
        data = json.dumps(said, ensure_ascii=False).encode()
        return await self.web.send("POST", self.account.plan.settings["uri"], self._headers, data)


def json_outcome(answer: Answer) -> Outcome:
    if answer.good:
        id = answer.said.get("messageId")
        if isinstance(id, int) and not isinstance(id, bool):
            id = str(id)
        if isinstance(id, str) and id:
            return Taken(id[:256])
        return Unknown("the provider took it, and did not say as what")
    return by_status(answer, "the provider")


# --- what all have in common


async def handed(asking: Any, outcome: Callable[[Answer], Outcome]) -> Outcome:
    """What became of a message that was handed over."""
    try:
        answer = await asking
    except NotSent as error:
        return Deferred(str(error))
    except NoAnswer as error:
        return Unknown(str(error))
    return outcome(answer)


async def checked(asking: Any, who: str) -> str:
    try:
        answer = await asking
    except (NotSent, NoAnswer) as error:
        return f"{who} {error}"
    if answer.good:
        return ""
    words = answer.said.get("message")
    said = f": {words}" if isinstance(words, str) else ""
    return f"{who} answered with status {answer.status}{said}"[:500]


def by_status(answer: Answer, who: str) -> Outcome:
    """What an answer means that says nothing of its own that we know."""
    reason = f"{who} answered with status {answer.status}"
    if answer.status in (429, 503):
        return Deferred(reason, pause(answer))
    if answer.status in (401, 403):
        return Refused(reason, Failure.ACCOUNT)
    if answer.status >= 500 or answer.status < 400:
        # Whoever answered may stand in between, and not know what became of it.
        return Unknown(reason)
    return Refused(reason)


def pause(answer: Answer) -> timedelta | None:
    return None if answer.retry_after is None else timedelta(seconds=answer.retry_after)


async def slowed(account: Account, limiter: Limiter) -> timedelta:
    """How long an account has to wait before its next message."""
    rate = Limit(account.rate, timedelta(seconds=1 / account.rate))
    return await limiter.wait(ACCOUNTS.format(account.name), {"": rate})
