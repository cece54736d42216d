"""Renders Envoy's configuration: the edge and the mesh, from the contract and a few addresses."""

from __future__ import annotations

from deploy.envoy.bootstrap import binary, options, render
from deploy.envoy.settings import Address, BadContract, Settings, Tls

__all__ = ["Address", "BadContract", "Settings", "Tls", "binary", "options", "render"]
