"""What is counted of the router and of what it said, for Prometheus to fetch."""

from __future__ import annotations

import prometheus_client as prometheus

from services.kit.metrics import BUCKETS, REGISTRY

QUESTIONS = prometheus.Counter(
    "turnout_location_router_questions",
    "Questions to the router that ended: answered, or failed.",
    ("mode", "outcome"),
    registry=REGISTRY,
)
SECONDS = prometheus.Histogram(
    "turnout_location_router_seconds",
    "How long the router took to answer, or to fail.",
    buckets=BUCKETS,
    registry=REGISTRY,
)
FAILURES = prometheus.Gauge(
    "turnout_location_router_failures",
    "Questions that failed since the last answer.",
    registry=REGISTRY,
)
RESTS = prometheus.Gauge(
    "turnout_location_router_rests",
    "1 while the router is left alone because it failed again and again.",
    registry=REGISTRY,
)
KNOWN = prometheus.Gauge(
    "turnout_location_roads_known", "Cells from which the way is known.", registry=REGISTRY
)
WANTED = prometheus.Gauge(
    "turnout_location_roads_wanted", "Cells that wait to be asked for.", registry=REGISTRY
)
AGE = prometheus.Histogram(
    "turnout_location_road_age_seconds",
    "How old the ways are that estimates use.",
    buckets=(1.0, 10.0, 60.0, 300.0, 1800.0, 3600.0, 7200.0, 14400.0, 21600.0),
    registry=REGISTRY,
)
