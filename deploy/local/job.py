"""A part that does its work once and ends: it makes and migrates the databases."""

from __future__ import annotations

from collections.abc import Sequence

from deploy.local import process
from deploy.local.part import Part
from deploy.local.process import Command
from deploy.local.service import python_environment
from deploy.local.settings import ROOT, Settings
from deploy.local.stores import Stores


class Migration(Part):
    """Brings the databases of some services up to date, in one process."""

    name = "migrate"
    # A big table may take its time.
    patience = 600
    lasting = False

    def __init__(self, settings: Settings, stores: Stores, services: Sequence[str]) -> None:
        self.log = settings.log(self.name)
        self.pid_file = settings.pid_file(self.name)
        self._settings = settings
        self._stores = stores
        self._services = services

    @property
    def address(self) -> str:
        return ""

    def command(self) -> Command:
        file = str(self._settings.state / "databases.json")
        own = {
            "TURNOUT_DATABASE_URL": self._stores.admin_url,
            "TURNOUT_REDIS_URL": self._stores.redis_url,
            "TURNOUT_SECRET": self._stores.secret,
            "TURNOUT_EMBEDDED": "1" if self._stores.embedded else "",
        }
        return Command(
            self.name,
            process.python("deploy.local.databases", file, *self._services),
            log=self.log,
            env=python_environment(self._settings.env) | own,
            folder=ROOT,
        )

    def ready(self) -> bool:
        return self.process is not None and self.process.code == 0

    def failure(self, code: int) -> str:
        return process.tail(self.log, 1) or super().failure(code)
