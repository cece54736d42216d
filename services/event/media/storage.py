"""Object storage: a folder on this machine, or a bucket that speaks the API of S3."""

from __future__ import annotations

import hashlib
import pathlib
import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import obstore
from obstore.exceptions import NotFoundError
from obstore.store import LocalStore, MemoryStore, S3Store

from services.kit.config import Env, Misconfigured
from services.kit.db import in_transaction
from services.kit.names import Name


@dataclass(frozen=True)
class Storage:
    """Where the bytes of media are. Every path is made of ids and digests, never of names."""

    store: Any
    # Takes uploads by itself, at an address that it signs.
    signs: bool

    async def put(self, path: str, data: bytes) -> None:
        await obstore.put_async(self._outside(), path, data)

    async def get(self, path: str, *, most: int) -> bytes | None:
        """The bytes at a path, one more than `most` of them at most; None if there are none."""
        try:
            found = await obstore.get_async(self._outside(), path)
        except (NotFoundError, FileNotFoundError):
            return None
        if found.meta["size"] > most:
            return bytes(most + 1)
        return bytes(await found.bytes_async())

    async def delete(self, path: str) -> None:
        try:
            await obstore.delete_async(self._outside(), path)
        except (NotFoundError, FileNotFoundError):
            return

    async def delete_all(self, prefix: str) -> None:
        """Deletes everything below a path."""
        async for found in obstore.list(self._outside(), prefix=prefix):
            for each in found:
                await self.delete(each["path"])

    async def upload_uri(self, path: str, until: timedelta) -> str:
        return str(await obstore.sign_async(self.store, "PUT", path, until))

    def _outside(self) -> Any:
        if in_transaction.get():
            raise RuntimeError("object storage is asked while a transaction is open")
        return self.store


def incoming(name: Name) -> str:
    """Where the bytes of a file are brought."""
    return f"incoming/{name.organization}/{name.id}"


def kept(name: Name, digest: str) -> str:
    """Where a rendition is."""
    return f"media/{name.organization}/{name.id}/{digest}"


def folder(name: Name) -> str:
    """Where all renditions of a file are."""
    return f"media/{name.organization}/{name.id}"


def folders(organization: uuid.UUID) -> tuple[str, ...]:
    """Where all files of an organization are."""
    return f"incoming/{organization}", f"media/{organization}"


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def opened(env: Env) -> Storage:
    """The storage that the environment names; a folder beside the process if it names none."""
    bucket = env.text("TURNOUT_MEDIA_BUCKET", " ").strip()
    if not bucket:
        folder = env.path("TURNOUT_MEDIA_FOLDER", ".turnout/media").absolute()
        return _folder(folder)
    endpoint = env.text("TURNOUT_MEDIA_ENDPOINT", " ").strip()
    options: dict[str, Any] = {"region": env.text("TURNOUT_MEDIA_REGION", "us-east-1")}
    options["access_key_id"] = env.text("TURNOUT_MEDIA_KEY_ID")
    options["secret_access_key"] = env.text("TURNOUT_MEDIA_KEY")
    if endpoint:
        # A server beside ours may do without TLS; whoever says so says `http`.
        options |= {"endpoint": endpoint}
        options["client_options"] = {"allow_http": endpoint.startswith("http://")}
    return Storage(S3Store(bucket, **options), signs=True)


def fleeting() -> Storage:
    return Storage(MemoryStore(), signs=False)


def _folder(folder: pathlib.Path) -> Storage:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Misconfigured(f"TURNOUT_MEDIA_FOLDER: {error}") from error
    return Storage(LocalStore(str(folder)), signs=False)
