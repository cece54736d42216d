"""What a cluster is told: the same as the code says, safe, and reachable only as designed."""

from __future__ import annotations

import itertools
import json
import pathlib
import shutil
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
from psycopg.conninfo import conninfo_to_dict

from deploy import manifests, start
from deploy.local.settings import PORTS, SERVICES

IMAGE = manifests.HERE.parent
ENV = {
    "TURNOUT_SECRET": "s" * 32,
    "TURNOUT_POSTGRES": "postgresql://db.example.org:5432/?sslmode=verify-full",
    "TURNOUT_TLS_DIR": "/mesh-tls",
}


def everything() -> list[dict[str, Any]]:
    services = [found for name in SERVICES for found in manifests.service(name)]
    return [manifests.databases(), *manifests.envoy(), *manifests.network(), *services]


def pods() -> Iterator[tuple[str, dict[str, Any]]]:
    for one in everything():
        if one["kind"] in ("Deployment", "Job"):
            yield one["metadata"]["name"], one["spec"]["template"]["spec"]


def test_the_files_are_what_the_program_writes():
    written = {
        str(path.relative_to(manifests.HERE)): path.read_text()
        for path in manifests.HERE.rglob("*.yaml")
    }

    assert written == manifests.files()


@pytest.mark.parametrize("pod", [pod for _, pod in pods()], ids=[name for name, _ in pods()])
def test_a_pod_may_do_nothing_that_it_need_not(pod: dict[str, Any]):
    [container] = pod["containers"]

    assert pod["securityContext"]["runAsNonRoot"]
    assert not pod["automountServiceAccountToken"]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert {"requests", "limits"} == container["resources"].keys()


def test_whatever_runs_twice_is_never_taken_away_at_once():
    budgets = {one["metadata"]["name"] for one in everything() if one["kind"].startswith("PodDis")}
    lasting = {one["metadata"]["name"] for one in everything() if one["kind"] == "Deployment"}

    assert budgets == lasting == {"envoy", *SERVICES, *(f"{name}-work" for name in SERVICES)}


def selected(selector: dict[str, Any]) -> set[str]:
    """The names of the pods that a selector takes."""
    one_of = [term["values"] for term in selector.get("matchExpressions", ())]
    names = set(itertools.chain(*one_of)) | set(selector.get("matchLabels", {}).values())
    return names or {"everybody"}


def arrows(way: str) -> set[tuple[str, str, int]]:
    """Who is let through to whom: of the pods of a policy, the other end, and the port."""
    found = set()
    for policy in manifests.network():
        for rule in policy["spec"].get(way, ()):
            ends = rule.get("from" if way == "ingress" else "to", [{}])
            others = set().union(*(selected(end.get("podSelector", {})) for end in ends))
            for mine, other, port in itertools.product(
                selected(policy["spec"]["podSelector"]), others, rule["ports"]
            ):
                found.add((mine, other, port["port"]))
    return found


def test_services_are_reached_through_envoy_alone():
    called = {(name, "envoy", PORTS[name]) for name in SERVICES}
    both = {name: {name, f"{name}-work"} for name in SERVICES}
    metrics = {
        (pod, "everybody", PORTS[f"{name}_metrics"]) for name in SERVICES for pod in both[name]
    }
    meshed = {("envoy", pod, PORTS["mesh"]) for name in SERVICES for pod in both[name]}
    edge = {("envoy", "everybody", PORTS["edge"])}

    assert arrows("ingress") == called | metrics | meshed | edge


def test_nobody_reaches_another_service_past_envoy():
    to_pods = {(mine, other) for mine, other, _ in arrows("egress") if other != "everybody"}

    assert to_pods == {
        ("envoy", "envoy"),
        *(("envoy", name) for name in SERVICES),
        *((pod, "envoy") for name in SERVICES for pod in (name, f"{name}-work")),
    }
    ports = {port for mine, other, port in arrows("egress") if (mine, other)[1] == "everybody"}
    assert ports == {53, 443, 465, 587, 4318, 5432, 6379}
    assert ("booking", "everybody", 443) not in arrows("egress")


def judged(tool: str, *words: object) -> str:
    """What is wrong in the words of a tool that others keep; `.ci/run` installs it."""
    found = shutil.which(tool)
    if found is None:
        pytest.skip(f"{tool} is not installed")
    done = subprocess.run(
        [found, *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
    )
    said = done.stdout + done.stderr
    return said or f"it ended with {done.returncode}" if done.returncode else ""


def test_every_manifest_is_of_its_kind():
    files = sorted(set(manifests.HERE.glob("*.yaml")) - {manifests.HERE / "kustomization.yaml"})

    assert judged("kubernetes-validate", "--strict", *files) == ""


def test_compose_takes_the_compose_file():
    schema = ("--builtin-schema", "vendor.compose-spec")

    assert judged("check-jsonschema", "--quiet", *schema, IMAGE / "compose.yaml") == ""


def test_nothing_is_to_be_said_of_the_dockerfile():
    assert judged("hadolint", IMAGE / "Dockerfile") == ""


def test_kustomize_takes_the_folder():
    kubectl = shutil.which("kubectl")
    if kubectl is None:
        pytest.skip("kubectl is not installed")

    words = [kubectl, "kustomize", str(manifests.HERE)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert done.stdout.count("\nkind: ") == len(everything()) + 1  # and the ConfigMap


def test_every_pod_of_the_mesh_proves_who_it_is():
    certified = {
        one["spec"]["secretName"]: one["spec"]["uris"]
        for one in manifests.certificates()
        if "uris" in one["spec"]
    }

    for name, pod in pods():
        if name == "databases":
            continue
        bearer = name.removesuffix("-work")
        [container] = pod["containers"]
        [volume] = (each for each in pod["volumes"] if each["name"] == "mesh-tls")
        assert manifests.PROVEN in container["env"]
        assert manifests.MOUNTED in container["volumeMounts"]
        assert certified[volume["secret"]["secretName"]] == [f"spiffe://turnout/{bearer}"]


def test_kubernetes_asks_for_health_where_it_needs_no_certificate():
    deployments = (one for name in SERVICES for one in manifests.service(name))
    containers = [
        container
        for one in deployments
        if one["kind"] == "Deployment"
        for container in one["spec"]["template"]["spec"]["containers"]
    ]
    asked = {
        probe["grpc"]["port"]
        for container in containers
        for probe in container.values()
        if isinstance(probe, dict) and "grpc" in probe
    }

    assert asked == {start.PROBES}
    assert start.listening("auth")["TURNOUT_PROBES"] == f"0.0.0.0:{start.PROBES}"


# --- what a container does


@pytest.mark.parametrize("words", [["auth", "serve"], ["auth", "work"], ["envoy"]])
def test_nothing_starts_that_proves_nothing(words: list[str], monkeypatch: pytest.MonkeyPatch):
    became: list[Any] = []
    monkeypatch.setattr(start, "_become", lambda *given: became.append(given))
    told = {key: value for key, value in ENV.items() if key != "TURNOUT_TLS_DIR"}

    with pytest.raises(SystemExit, match="TURNOUT_TLS_DIR is not set"):
        start.main(words, told)

    assert became == []


def test_a_service_finds_its_database_with_tls_by_its_lesser_role():
    found = conninfo_to_dict(start.database_url("booking", ENV))

    assert (found["host"], found["sslmode"]) == ("db.example.org", "verify-full")
    assert (found["user"], found["dbname"]) == ("turnout_booking", "turnout_booking")
    assert found["password"] != conninfo_to_dict(start.database_url("auth", ENV))["password"]


def test_envoy_finds_services_by_their_names(monkeypatch: pytest.MonkeyPatch):
    became: list[Any] = []
    monkeypatch.setattr(start, "_become", lambda words, env: became.append((words, env)))

    start.main(["envoy"], ENV)

    [(words, env)] = became
    config = json.loads(pathlib.Path(words[2]).read_text())
    clusters = {one["name"]: one for one in config["static_resources"]["clusters"]}
    assert {clusters[name]["type"] for name in SERVICES} == {"STRICT_DNS"}
    assert all("transport_socket" in clusters[name] for name in (*SERVICES, "jwks"))
    told = [json.loads(file.read_text()) for file in pathlib.Path(words[2]).parent.glob("mesh-*")]
    assert {each["resources"][0]["name"] for each in told} == {"mesh-tls", "mesh-trust"}
    assert "TURNOUT_SECRET" not in env


def test_a_service_becomes_its_own_program(monkeypatch: pytest.MonkeyPatch):
    became: list[Any] = []
    monkeypatch.setattr(start, "_become", lambda words, env: became.append((words, env)))

    start.main(["auth", "serve"], ENV)

    [(words, env)] = became
    assert words[1:] == ["-m", "services.auth", "serve"]
    assert (env["TURNOUT_LISTEN"], env["TURNOUT_REFLECT"]) == ("0.0.0.0:9051", "all")
    with pytest.raises(SystemExit, match="usage"):
        start.main(["auth"], ENV)
    with pytest.raises(SystemExit, match="TURNOUT_POSTGRES is not set"):
        start.main(["auth", "serve"], {"TURNOUT_SECRET": "s" * 32, "TURNOUT_TLS_DIR": "/tls"})
