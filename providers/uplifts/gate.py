"""Who is asked before a price goes up, and what it is compared with."""

from datetime import date, timedelta
from uuid import UUID

from marketplace.kernel import clock, db
from providers.offers.queries import rate_of
from providers.rules import ActivityState, Rate, SupportRatio
from providers.uplifts.rules import WEEKS_SEEN, UpliftNeeded, is_rise


async def councils_asked(provider_id: UUID) -> list[UUID]:
    """The councils that approve a provider today."""
    rows = await db.fetch_all("SELECT * FROM approving_councils($1, $2) AS c(id)", provider_id, clock.today())
    return [row["id"] for row in rows]


async def told_rate(activity_id: UUID, ratio: SupportRatio, on: date) -> Rate | None:
    """What people were told that a ratio costs on a day: the rate in force, else the first later one."""
    row = await db.fetch_one(
        "SELECT * FROM rate WHERE activity_id = $1 AND ratio = $2 ORDER BY starts_on > $3, abs(starts_on - $3) LIMIT 1",
        activity_id,
        str(ratio),
        on,
    )
    return None if row is None else rate_of(row)


async def rise_over(activity: db.Row, rate: Rate) -> Rate | None:
    """The rate that a new one raises so that councils have to be asked; None when its provider may set it.

    A draft was never offered to anybody; an activity that was archived may come back.
    """
    if activity["state"] == ActivityState.DRAFT or not await councils_asked(activity["provider_id"]):
        return None
    told = await told_rate(activity["id"], rate.ratio, rate.starts_on)
    lengths = await db.fetch_all(
        "SELECT DISTINCT session_minutes(starts_at, ends_at) AS minutes FROM activity_session"
        " WHERE activity_id = $1 AND service_on >= $2",
        activity["id"],
        clock.today() - timedelta(weeks=WEEKS_SEEN),
    )
    return told if is_rise(told, rate, [row["minutes"] for row in lengths]) else None


async def check_no_rise(activity: db.Row, rate: Rate) -> None:
    """Raises UpliftNeeded when councils are asked before this rate."""
    if await rise_over(activity, rate):
        raise UpliftNeeded
