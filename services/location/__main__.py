"""Where location is put together: `python -m services.location serve | work | run | migrate`."""

from __future__ import annotations

import time
from collections.abc import Coroutine, Iterable
from dataclasses import dataclass
from typing import Any

import httpx

from services.kit.seals import Seals
from services.kit.secrets import derive
from services.kit.server import Parts, Service, Servicers, main
from services.location import inbox, work
from services.location.arrivals.servicer import ArrivalServicer
from services.location.config import Config
from services.location.devices.domain import PURPOSE as DEVICE
from services.location.devices.servicer import DeviceServicer
from services.location.geofences.servicer import GeofenceServicer
from services.location.hours.servicer import HourServicer
from services.location.live.live import Live
from services.location.retention.servicer import RetentionServicer
from services.location.roads.roads import Roads
from services.location.roads.router import Router
from services.location.servicer import LocationServicer
from services.location.shares.domain import PURPOSE
from services.location.shares.servicer import ShareServicer
from services.location.track.ingest import Ingest
from services.location.trajectories.servicer import TrajectoryServicer
from services.location.views.looks import Looks
from services.location.views.servicer import ViewServicer
from turnout.location.v1 import (
    arrival_pb2_grpc,
    device_pb2_grpc,
    geofence_pb2_grpc,
    hour_pb2_grpc,
    location_pb2_grpc,
    retention_pb2_grpc,
    share_pb2_grpc,
    trajectory_pb2_grpc,
    view_pb2_grpc,
)

# What the key of receipts is for.
RECEIPT = "receipt"


@dataclass(frozen=True)
class State:
    """What the servicer and the background share."""

    live: Live
    ingest: Ingest
    roads: Roads
    looks: Looks


def state(parts: Parts[Config, Any]) -> State:
    live = Live(parts.db, parts.settings.redis_url, parts.now)
    roads = Roads(_router(parts.config), time.monotonic)
    return State(
        live, Ingest(parts.db, parts.now, live.changed, roads), roads, Looks(parts.db, parts.now)
    )


def _router(config: Config) -> Router | None:
    if not config.routers:
        return None
    return Router(config.routers, httpx.AsyncClient(trust_env=False), time.monotonic)


def servicers(parts: Parts[Config, State]) -> Servicers:
    servicer = LocationServicer(
        parts.db,
        parts.state.live,
        parts.state.ingest,
        parts.now,
        parts.pages_key,
        parts.config.limits,
        Seals(derive(parts.settings.secret, RECEIPT), RECEIPT),
        parts.state.looks,
    )
    shares = ShareServicer(
        parts.db,
        parts.state.live,
        parts.now,
        parts.config.limits,
        parts.state.looks,
        key=derive(parts.settings.secret, PURPOSE),
        pages_key=parts.pages_key,
    )
    devices = DeviceServicer(
        parts.db,
        parts.state.ingest,
        parts.now,
        parts.settings.edge_url,
        derive(parts.settings.secret, DEVICE),
    )
    arrivals = ArrivalServicer(parts.db, parts.now, parts.pages_key, parts.state.looks)
    views = ViewServicer(parts.db, parts.now, parts.pages_key)
    return [
        (location_pb2_grpc.add_LocationServiceServicer_to_server, servicer),
        (share_pb2_grpc.add_ShareServiceServicer_to_server, shares),
        (device_pb2_grpc.add_DeviceServiceServicer_to_server, devices),
        (arrival_pb2_grpc.add_ArrivalServiceServicer_to_server, arrivals),
        (view_pb2_grpc.add_ViewServiceServicer_to_server, views),
        (
            trajectory_pb2_grpc.add_TrajectoryServiceServicer_to_server,
            TrajectoryServicer(parts.db, parts.now, parts.pages_key, parts.state.looks),
        ),
        (
            retention_pb2_grpc.add_RetentionServiceServicer_to_server,
            RetentionServicer(parts.db, parts.now),
        ),
        (hour_pb2_grpc.add_HourServiceServicer_to_server, HourServicer(parts.db, parts.pages_key)),
        (
            geofence_pb2_grpc.add_GeofenceServiceServicer_to_server,
            GeofenceServicer(parts.db, parts.now, parts.pages_key, parts.state.looks),
        ),
    ]


def background(parts: Parts[Config, State]) -> Iterable[Coroutine[Any, Any, object]]:
    running = [parts.state.live.run(), parts.state.looks.run(), parts.state.ingest.run()]
    return [*running, parts.state.roads.run()] if parts.config.routers else running


SERVICE: Service[Config, State] = Service(
    name="location",
    servicers=servicers,
    config=Config.from_env,
    state=state,
    background=background,
    hears=inbox.HEARS,
    steps=work.STEPS,
    every=work.EVERY,
)

if __name__ == "__main__":
    main(SERVICE)
