"""What who pays does at the sandbox. A method parses, runs one action, and renders."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from google.protobuf import empty_pb2

from services.payment.sandbox.provider import Sandbox
from turnout.payment.v1 import sandbox_pb2, sandbox_pb2_grpc

if TYPE_CHECKING:
    import grpc

    Context = grpc.aio.ServicerContext[Any, Any]


class SandboxServicer(sandbox_pb2_grpc.SandboxServiceServicer):
    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    async def AnswerChallenge(
        self, request: sandbox_pb2.AnswerChallengeRequest, context: Context
    ) -> empty_pb2.Empty:
        await self._sandbox.answer(
            request.challenge, request.payment_method, decline=request.decline
        )
        return empty_pb2.Empty()
