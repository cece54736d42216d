"""The Cloud API of WhatsApp.

It has no key that makes a second try harmless, and no way to ask for a message. So an attempt
without an answer is `Unknown`; our id goes along (`biz_opaque_callback_data`) and comes back with
every status, which tells in the end. What went wrong is told by `error.code`, never by the
status of HTTP (Meta says so).
"""

from __future__ import annotations

import json
import re
import urllib.parse
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from services.messaging.accounts.domain import ACCOUNTS, Account
from services.messaging.channels.limits import Limit, Limiter
from services.messaging.channels.provider import Claim
from services.messaging.channels.web import Answer, NoAnswer, NotSent, Web
from services.messaging.dispatch.domain import Deferred, Outcome, Refused, Taken, Unknown
from services.messaging.messages.domain import Failure, Letter

# A user without a phone number: `US.` and up to 128 characters (business-scoped user id).
USER_ID = re.compile(r"[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{1,128}")
TEXT, PARAMETER, HEADER, TITLE, BUTTONS = 4096, 1024, 60, 20, 3
# For how long after somebody wrote they may be written to freely.
WINDOW = timedelta(hours=24)
PAIR = Limit(burst=10, interval=timedelta(seconds=6))

# By what is to be done about them (developers.facebook.com, "Error codes").
LATER = frozenset({1, 2, 4, 80007, 130429, 131000, 131016, 131057, 133016})
PAIR_LATER = 131056
# The person wants no such messages.
STOPPED = 131050
CONTENT = frozenset(
    {100, 131008, 131009, 131047, 131051, 131053, 132000, 132001, 132005, 132007, 132008}
    | {132012, 132015, 132016, 132068, 132069, 131062}
)
ACCOUNT = frozenset(
    {0, 3, 10, 190, 368, 131005, 131031, 131042, 131045, 131048, 131064, 133010, *range(200, 300)}
)
NOT_APPROVED = "no template that WhatsApp has approved says this to who has not written of late"
# Of templates that are asked for.
PAGES = 50
SLOW, PAIR_PAUSE = timedelta(seconds=5), timedelta(seconds=6)

# When somebody last wrote to the account from an address; None if never.
LastHeard = Callable[[Account, str], Awaitable[datetime | None]]


@dataclass(frozen=True)
class WhatsApp:
    account: Account
    web: Web
    limiter: Limiter = field(repr=False)
    last_heard: LastHeard = field(repr=False)
    now: Callable[[], datetime] = field(repr=False)
    # Where the API is, with its version.
    api: str = "https://graph.facebook.com/v26.0"

    @property
    def name(self) -> str:
        return f"whatsapp:{self.account.name.id}"

    async def send(self, letter: Letter, claim: Claim) -> Outcome:
        refusal = await self._shut(letter)
        if refusal is not None:
            return refusal
        body = await self._body(letter)
        if body is None:
            return Refused(NOT_APPROVED, Failure.REJECTED_CONTENT)
        wait = await self._wait(letter.address)
        if wait:
            return Deferred("the number may not send that fast", wait)
        await claim()
        try:
            answer = await self._post("messages", body)
        except NotSent as error:
            return Deferred(str(error))
        except NoAnswer as error:
            return Unknown(str(error))
        return outcome(answer)

    async def find(self, letter: Letter) -> Outcome:
        return Unknown("WhatsApp says what became of it, and does not when asked")

    async def check(self) -> str:
        """Why the number is not ours to send from; empty if it is."""
        uri = f"{self._home}?fields=id,display_phone_number,verified_name"
        try:
            answer = await self.web.send("GET", uri, self._headers)
        except (NotSent, NoAnswer) as error:
            return f"WhatsApp {error}"
        if answer.good and str(answer.said.get("id")) == self.account.sender:
            return ""
        return _problem(answer) or f"WhatsApp answered with status {answer.status}"

    async def templates(self) -> dict[tuple[str, str], str] | None:
        """What WhatsApp says of templates, by names and languages; None if it says nothing."""
        found: dict[tuple[str, str], str] = {}
        after = ""
        for _ in range(PAGES):
            asked = urllib.parse.urlencode(
                {"fields": "name,language,status", "limit": 200}
                | ({"after": after} if after else {})
            )
            uri = f"{self.api}/{self.account.business}/message_templates?{asked}"
            try:
                answer = await self.web.send("GET", uri, self._headers)
            except (NotSent, NoAnswer):
                return None
            said = answer.said.get("data")
            if not answer.good or not isinstance(said, list):
                return None
            for each in said:
                texts = _texts(each, "name", "language", "status")
                if texts is not None:
                    found[texts[0], texts[1]] = texts[2]
            after = _after(answer.said.get("paging"))
            if not after:
                break
        return found

    async def mark_read(self, message: str, *, typing: bool = False) -> str:
        """Shows somebody that we read what they wrote; says why not, if not."""
        body: dict[str, Any] = {
            "messaging_product": "whatsapp",
            "status": "read",
            "message_id": message,
        }
        if typing:
            body["typing_indicator"] = {"type": "text"}
        try:
            answer = await self._post("messages", body)
        except (NotSent, NoAnswer) as error:
            return str(error)
        return "" if answer.good else _problem(answer) or f"status {answer.status}"

    @property
    def _home(self) -> str:
        return f"{self.api}/{self.account.sender}"

    @property
    def _headers(self) -> dict[str, str]:
        token = self.account.plan.credentials["access_token"]
        return {"authorization": f"Bearer {token}", "content-type": "application/json"}

    async def _post(self, path: str, body: dict[str, Any]) -> Answer:
        data = json.dumps(body, ensure_ascii=False).encode()
        return await self.web.send("POST", f"{self._home}/{path}", self._headers, data)

    async def _wait(self, address: str) -> timedelta:
        per_second = Limit(self.account.rate, timedelta(seconds=1 / self.account.rate))
        sender = ACCOUNTS.format(self.account.name)
        return await self.limiter.wait(sender, {address: PAIR, "": per_second})

    async def _shut(self, letter: Letter) -> Outcome | None:
        if recipient(letter.address) is None:
            return Refused("it is no phone number and no user of WhatsApp", Failure.NO_ADDRESS)
        return None

    async def _body(self, letter: Letter) -> dict[str, Any] | None:
        """Freely where one may, with buttons; else by words that WhatsApp has approved.

        None if it has approved none that say this.
        """
        fallback = self.account.plan.settings.get("fallback_template", "")
        if letter.template is None and not fallback:
            return compose(letter)
        if await self._open(letter.address):
            return compose(replace(letter, template=None))
        template = letter.template
        if template is not None and self.account.approved(template.name, template.language):
            return compose(letter)
        language = self._spoken(fallback, (letter.language or "en").replace("-", "_"))
        if not fallback or language is None:
            return None
        return compose(replace(letter, template=None, language=language), fallback=fallback)

    def _spoken(self, fallback: str, wanted: str) -> str | None:
        """The language of the template `fallback` to write in; None if it is approved in none."""
        if self.account.approved(fallback, wanted):
            return wanted
        approved = self.account.languages(fallback)
        near = [tag for tag in approved if tag.partition("_")[0] == wanted.partition("_")[0]]
        return next(iter([*near, *approved]), None)

    async def _open(self, address: str) -> bool:
        heard = await self.last_heard(self.account, address)
        return heard is not None and self.now() < heard + WINDOW


def _texts(said: Any, *keys: str) -> list[str] | None:
    """What stands at those keys; None unless all are texts."""
    found = [said.get(key) for key in keys] if isinstance(said, dict) else []
    texts = [each for each in found if isinstance(each, str) and each]
    return texts if len(texts) == len(keys) else None


def _after(paging: Any) -> str:
    """Where the next page begins; empty at the end."""
    more = isinstance(paging, dict) and bool(paging.get("next"))
    found = _texts(paging.get("cursors"), "after") if more else None
    return found[0] if found else ""


def recipient(address: str) -> dict[str, str] | None:
    """Whom a message goes to: a phone number, or a user who shows none."""
    if USER_ID.fullmatch(address):
        return {"recipient": address}
    digits = address.removeprefix("+")
    return {"to": digits} if re.fullmatch(r"[0-9]{7,15}", digits) else None


def compose(letter: Letter, *, fallback: str = "") -> dict[str, Any]:
    """A message as the API takes it; by the template `fallback` where one cannot write freely."""
    body: dict[str, Any] = {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        **(recipient(letter.address) or {}),
        # Comes back with every status of the message.
        "biz_opaque_callback_data": str(letter.name.id),
    }
    if letter.reply_to:
        body["context"] = {"message_id": letter.reply_to}
    if letter.template is not None:
        return body | {"type": "template", "template": _template(letter)}
    if fallback:
        words = [{"type": "text", "text": _one_line(letter.text.body)[:PARAMETER]}]
        said = [{"type": "body", "parameters": words}]
        code = (letter.language or "en").replace("-", "_")
        named = {"name": fallback, "language": {"code": code}, "components": said}
        return body | {"type": "template", "template": named}
    if (letter.asks_location or letter.buttons) and len(letter.text.body.strip()) <= PARAMETER:
        return body | {"type": "interactive", "interactive": _interactive(letter)}
    text = {"body": letter.text.body.strip()[:TEXT], "preview_url": False}
    return body | {"type": "text", "text": text}


def _template(letter: Letter) -> dict[str, Any]:
    template = letter.template
    assert template is not None
    components: list[dict[str, Any]] = []
    if template.header:
        head = [{"type": "text", "text": _one_line(template.header)[:HEADER]}]
        components.append({"type": "header", "parameters": head})
    if template.parameters:
        values = [
            {"type": "text", "text": _one_line(value) or "-"}
            | ({"parameter_name": name} if name else {})
            for name, value in template.parameters
        ]
        components.append({"type": "body", "parameters": values})
    components += [
        {
            "type": "button",
            "sub_type": "quick_reply",
            "index": index,
            "parameters": [{"type": "payload", "payload": button.payload}],
        }
        for index, button in enumerate(letter.buttons[: template.quick_replies])
    ]
    if template.link:
        components.append(
            {
                "type": "button",
                "sub_type": "url",
                "index": template.quick_replies,
                "parameters": [{"type": "text", "text": template.link}],
            }
        )
    return {
        "name": template.name,
        "language": {"code": template.language.replace("-", "_")},
        "components": components,
    }


def _interactive(letter: Letter) -> dict[str, Any]:
    said = {"text": letter.text.body.strip()}
    if letter.asks_location:
        action: dict[str, Any] = {"name": "send_location"}
        return {"type": "location_request_message", "body": said, "action": action}
    buttons = [
        {"type": "reply", "reply": {"id": button.payload, "title": button.title[:TITLE]}}
        for button in letter.buttons[:BUTTONS]
    ]
    return {"type": "button", "body": said, "action": {"buttons": buttons}}


def _one_line(text: str) -> str:
    """What a parameter may be: no line ends, no tabs, no more than one space in a row."""
    return " ".join(text.split())


def outcome(answer: Answer) -> Outcome:
    """What an answer to a message means."""
    said = answer.said
    if answer.good:
        taken = said.get("messages")
        id = taken[0].get("id") if _is_list_of_objects(taken) else None
        if isinstance(id, str) and id:
            return Taken(id)
        return Unknown("WhatsApp took it, and did not say as what")
    error = said.get("error")
    code = error.get("code") if isinstance(error, dict) else None
    if isinstance(code, int):
        return judge(code, _problem(answer), answer.retry_after)
    if answer.status in (429, 503):
        return Deferred(f"WhatsApp answered with status {answer.status}", _pause(answer))
    if answer.status >= 500:
        # Whoever answered may stand in between, and not know what became of it.
        return Unknown(f"WhatsApp answered with status {answer.status} and no reason")
    return Refused(f"WhatsApp answered with status {answer.status} and no reason")


def judge(code: int, reason: str, retry_after: float | None = None) -> Deferred | Refused:
    """What an error of the API means for a message."""
    if code == PAIR_LATER:
        return Deferred(reason, PAIR_PAUSE)
    if code in LATER:
        return Deferred(reason, SLOW if retry_after is None else timedelta(seconds=retry_after))
    return Refused(reason, failure(code))


def failure(code: int) -> Failure:
    """Why a message fails with an error."""
    if code == STOPPED:
        return Failure.SUPPRESSED
    if code in CONTENT:
        return Failure.REJECTED_CONTENT
    return Failure.ACCOUNT if code in ACCOUNT else Failure.REFUSED


def _pause(answer: Answer) -> timedelta | None:
    return None if answer.retry_after is None else timedelta(seconds=answer.retry_after)


def _problem(answer: Answer) -> str:
    error = answer.said.get("error")
    return explained(error) if isinstance(error, dict) else ""


def explained(error: dict[str, Any]) -> str:
    """An error in words."""
    data = error.get("error_data")
    details = data.get("details") if isinstance(data, dict) else None
    words = details or error.get("message") or error.get("title") or "no reason"
    return f"{error.get('code')}: {words}"[:500]


def _is_list_of_objects(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], dict)
