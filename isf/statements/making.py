"""Makes statements: batch by batch, each batch a transaction, so that a run that is stopped goes on where it was.

The number of statements to the database does not grow with the funds of a batch, and no more than one batch is in
memory. Two runs at once make every statement once: the database decides (`statement_once`).
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from isf.documents.communication import communication_words
from isf.ledger.rules import OF_BOOKING
from isf.rules import Spread
from isf.statements.document import (
    Figures,
    SelfSupply,
    StatementDocument,
    StatementKind,
    Surplus,
    fingerprint,
    frozen,
)
from isf.statements.gathering import EARLIEST_MISSING, Period, Told, gather
from isf.statements.letters import write_letters
from isf.statements.rules import (
    FOR_EVER,
    after,
    ahead_of,
    check_ties,
    first_of_month,
    lines_of,
    months_from,
    next_month,
)
from marketplace.kernel import audit, clock, db
from marketplace.kernel.errors import Conflict, NotFound
from marketplace.kernel.ids import NOBODY, new_id
from marketplace.kernel.money import Money
from marketplace.kernel.routes_of_money import Route

BATCH: Final = 250


async def make_statements(who: audit.Who, month: date, batch: int = BATCH) -> int:
    """Every statement of a month (its first day) that is missing; answers how many were made now.

    Raises Conflict for a month that is not over, StatementDisagrees when the books of a fund are not whole.
    """
    period = _monthly(first_of_month(month))
    made, last = 0, NOBODY
    while True:
        async with db.unit_of_work():
            told = await gather(period, last, batch)
            made += len(await _keep(who, period, told))
        if len(told) < batch:
            return made
        last = told[-1].row["fund_id"]


async def make_missing_statements(who: audit.Who) -> int:
    """The statements of every month that is over and has some missing, the oldest first; answers how many."""
    this_month = first_of_month(clock.today())
    earliest: date | None = await db.fetch_value(EARLIEST_MISSING, this_month)
    # The last month over is always looked at: late movements of money that has ended are told on it.
    start = min(earliest or this_month, first_of_month(this_month - timedelta(days=1)))
    made = 0
    for month in months_from(start, this_month):
        made += await make_statements(who, month)
    return made


async def make_final_statement(who: audit.Who, fund_id: UUID) -> UUID:
    """The last statement of a fund, of everything in its books today; answers its id. Joins the open unit of work.

    Again on the same fund in the same month answers the one that is there when nothing was posted since. Raises
    NotFound for an unknown fund, Conflict when more was posted after a final statement of this month.
    """
    today = clock.today()
    period = Period(StatementKind.FINAL, first_of_month(today), today + timedelta(days=1), FOR_EVER)
    async with db.unit_of_work():
        # What is posted from here on waits, so that this is the end of the books.
        if not await db.fetch_value("SELECT true FROM ledger_head WHERE fund_id = $1 FOR UPDATE", fund_id):
            raise NotFound
        told = await gather(period, NOBODY, 1, only=fund_id)
        if told:
            return (await _keep(who, period, told))[0].id
        there = await db.fetch_one(
            "SELECT s.id, s.last_sequence = h.sequence AS whole FROM statement s JOIN ledger_head h USING (fund_id)"
            " WHERE s.fund_id = $1 AND s.kind = 'final' AND s.month = $2",
            fund_id,
            period.month,
        )
    if there is None:
        raise Conflict("There is nothing to tell yet: this money starts later.")
    if not there["whole"]:
        raise Conflict(
            "You cannot make a second final statement this month. What came later stands on the statement of the month."
        )
    final: UUID = there["id"]
    return final


def _monthly(month: date) -> Period:
    ends_on = next_month(month)
    if ends_on > clock.today():
        raise Conflict("You cannot make these statements yet, because the month is not over.")
    return Period(StatementKind.MONTHLY, month, ends_on, ends_on)


async def _keep(who: audit.Who, period: Period, told: Sequence[Told]) -> list[StatementDocument]:
    drafts = [_made(each, period) for each in told]
    if not drafts:
        return []
    kept = await db.fetch_all(
        "INSERT INTO statement (id, fund_id, kind, month, number, tells_until, last_sequence, opening_left_pence,"
        " left_pence, booked_pence, used_pence, ahead_pence, document, sha256, made_by, made_at)"
        " SELECT id, fund, $3, $4, number, $5, last, opening_left, left_over, booked, used, ahead, document::jsonb,"
        "        sha, $6, $7"
        "   FROM unnest($1::uuid[], $2::uuid[], $8::int[], $9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[],"
        "               $13::bigint[], $14::bigint[], $15::text[], $16::text[])"
        "     AS t(id, fund, number, last, opening_left, left_over, booked, used, ahead, document, sha)"
        " ON CONFLICT DO NOTHING RETURNING id",
        [each.id for each in drafts],
        [each.fund_id for each in drafts],
        str(period.kind),
        period.month,
        period.tells_until,
        who.user_id,
        clock.now(),
        [each.number for each in drafts],
        [each.row["last_sequence"] for each in told],
        [each.opening.left for each in drafts],
        [each.closing.left for each in drafts],
        [each.closing.booked for each in drafts],
        [each.closing.used for each in drafts],
        [each.ahead_pence for each in drafts],
        [frozen(each).decode() for each in drafts],
        [fingerprint(each) for each in drafts],
    )
    new = {row["id"] for row in kept}
    made = [each for each in drafts if each.id in new]
    await _record(who, period, made)
    await write_letters(period, made)
    return made


async def _record(who: audit.Who, period: Period, made: Sequence[StatementDocument]) -> None:
    await db.execute(
        "INSERT INTO audit_record (actor_user, actor_organisation, action, subject_type, subject_id, after)"
        " SELECT $1, $2, 'statement.made', 'statement', id, jsonb_build_object('fund', fund, 'month', $5::text)"
        "   FROM unnest($3::uuid[], $4::uuid[]) AS t(id, fund)",
        who.user_id,
        who.organisation_id,
        [each.id for each in made],
        [each.fund_id for each in made],
        period.month.isoformat(),
    )


def _made(told: Told, period: Period) -> StatementDocument:
    row = told.row
    lines = lines_of(told.moves)
    closing = after(told.opening, told.moves)
    check_ties(told.opening, lines, closing, told.later, told.books)
    used = sum(each.used for each in told.moves if each.what in OF_BOOKING)
    return StatementDocument(
        id=new_id(),
        fund_id=row["fund_id"],
        person_id=row["person_id"],
        number=row["number"],
        kind=period.kind,
        month=period.month,
        starts_on=_starts_on(row, period),
        ends_on=period.ends_on,
        made_on=clock.today(),
        person_name=row["person_name"],
        person_called=row["person_called"],
        person_reference=row["person_reference"],
        council_name=row["council_name"],
        council_email=row["council_email"],
        route=Route(row["route"]),
        holder=row["holder"],
        holder_email=row["holder_email"],
        fund_starts_on=row["starts_on"],
        fund_ends_on=row["ends_on"],
        planned_pence=_planned(row, closing, period),
        opening=told.opening,
        closing=closing,
        lines=lines,
        ahead=ahead_of(told.later),
        communication=communication_words(
            row["communication_needs"], prefers_easy_read=row["prefers_easy_read"]
        ),
        prefers_easy_read=row["prefers_easy_read"],
        demonstration=row["demonstration"],
        locked=row["locked"],
        margin_percent=row["margin_percent"],
        surplus=Surplus(limit_pence=row["surplus_limit_pence"], over_pence=row["surplus_over_pence"])
        if row["surplus_limit_pence"] is not None
        else None,
        self_supply=SelfSupply(amount_pence=told.own_pence, of_pence=used) if told.own_pence > 0 else None,
    )


def _starts_on(row: db.Row, period: Period) -> date:
    """A final statement goes back to the end of the one before; a month begins when the fund does, at the earliest."""
    begins: date = row["starts_on"]
    if period.kind is StatementKind.MONTHLY:
        return max(begins, period.month)
    told_until: date | None = row["told_until"]
    return begins if told_until is None else min(max(begins, told_until), period.month)


def _planned(row: db.Row, closing: Figures, period: Period) -> int:
    """What was planned for the days before the end: the shares by the week, money on top of them evenly."""
    on_top = Money(closing.left + closing.spent - row["shares_pence"])
    planned: int = row["planned_pence"]
    return planned + Spread(on_top, row["starts_on"], row["ends_on"]).by(period.ends_on).pence
