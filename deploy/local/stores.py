"""Where the services keep things: servers of our own, or real ones that the user named."""

from __future__ import annotations

from dataclasses import dataclass, field

from deploy.local import state
from deploy.local.part import Part
from deploy.local.postgres import Postgres
from deploy.local.redis import Redis
from deploy.local.settings import Settings


@dataclass(frozen=True)
class Stores:
    """The administrator's URL of Postgres, that of Redis, and what secrets are derived from.

    An `embedded` Postgres asks for no passwords: nobody else can enter its folder.
    """

    admin_url: str = field(repr=False)
    redis_url: str = field(repr=False)
    secret: str = field(repr=False)
    embedded: bool
    parts: tuple[Part, ...]


def stores(settings: Settings) -> Stores:
    """Starts nothing; `parts` are the servers that must run."""
    postgres = None if settings.database_url else postgres_of(settings)
    redis = None if settings.redis_url else redis_of(settings)
    return Stores(
        admin_url=postgres.url if postgres else settings.database_url or "",
        redis_url=redis.url if redis else settings.redis_url or "",
        secret=settings.secret or state.secret(settings.state),
        embedded=postgres is not None,
        parts=tuple(part for part in (postgres, redis) if part),
    )


def postgres_of(settings: Settings) -> Postgres:
    return Postgres(
        settings.state / "postgres",
        fsync=settings.fsync,
        log=settings.log("postgres"),
        pid_file=settings.pid_file("postgres"),
    )


def redis_of(settings: Settings) -> Redis:
    return Redis(
        settings.state / "redis",
        fsync=settings.fsync,
        log=settings.log("redis"),
        pid_file=settings.pid_file("redis"),
    )
