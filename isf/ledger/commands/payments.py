"""What is paid to providers for invoices."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import asyncpg

from isf.ledger.posting import overdrawn
from isf.ledger.rules import Movement
from marketplace.kernel import audit, db
from marketplace.kernel.errors import NotFound
from marketplace.kernel.money import Money

# In the order of funds, so that two payments never wait for each other in a circle; the fund before its books, as
# everybody does.
_SETTLE = """
    WITH held AS MATERIALIZED (SELECT id FROM fund WHERE id = ANY ($2::uuid[]) ORDER BY id FOR KEY SHARE),
         wanted AS MATERIALIZED (
             SELECT t.payment_id, t.fund_id, t.pence
               FROM unnest($1::uuid[], $2::uuid[], $3::bigint[]) AS t(payment_id, fund_id, pence)
               JOIN held ON held.id = t.fund_id ORDER BY t.fund_id, t.payment_id)
    SELECT ledger_post(fund_id, 'payment:' || payment_id || ':' || fund_id || ':' || $4::text, $4::text, payment_id,
                       $5::date, $6::uuid, $7::text, ARRAY['payable', 'paid'], ARRAY[-pence, pence])
      FROM wanted
"""


@dataclass(frozen=True, slots=True)
class Settled:
    """What one payment pays out of one fund."""

    payment_id: UUID
    fund_id: UUID
    amount: Money


async def settle(who: audit.Who, parts: Collection[Settled], on: date, *, because: str = "") -> None:
    """To be paid → paid, once for every payment and fund. `because` can carry the payment's reference.

    All of it by one statement. Joins the open unit of work. Raises Overdrawn when less is to be paid, and NotFound
    for an unknown fund.
    """
    moving = [part for part in parts if part.amount]
    async with db.unit_of_work():
        try:
            posted = await db.fetch_all(
                _SETTLE,
                [part.payment_id for part in moving],
                [part.fund_id for part in moving],
                [part.amount.pence for part in moving],
                str(Movement.SETTLE),
                on,
                who.user_id,
                because,
            )
        except asyncpg.CheckViolationError as failure:
            refusal = overdrawn(failure.constraint_name, failure.detail)
            if refusal is None:
                raise
            raise refusal from failure
        if len(posted) != len(moving):
            raise NotFound
