"""Writes `deploy/kubernetes`: the mesh for a cluster, the same for all six services.

    python -m deploy.manifests

What differs from service to service stands at the top; a test compares the files with this.
"""

from __future__ import annotations

import json
import pathlib
import re
from collections.abc import Iterator, Mapping
from typing import Any

from deploy.local.settings import PORTS, SERVICES
from deploy.start import PROBES
from services.kit import image
from services.kit.peers import ENVOY, OPERATOR, uri

HERE = pathlib.Path(__file__).parent / "kubernetes"
Manifest = dict[str, Any]

# Whom a service asks outside of the cluster, beside Postgres and Redis (design §2): TCP ports.
OUTSIDE: Mapping[str, tuple[int, ...]] = {
    "auth": (443,),  # issuers of OpenID Connect
    "event": (443,),  # object storage, webhooks
    "booking": (),
    "payment": (443,),  # Stripe
    "messaging": (443, 465, 587),  # providers, mail servers
    "location": (443,),  # OSRM
}
POSTGRES, REDIS, DNS, OTLP = 5432, 6379, 53, 4318
# Addresses inside, which nobody is sent to by what a stranger wrote.
PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "100.64.0.0/10")
NOBODY = 65532
# Who may read metrics, and is told of traces: what runs in namespaces with this label.
MONITORING = {"turnout.app/monitoring": "yes"}
# Where a pod finds what it proves with inside the mesh who it is.
PROVEN = {"name": "TURNOUT_TLS_DIR", "value": "/mesh-tls"}
MOUNTED = {"name": "mesh-tls", "mountPath": "/mesh-tls", "readOnly": True}
ONE = {"cpu": "250m", "memory": "256Mi"}
MOST = {"memory": "1Gi"}


def main() -> None:
    for path in HERE.rglob("*.yaml"):
        path.unlink()
    for name, text in files().items():
        (HERE / name).parent.mkdir(exist_ok=True)
        (HERE / name).write_text(text)


def files() -> dict[str, str]:
    """Every file, by its name."""
    parts = {
        "databases.yaml": [databases()],
        "envoy.yaml": list(envoy()),
        "network.yaml": list(network()),
        **{f"{name}.yaml": list(service(name)) for name in SERVICES},
    }
    return {
        "kustomization.yaml": _document(kustomization(sorted(parts))),
        **{name: "---\n".join(map(_document, found)) for name, found in parts.items()},
        "cert-manager/kustomization.yaml": _document(
            {
                "apiVersion": "kustomize.config.k8s.io/v1beta1",
                "kind": "Kustomization",
                "namespace": "turnout",
                "resources": ["certificates.yaml"],
            }
        ),
        "cert-manager/certificates.yaml": "---\n".join(map(_document, certificates())),
    }


def kustomization(resources: list[str]) -> Manifest:
    return {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "namespace": "turnout",
        "labels": [{"pairs": {"app.kubernetes.io/part-of": "turnout"}}],
        "resources": resources,
        "images": [{"name": "turnout", "newName": "turnout", "newTag": "latest"}],
        "configMapGenerator": [{"name": "turnout", "envs": ["turnout.env"]}],
    }


# --- services


def service(name: str) -> Iterator[Manifest]:
    """What answers calls, what works beside it, and how many there are of both."""
    grpc, metrics, own = PORTS[name], PORTS[f"{name}_metrics"], [_secret(name)]
    whole = min(s for s in image.services() if s.startswith(f"turnout.{name}."))
    serving = {
        "startupProbe": _asked(PROBES, "", periodSeconds=1, failureThreshold=60),
        "livenessProbe": _asked(PROBES, "", periodSeconds=10, failureThreshold=6),
        "readinessProbe": _asked(PROBES, whole, periodSeconds=2),
    }
    working = {
        "livenessProbe": {
            "httpGet": {"path": "/metrics", "port": metrics},
            "initialDelaySeconds": 10,
            "timeoutSeconds": 5,
            "failureThreshold": 6,
        }
    }
    ports = [_port("grpc", grpc), _port("metrics", metrics)]
    shown = {"env": [PROVEN], "volumeMounts": [MOUNTED]}
    yield _deployment(name, [name, "serve"], {**serving, **shown, "ports": ports}, own)
    yield _deployment(f"{name}-work", [name, "work"], {**working, **shown, "ports": ports[1:]}, own)
    yield _headless(name, [{"name": "grpc", "port": grpc, "targetPort": "grpc"}])
    yield _autoscaler(name)
    yield _budget(name)
    yield _budget(f"{name}-work")


def _asked(port: int, service: str, **times: int) -> Manifest:
    return {"grpc": {"port": port, "service": service}, "timeoutSeconds": 5, **times}


def _secret(name: str) -> Manifest:
    """The files by which a pod proves who it is, replaced while it runs."""
    return {"name": "mesh-tls", "secret": {"secretName": f"turnout-{name}-mesh"}}


def _port(name: str, number: int) -> Manifest:
    return {"name": name, "containerPort": number}


def _deployment(name: str, words: list[str], more: Manifest, volumes: Any = ()) -> Manifest:
    labels = _labels(name)
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "labels": labels},
        "spec": {
            "replicas": 2,
            "selector": {"matchLabels": labels},
            "strategy": {"rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}},
            "template": {
                "metadata": {"labels": labels},
                "spec": {
                    **_pod(_container(name, words, more), volumes),
                    # Longer than a process needs to end its calls and streams.
                    "terminationGracePeriodSeconds": 20,
                    "topologySpreadConstraints": [
                        {
                            "maxSkew": 1,
                            "topologyKey": "kubernetes.io/hostname",
                            "whenUnsatisfiable": "ScheduleAnyway",
                            "labelSelector": {"matchLabels": labels},
                        }
                    ],
                },
            },
        },
    }


def _pod(container: Manifest, volumes: Any = ()) -> Manifest:
    return {
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": NOBODY,
            "runAsGroup": NOBODY,
            "fsGroup": NOBODY,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [container],
        "volumes": [{"name": "tmp", "emptyDir": {}}, *volumes],
    }


def _container(name: str, words: list[str], more: Manifest) -> Manifest:
    mounts = [{"name": "tmp", "mountPath": "/tmp"}, *more.pop("volumeMounts", ())]  # noqa: S108
    return {
        "name": name,
        "image": "turnout",
        "args": words,
        "envFrom": [
            {"configMapRef": {"name": "turnout"}},
            {"secretRef": {"name": "turnout"}},
        ],
        "resources": {"requests": ONE, "limits": MOST},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "volumeMounts": mounts,
        **more,
    }


def _headless(name: str, ports: list[Manifest]) -> Manifest:
    """Envoy balances calls itself, so DNS gives it the address of each pod."""
    spec = {"clusterIP": "None", "selector": _labels(name), "ports": ports}
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": spec}


def _autoscaler(name: str) -> Manifest:
    cpu = {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 70}}
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": name},
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": name},
            "minReplicas": 2,
            "maxReplicas": 10,
            "metrics": [{"type": "Resource", "resource": cpu}],
        },
    }


def _budget(name: str) -> Manifest:
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": name},
        "spec": {"maxUnavailable": 1, "selector": {"matchLabels": _labels(name)}},
    }


def _labels(name: str) -> dict[str, str]:
    return {"app.kubernetes.io/name": name}


# --- beside them


def databases() -> Manifest:
    """Makes and migrates the databases; it alone knows an administrator of the server."""
    container = _container("databases", ["databases"], {})
    container["envFrom"].append({"secretRef": {"name": "turnout-databases"}})
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": "databases", "labels": _labels("databases")},
        "spec": {
            "backoffLimit": 6,
            "ttlSecondsAfterFinished": 600,
            "template": {
                "metadata": {"labels": _labels("databases")},
                "spec": {**_pod(container), "restartPolicy": "OnFailure"},
            },
        },
    }


def envoy() -> Iterator[Manifest]:
    edge, mesh = PORTS["edge"], PORTS["mesh"]
    probe = {"httpGet": {"path": "/healthz", "port": edge, "scheme": "HTTPS"}}
    more = {
        "ports": [_port("edge", edge), _port("mesh", mesh)],
        "startupProbe": {**probe, "periodSeconds": 1, "failureThreshold": 60},
        "livenessProbe": {**probe, "timeoutSeconds": 5},
        "readinessProbe": {**probe, "periodSeconds": 2},
        "env": [
            {"name": "TURNOUT_EDGE_CERTIFICATE", "value": "/tls/tls.crt"},
            {"name": "TURNOUT_EDGE_KEY", "value": "/tls/tls.key"},
            PROVEN,
        ],
        "volumeMounts": [{"name": "tls", "mountPath": "/tls", "readOnly": True}, MOUNTED],
    }
    tls = {"name": "tls", "secret": {"secretName": "turnout-edge-tls"}}
    yield _deployment("envoy", ["envoy"], more, [tls, _secret(ENVOY)])
    yield {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "envoy"},
        "spec": {
            "selector": _labels("envoy"),
            "ports": [{"name": "mesh", "port": mesh, "targetPort": "mesh"}],
        },
    }
    yield {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "edge"},
        "spec": {
            "type": "LoadBalancer",
            # Envoy tells services where a call comes from, and must see it.
            "externalTrafficPolicy": "Local",
            "selector": _labels("envoy"),
            "ports": [{"name": "edge", "port": 443, "targetPort": "edge"}],
        },
    }
    yield _autoscaler("envoy")
    yield _budget("envoy")


# --- who is who


def certificates() -> Iterator[Manifest]:
    """An authority of the mesh, and a certificate for who is in it: where cert-manager runs.

    Elsewhere whoever makes Secrets of the same names and keys does as well.
    """
    drawn = {"algorithm": "ECDSA", "size": 256, "rotationPolicy": "Always"}
    yield _certified("Issuer", "turnout-self", {"selfSigned": {}})
    yield _certified(
        "Certificate",
        "turnout-mesh-ca",
        {
            "isCA": True,
            "commonName": "turnout mesh",
            "secretName": "turnout-mesh-ca",
            "duration": "87600h",
            # Whoever replaces it has both believed for a while.
            "privateKey": {**drawn, "rotationPolicy": "Never"},
            "issuerRef": {"name": "turnout-self", "kind": "Issuer"},
        },
    )
    yield _certified("Issuer", "turnout-mesh", {"ca": {"secretName": "turnout-mesh-ca"}})
    for name in (*SERVICES, ENVOY, OPERATOR):
        yield _certified(
            "Certificate",
            f"turnout-{name}-mesh",
            {
                "secretName": f"turnout-{name}-mesh",
                "duration": "24h",
                "renewBefore": "12h",
                "uris": [uri("turnout", name)],
                "dnsNames": [name],
                "usages": ["digital signature", "client auth", "server auth"],
                "privateKey": drawn,
                "issuerRef": {"name": "turnout-mesh", "kind": "Issuer"},
            },
        )


def _certified(kind: str, name: str, spec: Manifest) -> Manifest:
    return {
        "apiVersion": "cert-manager.io/v1",
        "kind": kind,
        "metadata": {"name": name},
        "spec": spec,
    }


# --- who may reach whom


def network() -> Iterator[Manifest]:
    """The arrows of the design, and no others."""
    everybody: Manifest = {}
    yield _policy("nobody", everybody, ingress=[], egress=[])
    yield _policy("names", everybody, egress=[{"ports": _ports(DNS, protocols=("UDP", "TCP"))}])
    kept = {"ports": _ports(POSTGRES, REDIS)}
    traced = {"to": [_monitoring()], "ports": _ports(OTLP)}
    to_mesh = {"to": [_pods("envoy")], "ports": _ports(PORTS["mesh"])}
    for name in SERVICES:
        both = _pods(name, f"{name}-work")["podSelector"]
        outside = [{"to": [_world()], "ports": _ports(*OUTSIDE[name])}] if OUTSIDE[name] else []
        metrics = {"from": [_monitoring()], "ports": _ports(PORTS[f"{name}_metrics"])}
        called = {"from": [_pods("envoy")], "ports": _ports(PORTS[name])}
        yield _policy(f"{name}-work", _pods(f"{name}-work")["podSelector"], ingress=[metrics])
        yield _policy(name, _pods(name)["podSelector"], ingress=[called, metrics])
        yield _policy(f"{name}-out", both, egress=[kept, to_mesh, traced, *outside])
    yield _policy("databases", _pods("databases")["podSelector"], egress=[kept])
    callers = _pods(*SERVICES, *(f"{name}-work" for name in SERVICES))
    yield _policy(
        "envoy",
        _pods("envoy")["podSelector"],
        ingress=[
            {"ports": _ports(PORTS["edge"])},
            {"from": [callers], "ports": _ports(PORTS["mesh"])},
        ],
        egress=[
            # The edge reads the keys of auth by its own mesh listener.
            to_mesh,
            traced,
            *({"to": [_pods(name)], "ports": _ports(PORTS[name])} for name in SERVICES),
        ],
    )


def _policy(name: str, pods: Manifest, **rules: list[Manifest]) -> Manifest:
    kinds = [kind.capitalize() for kind in rules]
    spec = {"podSelector": pods, "policyTypes": kinds, **rules}
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": name},
        "spec": spec,
    }


def _pods(*names: str) -> Manifest:
    if len(names) == 1:
        return {"podSelector": {"matchLabels": _labels(names[0])}}
    one_of = {"key": "app.kubernetes.io/name", "operator": "In", "values": list(names)}
    return {"podSelector": {"matchExpressions": [one_of]}}


def _monitoring() -> Manifest:
    return {"namespaceSelector": {"matchLabels": MONITORING}}


def _world() -> Manifest:
    return {"ipBlock": {"cidr": "0.0.0.0/0", "except": list(PRIVATE)}}


def _ports(*numbers: int, protocols: tuple[str, ...] = ("TCP",)) -> list[Manifest]:
    return [{"protocol": protocol, "port": port} for protocol in protocols for port in numbers]


# --- YAML


PLAIN = re.compile(r"[A-Za-z/][A-Za-z0-9_./-]*")
# Words that YAML reads as something else.
WORDS = frozenset({"true", "false", "yes", "no", "on", "off", "null", "y", "n"})


def _document(value: Manifest) -> str:
    return "\n".join(_lines(value)) + "\n"


def _lines(value: Any) -> Iterator[str]:
    """A mapping or a list in the block style of YAML; what is empty is written as JSON."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _under(f"{_scalar(key)}:", inner)
    else:
        for inner in value:
            if isinstance(inner, dict | list) and inner:
                first, *rest = _lines(inner)
                yield f"- {first}"
                yield from (f"  {line}" for line in rest)
            else:
                yield f"- {_scalar(inner)}"


def _under(head: str, inner: Any) -> Iterator[str]:
    if isinstance(inner, dict | list) and inner:
        yield head
        yield from (f"  {line}" for line in _lines(inner))
    else:
        yield f"{head} {_scalar(inner)}"


def _scalar(value: Any) -> str:
    if isinstance(value, str) and PLAIN.fullmatch(value) and value.lower() not in WORDS:
        return value
    return json.dumps(value)


if __name__ == "__main__":
    main()
