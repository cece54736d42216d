"""Who Envoy is, and whom it believes to be who: the certificates of the edge and of the mesh.

They lie in files that are replaced while Envoy runs. It looks at them anew when something is
renamed in their folder, as Kubernetes does with a Secret; connections that there are go on.
"""

from __future__ import annotations

import json
import pathlib
from collections.abc import Sequence

from deploy.envoy import parts
from deploy.envoy.parts import Config
from deploy.envoy.settings import Mesh, Settings
from services.kit.peers import CERTIFICATE, KEY, TRUST, uri

# The files by which Envoy is told where certificates are.
EDGE, OWN, TRUSTED = "edge-tls", "mesh-tls", "mesh-trust"
RESOURCE = "extensions.transport_sockets.tls.v3.Secret"
SOCKET = "envoy.transport_sockets.tls"
DOWNSTREAM = "extensions.transport_sockets.tls.v3.DownstreamTlsContext"
UPSTREAM = "extensions.transport_sockets.tls.v3.UpstreamTlsContext"


def files(settings: Settings, folder: pathlib.Path) -> dict[pathlib.Path, str]:
    """What has to lie in the folder beside the bootstrap."""
    found: dict[str, Config] = {}
    if settings.tls is not None:
        found[EDGE] = _pair(settings.tls.certificate, settings.tls.key)
    if settings.mesh_tls is not None:
        own = settings.mesh_tls.folder
        found[OWN] = _pair(own / CERTIFICATE, own / KEY)
        trusted = {"filename": str(own / TRUST)}
        watched = {"path": str(own)}
        found[TRUSTED] = {
            "validation_context": {"trusted_ca": trusted, "watched_directory": watched}
        }
    return {folder / f"{name}.json": _resource(name, value) for name, value in found.items()}


def edge(folder: pathlib.Path) -> Config:
    """The transport of the public listener."""
    return parts.extension(
        SOCKET,
        DOWNSTREAM,
        common_tls_context={
            "alpn_protocols": ["h2", "http/1.1"],
            "tls_certificate_sds_secret_configs": [_told(EDGE, folder)],
        },
    )


def mesh(tls: Mesh, callers: Sequence[str], folder: pathlib.Path) -> Config:
    """The transport of the listener inside: only these callers are let in."""
    return parts.extension(
        SOCKET,
        DOWNSTREAM,
        require_client_certificate=True,
        common_tls_context=_common([uri(tls.domain, name) for name in callers], folder),
    )


def upstream(tls: Mesh | None, name: str, folder: pathlib.Path) -> Config:
    """How a cluster is reached, which has to be who it is called."""
    if tls is None:
        return {}
    common = _common([uri(tls.domain, name)], folder)
    return {
        "transport_socket": parts.extension(SOCKET, UPSTREAM, sni=name, common_tls_context=common)
    }


def _common(believed: Sequence[str], folder: pathlib.Path) -> Config:
    names = [{"san_type": "URI", "matcher": {"exact": name}} for name in believed]
    return {
        "alpn_protocols": ["h2"],
        # As a client it would stop at 1.2 by itself.
        "tls_params": {
            "tls_minimum_protocol_version": "TLSv1_3",
            "tls_maximum_protocol_version": "TLSv1_3",
        },
        "tls_certificate_sds_secret_configs": [_told(OWN, folder)],
        "combined_validation_context": {
            "default_validation_context": {"match_typed_subject_alt_names": names},
            "validation_context_sds_secret_config": _told(TRUSTED, folder),
        },
    }


def _told(name: str, folder: pathlib.Path) -> Config:
    path = str(folder / f"{name}.json")
    return {"name": name, "sds_config": {"path_config_source": {"path": path}}}


def _pair(certificate: pathlib.Path, key: pathlib.Path) -> Config:
    return {
        "tls_certificate": {
            "certificate_chain": {"filename": str(certificate)},
            "private_key": {"filename": str(key)},
            "watched_directory": {"path": str(certificate.parent)},
        }
    }


def _resource(name: str, secret: Config) -> str:
    return json.dumps({"resources": [{"@type": parts.TYPES + RESOURCE, "name": name, **secret}]})
