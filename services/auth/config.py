"""What auth is told by its environment, beside what every service is told."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Self

from services.auth.limits import Limits
from services.kit.config import Env

# bcrypt's own bounds are 4 and 31; above 16 one login would take seconds.
LEAST_COST, MOST_COST = 4, 16


@dataclass(frozen=True)
class Config:
    # The work factor of bcrypt: each step doubles the time a hash takes.
    bcrypt_cost: int
    # How many passwords are hashed at the same time, and how many more may wait.
    hash_threads: int
    hash_queue: int
    # How often what may be tried too often may be tried.
    limits: Limits = field(default_factory=Limits)
    # Whether issuers of OpenID Connect may be on this machine, and without TLS: never in earnest.
    local_issuers: bool = False
    # Makes the first administrator, once; empty if nobody may.
    bootstrap_secret: bytes = field(default=b"", repr=False)

    @classmethod
    def from_env(cls, env: Env) -> Self:
        cores = os.cpu_count() or 1
        return cls(
            bcrypt_cost=env.integer("TURNOUT_BCRYPT_COST", 12, least=LEAST_COST, most=MOST_COST),
            hash_threads=env.integer("TURNOUT_HASH_THREADS", cores, least=1, most=256),
            hash_queue=env.integer("TURNOUT_HASH_QUEUE", 32, least=0, most=10_000),
            limits=_limits(env),
            local_issuers=env.flag("TURNOUT_LOCAL_ISSUERS"),
            bootstrap_secret=_bootstrap(env),
        )


def _bootstrap(env: Env) -> bytes:
    name = "TURNOUT_BOOTSTRAP_SECRET"
    return env.secret(name) if env.values.get(name) else b""


def _limits(env: Env) -> Limits:
    def free(name: str, default: int) -> int:
        return env.integer(name, default, least=1, most=1_000_000)

    return Limits(
        logins_per_account=free("TURNOUT_LOGINS_PER_ACCOUNT", 10),
        logins_per_address=free("TURNOUT_LOGINS_PER_ADDRESS", 100),
        accounts_per_address=free("TURNOUT_ACCOUNTS_PER_ADDRESS", 50),
        codes_per_account=free("TURNOUT_CODES_PER_ACCOUNT", 5),
        codes_per_address=free("TURNOUT_CODES_PER_ADDRESS", 50),
    )
