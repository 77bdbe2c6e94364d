"""The provider hears when a group falls below its number; nobody's price changes (`rules.md` 20)."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

import msgspec

from isf.notices import Notice, tell_provider
from marketplace.kernel import db, formats

_LIVE = "state IN ('held', 'confirmed', 'delivered', 'missed')"


class SmallGroup(msgspec.Struct, frozen=True, kw_only=True):
    """A group with fewer people than the worker is priced for."""

    session_id: UUID
    title: str
    starts_at: datetime
    ends_at: datetime
    ratio: str
    seats: int
    people: int
    number: int

    @property
    def words(self) -> str:
        """`2 of 3 people share the worker`."""
        return f"{self.people} of {formats.count(self.seats, 'person', 'people')} share the worker"


_GROUPS = f"""
    SELECT s.id AS session_id, a.title, s.starts_at, s.ends_at, g.ratio, g.seats, g.number, n.people
      FROM support_group g JOIN activity_session s ON s.id = g.activity_session_id
      JOIN activity a ON a.id = s.activity_id
      CROSS JOIN LATERAL (SELECT count(*) AS people FROM booking b WHERE b.support_group_id = g.id AND b.{_LIVE}) n
     WHERE n.people BETWEEN 1 AND g.seats - 1 AND s.state = 'scheduled' AND
"""  # noqa: S608 - names, no values


async def small_groups(provider_id: UUID, first: date, last: date) -> Sequence[SmallGroup]:
    """The provider's groups of these days with fewer people than their number, earliest first."""
    rows = await db.fetch_all(
        _GROUPS + " s.provider_id = $1 AND s.service_on BETWEEN $2 AND $3 ORDER BY s.starts_at, g.number",
        provider_id,
        first,
        last,
    )
    return [msgspec.convert(row, SmallGroup) for row in rows]


async def tell_of_gap(booking: db.Row) -> None:
    """Somebody left a group in which others stay: the provider hears that it is small. Joins the unit of work."""
    if booking["support_group_id"] is None:
        return
    row = await db.fetch_one(_GROUPS + " g.id = $1", booking["support_group_id"])
    if row is None:
        return
    group = msgspec.convert(row, SmallGroup)
    await tell_provider(
        booking["provider_id"],
        Notice(
            f"Fewer people share a worker: {group.title}",
            f"{group.title}, {formats.when(group)}: {group.words} ({group.ratio}), because somebody left. "
            "The others pay what they agreed to. The next who books takes the empty seat.",
            f"/provider/sessions/{group.session_id}",
        ),
    )
