"""What a provider has, as a sheet is held against it: values only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from uuid import UUID


@dataclass(frozen=True, slots=True)
class KnownDate:
    """A date that is there."""

    id: UUID
    activity_id: UUID
    timetable_id: UUID | None
    starts_at: datetime
    minutes: int
    capacity: int
    venue_id: UUID | None


@dataclass(frozen=True, slots=True)
class KnownTimetable:
    """A timetable that is there; `next_session_id` is its first date to come."""

    id: UUID
    activity_id: UUID
    rule: str
    starts_on: date
    ends_on: date | None
    start_time: time
    minutes: int
    capacity: int
    venue_id: UUID | None
    except_on: frozenset[date]
    also_on: frozenset[date]
    bank_holidays: str
    in_terms: str
    terms_council_id: UUID | None
    next_session_id: UUID | None


@dataclass(frozen=True, slots=True)
class Known:
    """Everything of the provider's that a row can be about; names in small letters."""

    activities: Mapping[str, Sequence[tuple[UUID, str, int | None]]]
    venues: Mapping[str, UUID]
    councils: Mapping[str, UUID]
    dates: Mapping[tuple[UUID, datetime], KnownDate]
    timetables: Mapping[tuple[UUID, str, date, time], KnownTimetable]
