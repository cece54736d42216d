"""The contract's tool: generates `gen/`, proves it current, lints it, compares it with main's.

Google's protos are read from the pinned `googleapis-common-protos`; nothing of them is committed.
"""

from __future__ import annotations

import io
import os
import pathlib
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
from collections.abc import Callable

ROOT = pathlib.Path(__file__).resolve().parents[1]
PROTOS = ROOT / "protos"
GEN = ROOT / "gen"
IMAGE = pathlib.Path("turnout") / "turnout.binpb"
OPENAPI = pathlib.Path("turnout") / "openapi.json"
SITE = pathlib.Path(sysconfig.get_path("purelib"))
BIN = pathlib.Path(sys.executable).parent
# Envoy answers with an empty body when a detail of an error is of a type it does not know.
DETAILS = ["google/rpc/status.proto", "google/rpc/error_details.proto"]


def main(verb: str) -> None:
    verbs: dict[str, Callable[[], None]] = {
        "gen": lambda: generate(GEN),
        "openapi": lambda: openapi(pathlib.Path(sys.argv[2])),
        "check": check,
        "lint": lint,
        "breaking": breaking,
        "format": lambda: _buf("format", "-w", "protos"),
    }
    verbs[verb]()


def generate(target: pathlib.Path) -> None:
    """Writes messages, stubs and Envoy's descriptor set under `target`."""
    shutil.rmtree(target / "turnout", ignore_errors=True)
    target.mkdir(parents=True, exist_ok=True)
    _protoc(
        PROTOS,
        f"--python_out={target}",
        f"--pyi_out={target}",
        f"--grpc_python_out={target}",
        f"--mypy_grpc_out={target}",
    )
    _image(PROTOS, target / IMAGE)
    # It reads what was generated just now.
    subprocess.run(
        [sys.executable, "-m", "deploy.contract", "openapi", str(target / OPENAPI)],
        check=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(target), str(ROOT)])},
    )


def openapi(target: pathlib.Path) -> None:
    """Writes the REST side of the contract as OpenAPI."""
    from deploy import openapi as document  # noqa: PLC0415 - what it needs is generated first

    with tempfile.TemporaryDirectory() as home:
        image = pathlib.Path(home) / "new.binpb"
        _image(PROTOS, image, "--include_source_info", *DETAILS)
        document.write(image.read_bytes(), target)


def check() -> None:
    """Fails when `gen/` is not what the protos say."""
    with tempfile.TemporaryDirectory() as fresh:
        generate(pathlib.Path(fresh))
        found = subprocess.run(
            ["diff", "-rq", "-x", "__pycache__", "-x", "*.binpb", fresh, GEN],
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
        stale = found.stdout + _image_stale(pathlib.Path(fresh))
    if stale:
        sys.exit(f"gen/ is not what protos/ says; run `make gen`:\n{stale}")


def _image_stale(fresh: pathlib.Path) -> str:
    same = (fresh / IMAGE).read_bytes() == (GEN / IMAGE).read_bytes()
    return "" if same else f"{IMAGE} differs\n"


def lint() -> None:
    _buf("format", "-d", "--exit-code", "protos")
    with tempfile.TemporaryDirectory() as home:
        image = pathlib.Path(home) / "new.binpb"
        _image(PROTOS, image, "--include_source_info")
        _buf("lint", str(image), "--config", "buf.yaml")


def breaking() -> None:
    """Compares the protos with those of the branch `main`, if it has any."""
    with tempfile.TemporaryDirectory() as home:
        old, new = pathlib.Path(home) / "old.binpb", pathlib.Path(home) / "new.binpb"
        published = _published(pathlib.Path(home))
        if published is None:
            print("nothing is published yet: no contract on main to compare with")
            return
        _image(published, old, "--include_source_info")
        _image(PROTOS, new, "--include_source_info")
        _buf("breaking", str(new), "--against", str(old), "--config", "buf.yaml")


def _published(home: pathlib.Path) -> pathlib.Path | None:
    for ref in ("origin/main", "main"):
        found = subprocess.run(
            ["git", "archive", ref, "protos"], cwd=ROOT, capture_output=True, check=False
        )
        if found.returncode == 0:
            with tarfile.open(fileobj=io.BytesIO(found.stdout)) as archive:
                archive.extractall(home, filter="data")
            return home / "protos"
    return None


def _protoc(protos: pathlib.Path, *options: str) -> None:
    files = sorted(str(p.relative_to(protos)) for p in protos.rglob("*.proto"))
    plugin = f"--plugin=protoc-gen-mypy_grpc={BIN / 'protoc-gen-mypy_grpc'}"
    command = [sys.executable, "-m", "grpc_tools.protoc", f"-I{protos}", f"-I{SITE}", plugin]
    subprocess.run([*command, *options, *files], check=True, cwd=ROOT)


def _image(protos: pathlib.Path, target: pathlib.Path, *options: str) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    details = [] if options else DETAILS
    _protoc(protos, "--include_imports", f"--descriptor_set_out={target}", *options, *details)


def _buf(*words: str) -> None:
    done = subprocess.run([str(BIN / "buf"), *words], cwd=ROOT, check=False)
    if done.returncode:
        sys.exit(done.returncode)


if __name__ == "__main__":
    main(sys.argv[1])
