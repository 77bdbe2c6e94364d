"""Which plan holds on a day, and whether something is in it."""

from datetime import date
from uuid import UUID

from isf.plans.rules import PlanState
from marketplace.kernel import clock, db
from providers.rules import Category


# The version that was agreed by the day for a budget that runs on it, the newest first; for days before the first keys
# were turned the first one, because it freed the money of those days too.
def in_force_sql(person: str, day: str) -> str:
    """The statement that finds the version of a plan that holds on a day; both are SQL: a parameter or a column.

    A version holds in its days, from the day on which it was agreed; days before any agreement take the first one.
    """
    agreed_on = "(v.agreed_at AT TIME ZONE 'Europe/London')::date"
    return f"""
        SELECT v.id FROM plan_version v
         WHERE v.person_id = {person} AND v.agreed_at IS NOT NULL
         ORDER BY ({day} >= v.starts_on AND {day} < v.ends_on) DESC, ({agreed_on} <= {day}) DESC,
                  CASE WHEN {agreed_on} <= {day} THEN v.number ELSE -v.number END DESC
         LIMIT 1
    """  # noqa: S608 - names, no values


def fits_sql(category: str, provider: str) -> str:
    """The condition under which an item `i` holds an activity of a category by a provider; both are SQL."""
    return f"(i.category IS NULL OR i.category = {category}) AND (i.provider_id IS NULL OR i.provider_id = {provider})"


async def plan_in_force(person_id: UUID, on: date) -> UUID | None:
    """The version of a person's plan that holds on a day, or None while none was ever agreed."""
    found: UUID | None = await db.fetch_value(in_force_sql("$1", "$2"), person_id, on)
    return found


async def open_version(person_id: UUID) -> UUID | None:
    """The version that is being written or waits for keys, if there is one."""
    found: UUID | None = await db.fetch_value(
        "SELECT id FROM plan_version WHERE person_id = $1 AND state = ANY ($2::text[])",
        person_id,
        [str(PlanState.DRAFT), str(PlanState.WAITING_FOR_KEYS)],
    )
    return found


async def covers(
    person_id: UUID, on: date, category: Category | str | None, provider_id: UUID | None
) -> UUID | None:
    """The item of the plan in force that an activity belongs to, the closest fit first; None is outside the plan."""
    found: UUID | None = await db.fetch_value(
        f"SELECT i.id FROM plan_item i WHERE i.version_id = ({in_force_sql('$1', '$2')}) AND {fits_sql('$3', '$4')}"  # noqa: S608
        " ORDER BY (i.provider_id IS NOT NULL) DESC, (i.category IS NOT NULL) DESC, i.position LIMIT 1",
        person_id,
        on,
        None if category is None else str(category),
        provider_id,
    )
    return found


async def provider_names() -> list[tuple[UUID, str]]:
    """Every seller, to choose from in an item."""
    return [
        (row["id"], row["name"]) for row in await db.fetch_all("SELECT id, name FROM provider ORDER BY name")
    ]


async def possible_helpers(person_id: UUID) -> list[tuple[UUID, str]]:
    """Users who may be named as having helped: who may act for the person, and their council's care managers."""
    rows = await db.fetch_all(
        "SELECT DISTINCT u.id, u.name FROM person p"
        "  JOIN authority a ON a.person_id = p.id AND a.starts_on <= $2 AND (a.ends_on IS NULL OR a.ends_on > $2)"
        "  LEFT JOIN role_grant g ON g.organisation_id = a.organisation_id AND (g.ends_on IS NULL OR g.ends_on > $2)"
        "  JOIN app_user u ON u.id = coalesce(a.user_id, g.user_id) AND u.active"
        " WHERE p.id = $1 AND u.id IS DISTINCT FROM p.user_id"
        " UNION SELECT u.id, u.name FROM person p JOIN role_grant g ON g.organisation_id = p.council_id"
        "   AND g.role = 'care_manager' AND (g.ends_on IS NULL OR g.ends_on > $2)"
        "  JOIN app_user u ON u.id = g.user_id AND u.active WHERE p.id = $1 ORDER BY name",
        person_id,
        clock.today(),
    )
    return [(row["id"], row["name"]) for row in rows]


async def budgets_to_plan(person_id: UUID) -> list[db.Row]:
    """The person's agreed budgets that are not over: `id`, `pence`, `starts_on`, `ends_on`, the first one first."""
    return await db.fetch_all(
        "SELECT id, council_share_pence + contribution_pence AS pence, starts_on, ends_on FROM personal_budget"
        " WHERE person_id = $1 AND kind = 'agreed' AND ends_on > $2 ORDER BY starts_on",
        person_id,
        clock.today(),
    )
