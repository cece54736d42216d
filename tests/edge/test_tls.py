"""The edge with a certificate."""

from __future__ import annotations

import datetime
import ipaddress
import ssl

import grpc
import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from deploy import envoy
from tests.edge import standin
from turnout.auth.v1 import auth_pb2, auth_pb2_grpc

pytestmark = pytest.mark.server


@pytest.fixture
def tls(tmp_path):
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "turnout tests")])
    now = datetime.datetime.now(datetime.UTC)
    local = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([local]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    files = envoy.Tls(tmp_path / "edge.crt", tmp_path / "edge.key")
    files.certificate.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    files.key.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return files


async def test_rest_and_grpc_come_by_tls(services, everyone, tls):
    async def user(request, _):
        return auth_pb2.User(name=request.name)

    services.on("/turnout.auth.v1.AuthService/GetUser", user)
    trusted = ssl.create_default_context(cafile=str(tls.certificate))
    credentials = grpc.ssl_channel_credentials(tls.certificate.read_bytes())

    async with standin.running(everyone[1], tls=tls) as edge:
        async with httpx.AsyncClient(base_url=f"https://{edge.host}", verify=trusted) as http:
            await standin.ready(http)
            rest = await http.get("/api/v1/users/me")
        async with grpc.aio.secure_channel(edge.host, credentials) as channel:
            found = await auth_pb2_grpc.AuthServiceStub(channel).GetUser(
                auth_pb2.GetUserRequest(name="users/me")
            )

    assert rest.json() == {"name": "users/me"}
    assert found.name == "users/me"
    assert services.last.metadata["x-forwarded-proto"] == "https"
