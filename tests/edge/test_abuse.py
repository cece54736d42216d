"""Who abuses HTTP/2 is hung up on and counted, and nobody else notices."""

from __future__ import annotations

import asyncio
import itertools
import struct

import pytest

pytestmark = pytest.mark.server

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RESET, SETTINGS, PING, CONTINUATION = 0, 1, 3, 4, 6, 9
END_HEADERS = 4
CANCEL = struct.pack(">I", 8)
# More than anybody may send before they are hung up on.
MOST = 100_000


def frame(kind, payload=b"", *, flags=0, stream=0, length=None):
    size = len(payload) if length is None else length
    return size.to_bytes(3) + bytes([kind, flags]) + stream.to_bytes(4) + payload


def literal(name, value):
    """A header in HPACK: not indexed, not compressed."""
    return b"\x00" + bytes([len(name)]) + name + bytes([len(value)]) + value


def asked():
    """The headers of a call: POST, http, and the others in so many words."""
    return (
        b"\x83\x86"
        + literal(b":path", b"/turnout.event.v1.EventService/GetEvent")
        + literal(b":authority", b"localhost")
        + literal(b"content-type", b"application/grpc")
        + literal(b"te", b"trailers")
    )


def resets():
    """Calls that are taken back as soon as they are made (CVE-2023-44487)."""
    for stream in range(1, MOST, 2):
        yield frame(HEADERS, asked(), flags=END_HEADERS, stream=stream)
        yield frame(RESET, CANCEL, stream=stream)


def endless_headers():
    """Headers that never end (CVE-2024-27316)."""
    yield frame(HEADERS, asked(), stream=1)
    for number in range(MOST):
        yield frame(CONTINUATION, literal(b"x-%d" % number, b"v" * 100) * 8, stream=1)


def huge_frames():
    """A frame of 16 MB, where 16 KB were agreed on."""
    yield frame(HEADERS, asked(), flags=END_HEADERS, stream=1)
    yield frame(DATA, b"x" * 9, stream=1, length=2**24 - 1)
    yield from itertools.repeat(b"x" * 1000, MOST)


def pings():
    """Questions whose answers nobody reads."""
    yield from itertools.repeat(frame(PING, b"12345678"), MOST * 5)


def settings():
    yield from itertools.repeat(frame(SETTINGS), MOST * 5)


async def counted(edge, http):
    """How often somebody was hung up on, by why."""
    text = (await http.get(f"{edge.admin}/stats?filter=^http2?\\.|too_many_premature")).text
    pairs = (line.rpartition(": ") for line in text.splitlines())
    return {name: int(value) for name, _, value in pairs if value.isdigit()}


async def until_hung_up(host, attack):
    """Sends frames and reads nothing; whether there came a time when nobody took them any more."""
    name, _, port = host.rpartition(":")
    _, writer = await asyncio.open_connection(name, int(port), limit=1)
    try:
        writer.write(PREFACE + frame(SETTINGS))
        for one in attack:
            writer.write(one)
            await writer.drain()
    except ConnectionError:
        return True
    finally:
        writer.transport.abort()
    return False


@pytest.mark.parametrize(
    ("attack", "why"),
    [
        (resets, "http.edge.downstream_rq_too_many_premature_resets"),
        (endless_headers, "http2.header_overflow"),
        (huge_frames, "http.edge.downstream_cx_protocol_error"),
        (pings, "http2.outbound_control_flood"),
        (settings, "http2.outbound_control_flood"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
async def test_who_abuses_http_2_is_hung_up_on(edge, http, attack, why):
    before = await counted(edge, http)

    attacking = asyncio.create_task(until_hung_up(edge.host, attack()))
    while not attacking.done():
        assert (await http.get("/healthz")).status_code == 200
        await asyncio.sleep(0)

    assert attacking.result()
    assert (await counted(edge, http)).get(why, 0) > before.get(why, 0)
    assert (await http.get("/healthz")).status_code == 200
