"""Where a call comes from is what the edge saw, and not what anybody says of themselves."""

from __future__ import annotations

import pytest

from services.kit.origin import PROOF, Origin, by_edge, origin, proven


class Context:
    def __init__(self, peer="ipv4:127.0.0.1:5000", **metadata):
        self._peer = peer
        self._metadata = [(key.replace("_", "-"), value) for key, value in metadata.items()]

    def invocation_metadata(self):
        return self._metadata

    def peer(self):
        return self._peer


@pytest.mark.parametrize(
    ("context", "address"),
    [
        (Context(x_real_ip="192.0.2.7", x_forwarded_for="192.0.2.8"), "192.0.2.7"),
        (Context(x_forwarded_for="10.0.0.1, 192.0.2.8"), "127.0.0.1"),
        (Context(x_real_ip="nowhere", x_forwarded_for="nowhere"), "127.0.0.1"),
        (Context(peer="ipv6:%5B::1%5D:5000"), "::1"),
        (Context(peer="ipv6:[2001:db8::1]:5000"), "2001:db8::1"),
        (Context(peer="unix:/socket"), ""),
        (Context(peer=""), ""),
    ],
)
def test_an_address_is_the_one_that_the_edge_saw(context, address):
    seen = by_edge.set(True)
    try:
        assert origin(context).address == address
    finally:
        by_edge.reset(seen)


@pytest.mark.parametrize(
    ("shown", "believed"),
    [([], False), ([""], False), (["ed"], False), (["edge"], True), (["edge", "edge"], False)],
)
def test_only_the_edge_is_believed_where_a_call_comes_from(shown, believed):
    context = Context(x_real_ip="192.0.2.7")
    context.invocation_metadata().extend((PROOF, value) for value in shown)
    seen = by_edge.set(proven(context, "edge"))
    try:
        assert origin(context).address == ("192.0.2.7" if believed else "127.0.0.1")
    finally:
        by_edge.reset(seen)


def test_what_a_device_calls_itself_is_one_short_line():
    found = origin(Context(user_agent="Fire\nfox\x00 " + "x" * 300))

    assert found.user_agent.startswith("Firefox x")
    assert len(found.user_agent) == 256


def test_who_says_nothing_is_unknown():
    assert origin(Context(peer="")) == Origin("", "")
