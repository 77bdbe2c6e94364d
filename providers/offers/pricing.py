"""Dated prices: of each ratio, and of transport (requirement P3)."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from marketplace.identity.access import Actor
from marketplace.kernel import audit, clock, db
from marketplace.kernel.errors import Invalid
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import Money
from marketplace.kernel.vat import VatCategory
from providers.access import require_activity
from providers.offers.drafts import check_rate, check_vat
from providers.rules import PriceBasis, PriceUnit, Rate, Split, SupportRatio
from providers.uplifts.gate import check_no_rise

TOO_LATE = "Enter today or a later day: earlier days keep their price"


async def set_rate(
    actor: Actor,
    activity_id: UUID,
    starts_on: date,
    price: Money,
    vat_category: VatCategory,
    vat_rate_basis_points: int = 0,
    *,
    ratio: SupportRatio | None = None,
    unit: PriceUnit = PriceUnit.SESSION,
    minimum: Money | None = None,
    split: Split = Split.EACH,
    basis: PriceBasis | None = None,
) -> UUID:
    """What a session or an hour costs at a ratio from a day on, VAT included; the activity's own ratio when not said.

    Bookings made before keep their price (`rules.md` 13). A second rate for the same day replaces the first. Only the
    first rate of a ratio may start in the past: what was offered for days gone by is history. What councils rely on
    goes up by a proposal only (requirement P6).
    Raises NotFound (another's), Invalid or UpliftNeeded.
    """
    async with db.unit_of_work():
        activity = await require_activity(actor, activity_id)
        rate = Rate(
            starts_on, price, vat_category, vat_rate_basis_points,
            ratio or SupportRatio(activity["support_ratio"]), unit, minimum, split, basis,
        )  # fmt: skip
        check_rate(rate)
        await check_no_rise(activity, rate)
        return await write_rate(actor, activity_id, rate)


async def write_rate(actor: Actor, activity_id: UUID, rate: Rate) -> UUID:
    """Write a checked rate of an activity that the caller has locked; only inside a unit of work. Raises Invalid."""
    earlier = await db.fetch_all(
        "SELECT * FROM rate WHERE activity_id = $1 AND ratio = $2", activity_id, str(rate.ratio)
    )
    if earlier and rate.starts_on < clock.today():
        raise Invalid({"starts_on": TOO_LATE})
    replaced = next((row for row in earlier if row["starts_on"] == rate.starts_on), None)
    told = {
        "price_pence": rate.price.pence,
        "vat_category": str(rate.vat_category),
        "vat_rate_basis_points": rate.vat_rate_basis_points,
        "unit": str(rate.unit),
        "minimum_pence": rate.minimum.pence if rate.minimum else None,
        "split": str(rate.split),
        "price_basis": str(rate.basis or _basis_before(earlier, rate.starts_on)),
    }
    rate_id: UUID = await db.fetch_value(
        "INSERT INTO rate (id, activity_id, ratio, starts_on, price_pence, vat_category, vat_rate_basis_points, unit,"
        " minimum_pence, split, price_basis) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
        " ON CONFLICT (activity_id, ratio, starts_on) DO UPDATE SET price_pence = excluded.price_pence,"
        " vat_category = excluded.vat_category, vat_rate_basis_points = excluded.vat_rate_basis_points,"
        " unit = excluded.unit, minimum_pence = excluded.minimum_pence, split = excluded.split,"
        " price_basis = excluded.price_basis RETURNING id",
        new_id(),
        activity_id,
        str(rate.ratio),
        rate.starts_on,
        *told.values(),
    )
    await audit.record(
        actor,
        "rate.set",
        "activity",
        activity_id,
        before={name: replaced[name] for name in told} if replaced else None,
        after={"starts_on": rate.starts_on, "ratio": rate.ratio, **told},
    )
    return rate_id


def _basis_before(earlier: Sequence[db.Row], starts_on: date) -> PriceBasis:
    """Which price stays by the rate that a new one follows."""
    before = [row for row in earlier if row["starts_on"] <= starts_on]
    last = max(before, key=lambda row: row["starts_on"], default=None)
    return PriceBasis(last["price_basis"]) if last else PriceBasis.GROSS


async def set_transport_rate(
    actor: Actor,
    activity_id: UUID,
    starts_on: date,
    price: Money,
    vat_category: VatCategory,
    vat_rate_basis_points: int = 0,
) -> None:
    """What being fetched and brought home costs for a session from a day on, with VAT of its own.

    Bookings made before keep their price. Raises NotFound (another's) or Invalid.
    """
    check_vat(price, vat_category, vat_rate_basis_points)
    await _write_transport(actor, activity_id, starts_on, price.pence, vat_category, vat_rate_basis_points)


async def withdraw_transport(actor: Actor, activity_id: UUID, starts_on: date) -> None:
    """Offer no transport from a day on; what is booked stays booked. Raises NotFound (another's) or Invalid."""
    await _write_transport(actor, activity_id, starts_on, None, VatCategory.OUTSIDE_SCOPE, 0)


async def _write_transport(
    actor: Actor,
    activity_id: UUID,
    starts_on: date,
    price_pence: int | None,
    vat_category: VatCategory,
    vat_rate_basis_points: int,
) -> None:
    async with db.unit_of_work():
        await require_activity(actor, activity_id)
        known = await db.fetch_value(
            "SELECT 1 FROM transport_rate WHERE activity_id = $1 LIMIT 1", activity_id
        )
        if known and starts_on < clock.today():
            raise Invalid({"starts_on": TOO_LATE})
        if price_pence is None and not known:
            raise Invalid({"starts_on": "There is no transport to take away"})
        told = {
            "starts_on": starts_on,
            "price_pence": price_pence,
            "vat_category": str(vat_category),
            "vat_rate_basis_points": vat_rate_basis_points,
        }
        await db.execute(
            "INSERT INTO transport_rate (id, activity_id, starts_on, price_pence, vat_category, vat_rate_basis_points)"
            " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (activity_id, starts_on) DO UPDATE SET"
            " price_pence = excluded.price_pence, vat_category = excluded.vat_category,"
            " vat_rate_basis_points = excluded.vat_rate_basis_points",
            new_id(),
            activity_id,
            *told.values(),
        )
        await audit.record(actor, "transport_rate.set", "activity", activity_id, after=told)
