"""Every line of a process is JSON, whoever wrote it."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import uuid

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


def lines(level, program=PROGRAM):
    done = subprocess.run(
        [sys.executable, "-c", program, level],
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


CALLS = """
import uuid, grpc
from services.kit import log, telemetry
log.configure("info", service="kit")
def call(method, code, **more):
    trace = telemetry.Trace("a" * 32, "b" * 16)
    made = log.Record(method, 'odd "id" ü', trace, 0.0, "users/x", uuid.UUID(int=7), **more)
    log._write(made, code)
for _ in range(2):
    call("/turnout.kit.v1.Kit/Get", grpc.StatusCode.OK)
    call("/turnout.kit.v1.Kit/Get", grpc.StatusCode.INTERNAL, reason="INTERNAL_ERROR", mark="c0de")
    call("/grpc.health.v1.Health/Check", grpc.StatusCode.OK)
    log._quick.clear()
"""


def test_the_line_of_a_call_is_what_the_logger_would_write():
    written = lines("info", CALLS)

    for line in written:
        assert line.pop("ms") > 0
        assert line.pop("time").endswith("Z")
    assert len(written) == 4
    assert written[:2] == written[2:]
    assert written[0] == {
        "service": "kit",
        "event": "call",
        "method": "/turnout.kit.v1.Kit/Get",
        "code": "OK",
        "caller": "users/x",
        "organization": str(uuid.UUID(int=7)),
        "request_id": 'odd "id" ü',
        "trace_id": "a" * 32,
        "level": "info",
    }
    assert (written[1]["level"], written[1]["mark"]) == ("error", "c0de")


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
