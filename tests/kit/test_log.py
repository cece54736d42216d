"""Every line of a process is JSON, whoever wrote it."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys

from services.kit import log

PROGRAM = """
import logging, sys
from services.kit import log
log.configure(sys.argv[1], service="kit")
log.logger.debug("whisper")
log.logger.info("hello", who="ü", path=__import__("pathlib").Path("/x"))
logging.getLogger("library").warning("beware of %s", "dogs")
logging.getLogger("library").info("never mind")
try:
    raise ValueError("oh")
except ValueError as error:
    log.logger.error("failed", exc_info=error)
"""


def lines(level):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, level],
        check=True,
        capture_output=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_ours_and_those_of_libraries_have_one_shape():
    hello, library, failed = lines("info")

    assert hello.pop("time").endswith("Z")
    assert hello == {
        "event": "hello",
        "level": "info",
        "service": "kit",
        "who": "ü",
        "path": "/x",
    }
    assert (library["event"], library["level"]) == ("beware of dogs", "warning")
    assert (library["service"], library["logger"]) == ("kit", "library")
    assert failed["event"] == "failed"
    assert "ValueError: oh" in failed["exception"]


def test_the_level_says_how_much_there_is_to_read():
    assert lines("debug")[0]["event"] == "whisper"
    assert [line["event"] for line in lines("error")] == ["failed"]


def test_outside_of_a_call_there_is_nothing_to_note():
    log.note(caller="x")


async def test_lines_of_one_moment_are_written_in_one_go(tmp_path):
    with (tmp_path / "log").open("w") as file:
        lines = log.Lines(file)
        lines.info("one")
        lines.info("two")
        before = (tmp_path / "log").read_text()
        await asyncio.sleep(log.MOMENT * 5)

        assert before == ""
        assert (tmp_path / "log").read_text() == "one\ntwo\n"


def test_without_a_loop_a_line_is_written_at_once(tmp_path):
    with (tmp_path / "log").open("w") as file:
        log.Lines(file).info("one")

        assert (tmp_path / "log").read_text() == "one\n"
