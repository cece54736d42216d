import datetime

from google.api import annotations_pb2 as _annotations_pb2
from google.api import client_pb2 as _client_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.api import field_info_pb2 as _field_info_pb2
from google.api import httpbody_pb2 as _httpbody_pb2
from google.api import resource_pb2 as _resource_pb2
from google.protobuf import duration_pb2 as _duration_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.type import latlng_pb2 as _latlng_pb2
from turnout.access.v1 import access_pb2 as _access_pb2
from turnout.field.v1 import field_pb2 as _field_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class PositionSource(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    POSITION_SOURCE_UNSPECIFIED: _ClassVar[PositionSource]
    POSITION_SOURCE_SATELLITES: _ClassVar[PositionSource]
    POSITION_SOURCE_NETWORK: _ClassVar[PositionSource]
    POSITION_SOURCE_FUSED: _ClassVar[PositionSource]
    POSITION_SOURCE_MANUAL: _ClassVar[PositionSource]
POSITION_SOURCE_UNSPECIFIED: PositionSource
POSITION_SOURCE_SATELLITES: PositionSource
POSITION_SOURCE_NETWORK: PositionSource
POSITION_SOURCE_FUSED: PositionSource
POSITION_SOURCE_MANUAL: PositionSource

class Journey(_message.Message):
    __slots__ = ("name", "event", "traveler", "travel_mode", "consent", "state", "arrival", "position_count", "kept_through", "create_time", "expire_time", "arrive_time", "playback_rate", "purpose", "viewers", "precision", "lead_time", "share_time", "pause_time", "consent_source", "withdraw_time", "receipt", "live_only", "clock_offset", "consent_proof", "etag")
    class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        STATE_UNSPECIFIED: _ClassVar[Journey.State]
        STATE_READY: _ClassVar[Journey.State]
        STATE_UNDER_WAY: _ClassVar[Journey.State]
        STATE_ARRIVED: _ClassVar[Journey.State]
        STATE_EXPIRED: _ClassVar[Journey.State]
        STATE_WITHDRAWN: _ClassVar[Journey.State]
    STATE_UNSPECIFIED: Journey.State
    STATE_READY: Journey.State
    STATE_UNDER_WAY: Journey.State
    STATE_ARRIVED: Journey.State
    STATE_EXPIRED: Journey.State
    STATE_WITHDRAWN: Journey.State
    class TravelMode(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        TRAVEL_MODE_UNSPECIFIED: _ClassVar[Journey.TravelMode]
        TRAVEL_MODE_WALK: _ClassVar[Journey.TravelMode]
        TRAVEL_MODE_BICYCLE: _ClassVar[Journey.TravelMode]
        TRAVEL_MODE_CAR: _ClassVar[Journey.TravelMode]
        TRAVEL_MODE_TRANSIT: _ClassVar[Journey.TravelMode]
    TRAVEL_MODE_UNSPECIFIED: Journey.TravelMode
    TRAVEL_MODE_WALK: Journey.TravelMode
    TRAVEL_MODE_BICYCLE: Journey.TravelMode
    TRAVEL_MODE_CAR: Journey.TravelMode
    TRAVEL_MODE_TRANSIT: Journey.TravelMode
    class Viewers(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        VIEWERS_UNSPECIFIED: _ClassVar[Journey.Viewers]
        VIEWERS_ORGANIZERS: _ClassVar[Journey.Viewers]
        VIEWERS_STAFF: _ClassVar[Journey.Viewers]
        VIEWERS_PARTICIPANTS: _ClassVar[Journey.Viewers]
        VIEWERS_LINKS: _ClassVar[Journey.Viewers]
    VIEWERS_UNSPECIFIED: Journey.Viewers
    VIEWERS_ORGANIZERS: Journey.Viewers
    VIEWERS_STAFF: Journey.Viewers
    VIEWERS_PARTICIPANTS: Journey.Viewers
    VIEWERS_LINKS: Journey.Viewers
    class Precision(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        PRECISION_UNSPECIFIED: _ClassVar[Journey.Precision]
        PRECISION_EXACT: _ClassVar[Journey.Precision]
        PRECISION_COARSE: _ClassVar[Journey.Precision]
    PRECISION_UNSPECIFIED: Journey.Precision
    PRECISION_EXACT: Journey.Precision
    PRECISION_COARSE: Journey.Precision
    class ConsentSource(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        CONSENT_SOURCE_UNSPECIFIED: _ClassVar[Journey.ConsentSource]
        CONSENT_SOURCE_APP: _ClassVar[Journey.ConsentSource]
        CONSENT_SOURCE_LINK: _ClassVar[Journey.ConsentSource]
        CONSENT_SOURCE_MESSAGE: _ClassVar[Journey.ConsentSource]
    CONSENT_SOURCE_UNSPECIFIED: Journey.ConsentSource
    CONSENT_SOURCE_APP: Journey.ConsentSource
    CONSENT_SOURCE_LINK: Journey.ConsentSource
    CONSENT_SOURCE_MESSAGE: Journey.ConsentSource
    class ConsentProof(_message.Message):
        __slots__ = ("inbound_message", "text", "send_time")
        INBOUND_MESSAGE_FIELD_NUMBER: _ClassVar[int]
        TEXT_FIELD_NUMBER: _ClassVar[int]
        SEND_TIME_FIELD_NUMBER: _ClassVar[int]
        inbound_message: str
        text: str
        send_time: _timestamp_pb2.Timestamp
        def __init__(self, inbound_message: _Optional[str] = ..., text: _Optional[str] = ..., send_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...
    NAME_FIELD_NUMBER: _ClassVar[int]
    EVENT_FIELD_NUMBER: _ClassVar[int]
    TRAVELER_FIELD_NUMBER: _ClassVar[int]
    TRAVEL_MODE_FIELD_NUMBER: _ClassVar[int]
    CONSENT_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    ARRIVAL_FIELD_NUMBER: _ClassVar[int]
    POSITION_COUNT_FIELD_NUMBER: _ClassVar[int]
    KEPT_THROUGH_FIELD_NUMBER: _ClassVar[int]
    CREATE_TIME_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    ARRIVE_TIME_FIELD_NUMBER: _ClassVar[int]
    PLAYBACK_RATE_FIELD_NUMBER: _ClassVar[int]
    PURPOSE_FIELD_NUMBER: _ClassVar[int]
    VIEWERS_FIELD_NUMBER: _ClassVar[int]
    PRECISION_FIELD_NUMBER: _ClassVar[int]
    LEAD_TIME_FIELD_NUMBER: _ClassVar[int]
    SHARE_TIME_FIELD_NUMBER: _ClassVar[int]
    PAUSE_TIME_FIELD_NUMBER: _ClassVar[int]
    CONSENT_SOURCE_FIELD_NUMBER: _ClassVar[int]
    WITHDRAW_TIME_FIELD_NUMBER: _ClassVar[int]
    RECEIPT_FIELD_NUMBER: _ClassVar[int]
    LIVE_ONLY_FIELD_NUMBER: _ClassVar[int]
    CLOCK_OFFSET_FIELD_NUMBER: _ClassVar[int]
    CONSENT_PROOF_FIELD_NUMBER: _ClassVar[int]
    ETAG_FIELD_NUMBER: _ClassVar[int]
    name: str
    event: str
    traveler: str
    travel_mode: Journey.TravelMode
    consent: bool
    state: Journey.State
    arrival: Arrival
    position_count: int
    kept_through: int
    create_time: _timestamp_pb2.Timestamp
    expire_time: _timestamp_pb2.Timestamp
    arrive_time: _timestamp_pb2.Timestamp
    playback_rate: float
    purpose: str
    viewers: Journey.Viewers
    precision: Journey.Precision
    lead_time: _duration_pb2.Duration
    share_time: _timestamp_pb2.Timestamp
    pause_time: _timestamp_pb2.Timestamp
    consent_source: Journey.ConsentSource
    withdraw_time: _timestamp_pb2.Timestamp
    receipt: str
    live_only: bool
    clock_offset: _duration_pb2.Duration
    consent_proof: Journey.ConsentProof
    etag: str
    def __init__(self, name: _Optional[str] = ..., event: _Optional[str] = ..., traveler: _Optional[str] = ..., travel_mode: _Optional[_Union[Journey.TravelMode, str]] = ..., consent: _Optional[bool] = ..., state: _Optional[_Union[Journey.State, str]] = ..., arrival: _Optional[_Union[Arrival, _Mapping]] = ..., position_count: _Optional[int] = ..., kept_through: _Optional[int] = ..., create_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., arrive_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., playback_rate: _Optional[float] = ..., purpose: _Optional[str] = ..., viewers: _Optional[_Union[Journey.Viewers, str]] = ..., precision: _Optional[_Union[Journey.Precision, str]] = ..., lead_time: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., share_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., pause_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., consent_source: _Optional[_Union[Journey.ConsentSource, str]] = ..., withdraw_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., receipt: _Optional[str] = ..., live_only: _Optional[bool] = ..., clock_offset: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., consent_proof: _Optional[_Union[Journey.ConsentProof, _Mapping]] = ..., etag: _Optional[str] = ...) -> None: ...

class Position(_message.Message):
    __slots__ = ("location", "capture_time", "horizontal_accuracy_meters", "speed_meters_per_second", "bearing_degrees", "sequence", "altitude_meters", "battery_percent", "source")
    LOCATION_FIELD_NUMBER: _ClassVar[int]
    CAPTURE_TIME_FIELD_NUMBER: _ClassVar[int]
    HORIZONTAL_ACCURACY_METERS_FIELD_NUMBER: _ClassVar[int]
    SPEED_METERS_PER_SECOND_FIELD_NUMBER: _ClassVar[int]
    BEARING_DEGREES_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    ALTITUDE_METERS_FIELD_NUMBER: _ClassVar[int]
    BATTERY_PERCENT_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    location: _latlng_pb2.LatLng
    capture_time: _timestamp_pb2.Timestamp
    horizontal_accuracy_meters: float
    speed_meters_per_second: float
    bearing_degrees: float
    sequence: int
    altitude_meters: float
    battery_percent: int
    source: PositionSource
    def __init__(self, location: _Optional[_Union[_latlng_pb2.LatLng, _Mapping]] = ..., capture_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., horizontal_accuracy_meters: _Optional[float] = ..., speed_meters_per_second: _Optional[float] = ..., bearing_degrees: _Optional[float] = ..., sequence: _Optional[int] = ..., altitude_meters: _Optional[float] = ..., battery_percent: _Optional[int] = ..., source: _Optional[_Union[PositionSource, str]] = ...) -> None: ...

class Columns(_message.Message):
    __slots__ = ("base_time_ms", "time_offsets_ms", "latitudes_e7", "longitudes_e7", "horizontal_accuracies_meters", "speeds_meters_per_second", "bearings_degrees", "altitudes_meters", "battery_percents", "sources")
    BASE_TIME_MS_FIELD_NUMBER: _ClassVar[int]
    TIME_OFFSETS_MS_FIELD_NUMBER: _ClassVar[int]
    LATITUDES_E7_FIELD_NUMBER: _ClassVar[int]
    LONGITUDES_E7_FIELD_NUMBER: _ClassVar[int]
    HORIZONTAL_ACCURACIES_METERS_FIELD_NUMBER: _ClassVar[int]
    SPEEDS_METERS_PER_SECOND_FIELD_NUMBER: _ClassVar[int]
    BEARINGS_DEGREES_FIELD_NUMBER: _ClassVar[int]
    ALTITUDES_METERS_FIELD_NUMBER: _ClassVar[int]
    BATTERY_PERCENTS_FIELD_NUMBER: _ClassVar[int]
    SOURCES_FIELD_NUMBER: _ClassVar[int]
    base_time_ms: int
    time_offsets_ms: _containers.RepeatedScalarFieldContainer[int]
    latitudes_e7: _containers.RepeatedScalarFieldContainer[int]
    longitudes_e7: _containers.RepeatedScalarFieldContainer[int]
    horizontal_accuracies_meters: _containers.RepeatedScalarFieldContainer[float]
    speeds_meters_per_second: _containers.RepeatedScalarFieldContainer[float]
    bearings_degrees: _containers.RepeatedScalarFieldContainer[float]
    altitudes_meters: _containers.RepeatedScalarFieldContainer[float]
    battery_percents: _containers.RepeatedScalarFieldContainer[int]
    sources: _containers.RepeatedScalarFieldContainer[PositionSource]
    def __init__(self, base_time_ms: _Optional[int] = ..., time_offsets_ms: _Optional[_Iterable[int]] = ..., latitudes_e7: _Optional[_Iterable[int]] = ..., longitudes_e7: _Optional[_Iterable[int]] = ..., horizontal_accuracies_meters: _Optional[_Iterable[float]] = ..., speeds_meters_per_second: _Optional[_Iterable[float]] = ..., bearings_degrees: _Optional[_Iterable[float]] = ..., altitudes_meters: _Optional[_Iterable[float]] = ..., battery_percents: _Optional[_Iterable[int]] = ..., sources: _Optional[_Iterable[_Union[PositionSource, str]]] = ...) -> None: ...

class Arrival(_message.Message):
    __slots__ = ("p50_time", "p90_time", "lateness", "distance_meters", "method", "position_time", "route_time", "travel_mode")
    class Method(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        METHOD_UNSPECIFIED: _ClassVar[Arrival.Method]
        METHOD_ARRIVED: _ClassVar[Arrival.Method]
        METHOD_VELOCITY: _ClassVar[Arrival.Method]
        METHOD_DISTANCE: _ClassVar[Arrival.Method]
        METHOD_ROUTE: _ClassVar[Arrival.Method]
    METHOD_UNSPECIFIED: Arrival.Method
    METHOD_ARRIVED: Arrival.Method
    METHOD_VELOCITY: Arrival.Method
    METHOD_DISTANCE: Arrival.Method
    METHOD_ROUTE: Arrival.Method
    P50_TIME_FIELD_NUMBER: _ClassVar[int]
    P90_TIME_FIELD_NUMBER: _ClassVar[int]
    LATENESS_FIELD_NUMBER: _ClassVar[int]
    DISTANCE_METERS_FIELD_NUMBER: _ClassVar[int]
    METHOD_FIELD_NUMBER: _ClassVar[int]
    POSITION_TIME_FIELD_NUMBER: _ClassVar[int]
    ROUTE_TIME_FIELD_NUMBER: _ClassVar[int]
    TRAVEL_MODE_FIELD_NUMBER: _ClassVar[int]
    p50_time: _timestamp_pb2.Timestamp
    p90_time: _timestamp_pb2.Timestamp
    lateness: _duration_pb2.Duration
    distance_meters: float
    method: Arrival.Method
    position_time: _timestamp_pb2.Timestamp
    route_time: _timestamp_pb2.Timestamp
    travel_mode: Journey.TravelMode
    def __init__(self, p50_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., p90_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., lateness: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., distance_meters: _Optional[float] = ..., method: _Optional[_Union[Arrival.Method, str]] = ..., position_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., route_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., travel_mode: _Optional[_Union[Journey.TravelMode, str]] = ...) -> None: ...

class CreateJourneyRequest(_message.Message):
    __slots__ = ("parent", "journey", "request_id")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    JOURNEY_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    parent: str
    journey: Journey
    request_id: str
    def __init__(self, parent: _Optional[str] = ..., journey: _Optional[_Union[Journey, _Mapping]] = ..., request_id: _Optional[str] = ...) -> None: ...

class GetJourneyRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class ListJourneysRequest(_message.Message):
    __slots__ = ("parent", "page_size", "page_token", "event")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    EVENT_FIELD_NUMBER: _ClassVar[int]
    parent: str
    page_size: int
    page_token: str
    event: str
    def __init__(self, parent: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., event: _Optional[str] = ...) -> None: ...

class ListJourneysResponse(_message.Message):
    __slots__ = ("journeys", "next_page_token")
    JOURNEYS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    journeys: _containers.RepeatedCompositeFieldContainer[Journey]
    next_page_token: str
    def __init__(self, journeys: _Optional[_Iterable[_Union[Journey, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class WithdrawJourneyRequest(_message.Message):
    __slots__ = ("name", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    request_id: str
    def __init__(self, name: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class PauseJourneyRequest(_message.Message):
    __slots__ = ("name", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    request_id: str
    def __init__(self, name: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class ResumeJourneyRequest(_message.Message):
    __slots__ = ("name", "request_id")
    NAME_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    name: str
    request_id: str
    def __init__(self, name: _Optional[str] = ..., request_id: _Optional[str] = ...) -> None: ...

class GetReceiptKeysRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class RecordPositionsRequest(_message.Message):
    __slots__ = ("name", "first_sequence", "positions")
    NAME_FIELD_NUMBER: _ClassVar[int]
    FIRST_SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    POSITIONS_FIELD_NUMBER: _ClassVar[int]
    name: str
    first_sequence: int
    positions: _containers.RepeatedCompositeFieldContainer[Position]
    def __init__(self, name: _Optional[str] = ..., first_sequence: _Optional[int] = ..., positions: _Optional[_Iterable[_Union[Position, _Mapping]]] = ...) -> None: ...

class RecordPositionsResponse(_message.Message):
    __slots__ = ("kept_through", "arrival")
    KEPT_THROUGH_FIELD_NUMBER: _ClassVar[int]
    ARRIVAL_FIELD_NUMBER: _ClassVar[int]
    kept_through: int
    arrival: Arrival
    def __init__(self, kept_through: _Optional[int] = ..., arrival: _Optional[_Union[Arrival, _Mapping]] = ...) -> None: ...

class ListPositionsRequest(_message.Message):
    __slots__ = ("parent", "page_size", "page_token")
    PARENT_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    parent: str
    page_size: int
    page_token: str
    def __init__(self, parent: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListPositionsResponse(_message.Message):
    __slots__ = ("positions", "next_page_token")
    POSITIONS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    positions: _containers.RepeatedCompositeFieldContainer[Position]
    next_page_token: str
    def __init__(self, positions: _Optional[_Iterable[_Union[Position, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class TrackRequest(_message.Message):
    __slots__ = ("open", "report")
    class Open(_message.Message):
        __slots__ = ("name",)
        NAME_FIELD_NUMBER: _ClassVar[int]
        name: str
        def __init__(self, name: _Optional[str] = ...) -> None: ...
    class Report(_message.Message):
        __slots__ = ("first_sequence", "positions", "columns")
        FIRST_SEQUENCE_FIELD_NUMBER: _ClassVar[int]
        POSITIONS_FIELD_NUMBER: _ClassVar[int]
        COLUMNS_FIELD_NUMBER: _ClassVar[int]
        first_sequence: int
        positions: _containers.RepeatedCompositeFieldContainer[Position]
        columns: Columns
        def __init__(self, first_sequence: _Optional[int] = ..., positions: _Optional[_Iterable[_Union[Position, _Mapping]]] = ..., columns: _Optional[_Union[Columns, _Mapping]] = ...) -> None: ...
    OPEN_FIELD_NUMBER: _ClassVar[int]
    REPORT_FIELD_NUMBER: _ClassVar[int]
    open: TrackRequest.Open
    report: TrackRequest.Report
    def __init__(self, open: _Optional[_Union[TrackRequest.Open, _Mapping]] = ..., report: _Optional[_Union[TrackRequest.Report, _Mapping]] = ...) -> None: ...

class TrackResponse(_message.Message):
    __slots__ = ("pace", "arrival", "pulse", "end", "kept_through")
    class Pace(_message.Message):
        __slots__ = ("interval",)
        INTERVAL_FIELD_NUMBER: _ClassVar[int]
        interval: _duration_pb2.Duration
        def __init__(self, interval: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...
    class Pulse(_message.Message):
        __slots__ = ()
        def __init__(self) -> None: ...
    class End(_message.Message):
        __slots__ = ("state",)
        STATE_FIELD_NUMBER: _ClassVar[int]
        state: Journey.State
        def __init__(self, state: _Optional[_Union[Journey.State, str]] = ...) -> None: ...
    PACE_FIELD_NUMBER: _ClassVar[int]
    ARRIVAL_FIELD_NUMBER: _ClassVar[int]
    PULSE_FIELD_NUMBER: _ClassVar[int]
    END_FIELD_NUMBER: _ClassVar[int]
    KEPT_THROUGH_FIELD_NUMBER: _ClassVar[int]
    pace: TrackResponse.Pace
    arrival: Arrival
    pulse: TrackResponse.Pulse
    end: TrackResponse.End
    kept_through: int
    def __init__(self, pace: _Optional[_Union[TrackResponse.Pace, _Mapping]] = ..., arrival: _Optional[_Union[Arrival, _Mapping]] = ..., pulse: _Optional[_Union[TrackResponse.Pulse, _Mapping]] = ..., end: _Optional[_Union[TrackResponse.End, _Mapping]] = ..., kept_through: _Optional[int] = ...) -> None: ...

class WatchArrivalsRequest(_message.Message):
    __slots__ = ("event", "resume_token", "south_west", "north_east", "interval")
    EVENT_FIELD_NUMBER: _ClassVar[int]
    RESUME_TOKEN_FIELD_NUMBER: _ClassVar[int]
    SOUTH_WEST_FIELD_NUMBER: _ClassVar[int]
    NORTH_EAST_FIELD_NUMBER: _ClassVar[int]
    INTERVAL_FIELD_NUMBER: _ClassVar[int]
    event: str
    resume_token: str
    south_west: _latlng_pb2.LatLng
    north_east: _latlng_pb2.LatLng
    interval: _duration_pb2.Duration
    def __init__(self, event: _Optional[str] = ..., resume_token: _Optional[str] = ..., south_west: _Optional[_Union[_latlng_pb2.LatLng, _Mapping]] = ..., north_east: _Optional[_Union[_latlng_pb2.LatLng, _Mapping]] = ..., interval: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class WatchArrivalsResponse(_message.Message):
    __slots__ = ("travelers", "resume_token")
    class Traveler(_message.Message):
        __slots__ = ("journey", "traveler", "state", "position", "arrival", "outside")
        JOURNEY_FIELD_NUMBER: _ClassVar[int]
        TRAVELER_FIELD_NUMBER: _ClassVar[int]
        STATE_FIELD_NUMBER: _ClassVar[int]
        POSITION_FIELD_NUMBER: _ClassVar[int]
        ARRIVAL_FIELD_NUMBER: _ClassVar[int]
        OUTSIDE_FIELD_NUMBER: _ClassVar[int]
        journey: str
        traveler: str
        state: Journey.State
        position: Position
        arrival: Arrival
        outside: bool
        def __init__(self, journey: _Optional[str] = ..., traveler: _Optional[str] = ..., state: _Optional[_Union[Journey.State, str]] = ..., position: _Optional[_Union[Position, _Mapping]] = ..., arrival: _Optional[_Union[Arrival, _Mapping]] = ..., outside: _Optional[bool] = ...) -> None: ...
    TRAVELERS_FIELD_NUMBER: _ClassVar[int]
    RESUME_TOKEN_FIELD_NUMBER: _ClassVar[int]
    travelers: _containers.RepeatedCompositeFieldContainer[WatchArrivalsResponse.Traveler]
    resume_token: str
    def __init__(self, travelers: _Optional[_Iterable[_Union[WatchArrivalsResponse.Traveler, _Mapping]]] = ..., resume_token: _Optional[str] = ...) -> None: ...

class JourneyStarted(_message.Message):
    __slots__ = ("journey", "event", "traveler")
    JOURNEY_FIELD_NUMBER: _ClassVar[int]
    EVENT_FIELD_NUMBER: _ClassVar[int]
    TRAVELER_FIELD_NUMBER: _ClassVar[int]
    journey: str
    event: str
    traveler: str
    def __init__(self, journey: _Optional[str] = ..., event: _Optional[str] = ..., traveler: _Optional[str] = ...) -> None: ...

class ConsentTaken(_message.Message):
    __slots__ = ("participant", "event", "inbound_message", "journey", "consent", "share_time", "refusal")
    PARTICIPANT_FIELD_NUMBER: _ClassVar[int]
    EVENT_FIELD_NUMBER: _ClassVar[int]
    INBOUND_MESSAGE_FIELD_NUMBER: _ClassVar[int]
    JOURNEY_FIELD_NUMBER: _ClassVar[int]
    CONSENT_FIELD_NUMBER: _ClassVar[int]
    SHARE_TIME_FIELD_NUMBER: _ClassVar[int]
    REFUSAL_FIELD_NUMBER: _ClassVar[int]
    participant: str
    event: str
    inbound_message: str
    journey: str
    consent: bool
    share_time: _timestamp_pb2.Timestamp
    refusal: str
    def __init__(self, participant: _Optional[str] = ..., event: _Optional[str] = ..., inbound_message: _Optional[str] = ..., journey: _Optional[str] = ..., consent: _Optional[bool] = ..., share_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., refusal: _Optional[str] = ...) -> None: ...

class ArrivalExpected(_message.Message):
    __slots__ = ("journey", "event", "traveler", "p50_time", "p90_time", "lateness", "distance_meters", "position_time", "expire_time")
    JOURNEY_FIELD_NUMBER: _ClassVar[int]
    EVENT_FIELD_NUMBER: _ClassVar[int]
    TRAVELER_FIELD_NUMBER: _ClassVar[int]
    P50_TIME_FIELD_NUMBER: _ClassVar[int]
    P90_TIME_FIELD_NUMBER: _ClassVar[int]
    LATENESS_FIELD_NUMBER: _ClassVar[int]
    DISTANCE_METERS_FIELD_NUMBER: _ClassVar[int]
    POSITION_TIME_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    journey: str
    event: str
    traveler: str
    p50_time: _timestamp_pb2.Timestamp
    p90_time: _timestamp_pb2.Timestamp
    lateness: _duration_pb2.Duration
    distance_meters: float
    position_time: _timestamp_pb2.Timestamp
    expire_time: _timestamp_pb2.Timestamp
    def __init__(self, journey: _Optional[str] = ..., event: _Optional[str] = ..., traveler: _Optional[str] = ..., p50_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., p90_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., lateness: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., distance_meters: _Optional[float] = ..., position_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., expire_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class JourneyArrived(_message.Message):
    __slots__ = ("journey", "event", "traveler", "arrive_time", "lateness", "expected_time", "estimate_time")
    JOURNEY_FIELD_NUMBER: _ClassVar[int]
    EVENT_FIELD_NUMBER: _ClassVar[int]
    TRAVELER_FIELD_NUMBER: _ClassVar[int]
    ARRIVE_TIME_FIELD_NUMBER: _ClassVar[int]
    LATENESS_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_TIME_FIELD_NUMBER: _ClassVar[int]
    ESTIMATE_TIME_FIELD_NUMBER: _ClassVar[int]
    journey: str
    event: str
    traveler: str
    arrive_time: _timestamp_pb2.Timestamp
    lateness: _duration_pb2.Duration
    expected_time: _timestamp_pb2.Timestamp
    estimate_time: _timestamp_pb2.Timestamp
    def __init__(self, journey: _Optional[str] = ..., event: _Optional[str] = ..., traveler: _Optional[str] = ..., arrive_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., lateness: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., expected_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., estimate_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ArrivalRetracted(_message.Message):
    __slots__ = ("journey", "event", "traveler", "arrive_time")
    JOURNEY_FIELD_NUMBER: _ClassVar[int]
    EVENT_FIELD_NUMBER: _ClassVar[int]
    TRAVELER_FIELD_NUMBER: _ClassVar[int]
    ARRIVE_TIME_FIELD_NUMBER: _ClassVar[int]
    journey: str
    event: str
    traveler: str
    arrive_time: _timestamp_pb2.Timestamp
    def __init__(self, journey: _Optional[str] = ..., event: _Optional[str] = ..., traveler: _Optional[str] = ..., arrive_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ArrivalCorrected(_message.Message):
    __slots__ = ("journey", "event", "traveler", "arrive_time", "lateness", "expected_time", "estimate_time", "previous_arrive_time")
    JOURNEY_FIELD_NUMBER: _ClassVar[int]
    EVENT_FIELD_NUMBER: _ClassVar[int]
    TRAVELER_FIELD_NUMBER: _ClassVar[int]
    ARRIVE_TIME_FIELD_NUMBER: _ClassVar[int]
    LATENESS_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_TIME_FIELD_NUMBER: _ClassVar[int]
    ESTIMATE_TIME_FIELD_NUMBER: _ClassVar[int]
    PREVIOUS_ARRIVE_TIME_FIELD_NUMBER: _ClassVar[int]
    journey: str
    event: str
    traveler: str
    arrive_time: _timestamp_pb2.Timestamp
    lateness: _duration_pb2.Duration
    expected_time: _timestamp_pb2.Timestamp
    estimate_time: _timestamp_pb2.Timestamp
    previous_arrive_time: _timestamp_pb2.Timestamp
    def __init__(self, journey: _Optional[str] = ..., event: _Optional[str] = ..., traveler: _Optional[str] = ..., arrive_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., lateness: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., expected_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., estimate_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., previous_arrive_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class JourneyEnded(_message.Message):
    __slots__ = ("journey", "event", "traveler", "state")
    JOURNEY_FIELD_NUMBER: _ClassVar[int]
    EVENT_FIELD_NUMBER: _ClassVar[int]
    TRAVELER_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    journey: str
    event: str
    traveler: str
    state: Journey.State
    def __init__(self, journey: _Optional[str] = ..., event: _Optional[str] = ..., traveler: _Optional[str] = ..., state: _Optional[_Union[Journey.State, str]] = ...) -> None: ...
