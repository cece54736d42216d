"""What the user is told when the mesh cannot run."""

from __future__ import annotations


class Trouble(Exception):
    """One line that names the cause and, where there is one, the way out."""
