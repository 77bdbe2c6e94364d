"""A person's budget as it stands on a day, read with the person's row locked."""

from datetime import date
from uuid import UUID

from isf.budgets.rules import Share, Standing
from isf.rules import Collection, Spread
from marketplace.kernel import db
from marketplace.kernel.money import Money
from marketplace.kernel.routes_of_money import Route

_SHARES = """
    SELECT b.id AS budget_id, b.version, b.starts_on AS budget_starts_on, b.ends_on AS budget_ends_on, b.collection,
           s.fund_id, s.starts_on, s.ends_on, s.council_share_pence, s.contribution_pence, s.council_weekly_pence,
           s.contribution_weekly_pence, f.route, f.holder_user_id, f.holder_organisation_id
      FROM personal_budget b JOIN fund_share s ON s.budget_id = b.id JOIN fund f ON f.id = s.fund_id
     WHERE b.person_id = $1 AND b.kind = 'agreed'
"""


async def standing_on(person_id: UUID, day: date) -> Standing | None:
    """The version that runs on a day, else the one that ends with the day before it."""
    rows = await db.fetch_all(
        _SHARES
        + " AND b.id = (SELECT id FROM personal_budget WHERE person_id = $1 AND kind = 'agreed' AND starts_on <= $2"
        " AND ends_on >= $2 ORDER BY starts_on DESC LIMIT 1) ORDER BY s.fund_id",
        person_id,
        day,
    )
    return _standing(rows) if rows else None


async def standing_after(person_id: UUID, day: date) -> list[Standing]:
    """The versions that begin after a day, the first one first."""
    rows = await db.fetch_all(
        _SHARES + " AND b.starts_on > $2 ORDER BY b.starts_on, s.fund_id", person_id, day
    )
    ids = dict.fromkeys(row["budget_id"] for row in rows)
    return [_standing([row for row in rows if row["budget_id"] == budget_id]) for budget_id in ids]


async def standing_now(person_id: UUID, today: date) -> Standing | None:
    """The version that runs today, else the next one, else the last one."""
    rows = await db.fetch_all(
        _SHARES + " AND b.id = (SELECT id FROM personal_budget WHERE person_id = $1 AND kind = 'agreed'"
        " ORDER BY (starts_on <= $2 AND ends_on > $2) DESC, (starts_on > $2) DESC,"
        "          CASE WHEN starts_on > $2 THEN starts_on - $2 ELSE $2 - ends_on END LIMIT 1) ORDER BY s.fund_id",
        person_id,
        today,
    )
    return _standing(rows) if rows else None


def _standing(rows: list[db.Row]) -> Standing:
    first = rows[0]
    return Standing(
        first["budget_id"],
        first["version"],
        first["budget_starts_on"],
        first["budget_ends_on"],
        Collection(first["collection"]),
        [_share(row) for row in rows],
    )


def _share(row: db.Row) -> Share:
    def spread(name: str) -> Spread:
        weekly = row[f"{name}_weekly_pence"]
        amount = row["council_share_pence" if name == "council" else "contribution_pence"]
        return Spread(
            Money(amount), row["starts_on"], row["ends_on"], None if weekly is None else Money(weekly)
        )

    return Share(
        row["fund_id"],
        Route(row["route"]),
        row["holder_user_id"],
        row["holder_organisation_id"],
        spread("council"),
        spread("contribution"),
    )
