"""Makes and migrates the databases of the services. A program: the launcher itself stays small.

    python -m deploy.local.databases FILE [SERVICE…]

Writes to FILE how each service reaches its database. Its last line of output names what failed.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import pathlib
import sys

import psycopg
import redis
from alembic.util.exc import CommandError
from sqlalchemy.exc import SQLAlchemyError

from deploy.local import state
from services.kit import migrate


def main(file: pathlib.Path, services: list[str]) -> None:
    admin = os.environ["TURNOUT_DATABASE_URL"]
    if redis_url := os.environ.get("TURNOUT_REDIS_URL"):
        _reach_redis(redis_url)
    known = json.loads(file.read_text()) if file.exists() else {}
    try:
        urls = migrate.create_databases(admin, services, passwords=_passwords(services))
    except psycopg.Error as error:
        sys.exit(f"cannot make the databases: {_line(error)}")
    for service in services:
        _upgrade(urls[service].owner, service)
    state.write_private(file, json.dumps(known | {name: urls[name].service for name in services}))


def _upgrade(owner_url: str, service: str) -> None:
    try:
        revision = migrate.upgrade(owner_url, service)
    except (psycopg.Error, SQLAlchemyError, CommandError) as error:
        sys.exit(f"cannot migrate the database of {service}: {_line(error)}")
    print(f"{service} is at {revision}")


def _reach_redis(url: str) -> None:
    try:
        with redis.Redis.from_url(url) as client:
            client.ping()
    except (redis.RedisError, OSError, ValueError) as error:
        sys.exit(f"cannot reach Redis: {_line(error)}")


def _passwords(services: list[str]) -> dict[str, str]:
    """Passwords for the roles on a server of the user's; the embedded one asks for none."""
    if os.environ.get("TURNOUT_EMBEDDED"):
        return {}
    secret = os.environ["TURNOUT_SECRET"]
    roles = [role for name in services for role in (f"turnout_{name}", f"turnout_{name}_owner")]
    return {role: password(secret, role) for role in roles}


def password(secret: str, role: str) -> str:
    """The password of a role, which follows from the secret."""
    return hmac.new(secret.encode(), role.encode(), hashlib.sha256).hexdigest()


def _line(error: Exception) -> str:
    return " ".join(str(error).split())


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), sys.argv[2:])
