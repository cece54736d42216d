"""Event as a process: `python -m services.event serve | work | run | migrate`."""

from __future__ import annotations

import zoneinfo
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from services.event import inbox, short, work
from services.event.analytics.servicer import AnalyticsServicer
from services.event.calendar.servicer import CalendarServicer
from services.event.config import Config
from services.event.events.servicer import EventServicer
from services.event.exports.servicer import ExportServicer
from services.event.forms.servicer import RegistrationFormServicer
from services.event.imports.domain import MOST_BYTES
from services.event.imports.servicer import ParticipantImportServicer
from services.event.media import work as media
from services.event.media.images import Studio
from services.event.media.servicer import MediaServicer
from services.event.participants import wire
from services.event.participants.actions import Links
from services.event.participants.servicer import ParticipantServicer
from services.event.search.servicer import SearchServicer
from services.event.series.servicer import SeriesServicer
from services.event.tasks.servicer import TaskServicer
from services.event.webhooks.outside import Poster
from services.event.webhooks.servicer import WebhookServicer
from services.kit import secrets
from services.kit.names import Name
from services.kit.outside import Guard, resolve
from services.kit.server import Parts, Service, Servicers, main
from services.kit.work import Errand
from turnout.event.v1.analytics_pb2_grpc import add_AnalyticsServiceServicer_to_server
from turnout.event.v1.calendar_pb2_grpc import add_CalendarServiceServicer_to_server
from turnout.event.v1.event_pb2_grpc import add_EventServiceServicer_to_server
from turnout.event.v1.export_pb2_grpc import add_ExportServiceServicer_to_server
from turnout.event.v1.form_pb2_grpc import add_RegistrationFormServiceServicer_to_server
from turnout.event.v1.import_pb2_grpc import add_ParticipantImportServiceServicer_to_server
from turnout.event.v1.media_pb2_grpc import add_MediaServiceServicer_to_server
from turnout.event.v1.participant_pb2_grpc import add_ParticipantServiceServicer_to_server
from turnout.event.v1.search_pb2_grpc import add_SearchServiceServicer_to_server
from turnout.event.v1.series_pb2_grpc import add_SeriesServiceServicer_to_server
from turnout.event.v1.task_pb2_grpc import add_TaskServiceServicer_to_server
from turnout.event.v1.webhook_pb2_grpc import add_WebhookServiceServicer_to_server


def links(parts: Parts[Any, Any]) -> Links:
    """Makes the addresses that invitations and reminders carry."""
    page = f"{parts.settings.edge_url}/join/"

    def link(name: Name, until: datetime) -> str:
        return wire.link(page, parts.links_key, name, until)

    return link


def servicers(parts: Parts[Config, Studio]) -> Servicers:
    link = links(parts)
    events = EventServicer(parts.db, parts.now, parts.pages_key)
    participants = ParticipantServicer(parts.db, parts.now, link, parts.pages_key)
    series = SeriesServicer(parts.db, parts.now, parts.pages_key)
    forms = RegistrationFormServicer(parts.db, parts.now)
    imports = ParticipantImportServicer(parts.db, parts.now)
    calendar = CalendarServicer(
        parts.db,
        parts.now,
        f"{parts.settings.edge_url}/api/v1/calendar.ics",
        secrets.derive(parts.settings.secret, "calendars"),
        parts.pages_key,
    )
    tasks = TaskServicer(parts.db, parts.now, link, parts.pages_key)
    files = MediaServicer(
        parts.db,
        parts.now,
        parts.config.media,
        parts.state,
        edge=parts.settings.edge_url,
        key=parts.links_key,
        secret=parts.pages_key,
    )
    return [
        (add_EventServiceServicer_to_server, events),
        (add_RegistrationFormServiceServicer_to_server, forms),
        (add_ParticipantServiceServicer_to_server, participants),
        (add_SeriesServiceServicer_to_server, series),
        (add_AnalyticsServiceServicer_to_server, AnalyticsServicer(parts.db)),
        (add_CalendarServiceServicer_to_server, calendar),
        (add_MediaServiceServicer_to_server, files),
        (
            add_SearchServiceServicer_to_server,
            SearchServicer(parts.db, parts.now, parts.pages_key),
        ),
        (add_ExportServiceServicer_to_server, ExportServicer(parts.db)),
        (add_ParticipantImportServiceServicer_to_server, imports),
        (add_WebhookServiceServicer_to_server, webhooks(parts)),
        (add_TaskServiceServicer_to_server, tasks),
    ]


def webhooks_key(parts: Parts[Config, Studio]) -> bytes:
    return secrets.derive(parts.settings.secret, "webhooks")


def webhooks(parts: Parts[Config, Studio]) -> WebhookServicer:
    loopback = parts.config.webhook_loopback
    return WebhookServicer(
        parts.db,
        parts.now,
        key=webhooks_key(parts),
        secret=parts.pages_key,
        guard=Guard(loopback=loopback, resolve=resolve),
        loopback=loopback,
    )


def errands(parts: Parts[Config, Studio]) -> Mapping[str, Errand]:
    poster = Poster(loopback=parts.config.webhook_loopback)
    told = work.errands(webhooks_key(parts), poster, parts.now)
    return {**told, **media.errands(parts.config.media)}


SERVICE: Service[Config, Studio] = Service(
    name="event",
    servicers=servicers,
    config=Config.from_env,
    state=lambda _: Studio(),
    hears=inbox.HEARS,
    steps=lambda parts: work.steps(parts.now, links(parts)),
    every=lambda parts: work.every(parts.now),
    largest=MOST_BYTES + 2**20,
    errands=errands,
    complete=lambda parts: short.completing(parts.db),
    forget=lambda parts: media.forgetting(parts.config.media),
)

if __name__ == "__main__":
    # What a clock says is for the pinned tzdata to tell, and not for what the machine happens
    # to have, which may be years old.
    zoneinfo.reset_tzpath(())
    main(SERVICE)
