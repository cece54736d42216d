"""Second factors on the wire. Pure."""

from __future__ import annotations

from services.auth.factors.domain import Proof, State, uri
from services.kit.wire import timestamp
from turnout.auth.v1 import administrator_pb2, auth_pb2, factor_pb2


def proof(
    request: auth_pb2.LoginRequest
    | auth_pb2.ReactivateUserRequest
    | administrator_pb2.LoginAdministratorRequest,
) -> Proof:
    return Proof(request.second_factor_code, request.device_token, request.remember_device)


def shown(request: factor_pb2.VerifySecondFactorRequest) -> Proof:
    return Proof(request.code, request.device_token, request.remember_device)


def state(value: State) -> factor_pb2.SecondFactor:
    return factor_pb2.SecondFactor(
        confirm_time=timestamp(value.confirm_time),
        recovery_code_count=value.recovery_codes,
        device_count=value.devices,
    )


def enrollment(secret: str, email: str) -> factor_pb2.Enrollment:
    return factor_pb2.Enrollment(secret=secret, uri=uri(secret, email))
