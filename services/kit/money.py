"""Money as an exact amount of minor units. Floats never come near it."""

from __future__ import annotations

import functools
from dataclasses import dataclass


def _words(text: str) -> list[str]:
    return text.split()


_WITHOUT = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"

# How many minor digits a currency has where they are not two (ISO 4217).
DIGITS = {
    **dict.fromkeys(_words(_WITHOUT), 0),
    **dict.fromkeys(_words("BHD IQD JOD KWD LYD OMR TND"), 3),
    **dict.fromkeys(_words("CLF UYW"), 4),
}

# The currencies and funds of ISO 4217 that one can owe: no metals, no test codes.
CURRENCIES = frozenset(
    _words(
        """
        AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BOV BRL BSD BTN
        BWP BYN BZD CAD CDF CHE CHF CHW CLF CLP CNY COP COU CRC CUP CVE CZK DJF DKK DOP DZD EGP
        ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR
        ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA
        MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK
        PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC
        SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD USN UYI UYU UYW UZS VED VES VND
        VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG
        """
    )
)

# The greatest amount in minor units, either way: it stays exact in every bigint and JSON number.
MOST = 10**15


@dataclass(frozen=True)
class Money:
    """An amount in the smallest unit of its currency. Mixing currencies is a bug: ValueError."""

    currency: str
    minor: int

    def __add__(self, other: Money) -> Money:
        return Money(self.currency, self.minor + self._same(other))

    def __sub__(self, other: Money) -> Money:
        return Money(self.currency, self.minor - self._same(other))

    def __mul__(self, times: int) -> Money:
        return Money(self.currency, self.minor * times)

    def __neg__(self) -> Money:
        return Money(self.currency, -self.minor)

    def __lt__(self, other: Money) -> bool:
        return self.minor < self._same(other)

    def __le__(self, other: Money) -> bool:
        return self.minor <= self._same(other)

    def __gt__(self, other: Money) -> bool:
        return self.minor > self._same(other)

    def __ge__(self, other: Money) -> bool:
        return self.minor >= self._same(other)

    def __bool__(self) -> bool:
        return self.minor != 0

    def _same(self, other: Money) -> int:
        if other.currency != self.currency:
            raise ValueError(f"{self.currency} and {other.currency} do not add up")
        return other.minor


@functools.lru_cache(maxsize=500)
def scale(currency: str) -> int:
    """How many minor units make one unit."""
    return int(10 ** DIGITS.get(currency, 2))


def total(currency: str, parts: list[Money]) -> Money:
    """The sum of parts that all have the currency; nothing sums to zero of it."""
    return sum(parts, Money(currency, 0))
