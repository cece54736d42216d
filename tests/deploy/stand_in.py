"""A server that is healthy and does nothing: stands in for a service where only starting matters.

    python -m tests.deploy.stand_in HEALTH_NAME

It listens where a service would, and ends in order on SIGTERM.
"""

from __future__ import annotations

import os
import pathlib
import signal
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

from services.kit.certificates import Certificates


def main(name: str) -> None:
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    checks = health.HealthServicer()
    checks.set(name, health_pb2.HealthCheckResponse.SERVING)
    server = grpc.server(ThreadPoolExecutor(2))
    health_pb2_grpc.add_HealthServicer_to_server(checks, server)
    own = Certificates(pathlib.Path(os.environ["TURNOUT_TLS_DIR"]))
    server.add_secure_port(os.environ["TURNOUT_LISTEN"], own.server_credentials())
    server.start()
    ended.wait()
    server.stop(1).wait()


if __name__ == "__main__":
    main(sys.argv[1])
