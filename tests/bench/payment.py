"""Webhooks: what a provider tells, on disk before it is acknowledged."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime

from services.kit.ids import new_id
from services.kit.secrets import derive
from services.payment import signatures
from services.payment.sandbox.provider import HEADER
from tests.bench import load, report
from tests.bench.load import Sample, Side, hammer
from tests.bench.place import Place, Server
from tests.serving import SECRET
from turnout.payment.v1 import payment_pb2

METHOD = "/turnout.payment.v1.PaymentService/ReceiveWebhook"
CALLERS = 32


async def run(place: Place) -> list[report.Row]:
    url, _ = await place.database("payment")
    ours = await place.service("payment", url)
    kind = "turnout.payment.v1.ReceiveWebhookRequest"
    keeper = await place.keeper()
    echo, quick = await place.echo(kind, keeper), await place.echo(kind, keeper, "uvloop")
    organization = new_id()
    sides = {
        "ours": telling(ours, METHOD, organization),
        "echo": telling(echo, "/bench/Commit", organization),
        "quick": telling(quick, "/bench/Commit", organization),
    }
    found = await load.interleaved(sides, place.pace)
    name, baseline = f"payment: webhooks kept, {CALLERS} callers", "echo and one commit"
    mine, bare = found["ours"], found["echo"]
    return [
        report.row(name, "1/s", load.rates(mine), baseline, load.rates(bare), at_least=0.6),
        report.row(name, "1/s", load.rates(mine), "on uvloop", load.rates(found["quick"])),
        report.row(f"{name}, p99", "ms", load.p99s(mine), baseline, load.p99s(bare)),
        report.row(f"{name}, server", "µs", load.costs(mine), baseline, load.costs(bare)),
    ]


def telling(server: Server, method: str, organization: uuid.UUID) -> Side:
    """Providers that tell one thing after the other, each once, and sign it."""
    calls = server.unary(method)
    secret = derive(SECRET, f"sandbox-webhook/{organization}")

    async def tell(number: int) -> None:
        said = {"id": f"evt_{uuid.uuid4().hex}", "type": "charge.succeeded", "data": {}}
        body = json.dumps(said).encode()
        request = payment_pb2.ReceiveWebhookRequest(provider="sandbox", endpoint=str(organization))
        request.body.content_type, request.body.data = "application/json", body
        signed = ((HEADER, signatures.header(secret, body, datetime.now(UTC))),)
        await calls[number % len(calls)](request.SerializeToString(), metadata=signed)

    async def run(seconds: float) -> Sample:
        return await hammer(tell, CALLERS, seconds)

    return Side(run, server.pids)
