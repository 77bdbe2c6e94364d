"""The remittance note: what comes, for whom (by reference) and for which days."""

from collections.abc import Sequence
from itertools import groupby
from uuid import UUID

from isf.endings.letters import mail_to_the_living
from isf.rules import last_day
from marketplace.kernel import db, formats
from marketplace.kernel.money import Money
from marketplace.kernel.settings import settings

_PAID = """
    SELECT coalesce(o.email, u.email) AS email, c.name AS council, pi.reference, l.amount_pence, l.covers_from,
           l.covers_until, l.paid_on, p.reference AS person, f.holder_user_id IS NOT NULL AS to_person, f.id AS fund_id
      FROM payment_in_line l JOIN payment_in pi ON pi.id = l.payment_in_id JOIN fund f ON f.id = l.fund_id
      JOIN person p ON p.id = f.person_id JOIN organisation c ON c.id = pi.council_id
      LEFT JOIN organisation o ON o.id = f.holder_organisation_id
      LEFT JOIN app_user u ON u.id = f.holder_user_id
     WHERE l.payment_in_id = $1 AND l.state = 'paid' AND l.transfer = 'bank'
     ORDER BY 1, p.reference, l.covers_from
"""


async def send_remittances(payment_id: UUID) -> None:
    """One letter to each holder; in the transaction that makes the payment paid."""
    rows = await db.fetch_all(_PAID, payment_id)
    for email, lines in groupby(rows, key=lambda row: row["email"] or ""):
        told = list(lines)
        total = Money(sum(line["amount_pence"] for line in told))
        first = told[0]
        await mail_to_the_living(
            email,
            f"{total} from {first['council']}: {first['reference']}",
            _to_person(told) if all(line["to_person"] for line in told) else _to_organisation(told, total),
        )


def _days(line: db.Row) -> str:
    return f"{formats.full_date(line['covers_from'])} to {formats.full_date(last_day(line['covers_until']))}"


def _to_person(lines: Sequence[db.Row]) -> str:
    """For whoever holds a direct payment: short sentences."""
    told = [
        f"{Money(line['amount_pence'])} is for {_days(line)}.\n"
        f"See the money: {settings().base_url}/funds/{line['fund_id']}\n"
        for line in lines
    ]
    return (
        f"{lines[0]['council']} is paying money into your account.\n\n"
        + "\n".join(told)
        + f"\nOn your bank statement it says {lines[0]['reference']}.\n"
    )


def _to_organisation(lines: Sequence[db.Row], total: Money) -> str:
    told = "\n".join(f"{line['person']}: {Money(line['amount_pence'])} for {_days(line)}" for line in lines)
    return (
        f"{lines[0]['council']} is paying {total} into your client account, with the reference "
        f"{lines[0]['reference']}. Each amount belongs to one person and is kept apart:\n\n{told}\n"
    )
