"""The edge as a browser sees it: JSON over HTTP, with a bearer token or a link."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx

Json = dict[str, Any]
T = TypeVar("T")
# What a client may try again (design: AIP-194): the service is away, or asks for patience.
PATIENCE = {429, 503, 504}
# A minute and a half in all: on a busy machine a service may take that long to be back.
TRIES, LONGEST_PAUSE = 24, 5.0


class Declined(Exception):
    """The edge said no: an HTTP status and the `google.rpc.Status` of it."""

    def __init__(self, status: int, body: Json) -> None:
        super().__init__(f"{status} {body.get('message', body)}")
        self.status = status
        self.reason = next((d["reason"] for d in body.get("details", []) if "reason" in d), "")


@dataclass(frozen=True)
class Rest:
    """Calls under `/api/v1/` for one caller. `authorization` is empty for nobody."""

    client: httpx.AsyncClient
    authorization: str = ""

    def bearing(self, authorization: str) -> Rest:
        return Rest(self.client, authorization)

    async def get(self, path: str, **query: Any) -> Json:
        return await self._call("GET", path, params=query)

    async def post(self, path: str, body: Json | None = None, **query: Any) -> Json:
        return await self._call("POST", path, json=body or {}, params=query)

    async def put(self, path: str, body: Json, **query: Any) -> Json:
        return await self._call("PUT", path, json=body, params=query)

    async def patch(self, path: str, body: Json, **query: Any) -> Json:
        return await self._call("PATCH", path, json=body, params=query)

    async def delete(self, path: str) -> Json:
        return await self._call("DELETE", path)

    async def everything(self, path: str, key: str, **query: Any) -> list[Json]:
        """All pages of a list."""
        found: list[Json] = []
        token = ""
        while True:
            page = await self.get(path, pageSize=200, pageToken=token, **query)
            found.extend(page.get(key, []))
            token = page.get("nextPageToken", "")
            if not token:
                return found

    async def _call(self, method: str, path: str, **content: Any) -> Json:
        headers = {"authorization": self.authorization} if self.authorization else {}
        for attempt in range(TRIES):
            answer = await self._send(method, f"/api/v1/{path}", headers=headers, **content)
            if answer is not None and answer.status_code not in PATIENCE:
                break
            await asyncio.sleep(min(0.1 * 2**attempt, LONGEST_PAUSE))
        if answer is None:
            raise Declined(503, {"message": f"{path}: the edge is away"})
        body: Json = answer.json() if answer.content else {}
        if answer.is_error:
            raise Declined(answer.status_code, body)
        return body

    async def _send(self, method: str, path: str, **content: Any) -> httpx.Response | None:
        try:
            return await self.client.request(method, path, **content)
        except httpx.TransportError:
            return None


def once() -> Json:
    """A `request_id` of its own: with it a call may be sent again until an answer comes."""
    return {"requestId": str(uuid.uuid4())}


async def until(ask: Callable[[], Awaitable[T]], good: Callable[[T], bool], seconds: float) -> T:
    """Asks again and again until the answer is good; gives the last one when time is up."""
    end, pause = time.monotonic() + seconds, 0.05
    answer = await ask()
    while not good(answer) and time.monotonic() < end:
        await asyncio.sleep(pause)
        pause = min(pause * 1.5, 1.0)
        answer = await ask()
    return answer
