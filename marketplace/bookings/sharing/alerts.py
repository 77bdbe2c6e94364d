"""The provider hears when a group falls below its number; nobody's price changes (`rules.md` 20)."""

from collections.abc import Sequence
from datetime import date, datetime
from itertools import groupby
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
    SELECT g.id AS group_id, s.id AS session_id, a.title, s.starts_at, s.ends_at, g.ratio, g.seats, g.number, n.people
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


def tell_of_gap(booking: db.Row) -> None:
    """Somebody leaves a group: if others stay in it when the unit of work ends, the provider hears that it is small.

    Once for each session, however many leave it together.
    """
    if booking["support_group_id"] is not None:
        db.at_the_end(_tell_of_gaps, (booking["provider_id"], booking["support_group_id"]))


async def _tell_of_gaps(left: Sequence[tuple[UUID, UUID]]) -> None:
    providers = {group_id: provider_id for provider_id, group_id in left}
    rows = await db.fetch_all(
        _GROUPS + " g.id = ANY ($1) ORDER BY s.starts_at, s.id, g.number", list(providers)
    )
    for _, those in groupby(rows, key=lambda row: row["session_id"]):
        small = list(those)
        groups = [msgspec.convert(row, SmallGroup) for row in small]
        first = groups[0]
        told = ", ".join(f"{group.words} ({group.ratio})" for group in groups)
        await tell_provider(
            providers[small[0]["group_id"]],
            Notice(
                f"Fewer people share a worker: {first.title}",
                f"{first.title}, {formats.when(first)}: {told}, because somebody left. "
                "The others pay what they agreed to. The next who books takes the empty seat.",
                f"/provider/sessions/{first.session_id}",
            ),
        )
