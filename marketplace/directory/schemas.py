"""What programs get from the directory."""

from datetime import datetime
from uuid import UUID

import msgspec

from marketplace.kernel import db


class SessionOut(msgspec.Struct, frozen=True, kw_only=True):
    """One dated session. Money in whole pence, distance in metres; null: nobody said, or no place was asked for.

    An empty `routes_accepted` cannot be booked here.
    """

    id: UUID
    activity_id: UUID
    title: str
    category: str
    provider_id: UUID
    provider_name: str
    venue_name: str | None
    town: str | None
    postcode: str | None
    starts_at: datetime
    ends_at: datetime
    price_pence: int | None
    places_left: int | None
    distance_metres: int | None
    routes_accepted: list[str]


class Sessions(msgspec.Struct, frozen=True, kw_only=True):
    """One page of dated sessions, soonest first."""

    items: list[SessionOut]
    page: int
    page_size: int
    total: int


def session_out(row: db.Row) -> SessionOut:
    """A row of `queries.sessions` as programs get it."""
    metres = row["metres"]
    same = {name: row[name] for name in SessionOut.__struct_fields__ if name != "distance_metres"}
    return SessionOut(**same, distance_metres=None if metres is None else round(metres))
