"""What a movement at the bank can be: payments, whole runs, what came back, credits paid back, payments into funds."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from invoicing.reconciliation.rules import Meaning
from marketplace.kernel import db
from marketplace.kernel.money import Money

# Each answers id, reference, also (another reference by which it may be told), who, and the pence that the bank's line
# has, for the organisation $1. What a line explains already is left out below. A payment of a run left the account
# once, in the sum of the run or by itself: when one of them is explained, the other is not seen any more.
_KNOWN: Final[Mapping[Meaning, str]] = {
    Meaning.PAYMENT: """
        SELECT p.id, p.reference, p.bank_reference AS also, pr.name AS who, -p.amount_pence AS pence
          FROM payment p JOIN provider pr ON pr.id = p.provider_id
         WHERE p.payer_organisation_id = $1 AND p.state IN ('sent', 'returned') AND p.amount_pence > 0
           AND NOT EXISTS (SELECT 1 FROM bank_line x WHERE x.organisation_id = $1 AND x.meaning = 'run'
                              AND x.meaning_id = p.payment_run_id)""",
    Meaning.RUN: """
        SELECT r.id, r.reference, '' AS also, count(*) || ' payees' AS who, -sum(p.amount_pence)::bigint AS pence
          FROM payment_run r JOIN payment p ON p.payment_run_id = r.id AND p.state IN ('sent', 'returned')
         WHERE r.organisation_id = $1 AND r.state = 'sent' AND NOT EXISTS (
               SELECT 1 FROM bank_line x JOIN payment o ON o.id = x.meaning_id
                WHERE x.organisation_id = $1 AND x.meaning = 'payment' AND o.payment_run_id = r.id)
         GROUP BY r.id HAVING sum(p.amount_pence) > 0""",
    Meaning.RETURN: """
        SELECT p.id, p.reference, p.bank_reference AS also, pr.name AS who, p.amount_pence AS pence
          FROM payment p JOIN provider pr ON pr.id = p.provider_id
         WHERE p.payer_organisation_id = $1 AND p.state IN ('sent', 'returned') AND p.amount_pence > 0""",
    Meaning.CREDIT: """
        SELECT n.id, n.number AS reference, '' AS also, pr.name AS who, owed.pence
          FROM credit_note n JOIN provider pr ON pr.id = n.provider_id
         CROSS JOIN LATERAL (
             SELECT n.gross_pence - coalesce(sum(s.amount_pence), 0)::bigint AS pence FROM credit_note_line c
               JOIN credit_settlement s ON s.credit_note_line_id = c.id WHERE c.credit_note_id = n.id) owed
         WHERE n.payer_organisation_id = $1 AND owed.pence > 0""",
    Meaning.FUNDS: """
        SELECT l.id, i.reference, '' AS also, p.reference AS who,
               CASE WHEN i.council_id = $1 THEN -l.amount_pence ELSE l.amount_pence END AS pence
          FROM payment_in_line l JOIN payment_in i ON i.id = l.payment_in_id
          JOIN fund f ON f.id = l.fund_id JOIN person p ON p.id = f.person_id
         WHERE l.state = 'paid' AND l.transfer = 'bank'
           AND (i.council_id = $1 OR f.holder_organisation_id = $1)""",
}


def unexplained(meaning: Meaning) -> str:
    """SQL: the things of a kind that no line of organisation $1 explains yet."""
    return (
        f"SELECT t.* FROM ({_KNOWN[meaning]}) t WHERE NOT EXISTS (SELECT 1 FROM bank_line x"
        f" WHERE x.organisation_id = $1 AND x.meaning = '{meaning}' AND x.meaning_id = t.id)"
    )


@dataclass(frozen=True, slots=True)
class Thing:
    """Something that a line may be."""

    meaning: Meaning
    id: UUID
    reference: str
    who: str
    amount: Money

    @property
    def name(self) -> str:
        """`payment:…`, as a form sends it."""
        return f"{self.meaning}:{self.id}"

    @property
    def words(self) -> str:
        """For a page."""
        return f"{self.meaning.label} {self.reference}: {self.who}"


MOST_SUGGESTED: Final = 20


async def suggested(organisation_id: UUID, amount: Money) -> list[Thing]:
    """What a line of this amount may be, of every kind."""
    found: list[Thing] = []
    for meaning in Meaning:
        found += await _find(meaning, organisation_id, "t.pence = $2", amount.pence)
    return found[:MOST_SUGGESTED]


async def lock_run(thing_id: UUID) -> None:
    """Two who explain a payment and its whole run at once wait for each other. For the open unit of work."""
    await db.execute(
        "SELECT 1 FROM payment_run WHERE id = $1 OR id = (SELECT payment_run_id FROM payment WHERE id = $1)"
        " FOR NO KEY UPDATE",
        thing_id,
    )


async def thing(organisation_id: UUID, meaning: Meaning, thing_id: UUID) -> Thing | None:
    """One of them, when no line explains it yet."""
    return next(iter(await _find(meaning, organisation_id, "t.id = $2", thing_id)), None)


async def _find(meaning: Meaning, organisation_id: UUID, where: str, value: object) -> list[Thing]:
    rows = await db.fetch_all(
        f"SELECT t.id, t.reference, t.who, t.pence FROM ({unexplained(meaning)}) t WHERE {where}"
        f" ORDER BY t.reference LIMIT {MOST_SUGGESTED}",
        organisation_id,
        value,
    )
    return [Thing(meaning, row["id"], row["reference"], row["who"], Money(row["pence"])) for row in rows]
