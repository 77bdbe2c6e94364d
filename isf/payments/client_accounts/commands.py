"""Declaring a client account, and comparing it with the books of its day. Nothing here is ever changed afterwards."""

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from marketplace.identity.access import Actor, require
from marketplace.identity.rules import Permission
from marketplace.kernel import audit, clock, db
from marketplace.kernel.errors import Forbidden, Invalid
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import Money

# The funds that a holder keeps in its client account: those that have begun, and any in which money lies still.
FUNDS_HELD = """
    SELECT f.id AS fund_id, f.person_id, f.council_id, cash_of_fund(f.id, $2) AS books_pence
      FROM fund f
     WHERE f.holder_organisation_id = $1 AND f.route = 'isf'
       AND ((f.starts_on <= $2 AND f.ends_on > $2 AND f.state = 'open') OR cash_of_fund(f.id, $2) <> 0)
"""


def holder_of(actor: Actor) -> UUID:
    """The organisation for which the actor declares. Needs CLIENT_ACCOUNT_DECLARE; raises Forbidden for nobody's."""
    require(actor, Permission.CLIENT_ACCOUNT_DECLARE)
    if actor.organisation_id is None:
        raise Forbidden
    return actor.organisation_id


async def declare(
    actor: Actor, day: date, balance: Money, parts: Mapping[UUID, Money] | None = None, note: str = ""
) -> UUID:
    """Say what was in the client account at the end of a day, and each fund's part where that is known.

    Answers the id of the check that is made at once. A further declaration for the same day corrects this one.
    Raises Invalid for a day to come, for another's fund, and when parts are given for every fund and do not add up.
    """
    organisation_id = holder_of(actor)
    told = dict(parts or {})
    if day > clock.today():
        raise Invalid({"day": "Enter today or a day before"})
    async with db.unit_of_work():
        known = [row["fund_id"] for row in await db.fetch_all(FUNDS_HELD, organisation_id, day)]
        _check_parts(known, balance, told)
        declaration_id = new_id()
        await db.execute(
            "INSERT INTO client_account_declaration (id, organisation_id, day, declared_pence, note, declared_by,"
            " declared_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
            declaration_id,
            organisation_id,
            day,
            balance.pence,
            note.strip()[:1000],
            actor.user_id,
            clock.now(),
        )
        await db.execute_many(
            "INSERT INTO client_account_part (id, declaration_id, fund_id, declared_pence) VALUES ($1, $2, $3, $4)",
            [(new_id(), declaration_id, fund_id, amount.pence) for fund_id, amount in told.items()],
        )
        await audit.record(
            actor,
            "client_account.declared",
            "client_account_declaration",
            declaration_id,
            after={"organisation": organisation_id, "day": day, "declared": balance, "parts": len(told)},
        )
        return await _check(declaration_id, organisation_id, day)


def _check_parts(known: list[UUID], balance: Money, parts: Mapping[UUID, Money]) -> None:
    if not known:
        raise Invalid(
            {"balance": "No fund lies in your client account on this day: there is nothing to declare"}
        )
    if any(fund_id not in known for fund_id in parts):
        raise Invalid(
            {"_form": "One of the funds is not in your client account on this day. Look at the list again"}
        )
    added = sum(amount.pence for amount in parts.values())
    if len(parts) == len(known) and added != balance.pence:
        raise Invalid(
            {"balance": f"The parts add up to {Money(added)}, not to {balance}: change the balance or a part"}
        )
    if added > balance.pence:
        raise Invalid({"balance": f"The parts are {Money(added)} together, which is more than the balance"})


async def _check(declaration_id: UUID, organisation_id: UUID, day: date) -> UUID:
    """Keep what the books say now about the day of a declaration."""
    check_id = new_id()
    await db.execute(
        f"WITH held AS ({FUNDS_HELD})"  # noqa: S608
        " INSERT INTO ring_fence_check (id, declaration_id, declared_pence, books_pence, checked_at)"
        " SELECT $3, d.id, d.declared_pence, (SELECT coalesce(sum(books_pence), 0) FROM held), $5"
        "   FROM client_account_declaration d WHERE d.id = $4",
        organisation_id,
        day,
        check_id,
        declaration_id,
        clock.now(),
    )
    await db.execute(
        f"WITH held AS ({FUNDS_HELD})"  # noqa: S608
        " INSERT INTO ring_fence_check_fund (id, check_id, fund_id, declared_pence, books_pence)"
        " SELECT gen_random_uuid(), $3, h.fund_id, p.declared_pence, h.books_pence FROM held h"
        "   LEFT JOIN client_account_part p ON p.declaration_id = $4 AND p.fund_id = h.fund_id",
        organisation_id,
        day,
        check_id,
        declaration_id,
    )
    return check_id


# The newest declaration of each holder, with the figures of its newest check as one text, and what the books say now.
_NEWEST = f"""
    WITH newest AS (
        SELECT DISTINCT ON (organisation_id) id, organisation_id, day FROM client_account_declaration
         ORDER BY organisation_id, day DESC, declared_at DESC)
    SELECT n.id, n.organisation_id, n.day,
           (SELECT string_agg(c.fund_id || ':' || c.books_pence, ',' ORDER BY c.fund_id)
              FROM ring_fence_check_fund c WHERE c.check_id = (
                   SELECT id FROM ring_fence_check k WHERE k.declaration_id = n.id
                    ORDER BY k.checked_at DESC LIMIT 1)) AS checked,
           (SELECT string_agg(h.fund_id || ':' || h.books_pence, ',' ORDER BY h.fund_id)
              FROM ({FUNDS_HELD.replace("$1", "n.organisation_id").replace("$2", "n.day")}) h) AS books
      FROM newest n
"""


async def check_all() -> tuple[int, int]:
    """The nightly check: looks again at each holder's newest declaration, and keeps a check where the books of its day
    have changed since. Answers how many holders were looked at and how many checks were kept."""
    holders = await db.fetch_all(_NEWEST)
    kept = 0
    for holder in holders:
        if holder["checked"] != holder["books"]:
            async with db.unit_of_work():
                await _check(holder["id"], holder["organisation_id"], holder["day"])
            kept += 1
    return len(holders), kept
