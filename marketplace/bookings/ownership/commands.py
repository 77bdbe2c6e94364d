"""Taking a provider in-house: the bookings that it would make unlawful are given back first (`rules.md` 1, 15)."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from marketplace.bookings.commands import cancel_for_ownership, let_go
from marketplace.bookings.rules import BookingState, Reason
from marketplace.identity.access import Actor, require
from marketplace.identity.rules import Permission
from marketplace.kernel import db, formats
from marketplace.kernel.errors import Conflict, Forbidden, Invalid
from marketplace.kernel.money import Money
from marketplace.kernel.routes_of_money import PERSONALISED
from providers.ownership.commands import record_ownership

_PERSONALISED = sorted(str(route) for route in PERSONALISED)


class AlreadyDelivered(Conflict):
    """What happened on a personalised budget cannot become the council's own service afterwards."""

    code = "ownership_blocked_by_deliveries"

    def __init__(self, sessions: int, last: date) -> None:
        super().__init__(
            f"You cannot record this first day, because {formats.count(sessions, 'booking')} from personalised "
            f"budgets of your council {'is' if sessions == 1 else 'are'} delivered or charged on it or after it. "
            f"You can choose a first day after {formats.full_date(last)}.",
            bookings=sessions,
            last_on=last.isoformat(),
        )


@dataclass(frozen=True, slots=True)
class Affected:
    """What a change of ownership would do: bookings given back, of how many people, and how much money."""

    bookings: int
    people: int
    money: Money
    first_on: date | None
    last_on: date | None


@dataclass(frozen=True, slots=True)
class TakenInHouse:
    """The ownership that was recorded, and how many bookings were given back."""

    ownership_id: UUID
    cancelled: int


# $1 the provider, $2 the council, $3 its first day, $4 the first day without it (or null), $5 personalised routes.
_ON_THOSE_DAYS = """
    FROM booking b LEFT JOIN attendance t ON t.booking_id = b.id
   WHERE b.provider_id = $1 AND b.council_id = $2 AND b.service_on >= $3 AND ($4::date IS NULL OR b.service_on < $4)
     AND b.route = ANY ($5)
"""
_TO_GIVE_BACK = " AND b.state IN ('held', 'confirmed')"
_DONE = " AND (b.state IN ('delivered', 'missed') OR b.state = 'cancelled' AND t.charge_pence > 0)"


async def affected(
    actor: Actor, provider_id: UUID, council_id: UUID, starts_on: date, ends_on: date | None
) -> Affected:
    """What `take_in_house` would give back; numbers only, because this is no view of anybody's record.

    Raises Forbidden for another council, Invalid, AlreadyDelivered.
    """
    _check(actor, council_id, starts_on, ends_on)
    days = (provider_id, council_id, starts_on, ends_on, _PERSONALISED)
    await _check_nothing_done(days)
    row = await db.fetch_one(
        "SELECT count(*) AS bookings, count(DISTINCT b.person_id) AS people,"
        " coalesce(sum(b.price_pence), 0)::bigint AS pence, min(b.service_on) AS first_on, max(b.service_on) AS last_on"
        + _ON_THOSE_DAYS
        + _TO_GIVE_BACK,
        *days,
    )
    assert row is not None  # noqa: S101 - aggregates always answer a row
    return Affected(row["bookings"], row["people"], Money(row["pence"]), row["first_on"], row["last_on"])


def _check(actor: Actor, council_id: UUID, starts_on: date, ends_on: date | None) -> None:
    require(actor, Permission.OWNERSHIP_RECORD)
    if actor.council_id != council_id:
        raise Forbidden("A council records what it owns itself.")
    if ends_on is not None and ends_on <= starts_on:
        raise Invalid({"ends_on": "Enter a day after the start"})


async def _check_nothing_done(days: tuple[object, ...]) -> None:
    done = await db.fetch_one(
        "SELECT count(*) AS bookings, max(b.service_on) AS last_on" + _ON_THOSE_DAYS + _DONE, *days
    )
    if done is not None and done["bookings"]:
        raise AlreadyDelivered(done["bookings"], done["last_on"])


async def take_in_house(
    actor: Actor, provider_id: UUID, council_id: UUID, starts_on: date, ends_on: date | None
) -> TakenInHouse:
    """Record that the actor's council owns a provider; `ends_on` is the first day on which it does not.

    Live bookings on those days from that council's personalised budgets are given back at no cost, in the same
    transaction. Council-managed bookings and other councils' stay. Raises Forbidden (another council), NotFound,
    Invalid, OwnershipOverlaps, and AlreadyDelivered when something on those days happened already.
    """
    _check(actor, council_id, starts_on, ends_on)
    days = (provider_id, council_id, starts_on, ends_on, _PERSONALISED)
    async with db.unit_of_work():
        # Sessions first, in one order, so that nobody books one of them meanwhile.
        await db.execute(
            "SELECT 1 FROM (SELECT id FROM activity_session WHERE provider_id = $1 AND service_on >= $2"
            " AND ($3::date IS NULL OR service_on < $3) ORDER BY id FOR NO KEY UPDATE) AS locked",
            provider_id,
            starts_on,
            ends_on,
        )
        await _check_nothing_done(days)
        # Funds in one order too: two such changes at once never wait for each other in a circle.
        live = await db.fetch_all(
            "SELECT b.id, b.state"
            + _ON_THOSE_DAYS
            + _TO_GIVE_BACK
            + " ORDER BY b.fund_id, b.starts_at, b.id",
            *days,
        )
        for row in live:
            if row["state"] == BookingState.HELD:
                await let_go(actor, row["id"], str(Reason.BECAME_IN_HOUSE))
            else:
                await cancel_for_ownership(actor, row["id"])
        ownership_id = await record_ownership(actor, provider_id, council_id, starts_on, ends_on)
    return TakenInHouse(ownership_id, len(live))
