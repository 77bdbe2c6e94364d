"""Why money cannot be used, or is less than what is booked: in words, for those who were allowed to see the fund."""

from collections.abc import Sequence
from uuid import UUID

from marketplace.kernel import db, formats

KEYS = 4

# The version that is being written or waits for its keys, else the one that is agreed.
_PLAN = """
    SELECT v.state, (SELECT count(*) FROM approval_key k WHERE k.version_id = v.id AND k.fell_at IS NULL) AS keys
      FROM plan_version v WHERE v.person_id = $1 AND v.state IN ('draft', 'waiting_for_keys', 'agreed')
     ORDER BY v.state = 'agreed', v.number DESC LIMIT 1
"""


async def plan_words(person_id: UUID) -> str:
    """What is still to be done before locked money opens, as one sentence."""
    row = await db.fetch_one(_PLAN, person_id)
    if row is None:
        return "There is no plan yet."
    if row["state"] == "draft":
        return "The plan is being written."
    if row["state"] == "waiting_for_keys":
        return f"The plan is waiting for {formats.count(KEYS - row['keys'], 'key')}."
    return "The plan is agreed, and this money is not part of it yet."


async def shortfalls(fund_ids: Sequence[UUID]) -> dict[UUID, list[str]]:
    """Where more is booked than the budget gives, a sentence each, by fund; one statement (`rules.md` 19)."""
    rows = await db.fetch_all(
        "SELECT fund_id, kind, starts_on, still_to_take_pence FROM over_commitment"
        " WHERE fund_id = ANY ($1) AND state = 'open' ORDER BY starts_on, opened_at",
        list(fund_ids),
    )
    found: dict[UUID, list[str]] = {}
    for row in rows:
        day, amount = formats.full_date(row["starts_on"]), formats.money(row["still_to_take_pence"])
        if row["kind"] == "reduction":
            words = f"The budget goes down on {day}. {amount} more is booked than it gives."
        elif row["kind"] == "returned":
            words = f"A payment came back on {day}. {amount} more is booked than there is, until a provider pays it."
        else:
            words = f"This money ends on {day}. What is booked from that day on has to go another way."
        found.setdefault(row["fund_id"], []).append(words)
    return found
