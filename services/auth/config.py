"""What auth is told by its environment, beside what every service is told."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Self

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

    @classmethod
    def from_env(cls, env: Env) -> Self:
        cores = os.cpu_count() or 1
        return cls(
            bcrypt_cost=env.integer("TURNOUT_BCRYPT_COST", 12, least=LEAST_COST, most=MOST_COST),
            hash_threads=env.integer("TURNOUT_HASH_THREADS", cores, least=1, most=256),
            hash_queue=env.integer("TURNOUT_HASH_QUEUE", 32, least=0, most=10_000),
        )
