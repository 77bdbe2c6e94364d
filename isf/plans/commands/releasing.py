"""Money is released by an agreed plan, and by nothing else (row SP3); the database has the same rule."""

from uuid import UUID

from isf.plans.rules import covers_money
from marketplace.kernel import audit, clock, db
from marketplace.kernel.errors import Conflict
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import Money

db.explain_constraint(
    "fund_release_by_agreed_plan",
    Conflict("You cannot release this money, because the support plan is not agreed."),
)


async def release_funds(who: audit.Who, version_id: UUID) -> list[UUID]:
    """Open the lock of every fund of the person that runs under the budget of an agreed version; answers them.

    Funds that were released before stay as they are. Joins the open unit of work.
    """
    rows = await db.fetch_all(
        "INSERT INTO fund_release (id, fund_id, plan_version_id, released_by, released_at)"
        " SELECT gen_random_uuid(), f.id, v.id, $2, $3 FROM plan_version v JOIN fund f ON f.person_id = v.person_id"
        "  WHERE v.id = $1 AND EXISTS (SELECT 1 FROM fund_share s WHERE s.fund_id = f.id AND s.budget_id = v.budget_id)"
        "    AND NOT EXISTS (SELECT 1 FROM fund_release r WHERE r.fund_id = f.id) ORDER BY f.id RETURNING fund_id",
        version_id,
        who.user_id,
        clock.now(),
    )
    for row in rows:
        await _tell(who, row["fund_id"], version_id)
    return [row["fund_id"] for row in rows]


async def release_fund(who: audit.Who, fund_id: UUID) -> UUID | None:
    """Open the lock of one fund if the person's agreed plan covers its money; answers that plan's version, or None.

    It does for the budget it was written for, and for a later one inside the same days that gives no more a day: a
    change of route or a cut needs no new keys. Joins the open unit of work; again changes nothing.
    """
    async with db.unit_of_work():
        row = await db.fetch_one(
            "SELECT v.id, v.budget_id, v.allocated_pence, v.starts_on, v.ends_on, b.id AS for_budget, b.pence,"
            "       b.starts_on AS budget_from, b.ends_on AS budget_until, r.plan_version_id AS released"
            "  FROM fund f JOIN plan_version v ON v.person_id = f.person_id AND v.state = 'agreed'"
            "  JOIN LATERAL (SELECT b.id, b.council_share_pence + b.contribution_pence AS pence, b.starts_on, b.ends_on"
            "                  FROM fund_share s JOIN personal_budget b ON b.id = s.budget_id WHERE s.fund_id = f.id"
            "                 ORDER BY b.starts_on DESC LIMIT 1) b ON true"
            "  LEFT JOIN fund_release r ON r.fund_id = f.id WHERE f.id = $1 FOR SHARE OF v",
            fund_id,
        )
        if row is None:
            return None
        if row["released"] is not None:
            released: UUID = row["released"]
            return released
        if row["budget_id"] != row["for_budget"] and not covers_money(
            Money(row["allocated_pence"]), row["starts_on"], row["ends_on"],
            Money(row["pence"]), row["budget_from"], row["budget_until"],
        ):  # fmt: skip
            return None
        await db.execute(
            "INSERT INTO fund_release (id, fund_id, plan_version_id, released_by, released_at)"
            " VALUES ($1, $2, $3, $4, $5)",
            new_id(),
            fund_id,
            row["id"],
            who.user_id,
            clock.now(),
        )
        await _tell(who, fund_id, row["id"])
        version_id: UUID = row["id"]
        return version_id


async def _tell(who: audit.Who, fund_id: UUID, version_id: UUID) -> None:
    await audit.record(who, "fund.released", "fund", fund_id, after={"plan_version": version_id})
