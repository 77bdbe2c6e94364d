"""How much of the money that an organisation holds is used or booked with that organisation itself.

Money used is what is charged for what happened; money booked is the price of what is to come. By the day of the
service. Bookings and attendances lie above this package: they are read here as rows, never as code.
"""

from datetime import date
from uuid import UUID

import msgspec

from marketplace.identity.access import Actor, require, require_person
from marketplace.identity.rules import Permission, Scope
from marketplace.kernel import db, formats
from marketplace.kernel.errors import Forbidden, NotFound
from marketplace.kernel.money import Money

PAGE_SIZE = 50


def share_percent(own_pence: int, all_pence: int) -> int:
    """How many hundredths of the money went to the holder itself, rounded down; 0 of nothing."""
    return own_pence * 100 // all_pence if all_pence else 0


class SelfSupply(msgspec.Struct, frozen=True, kw_only=True):
    """What one person used and booked from a fund, and how much of it with the holder itself, in pence."""

    called: str
    holder: str
    own_pence: int
    all_pence: int
    undisclosed: int

    @property
    def percent(self) -> int:
        """The holder's own share."""
        return share_percent(self.own_pence, self.all_pence)

    @property
    def words(self) -> str:
        """One sentence for the person."""
        if not self.all_pence:
            return "Nothing is used or booked from this money yet."
        if not self.own_pence:
            return f"{self.holder} was paid nothing of {self.called}’s money for its own activities."
        return (
            f"{self.holder} was paid {Money(self.own_pence)} of {self.called}’s {Money(self.all_pence)}"
            " for its own activities."
        )

    @property
    def easy_words(self) -> str:
        """The same in Easy Read."""
        if not self.own_pence:
            return f"{self.holder} did not sell you anything."
        return f"{self.holder} got {Money(self.own_pence)} of {Money(self.all_pence)} for its own activities."


# One row for each booking that was charged for or is to come: what it costs, and whether the holder sells it.
_SPENT = """
    SELECT f.id AS fund_id, f.person_id, f.council_id, f.holder_organisation_id,
           f.holder_organisation_id = v.organisation_id AS own, coalesce(t.charge_pence, b.price_pence) AS pence,
           f.holder_organisation_id = v.organisation_id AND NOT EXISTS (
               SELECT 1 FROM agreement a WHERE a.fund_id = f.id AND a.signed_at IS NOT NULL AND a.sells_too
                  AND a.starts_on <= b.service_on AND (a.ends_on IS NULL OR a.ends_on > b.service_on)) AS undisclosed
      FROM fund f JOIN booking b ON b.fund_id = f.id JOIN provider v ON v.id = b.provider_id
      LEFT JOIN attendance t ON t.booking_id = b.id
     WHERE f.route = 'isf' AND (b.state IN ('held', 'confirmed', 'delivered', 'missed') OR t.charge_pence > 0)
"""


async def self_supply_of(
    actor: Actor, fund_id: UUID, starts_on: date | None = None, ends_on: date | None = None
) -> SelfSupply:
    """What the holder of an ISF sold to its person itself, over some days (half-open) or all. Raises NotFound."""
    fund = await db.fetch_one(
        "SELECT f.person_id, f.route, coalesce(nullif(p.preferred_name, ''), p.name) AS called, o.name AS holder"
        "  FROM fund f JOIN person p ON p.id = f.person_id LEFT JOIN organisation o ON o.id = f.holder_organisation_id"
        " WHERE f.id = $1",
        fund_id,
    )
    if fund is None:
        raise NotFound
    await require_person(actor, fund["person_id"], Scope.SEE)
    row = await db.fetch_one(
        "SELECT coalesce(sum(pence) FILTER (WHERE own), 0)::bigint AS own_pence,"
        "       coalesce(sum(pence), 0)::bigint AS all_pence, count(*) FILTER (WHERE undisclosed) AS undisclosed"
        f"  FROM ({_SPENT} AND f.id = $1 AND ($2::date IS NULL OR b.service_on >= $2)"
        "           AND ($3::date IS NULL OR b.service_on < $3)) s",
        fund_id,
        starts_on,
        ends_on,
    )
    assert row is not None  # noqa: S101 - an aggregate has a row
    return SelfSupply(called=fund["called"], holder=fund["holder"] or "", **row)


class SupplyLine(msgspec.Struct, frozen=True, kw_only=True):
    """A holder, or one person with a holder, over the days asked for."""

    holder_id: UUID
    holder: str
    person_id: UUID | None
    person_reference: str
    people: int
    own_pence: int
    all_pence: int
    undisclosed: int
    over: bool

    @property
    def percent(self) -> int:
        """The holder's own share."""
        return share_percent(self.own_pence, self.all_pence)

    @property
    def marks(self) -> str:
        """What to look at, in words; nothing when all is well."""
        told = []
        if self.over:
            told.append("Over the watch line")
        if self.undisclosed:
            told.append(f"{formats.count(self.undisclosed, 'booking')} not disclosed")
        return ", ".join(told)


class SupplyReport(msgspec.Struct, frozen=True, kw_only=True):
    """Every holder of a council's ISFs, and a page of their people, those with the largest share first."""

    holders: list[SupplyLine]
    people: list[SupplyLine]
    page: int
    total: int


# $1 council, $2 and $3 the days, $4 the share in percent above which somebody is marked.
_BY_PERSON = f"""
    SELECT s.holder_organisation_id AS holder_id, o.name AS holder, s.person_id, p.reference AS person_reference,
           coalesce(sum(s.pence) FILTER (WHERE s.own), 0)::bigint AS own_pence, sum(s.pence)::bigint AS all_pence,
           count(*) FILTER (WHERE s.undisclosed) AS undisclosed
      FROM ({_SPENT} AND f.council_id = $1 AND b.service_on >= $2 AND b.service_on < $3) s
      JOIN organisation o ON o.id = s.holder_organisation_id JOIN person p ON p.id = s.person_id
     GROUP BY s.holder_organisation_id, o.name, s.person_id, p.reference
"""


async def self_supply_report(
    actor: Actor, starts_on: date, ends_on: date, watch_percent: int, holder_id: UUID | None, page: int
) -> SupplyReport:
    """How much holders sell themselves, by holder and by person, over some days (half-open). Two statements.

    Needs COUNCIL_WATCH. People stand there by reference: who watches the market need not know who they are.
    """
    require(actor, Permission.COUNCIL_WATCH)
    if actor.council_id is None:
        raise Forbidden
    holders = await db.fetch_all(
        "SELECT holder_id, holder, NULL::uuid AS person_id, '' AS person_reference, count(*) AS people,"
        "       sum(own_pence)::bigint AS own_pence, sum(all_pence)::bigint AS all_pence,"
        "       sum(undisclosed)::bigint AS undisclosed, sum(own_pence) * 100 > sum(all_pence) * $4::int AS over"
        f"  FROM ({_BY_PERSON}) x GROUP BY holder_id, holder ORDER BY sum(own_pence) DESC, holder",
        actor.council_id,
        starts_on,
        ends_on,
        watch_percent,
    )
    people = await db.fetch_all(
        "SELECT x.*, 1 AS people, own_pence * 100 > all_pence * $4::int AS over, count(*) OVER () AS total"
        f"  FROM ({_BY_PERSON}) x WHERE $5::uuid IS NULL OR holder_id = $5"
        " ORDER BY own_pence::numeric / nullif(all_pence, 0) DESC NULLS LAST, person_reference LIMIT $6 OFFSET $7",
        actor.council_id,
        starts_on,
        ends_on,
        watch_percent,
        holder_id,
        PAGE_SIZE,
        (page - 1) * PAGE_SIZE,
    )
    return SupplyReport(
        holders=[msgspec.convert(row, SupplyLine) for row in holders],
        people=[msgspec.convert(row, SupplyLine) for row in people],
        page=page,
        total=people[0]["total"] if people else 0,
    )
