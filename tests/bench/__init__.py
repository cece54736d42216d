"""Benchmarks: `make bench`. They print ratios, and no test asserts one."""

import os

# Before anything imports gRPC, which would tell of every process that is started.
os.environ.setdefault("GRPC_VERBOSITY", "ERROR")
