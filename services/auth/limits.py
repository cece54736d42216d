"""How often people may try what they may get wrong, or what costs us or others something.

A stranger must not be able to keep somebody out. So tries to log in to an account are counted by
where they come from: an address that the account was used from before has a count of its own with
that account, and waits for nobody else; all others wait together. Plain values: no clock, no I/O.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from services.kit.throttle import Limit, Track

# Whoever has one address of this size has them all (RFC 6177).
IPV6_SITE = 64


@dataclass(frozen=True)
class Limits:
    """How many tries are free; those after them cost time, longer from one to the next."""

    logins_per_account: int = 10
    logins_per_address: int = 100
    accounts_per_address: int = 50
    codes_per_account: int = 5
    codes_per_address: int = 50

    def login(self, email: str, address: str, *, familiar: bool) -> list[Track]:
        """Of a try to prove to be the account of an address, `email`."""
        account = Limit(self.logins_per_account, forget=600, longest=300)
        if familiar:
            return [Track("login-from", f"{site(address)} {email}", account)]
        return [
            Track("login", email, account),
            Track("login-at", site(address), Limit(self.logins_per_address, forget=30, longest=60)),
        ]

    def registration(self, email: str, address: str) -> list[Track]:
        """Of one more account that is asked for with an address, `email`."""
        return [
            Track("register", email, Limit(self.codes_per_account, 600, first=10, longest=600)),
            Track("register-at", site(address), Limit(self.accounts_per_address, 60, longest=300)),
        ]

    def code(self, to: str, address: str, *, familiar: bool) -> list[Track]:
        """Of one more code that is sent `to` an address or a number."""
        account = Limit(self.codes_per_account, forget=600, first=10, longest=600)
        if familiar:
            return [Track("code-from", f"{site(address)} {to}", account)]
        return [
            Track("code", to, account),
            Track("code-at", site(address), Limit(self.codes_per_address, 60, longest=300)),
        ]

    def second_factor(self, user: str) -> list[Track]:
        """Of a code that somebody who is signed in shows."""
        return [Track("factor", user, Limit(self.logins_per_account, forget=600, longest=300))]

    def answer(self, address: str) -> list[Track]:
        """Of an answer to a challenge, which costs us a hash."""
        return [Track("answer-at", site(address), Limit(self.codes_per_address, 60, longest=300))]


def site(address: str) -> str:
    """What stands for an internet address: all of an IPv6 site is one."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(ipaddress.ip_network((found, IPV6_SITE), strict=False))
    return str(found)
