"""Reads about bank statements: only those of the actor's own organisation, and only for those who pay."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from invoicing.reconciliation.rules import LineState
from marketplace.identity.access import Actor, organisation_with
from marketplace.identity.rules import Permission
from marketplace.kernel import db
from marketplace.kernel.errors import NotFound
from marketplace.kernel.money import Money

PAGE_SIZE: Final = 50


def own_organisation(actor: Actor) -> UUID:
    """Whose statements the actor sees. Raises Forbidden, and NotFound for somebody without an organisation."""
    return organisation_with(actor, Permission.INVOICE_PAY)


async def statements(actor: Actor) -> list[db.Row]:
    """The newest statements that were given in, with how many of their lines still wait."""
    return await db.fetch_all(
        "SELECT s.id, s.file_name, s.account, s.reference, s.first_day, s.last_day, s.told_lines, s.new_lines,"
        " s.given_at, u.name AS given_by,"
        " (SELECT count(*) FROM bank_line l WHERE l.statement_id = s.id AND l.state = 'open') AS waiting"
        "  FROM bank_statement s JOIN app_user u ON u.id = s.given_by WHERE s.organisation_id = $1"
        " ORDER BY s.given_at DESC, s.position LIMIT $2",
        own_organisation(actor),
        PAGE_SIZE,
    )


@dataclass(frozen=True, slots=True)
class Lines:
    """One page of lines in a state, the oldest first; what all of them come to, in and out."""

    rows: Sequence[db.Row]
    count: int
    money_in: Money
    money_out: Money
    page: int

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.count // PAGE_SIZE))


_COLUMNS: Final = """l.id, l.statement_id, l.booked_on, l.amount_pence, l.end_to_end, l.bank_reference, l.counterparty,
    l.words, l.returned, l.return_code, l.state, l.meaning, l.meaning_id, l.because, l.decided_at,
    u.name AS decided_by"""


async def lines(actor: Actor, state: LineState, page: int = 1) -> Lines:
    """The lines that wait, or that were matched or set aside."""
    own = own_organisation(actor)
    whole = await db.fetch_one(
        "SELECT count(*) AS count, coalesce(sum(amount_pence) FILTER (WHERE amount_pence > 0), 0)::bigint AS money_in,"
        " coalesce(-sum(amount_pence) FILTER (WHERE amount_pence < 0), 0)::bigint AS money_out"
        "  FROM bank_line WHERE organisation_id = $1 AND state = $2",
        own,
        str(state),
    )
    assert whole is not None  # noqa: S101 - an aggregate always answers
    rows = await db.fetch_all(
        f"SELECT {_COLUMNS} FROM bank_line l LEFT JOIN app_user u ON u.id = l.decided_by"
        " WHERE l.organisation_id = $1 AND l.state = $2 ORDER BY l.booked_on, l.id LIMIT $3 OFFSET $4",
        own,
        str(state),
        PAGE_SIZE,
        (page - 1) * PAGE_SIZE,
    )
    return Lines(rows, whole["count"], Money(whole["money_in"]), Money(whole["money_out"]), page)


async def line(actor: Actor, line_id: UUID) -> db.Row:
    """One line. Raises NotFound when it is not the actor's organisation's."""
    row = await db.fetch_one(
        f"SELECT {_COLUMNS} FROM bank_line l LEFT JOIN app_user u ON u.id = l.decided_by"
        " WHERE l.organisation_id = $1 AND l.id = $2",
        own_organisation(actor),
        line_id,
    )
    if row is None:
        raise NotFound
    return row


async def waiting(actor: Actor) -> int:
    """How many lines wait for somebody to say what they are."""
    return int(
        await db.fetch_value(
            "SELECT count(*) FROM bank_line WHERE organisation_id = $1 AND state = 'open'",
            own_organisation(actor),
        )
    )
