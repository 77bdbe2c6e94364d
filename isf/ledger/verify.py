"""Proof that the books are whole: balances, sums, sequences, chains and heads (`design.md`, Ledger).

Each check is one statement, so it sees one moment of the database even while others post; only faults travel.
"""

from dataclasses import dataclass
from uuid import UUID

from marketplace.kernel import db


@dataclass(frozen=True, slots=True)
class Fault:
    """Something in the books that is not as it must be."""

    check: str
    fund_id: UUID
    detail: str

    def __str__(self) -> str:
        return f"{self.check}: fund {self.fund_id}: {self.detail}"


_BALANCES = """
    WITH summed AS (
        SELECT j.fund_id, e.account AS kind, sum(e.amount_pence) AS pence
          FROM entry e JOIN journal j ON j.id = e.journal_id GROUP BY 1, 2)
    SELECT 'balance' AS check, coalesce(a.fund_id, s.fund_id) AS fund_id,
           format('%s says %s pence, its entries say %s', coalesce(a.kind, s.kind),
                  coalesce(a.balance_pence::text, 'nothing'), coalesce(s.pence, 0)) AS detail
      FROM account a FULL JOIN summed s ON s.fund_id = a.fund_id AND s.kind = a.kind
     WHERE a.balance_pence IS DISTINCT FROM coalesce(s.pence, 0)
"""

_SUMS = """
    SELECT 'sum' AS check, j.fund_id, format('journal %s: entries add up to %s pence', j.reference,
           coalesce(e.pence::text, 'nothing, there are none')) AS detail
      FROM journal j
      LEFT JOIN (SELECT journal_id, sum(amount_pence) AS pence FROM entry GROUP BY journal_id) e ON e.journal_id = j.id
     WHERE e.pence IS DISTINCT FROM 0
"""

# The same words as `ledger_post` hashed: the entries by account, then everything through `journal_hash`.
_CHAIN = """
    WITH told AS (
        SELECT journal_id, string_agg(account || ':' || amount_pence, ',' ORDER BY account COLLATE "C") AS entries
          FROM entry GROUP BY journal_id),
    chain AS (
        SELECT j.fund_id, j.reference, j.sequence, j.previous_hash, j.hash,
               row_number() OVER in_order AS place,
               coalesce(lag(j.hash) OVER in_order, ''::bytea) AS before,
               journal_hash(j.previous_hash, j.fund_id, j.sequence, j.reference, j.kind, j.occurred_on,
                        t.entries || coalesce('|' || to_char(j.service_on, 'YYYY-MM-DD'), ''))
                   AS computed
          FROM journal j LEFT JOIN told t ON t.journal_id = j.id
        WINDOW in_order AS (PARTITION BY j.fund_id ORDER BY j.sequence))
    SELECT 'chain' AS check, fund_id, format('journal %s: %s', reference, CASE
               WHEN sequence <> place THEN format('is number %s where number %s should be', sequence, place)
               WHEN previous_hash <> before THEN 'does not follow the journal before it'
               ELSE 'is not what was posted' END) AS detail
      FROM chain WHERE sequence <> place OR previous_hash <> before OR hash IS DISTINCT FROM computed
"""

_HEADS = """
    WITH last AS (SELECT DISTINCT ON (fund_id) fund_id, sequence, hash FROM journal ORDER BY fund_id, sequence DESC)
    SELECT 'head' AS check, f.id AS fund_id, CASE
               WHEN h.fund_id IS NULL THEN 'has no ledger'
               ELSE format('the head says %s journals, the last one is number %s', h.sequence,
                           coalesce(l.sequence, 0)) END AS detail
      FROM fund f LEFT JOIN ledger_head h ON h.fund_id = f.id LEFT JOIN last l ON l.fund_id = f.id
     WHERE h.fund_id IS NULL OR h.sequence <> coalesce(l.sequence, 0) OR h.hash <> coalesce(l.hash, ''::bytea)
"""


async def verify() -> list[Fault]:
    """Every fault in the books, none when they are whole.

    Every balance equals the sum of its entries, every journal sums to zero, and the chain of each fund is whole: no
    number missing, every hash as computed from what is written, and the head at its end.
    """
    faults: list[Fault] = []
    for check in (_BALANCES, _SUMS, _CHAIN, _HEADS):
        faults.extend(Fault(row["check"], row["fund_id"], row["detail"]) for row in await db.fetch_all(check))
    return faults
