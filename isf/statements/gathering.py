"""Everything that the statements of a batch of funds need: three queries, however many funds there are.

All of it is bounded by the place in each fund's chain that the first query saw. What lies before that place never
changes, so bookings go on while statements are made.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from uuid import UUID

import msgspec

from isf.ledger.rules import Account, Movement
from isf.parameters.rules import Parameter
from isf.statements.document import Figures, StatementKind
from isf.statements.rules import Moved
from marketplace.kernel import db


@dataclass(frozen=True, slots=True)
class Period:
    """What the statements of a batch are about: one kind, one month, everything dated before `tells_until`."""

    kind: StatementKind
    month: date
    ends_on: date
    tells_until: date


@dataclass(frozen=True, slots=True)
class Told:
    """What one fund's statement is made from. `before` is what the statement before this one ended with, if any."""

    row: db.Row
    opening: Figures
    books: Figures
    moves: list[Moved]
    later: list[Moved]
    own_pence: int
    """Of what the moves used: bought from the organisation that holds the fund."""


_ACCOUNTS = ", ".join(
    f"'{account}', max(a.balance_pence) FILTER (WHERE a.kind = '{account}')" for account in Account
)

# $1 the month's first day, $2 the first day after it, $3 kind, $4 after which fund, $5 how many, $6 one fund or null.
# Oldest keys first, so that a run that was stopped goes on where it was.
FUNDS = f"""
    SELECT f.id AS fund_id, f.person_id, f.council_id, f.route, f.holder_organisation_id, f.holder_user_id,
           f.amount_pence, f.starts_on, f.ends_on, h.sequence AS last_sequence,
           coalesce(b.number, 0) + 1 AS number, b.tells_until AS told_until, b.last_sequence AS told_sequence,
           b.closing::text AS opening, a.balances::text AS books, a.locked,
           p.name AS person_name, coalesce(nullif(p.preferred_name, ''), p.name) AS person_called,
           p.reference AS person_reference, p.communication_needs, p.prefers_easy_read, p.user_id AS person_user,
           c.name AS council_name, c.email AS council_email, c.demonstration,
           coalesce(o.name, u.name) AS holder, coalesce(o.email, '') AS holder_email,
           sh.planned AS planned_pence, sh.amount AS shares_pence,
           (SELECT value FROM council_parameter WHERE council_id = f.council_id AND starts_on < $2
               AND name = '{Parameter.BURN_MARGIN_PERCENT}' ORDER BY starts_on DESC LIMIT 1) AS margin_percent,
           w.limit_pence AS surplus_limit_pence, w.over_pence AS surplus_over_pence
      FROM fund f
      JOIN ledger_head h ON h.fund_id = f.id
      JOIN person p ON p.id = f.person_id
      JOIN organisation c ON c.id = f.council_id
      LEFT JOIN organisation o ON o.id = f.holder_organisation_id
      LEFT JOIN app_user u ON u.id = f.holder_user_id
      LEFT JOIN LATERAL (
          SELECT number, month, tells_until, last_sequence, document -> 'closing' AS closing
            FROM statement WHERE fund_id = f.id ORDER BY number DESC LIMIT 1) b ON true
      JOIN LATERAL (SELECT jsonb_build_object({_ACCOUNTS}) AS balances, bool_or(a.locked) AS locked
                      FROM account a WHERE a.fund_id = f.id) a ON true
      JOIN LATERAL (
          SELECT coalesce(sum(council_share_pence + contribution_pence), 0)::bigint AS amount,
                 coalesce(sum(planned_by(council_share_pence, council_weekly_pence, starts_on, ends_on, $2)
                    + planned_by(contribution_pence, contribution_weekly_pence, starts_on, ends_on, $2)), 0
                 )::bigint AS planned
            FROM fund_share WHERE fund_id = f.id) sh ON true
      LEFT JOIN LATERAL (
          SELECT limit_pence, over_pence FROM surplus_warning WHERE fund_id = f.id AND ended_at IS NULL
           ORDER BY warned_at DESC LIMIT 1) w ON true
     WHERE f.id > $4 AND ($6::uuid IS NULL OR f.id = $6)
       AND f.starts_on < $2 AND (b.month IS NULL OR b.month < $1 OR b.month = $1 AND NOT EXISTS (
           SELECT 1 FROM statement s WHERE s.fund_id = f.id AND s.month = $1 AND s.kind = $3))
       AND ($6 IS NOT NULL OR f.ends_on > $1 OR EXISTS (
           SELECT 1 FROM journal j WHERE j.fund_id = f.id AND j.occurred_on < $2
              AND (b.number IS NULL OR j.occurred_on >= b.tells_until OR j.sequence > b.last_sequence)))
       AND ($6 IS NOT NULL OR b.tells_until IS DISTINCT FROM DATE 'infinity' OR h.sequence > b.last_sequence)
     ORDER BY f.id LIMIT $5
"""  # noqa: S608

_SINCE = """
      FROM unnest($1::uuid[], $2::date[], $3::bigint[], $4::bigint[]) AS s(fund_id, told_until, told_sequence, last)
      JOIN journal j ON j.fund_id = s.fund_id AND j.sequence <= s.last
"""

# Where there is no earlier statement: the books as they were by day before this one.
_BEFORE = f"""
    SELECT j.fund_id, e.account, sum(e.amount_pence)::bigint AS pence {_SINCE}
       AND j.occurred_on < s.told_until AND j.sequence <= s.told_sequence
      JOIN entry e ON e.journal_id = j.id GROUP BY 1, 2
"""  # noqa: S608

_MOVES = f"""
    SELECT j.fund_id, j.sequence, j.kind, j.occurred_on, j.service_on, j.subject_id, j.because, r.kind AS reversed_kind,
           m.accounts, m.amounts, coalesce(b.reference, i.number, payment_numbers(py.id, j.fund_id), '') AS reference,
           coalesce(t.title, li.words, '') AS title,
           coalesce(pr.name, '') AS provider, pr.organisation_id AS provider_organisation {_SINCE}
       AND (j.occurred_on >= s.told_until OR j.sequence > s.told_sequence)
      JOIN LATERAL (SELECT array_agg(account::text) AS accounts, array_agg(amount_pence) AS amounts
                      FROM entry WHERE journal_id = j.id) m ON true
      LEFT JOIN journal r ON r.id = j.reverses_id
      LEFT JOIN booking b ON b.id = j.subject_id
      LEFT JOIN activity_session x ON x.id = b.activity_session_id
      LEFT JOIN activity t ON t.id = x.activity_id
      LEFT JOIN invoice i ON i.id = j.subject_id
      LEFT JOIN payment py ON py.id = j.subject_id
      LEFT JOIN fund_liability li ON li.id = j.subject_id
      LEFT JOIN provider pr ON pr.id = coalesce(b.provider_id, i.provider_id, py.provider_id)
     ORDER BY j.fund_id, j.occurred_on, j.sequence
"""  # noqa: S608

_FIGURES = msgspec.json.Decoder(Figures)


async def gather(period: Period, after: UUID, most: int, only: UUID | None = None) -> list[Told]:
    """What the next funds without this statement need, at most so many, by key. `only`: one fund, due or not."""
    funds = await db.fetch_all(FUNDS, period.month, period.ends_on, str(period.kind), after, most, only)
    if not funds:
        return []
    since = [
        [row["fund_id"] for row in funds],
        [row["told_until"] or max(period.month, row["starts_on"].replace(day=1)) for row in funds],
        [row["last_sequence"] if row["told_sequence"] is None else row["told_sequence"] for row in funds],
        [row["last_sequence"] for row in funds],
    ]
    first = [place for place, row in enumerate(funds) if row["opening"] is None]
    earlier = await _before([[column[place] for place in first] for column in since]) if first else {}
    moves = await db.fetch_all(_MOVES, *since)
    by_fund = {fund: list(rows) for fund, rows in groupby(moves, lambda row: row["fund_id"])}
    return [
        _told(row, earlier.get(row["fund_id"], Figures()), by_fund.get(row["fund_id"], ()), period)
        for row in funds
    ]


async def _before(since: Sequence[Sequence[object]]) -> dict[UUID, Figures]:
    found: dict[UUID, dict[Account, int]] = {}
    for row in await db.fetch_all(_BEFORE, *since):
        found.setdefault(row["fund_id"], {})[Account(row["account"])] = row["pence"]
    return {fund: Figures().plus(summed) for fund, summed in found.items()}


def _told(row: db.Row, earlier: Figures, rows: Sequence[db.Row], period: Period) -> Told:
    moves: list[Moved] = []
    later: list[Moved] = []
    own = 0
    for each in rows:
        move = _moved(each)
        if move.on >= period.tells_until:
            later.append(move)
            continue
        moves.append(move)
        if each["provider_organisation"] == row["holder_organisation_id"] is not None:
            own += move.used
    opening = _FIGURES.decode(row["opening"]) if row["opening"] is not None else earlier
    return Told(row, opening, _FIGURES.decode(row["books"]), moves, later, own)


def _moved(row: db.Row) -> Moved:
    amounts = zip(row["accounts"], row["amounts"], strict=True)
    return Moved(
        sequence=row["sequence"],
        movement=_MOVEMENTS[row["kind"]],
        on=row["occurred_on"],
        service_on=row["service_on"],
        entries={_KNOWN[account]: pence for account, pence in amounts},
        subject_id=row["subject_id"],
        reverses=_MOVEMENTS[row["reversed_kind"]] if row["reversed_kind"] else None,
        because=row["because"],
        title=row["title"],
        provider=row["provider"],
        reference=row["reference"],
    )


# Looking a word up costs less than making a member of it, and there are many rows.
_MOVEMENTS = {str(each): each for each in Movement}
_KNOWN = {str(each): each for each in Account}

EARLIEST_MISSING = """
    SELECT min(coalesce(b.month + interval '1 month', date_trunc('month', f.starts_on)))::date
      FROM fund f LEFT JOIN LATERAL (
           SELECT month FROM statement WHERE fund_id = f.id ORDER BY number DESC LIMIT 1) b ON true
     WHERE f.starts_on < $1 AND f.ends_on > coalesce(b.month + interval '1 month', f.starts_on)
"""
"""The first month that some running fund has no statement of; $1 is the first day of the month that runs now."""
