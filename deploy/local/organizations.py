"""What all services keep of an organization, as a ZIP; and doing away with it.

    python -m deploy.local.organizations export ORGANIZATION [FILE]
    python -m deploy.local.organizations erase ORGANIZATION REASON

Asks each service of a mesh that runs, as who operates it. In the ZIP is a file of JSON lines for
each table of each service that has rows of it, and the organization's files.
"""

from __future__ import annotations

import os
import pathlib
import re
import sys
import zipfile
from collections.abc import Iterator, Sequence
from typing import Any

import grpc

from deploy.local import state
from deploy.local.__main__ import plainly, say
from deploy.local.calls import as_operator
from deploy.local.settings import SERVICES, Settings
from deploy.local.trouble import Trouble
from turnout.ops.v1 import operations_pb2, operations_pb2_grpc

NAME = re.compile(r"(?:organizations/)?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")
PATIENCE = 600.0


def main(words: Sequence[str]) -> None:
    settings = Settings.from_env(os.environ)
    match words:
        case ["export", organization]:
            file = pathlib.Path(f"{organization.rpartition('/')[2]}.zip")
            say(f"wrote {export(settings, organization, file)}")
        case ["export", organization, file]:
            say(f"wrote {export(settings, organization, pathlib.Path(file))}")
        case ["erase", organization, reason]:
            erase(settings, organization, reason)
            say(f"{organization} is being erased")
        case _:
            raise Trouble(
                "usage: make export ORGANIZATION=organizations/… [TO=FILE],"
                ' or make erase ORGANIZATION=organizations/… REASON="…"'
            )


def export(settings: Settings, organization: str, file: pathlib.Path) -> pathlib.Path:
    """Writes it to a file that is for its owner alone; half of one is never left."""
    name = _name(organization)
    new = file.with_name(f"{file.name}.new")
    new.unlink(missing_ok=True)
    new.touch(mode=0o600)
    with zipfile.ZipFile(new, "w", zipfile.ZIP_DEFLATED) as archive:
        for service, stub in _each(settings):
            request = operations_pb2.ExportOrganizationRequest(name=name)
            call = stub.ExportOrganization(request, timeout=PATIENCE)
            try:
                _write(archive, service, call)
            except grpc.RpcError as error:
                raise _trouble(service, error) from error
        folder = _folder(settings, name)
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            archive.write(path, f"media/{path.relative_to(folder)}")
    new.rename(file)
    return file


def _write(archive: zipfile.ZipFile, service: str, call: Any) -> None:
    """The parts of a table come one after the other."""
    table, opened = "", None
    try:
        for part in call:
            if part.table != table or opened is None:
                if opened is not None:
                    opened.close()
                table = part.table
                opened = archive.open(f"{service}/{table}.jsonl", "w", force_zip64=True)
            opened.write(part.lines)
    finally:
        if opened is not None:
            opened.close()


def erase(settings: Settings, organization: str, reason: str) -> None:
    """Has all services erase it now that was deleted. What is erased already stays so."""
    request = operations_pb2.EraseOrganizationRequest(name=_name(organization), reason=reason)
    gone = []
    for service, stub in _each(settings):
        try:
            stub.EraseOrganization(request, timeout=PATIENCE)
        except grpc.RpcError as error:
            if error.code() is not grpc.StatusCode.FAILED_PRECONDITION:
                raise _trouble(service, error) from error
            gone.append(service)
    if len(gone) == len(SERVICES):
        raise Trouble(f"{request.name} was not deleted; that comes first, or it is erased already")


def _each(settings: Settings) -> Iterator[tuple[str, Any]]:
    if state.holder(settings.state) is None:
        raise Trouble(f"no mesh runs on {settings.state}; `make run` starts one")
    for service in SERVICES:
        with as_operator(settings, service) as channel:
            stub: Any = operations_pb2_grpc.OperationsServiceStub(channel)
            yield service, stub


def _trouble(service: str, error: Any) -> Trouble:
    return Trouble(f"{service} says: {error.details()} ({error.code().name})")


def _folder(settings: Settings, name: str) -> pathlib.Path:
    """Where the files of its events are, unless they lie in a bucket."""
    named = settings.env.get("TURNOUT_MEDIA_FOLDER")
    media = pathlib.Path(named) if named else settings.state / "media"
    return media / "media" / name.partition("/")[2]


def _name(organization: str) -> str:
    found = NAME.fullmatch(organization)
    if found is None:
        raise Trouble(f"{organization!r} is not the name of an organization: organizations/UUID")
    return f"organizations/{found[1]}"


if __name__ == "__main__":
    plainly(lambda: main(sys.argv[1:]))
