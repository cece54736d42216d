"""What operators look at is there: metrics of every service, and nothing else is asked for."""

from __future__ import annotations

import asyncio
import itertools
import json
import re
import secrets
import shutil

import pytest

from deploy.local.settings import PORTS, SERVICES
from tests.contract.contract import ROOT
from tests.waiting import eventually

pytestmark = [pytest.mark.server, pytest.mark.mesh]

ALERTS = ROOT / "deploy" / "prometheus" / "alerts.yml"
SCRAPES = ROOT / "deploy" / "prometheus" / "prometheus.yml"
DASHBOARD = ROOT / "deploy" / "grafana" / "turnout.json"
METRIC = re.compile(r"\b(?:turnout|process|envoy)_[a-z_]+\b")
FAMILY = re.compile(r"^# TYPE (\S+) (\w+)$", re.MULTILINE)
# What Prometheus appends to the name of a family, by its type.
SAMPLES = {"histogram": ("_bucket", "_count", "_sum"), "summary": ("", "_count", "_sum")}


async def scraped(edge, name):
    url = f"http://{edge.mesh.settings.address(name)}"
    path = "/stats/prometheus" if name == "admin" else "/metrics"
    answer = await edge.client.get(url + path)
    assert answer.status_code == 200
    return answer.text


async def named(edge, name):
    """The names of all samples that a part has."""
    families = FAMILY.findall(await scraped(edge, name))
    return {family + end for family, kind in families for end in SAMPLES.get(kind, ("",))}


async def test_alerts_and_dashboards_ask_for_metrics_that_are_there(edge):
    expressions = [panel["targets"] for panel in json.loads(DASHBOARD.read_text())["panels"]]
    asked = [target["expr"] for target in itertools.chain(*expressions)]
    wanted = set(METRIC.findall("\n".join([ALERTS.read_text(), *asked])))

    for service in SERVICES:
        # What is counted by one service alone has its name.
        others = tuple(f"turnout_{other}_" for other in SERVICES if other != service)
        here = {name for name in wanted if not name.startswith(others)}
        assert here - await named(edge, f"{service}_metrics") == set()
    assert len(wanted) > 10


TRACE = secrets.token_hex(16)
CREATE = "turnout.auth.v1.OrganizationService/CreateOrganization"
CREATED = "turnout.auth.v1.OrganizationCreated"


async def test_one_trace_leads_from_the_edge_to_who_hears_of_it(edge, organizer, collector):
    above = secrets.token_hex(8)
    answer = await edge.client.post(
        "/api/v1/organizations",
        json={"displayName": "Traced"},
        headers={
            "authorization": organizer.rest.authorization,
            "traceparent": f"00-{TRACE}-{above}-01",
        },
    )
    assert answer.status_code == 200

    def mine():
        spans = [(who, span) for who, span in collector.known if span["traceId"] == TRACE]
        found = {(who, span["name"]) for who, span in spans}
        heard = {who for who, name in found if name == f"hear {CREATED}"}
        whole = {("edge", f"/{CREATE}"), ("auth", CREATE), ("auth", f"tell {CREATED}")} <= found
        return spans if whole and heard else None

    spans = await eventually(mine)
    by_id = {span["spanId"]: (who, span) for who, span in spans}
    served, told, asked = (
        next(span for who, span in spans if (who, span["name"]) == ("auth", name))
        for name in (CREATE, f"tell {CREATED}", "transaction")
    )
    tried = by_id[served["parentSpanId"]][1]
    door = by_id[tried["parentSpanId"]][1]

    assert door["parentSpanId"] == above
    assert told["parentSpanId"] == served["spanId"]
    assert by_id[asked["parentSpanId"]][0] == "auth"
    # Nobody else wanted to be told of.
    assert {span["traceId"] for span in collector.spans} == {TRACE}


LISTED = re.compile(
    r"^turnout_calls_total{code=\"OK\",method=\"/turnout.event.v1.EventService/ListEvents\"} (.+)$",
    re.MULTILINE,
)


async def test_every_call_is_counted_where_it_was_answered(edge):
    async def count():
        found = LISTED.search(await scraped(edge, "event_metrics"))
        return float(found[1]) if found else 0.0

    before = await count()
    await edge.rest.get("events")

    async def more():
        return await count() > before

    await eventually(more)


def test_the_ports_that_are_scraped_are_those_of_the_services():
    wanted = {f"{service}_metrics" for service in SERVICES} | {"admin"}
    scraped_ports = set(map(int, re.findall(r"127\.0\.0\.1:(\d+)", SCRAPES.read_text())))

    assert scraped_ports == {PORTS[name] for name in wanted}


async def test_promtool_finds_nothing_wrong():
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("there is no promtool")
    for words in (["check", "rules", str(ALERTS)], ["check", "config", str(SCRAPES)]):
        done = await asyncio.create_subprocess_exec(
            promtool, *words, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
        )
        said, _ = await done.communicate()
        assert done.returncode == 0, said.decode()
