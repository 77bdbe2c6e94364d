"""The one door to the books: `ledger_post` in the database, and what its refusals mean."""

import re
from collections.abc import Mapping
from datetime import date
from uuid import UUID

import asyncpg

from isf.ledger.rules import Account, Movement, PlanNotAgreed, without_zeros
from marketplace.kernel import audit, clock, db
from marketplace.kernel.errors import Conflict, DomainError, FundExhausted, NotFound
from marketplace.kernel.money import Money

# PostgreSQL tells the row that broke the check: (id, fund, kind, balance that it would have had, …).
_FAILING_ACCOUNT = re.compile(r"\([0-9a-f-]{36}, [0-9a-f-]{36}, (\w+), (-\d+), ")


class Overdrawn(Conflict):
    """A movement would take more out of an account than there is."""

    code = "account_overdrawn"


class MoreThanTheirOwn(Conflict):
    """More of the person's own money would go back than they added (`rules.md` 6)."""

    code = "more_than_their_own"

    def __init__(self) -> None:
        super().__init__(
            "You cannot give this much back, because the person added less of their own money."
            " You can give back what they added and did not get back before."
        )


class PostedOtherwise(Conflict):
    """The same movement was posted before with other figures."""

    code = "posted_otherwise"

    def __init__(self) -> None:
        super().__init__(
            "This was already entered in the books with other figures. Look at it again before you go on."
        )


_NOT_ENOUGH = "You cannot do this, because there is not enough money there. Look at the fund again."
_TURNED = "You cannot take this back, because more would go back than ever moved. Look at the fund again."

db.explain_constraint("journal_reference_key", PostedOtherwise())
db.explain_constraint("account_locked_until_keys", PlanNotAgreed())
db.explain_constraint("account_top_up_not_over_returned", MoreThanTheirOwn())
db.explain_constraint("account_only_comes_in", Overdrawn(_TURNED))
db.explain_constraint("account_only_goes_out", Overdrawn(_TURNED))
db.explain_constraint("account_not_overdrawn", Overdrawn(_NOT_ENOUGH))


def overdrawn(constraint: str | None, detail: str | None) -> DomainError | None:
    """The error that stands for a movement that a check refused (its name, and the row); None for another check.

    PlanNotAgreed while the money is locked, MoreThanTheirOwn for own money, FundExhausted (with how much is missing)
    when it is about what is left; Overdrawn otherwise.
    """
    match constraint:
        case "account_locked_until_keys":
            return PlanNotAgreed()
        case "account_top_up_not_over_returned":
            return MoreThanTheirOwn()
        case "account_only_comes_in" | "account_only_goes_out":
            return Overdrawn(_TURNED)
        case "account_not_overdrawn":
            return _of_account(detail or "")
        case _:
            return None


def _of_account(detail: str) -> DomainError:
    told = _FAILING_ACCOUNT.search(detail)
    account, missing = (told[1], -int(told[2])) if told else ("", 0)
    match account:
        case Account.AVAILABLE:
            return FundExhausted(Money(missing))
        case Account.COMMITTED:
            return Overdrawn(
                "You cannot do this, because this money is not booked any more. Look at the fund again."
            )
        case Account.PAYABLE:
            return Overdrawn(
                "You cannot change this, because it is already paid. You can ask the provider for a credit note."
            )
        case _:
            return Overdrawn(_NOT_ENOUGH)


async def post(
    who: audit.Who,
    fund_id: UUID,
    movement: Movement,
    reference: str,
    entries: Mapping[Account, Money],
    *,
    on: date,
    subject_id: UUID | None,
    because: str = "",
    reverses_id: UUID | None = None,
) -> UUID | None:
    """Post one journal and answer its id, or None when nothing moves. Joins the open unit of work.

    `reference` makes a retry harmless: the first journal is answered again. What is about a day of a month that the
    holder has closed counts today, as an adjustment (`rules.md` 11). Raises FundExhausted, Overdrawn,
    MoreThanTheirOwn, PlanNotAgreed, PostedOtherwise when the reference was used for other figures, and NotFound for
    an unknown fund.
    """
    moving = without_zeros(entries)
    if not moving:
        return None
    async with db.unit_of_work():
        try:
            journal_id: UUID | None = await db.fetch_value(
                # The fund before its books, as a booking does: a change of the budget locks them in the same order.
                "SELECT ledger_post(f.id, $2, $3, $4, $5, $6, $7, $8::text[], $9::bigint[], $10, $11)"
                "  FROM (SELECT id FROM fund WHERE id = $1 FOR KEY SHARE) AS f",
                fund_id,
                reference,
                str(movement),
                subject_id,
                on,
                who.user_id,
                because,
                [str(account) for account in moving],
                [amount.pence for amount in moving.values()],
                reverses_id,
                clock.today(),
            )
        except asyncpg.CheckViolationError as failure:
            refusal = overdrawn(failure.constraint_name, failure.detail)
            if refusal is None:
                raise
            raise refusal from failure
        if journal_id is None:
            raise NotFound
    return journal_id
