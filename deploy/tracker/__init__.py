"""What an app tells positions with: none is lost, whatever breaks: line, server or app.

    async with opened("turnout.example:443", tls=True) as channel:
        async with Tracker(channel, journey, metadata, file=folder / "positions.db") as tracker:
            await tracker.add(position)

Needs the generated contract and grpcio, and nothing else of this repository.
"""

from deploy.tracker.shelf import Shelf, WrongFile
from deploy.tracker.tracker import Lost, Tracker, opened

__all__ = ["Lost", "Shelf", "Tracker", "WrongFile", "opened"]
