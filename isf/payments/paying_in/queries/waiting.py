"""Funds that would be paid today, were everything agreed that has to be."""

from datetime import date
from uuid import UUID

import msgspec

from isf.parameters import Parameter, parameters
from isf.payments.paying_in.proposing import DUE
from isf.payments.paying_in.queries.payments import own_council
from marketplace.identity.access import Actor
from marketplace.kernel import clock, db
from marketplace.kernel.routes_of_money import Route


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """A fund that is due and not paid: its support plan is not agreed, or its agreement not in force, or both.

    `agreement_id` is the version that waits to be signed, if one is offered.
    """

    fund_id: UUID
    person_id: UUID
    person_reference: str
    route: Route
    owed_pence: int
    covers_until: date
    for_keys: bool
    for_agreement: bool
    agreement_id: UUID | None


_WAITING = (
    DUE
    + """
    , stopped AS (
        SELECT f.*, waits_for_agreement(f.fund_id, $2::date) AS for_agreement
          FROM figured f WHERE f.owed_pence > f.paid_before_pence)
    SELECT w.fund_id, w.person_id, p.reference AS person_reference, w.route, w.cycle_end AS covers_until,
           w.owed_pence - w.paid_before_pence AS owed_pence, w.locked AS for_keys, w.for_agreement,
           CASE WHEN w.for_agreement THEN (SELECT a.id FROM agreement a
                                            WHERE a.fund_id = w.fund_id AND a.state = 'offered') END AS agreement_id
      FROM stopped w JOIN person p ON p.id = w.person_id
     WHERE w.locked OR w.for_agreement ORDER BY 6 DESC, 3 LIMIT 400
"""
)


async def waiting(actor: Actor) -> list[Waiting]:
    """Funds that would be paid today if their plan were agreed and their agreement in force, the most money first."""
    council = own_council(actor)
    today = clock.today()
    told = await parameters(council, today)
    rows = await db.fetch_all(
        _WAITING,
        council,
        today,
        told.get(Parameter.PAYMENT_CYCLE_WEEKS, 4),
        told.get(Parameter.PAYMENT_ADVANCE_DAYS, 0),
    )
    return [msgspec.convert(row, Waiting) for row in rows]
