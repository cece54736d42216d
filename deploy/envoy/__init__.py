"""Renders Envoy's configuration: the edge and the mesh, from the contract and a few addresses."""

from __future__ import annotations

from deploy.envoy.bootstrap import binary, files, options, render
from deploy.envoy.settings import (
    Address,
    BadContract,
    Mesh,
    Settings,
    Tls,
    Traced,
    limited,
    traced,
)

__all__ = [
    "Address",
    "BadContract",
    "Mesh",
    "Settings",
    "Tls",
    "Traced",
    "binary",
    "files",
    "limited",
    "options",
    "render",
    "traced",
]
