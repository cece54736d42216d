"""The table of what a service is told is what its config classes read."""

from __future__ import annotations

import re

from deploy import configuration
from deploy.local.settings import ROOT


def test_the_table_is_what_the_program_writes():
    assert configuration.FILE.read_text() == configuration.table()


def test_no_variable_of_a_config_class_is_missing():
    configs = [*(ROOT / "services").glob("*/config.py")]
    text = "".join(path.read_text() for path in configs)
    read = set(re.findall(r'"(TURNOUT_\w+[A-Z])"', text))
    listed = set(re.findall(r"^\| `(TURNOUT_\w+)` \|", configuration.table(), re.MULTILINE))

    assert read - listed == set()
