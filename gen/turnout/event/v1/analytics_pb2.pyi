import datetime

from google.api import annotations_pb2 as _annotations_pb2
from google.api import client_pb2 as _client_pb2
from google.api import field_behavior_pb2 as _field_behavior_pb2
from google.api import resource_pb2 as _resource_pb2
from google.protobuf import duration_pb2 as _duration_pb2
from google.type import date_pb2 as _date_pb2
from google.type import money_pb2 as _money_pb2
from turnout.access.v1 import access_pb2 as _access_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class EventAnalytics(_message.Message):
    __slots__ = ("name", "figures")
    NAME_FIELD_NUMBER: _ClassVar[int]
    FIGURES_FIELD_NUMBER: _ClassVar[int]
    name: str
    figures: Figures
    def __init__(self, name: _Optional[str] = ..., figures: _Optional[_Union[Figures, _Mapping]] = ...) -> None: ...

class OrganizationAnalytics(_message.Message):
    __slots__ = ("name", "figures", "published_events", "cancelled_events")
    NAME_FIELD_NUMBER: _ClassVar[int]
    FIGURES_FIELD_NUMBER: _ClassVar[int]
    PUBLISHED_EVENTS_FIELD_NUMBER: _ClassVar[int]
    CANCELLED_EVENTS_FIELD_NUMBER: _ClassVar[int]
    name: str
    figures: Figures
    published_events: int
    cancelled_events: int
    def __init__(self, name: _Optional[str] = ..., figures: _Optional[_Union[Figures, _Mapping]] = ..., published_events: _Optional[int] = ..., cancelled_events: _Optional[int] = ...) -> None: ...

class Figures(_message.Message):
    __slots__ = ("funnel", "bookings", "capacity", "revenue", "days", "channels", "punctuality")
    FUNNEL_FIELD_NUMBER: _ClassVar[int]
    BOOKINGS_FIELD_NUMBER: _ClassVar[int]
    CAPACITY_FIELD_NUMBER: _ClassVar[int]
    REVENUE_FIELD_NUMBER: _ClassVar[int]
    DAYS_FIELD_NUMBER: _ClassVar[int]
    CHANNELS_FIELD_NUMBER: _ClassVar[int]
    PUNCTUALITY_FIELD_NUMBER: _ClassVar[int]
    funnel: Funnel
    bookings: Bookings
    capacity: Capacity
    revenue: _containers.RepeatedCompositeFieldContainer[Revenue]
    days: _containers.RepeatedCompositeFieldContainer[Day]
    channels: _containers.RepeatedCompositeFieldContainer[ChannelPerformance]
    punctuality: Punctuality
    def __init__(self, funnel: _Optional[_Union[Funnel, _Mapping]] = ..., bookings: _Optional[_Union[Bookings, _Mapping]] = ..., capacity: _Optional[_Union[Capacity, _Mapping]] = ..., revenue: _Optional[_Iterable[_Union[Revenue, _Mapping]]] = ..., days: _Optional[_Iterable[_Union[Day, _Mapping]]] = ..., channels: _Optional[_Iterable[_Union[ChannelPerformance, _Mapping]]] = ..., punctuality: _Optional[_Union[Punctuality, _Mapping]] = ...) -> None: ...

class Funnel(_message.Message):
    __slots__ = ("listed", "invited", "sent", "delivered", "answered", "accepted", "held", "paid", "under_way", "arrived", "absent")
    LISTED_FIELD_NUMBER: _ClassVar[int]
    INVITED_FIELD_NUMBER: _ClassVar[int]
    SENT_FIELD_NUMBER: _ClassVar[int]
    DELIVERED_FIELD_NUMBER: _ClassVar[int]
    ANSWERED_FIELD_NUMBER: _ClassVar[int]
    ACCEPTED_FIELD_NUMBER: _ClassVar[int]
    HELD_FIELD_NUMBER: _ClassVar[int]
    PAID_FIELD_NUMBER: _ClassVar[int]
    UNDER_WAY_FIELD_NUMBER: _ClassVar[int]
    ARRIVED_FIELD_NUMBER: _ClassVar[int]
    ABSENT_FIELD_NUMBER: _ClassVar[int]
    listed: int
    invited: int
    sent: int
    delivered: int
    answered: int
    accepted: int
    held: int
    paid: int
    under_way: int
    arrived: int
    absent: int
    def __init__(self, listed: _Optional[int] = ..., invited: _Optional[int] = ..., sent: _Optional[int] = ..., delivered: _Optional[int] = ..., answered: _Optional[int] = ..., accepted: _Optional[int] = ..., held: _Optional[int] = ..., paid: _Optional[int] = ..., under_way: _Optional[int] = ..., arrived: _Optional[int] = ..., absent: _Optional[int] = ...) -> None: ...

class Bookings(_message.Message):
    __slots__ = ("held", "confirmed", "lapsed", "cancelled")
    HELD_FIELD_NUMBER: _ClassVar[int]
    CONFIRMED_FIELD_NUMBER: _ClassVar[int]
    LAPSED_FIELD_NUMBER: _ClassVar[int]
    CANCELLED_FIELD_NUMBER: _ClassVar[int]
    held: int
    confirmed: int
    lapsed: int
    cancelled: int
    def __init__(self, held: _Optional[int] = ..., confirmed: _Optional[int] = ..., lapsed: _Optional[int] = ..., cancelled: _Optional[int] = ...) -> None: ...

class Capacity(_message.Message):
    __slots__ = ("seats", "held", "sold", "entries")
    class Entry(_message.Message):
        __slots__ = ("ticket_type", "seats", "held", "sold")
        TICKET_TYPE_FIELD_NUMBER: _ClassVar[int]
        SEATS_FIELD_NUMBER: _ClassVar[int]
        HELD_FIELD_NUMBER: _ClassVar[int]
        SOLD_FIELD_NUMBER: _ClassVar[int]
        ticket_type: str
        seats: int
        held: int
        sold: int
        def __init__(self, ticket_type: _Optional[str] = ..., seats: _Optional[int] = ..., held: _Optional[int] = ..., sold: _Optional[int] = ...) -> None: ...
    SEATS_FIELD_NUMBER: _ClassVar[int]
    HELD_FIELD_NUMBER: _ClassVar[int]
    SOLD_FIELD_NUMBER: _ClassVar[int]
    ENTRIES_FIELD_NUMBER: _ClassVar[int]
    seats: int
    held: int
    sold: int
    entries: _containers.RepeatedCompositeFieldContainer[Capacity.Entry]
    def __init__(self, seats: _Optional[int] = ..., held: _Optional[int] = ..., sold: _Optional[int] = ..., entries: _Optional[_Iterable[_Union[Capacity.Entry, _Mapping]]] = ...) -> None: ...

class Revenue(_message.Message):
    __slots__ = ("captured", "refunded", "net")
    CAPTURED_FIELD_NUMBER: _ClassVar[int]
    REFUNDED_FIELD_NUMBER: _ClassVar[int]
    NET_FIELD_NUMBER: _ClassVar[int]
    captured: _money_pb2.Money
    refunded: _money_pb2.Money
    net: _money_pb2.Money
    def __init__(self, captured: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., refunded: _Optional[_Union[_money_pb2.Money, _Mapping]] = ..., net: _Optional[_Union[_money_pb2.Money, _Mapping]] = ...) -> None: ...

class Day(_message.Message):
    __slots__ = ("date", "sold", "returned", "revenue")
    DATE_FIELD_NUMBER: _ClassVar[int]
    SOLD_FIELD_NUMBER: _ClassVar[int]
    RETURNED_FIELD_NUMBER: _ClassVar[int]
    REVENUE_FIELD_NUMBER: _ClassVar[int]
    date: _date_pb2.Date
    sold: int
    returned: int
    revenue: _containers.RepeatedCompositeFieldContainer[Revenue]
    def __init__(self, date: _Optional[_Union[_date_pb2.Date, _Mapping]] = ..., sold: _Optional[int] = ..., returned: _Optional[int] = ..., revenue: _Optional[_Iterable[_Union[Revenue, _Mapping]]] = ...) -> None: ...

class ChannelPerformance(_message.Message):
    __slots__ = ("channel", "sent", "delivered", "read", "failed", "recipients", "answered")
    class Channel(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
        __slots__ = ()
        CHANNEL_UNSPECIFIED: _ClassVar[ChannelPerformance.Channel]
        CHANNEL_EMAIL: _ClassVar[ChannelPerformance.Channel]
        CHANNEL_SMS: _ClassVar[ChannelPerformance.Channel]
        CHANNEL_WHATSAPP: _ClassVar[ChannelPerformance.Channel]
    CHANNEL_UNSPECIFIED: ChannelPerformance.Channel
    CHANNEL_EMAIL: ChannelPerformance.Channel
    CHANNEL_SMS: ChannelPerformance.Channel
    CHANNEL_WHATSAPP: ChannelPerformance.Channel
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    SENT_FIELD_NUMBER: _ClassVar[int]
    DELIVERED_FIELD_NUMBER: _ClassVar[int]
    READ_FIELD_NUMBER: _ClassVar[int]
    FAILED_FIELD_NUMBER: _ClassVar[int]
    RECIPIENTS_FIELD_NUMBER: _ClassVar[int]
    ANSWERED_FIELD_NUMBER: _ClassVar[int]
    channel: ChannelPerformance.Channel
    sent: int
    delivered: int
    read: int
    failed: int
    recipients: int
    answered: int
    def __init__(self, channel: _Optional[_Union[ChannelPerformance.Channel, str]] = ..., sent: _Optional[int] = ..., delivered: _Optional[int] = ..., read: _Optional[int] = ..., failed: _Optional[int] = ..., recipients: _Optional[int] = ..., answered: _Optional[int] = ...) -> None: ...

class Punctuality(_message.Message):
    __slots__ = ("arrived", "on_time", "mean_lateness", "bands", "estimated", "mean_error", "mean_bias")
    class Band(_message.Message):
        __slots__ = ("at_least", "less_than", "arrived")
        AT_LEAST_FIELD_NUMBER: _ClassVar[int]
        LESS_THAN_FIELD_NUMBER: _ClassVar[int]
        ARRIVED_FIELD_NUMBER: _ClassVar[int]
        at_least: _duration_pb2.Duration
        less_than: _duration_pb2.Duration
        arrived: int
        def __init__(self, at_least: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., less_than: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., arrived: _Optional[int] = ...) -> None: ...
    ARRIVED_FIELD_NUMBER: _ClassVar[int]
    ON_TIME_FIELD_NUMBER: _ClassVar[int]
    MEAN_LATENESS_FIELD_NUMBER: _ClassVar[int]
    BANDS_FIELD_NUMBER: _ClassVar[int]
    ESTIMATED_FIELD_NUMBER: _ClassVar[int]
    MEAN_ERROR_FIELD_NUMBER: _ClassVar[int]
    MEAN_BIAS_FIELD_NUMBER: _ClassVar[int]
    arrived: int
    on_time: int
    mean_lateness: _duration_pb2.Duration
    bands: _containers.RepeatedCompositeFieldContainer[Punctuality.Band]
    estimated: int
    mean_error: _duration_pb2.Duration
    mean_bias: _duration_pb2.Duration
    def __init__(self, arrived: _Optional[int] = ..., on_time: _Optional[int] = ..., mean_lateness: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., bands: _Optional[_Iterable[_Union[Punctuality.Band, _Mapping]]] = ..., estimated: _Optional[int] = ..., mean_error: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ..., mean_bias: _Optional[_Union[datetime.timedelta, _duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class GetEventAnalyticsRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...

class GetOrganizationAnalyticsRequest(_message.Message):
    __slots__ = ("name",)
    NAME_FIELD_NUMBER: _ClassVar[int]
    name: str
    def __init__(self, name: _Optional[str] = ...) -> None: ...
