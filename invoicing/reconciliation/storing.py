"""Writes the lines of a statement: many at once, each movement once, whatever was read before.

Belongs inside the unit of work that reads the file. A movement is named by the bank's own reference; where a bank gives
none, by its day, amount and words, and by which of several alike it is on that day.
"""

from collections.abc import Sequence
from uuid import UUID

from invoicing.reconciliation.reading.values import StatementLine
from invoicing.reconciliation.return_reasons import CODE_MOST
from marketplace.kernel import db

AT_ONCE = 5_000


async def begin() -> None:
    """Make the place where the lines of one statement wait for its end; it goes with the transaction."""
    await db.execute(
        "CREATE TEMP TABLE IF NOT EXISTS bank_line_told (number bigserial, booked_on date, amount_pence bigint,"
        " end_to_end text, bank_reference text, counterparty text, words text, returned boolean,"
        " return_code text) ON COMMIT DROP"
    )


async def tell(lines: Sequence[StatementLine]) -> None:
    """Add lines to those that wait."""
    await db.execute(
        "INSERT INTO bank_line_told"
        " (booked_on, amount_pence, end_to_end, bank_reference, counterparty, words, returned, return_code)"
        " SELECT * FROM unnest"
        "($1::date[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::boolean[], $8::text[])",
        [line.booked_on for line in lines],
        [line.amount.pence for line in lines],
        [_plain(line.end_to_end) for line in lines],
        [_plain(line.bank_reference) for line in lines],
        [_plain(line.counterparty) for line in lines],
        [_plain(line.words) for line in lines],
        [line.returned for line in lines],
        [_plain(line.return_code)[:CODE_MOST] for line in lines],
    )


def _plain(text: str) -> str:
    """Text as PostgreSQL keeps it, of a length that a column holds."""
    return text.replace("\0", "")[:500]


async def told() -> db.Row:
    """How many lines wait, what they come to in pence, and their days."""
    row = await db.fetch_one(
        "SELECT count(*) AS lines, coalesce(sum(amount_pence), 0)::bigint AS pence, min(booked_on) AS first_day,"
        " max(booked_on) AS last_day FROM bank_line_told"
    )
    assert row is not None  # noqa: S101 - an aggregate always answers
    return row


async def new_lines(organisation_id: UUID, account: str) -> int:
    """How many of the lines that wait are not known yet."""
    return int(
        await db.fetch_value(
            f"SELECT count(*) FROM ({_NAMED}) n WHERE NOT EXISTS"
            " (SELECT 1 FROM bank_line l WHERE l.organisation_id = $2 AND l.fingerprint = n.fingerprint)",
            account,
            organisation_id,
        )
    )


_NAMED = """
    SELECT DISTINCT ON (fingerprint) * FROM (
        SELECT t.*, sha256(convert_to(jsonb_build_array($1::text, booked_on, amount_pence,
                 CASE WHEN bank_reference <> '' THEN jsonb_build_array(bank_reference)
                      ELSE jsonb_build_array(end_to_end, counterparty, words, row_number() OVER (
                          PARTITION BY booked_on, amount_pence, end_to_end, bank_reference, counterparty, words
                              ORDER BY number)) END)::text, 'UTF8')) AS fingerprint
          FROM bank_line_told t) named
     ORDER BY fingerprint, number
"""


async def keep(statement_id: UUID, organisation_id: UUID, account: str) -> None:
    """Keep what waits and is not known yet, and make room for the next statement."""
    await db.execute(
        f"""INSERT INTO bank_line (id, statement_id, organisation_id, booked_on, amount_pence, end_to_end,
                                   bank_reference, counterparty, words, returned, return_code, fingerprint)
            SELECT gen_random_uuid(), $2, $3, booked_on, amount_pence, end_to_end, bank_reference, counterparty, words,
                   returned, return_code, fingerprint FROM ({_NAMED}) n
             ON CONFLICT (organisation_id, fingerprint) DO NOTHING""",
        account,
        statement_id,
        organisation_id,
    )
    await db.execute("TRUNCATE bank_line_told")
