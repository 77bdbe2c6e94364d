"""What is written to people when their money changes. No letter tells more than who gets it may see."""

from collections.abc import Sequence
from uuid import UUID

from isf.budgets.words import over_commitment_words
from isf.endings.letters import mail_to_the_living
from isf.rules import fund_title
from marketplace.kernel import db
from marketplace.kernel.money import Money
from marketplace.kernel.routes_of_money import Route

_ABOUT = """
    SELECT o.id, o.kind, o.starts_on, o.still_to_take_pence, p.id AS person_id, p.name AS person_name, p.reference,
           f.route, coalesce(ho.name, hu.name) AS holder, pu.email AS person_email,
           coalesce(ho.email, hu.email) AS holder_email
      FROM over_commitment o JOIN fund f ON f.id = o.fund_id JOIN person p ON p.id = f.person_id
      LEFT JOIN organisation ho ON ho.id = f.holder_organisation_id
      LEFT JOIN app_user hu ON hu.id = f.holder_user_id LEFT JOIN app_user pu ON pu.id = p.user_id
     WHERE o.id = ANY ($1)
"""


async def tell_over_commitments(over_ids: Sequence[UUID]) -> None:
    """Write to the person and to who holds the money that more is booked than there is."""
    if not over_ids:
        return
    for row in await db.fetch_all(_ABOUT, list(over_ids)):
        words = over_commitment_words(row["kind"], row["starts_on"], Money(row["still_to_take_pence"]))
        body = (
            f"{fund_title(Route(row['route']), row['holder'])}, for {row['reference']}: {words} "
            "Nothing is cancelled by itself. The care manager looks at it with you: sign in to see what is booked."
        )
        for recipient in dict.fromkeys((row["person_email"], row["holder_email"])):
            await mail_to_the_living(recipient or "", "More is booked than the budget gives", body)
