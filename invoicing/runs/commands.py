"""Billing runs: begun once, made in steps of a few invoices, each step one transaction (rows V1, V3, V8, V9).

A step claims, numbers and writes its invoices and moves the run's progress, all or nothing. So a run that was stopped
anywhere goes on from what is still owed, whoever takes it up, and two that work on it at once make nothing twice.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import date, timedelta
from itertools import groupby
from typing import Final
from uuid import UUID

from invoicing import billing
from invoicing.billing import Batch
from invoicing.rules import InHouseInvoice, InvoiceOnHold
from invoicing.runs.issued import Issued, IssuedRun, Skipped
from invoicing.runs.rules import (
    RUN_TRANSITIONS,
    Draft,
    RunState,
    Scope,
    Writer,
    check_scope,
    month_scope,
    sort_out,
)
from invoicing.runs.writing import write_invoices
from marketplace.bookings.refills import waive_refilled
from marketplace.identity.access import Actor, require
from marketplace.identity.rules import Permission
from marketplace.kernel import audit, clock, db
from marketplace.kernel.errors import Conflict, Forbidden, NotFound
from marketplace.kernel.ids import new_id, reference
from marketplace.kernel.money import total
from marketplace.kernel.states import transition

db.explain_constraint(
    "attendance_claimed",
    Conflict(
        "You cannot change this, because it is already on an invoice. You can ask for a credit note, which corrects it."
    ),
)
db.explain_constraint(
    "attendance_refunded",
    Conflict("You cannot change this, because part of the price went back to the card already."),
)
db.explain_constraint("invoice_on_hold", InvoiceOnHold())
db.explain_constraint("invoice_line_not_in_house", InHouseInvoice())

STEP: Final = 25
"""How many payers a step bills: many enough that statements are few, few enough that nobody waits long for it."""

LANES: Final = 2
"""How many steps of a whole run are made at once, of different sellers: while one writes, another is reckoned."""

IDLE: Final = timedelta(minutes=2)
"""A run that has not moved for so long was stopped, and whoever comes by goes on with it."""

_TOLD: Final = 500  # of what was left out, in the run's record


async def own_provider_to_bill(actor: Actor) -> UUID:
    """The provider for which the actor makes invoices. Raises Forbidden, or NotFound without one."""
    require(actor, Permission.INVOICE_ISSUE)
    found: UUID | None = await db.fetch_value(
        "SELECT id FROM provider WHERE organisation_id = $1", actor.organisation_id
    )
    if found is None:
        raise NotFound
    return found


async def issue_own_invoices(actor: Actor, month: date) -> IssuedRun:
    """Bill what the actor's own provider delivered in a month. Raises Forbidden, NotFound, Invalid."""
    return await issue_invoices(actor, month, provider_id=await own_provider_to_bill(actor))


async def self_bill(actor: Actor, month: date) -> IssuedRun:
    """Write a month's invoices of the suppliers with whom the actor's organisation agreed on self-billing.

    Whatever has no agreement in force is its supplier's to bill. Raises Forbidden, Invalid.
    """
    require(actor, Permission.INVOICE_PAY)
    if actor.organisation_id is None:
        raise Forbidden
    return await bill(actor, replace(month_scope(month), payer_id=actor.organisation_id, writer=Writer.PAYER))


async def issue_invoices(who: audit.Who, month: date, *, provider_id: UUID | None = None) -> IssuedRun:
    """Bill what was delivered in a month (its first day, London time) and is in no claim yet.

    Whether `who` may is asked by the caller. Raises Invalid for a month that has not begun.
    """
    return await bill(who, month_scope(month, provider_id))


async def bill(who: audit.Who, scope: Scope) -> IssuedRun:
    """Bill what a scope covers: one invoice for each provider, payer, order and VAT number (`rules.md` 22).

    Safe to repeat and to run in parallel: an attendance is claimed once, and what comes late gets a further invoice
    when the days are billed again. Whether `who` may is asked by the caller. Raises Invalid.
    """
    run_id = await begin(who, scope)
    return await work_on(who, run_id) if run_id else IssuedRun()


async def begin(who: audit.Who, scope: Scope) -> UUID | None:
    """Record a run; None when there is nothing to bill. Nothing is billed yet. Raises Invalid."""
    check_scope(scope, clock.today())
    await waive_refilled(who, scope.starts_on, scope.ends_on)
    expected = sum(len(batch.booking_ids) for batch in await billing.batches(scope))
    if not expected:
        return None
    run_id = new_id()
    async with db.unit_of_work():
        await db.execute(
            "INSERT INTO billing_run (id, reference, provider_id, payer_id, purchase_order_id, starts_on, ends_on,"
            " asked_by, asked_for, lines_expected, started_at, moved_at)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11)",
            run_id,
            reference("BR"),
            scope.provider_id,
            scope.payer_id,
            scope.purchase_order_id,
            scope.starts_on,
            scope.ends_on,
            who.user_id,
            who.organisation_id,
            expected,
            clock.now(),
        )
        await audit.record(
            who, "billing_run.begun", "billing_run", run_id, after={**asdict(scope), "attendances": expected}
        )
    return run_id


async def work_on(who: audit.Who, run_id: UUID, *, steps: int | None = None) -> IssuedRun:
    """Make what a run has not made yet; answers what was made now. A finished one: nothing.

    With `steps`, at most so many, one after the other: for whoever waits for them.
    """
    row = await db.fetch_one("SELECT * FROM billing_run WHERE id = $1", run_id)
    if row is None or row["state"] != RunState.RUNNING:
        return IssuedRun()
    scope = Scope(
        row["starts_on"],
        row["ends_on"],
        row["provider_id"],
        row["payer_id"],
        row["purchase_order_id"],
        writer_of(row),
    )
    waiting = await billing.batches(scope)
    if steps is not None and steps * STEP < len(waiting):
        return await _lane(who, scope, waiting[: steps * STEP], run_id)
    # What joins an open transaction has its one connection.
    lanes = [waiting] if db.in_transaction() else _lanes(waiting)
    made = await asyncio.gather(*(_lane(who, scope, lane, run_id) for lane in lanes), return_exceptions=True)
    done = IssuedRun()
    for each in made:  # both are at rest by now: what went wrong in one is told when the other has stopped
        if isinstance(each, BaseException):
            raise each
        done += each
    await _finish(who, run_id, done.skipped)
    return done


def _lanes(waiting: Sequence[Batch]) -> list[list[Batch]]:
    """What can be billed at once: all of one seller in one lane, for its numbers follow each other."""
    lanes: list[list[Batch]] = [[] for _ in range(LANES)]
    for _, of_seller in groupby(waiting, key=lambda batch: batch.provider_id):
        min(lanes, key=len).extend(of_seller)
    return [lane for lane in lanes if lane]


async def _lane(who: audit.Who, scope: Scope, batches: Sequence[Batch], run_id: UUID) -> IssuedRun:
    done = IssuedRun()
    for place in range(0, len(batches), STEP):
        done += await _step(who, scope, batches[place : place + STEP], run_id)
    return done


def writer_of(row: db.Row) -> Writer:
    """Whose run a record is: a payer's own covers what it pays to all suppliers."""
    if row["asked_by"] is None:
        return Writer.SCHEDULE
    by_payer = (
        row["provider_id"] is None and row["payer_id"] is not None and row["payer_id"] == row["asked_for"]
    )
    return Writer.PAYER if by_payer else Writer.SUPPLIER


async def resume_runs() -> int:
    """Go on with every run that was stopped; answers how many."""
    rows = await db.fetch_all(
        "SELECT id FROM billing_run WHERE state = 'running' AND moved_at < $1 ORDER BY started_at",
        clock.now() - IDLE,
    )
    for row in rows:
        await work_on(audit.SYSTEM, row["id"])
    return len(rows)


async def _step(who: audit.Who, scope: Scope, batches: Sequence[Batch], run_id: UUID) -> IssuedRun:
    """A few payers in one transaction. What stops one of them is found by taking them one by one."""
    try:
        return await _bill(who, scope, batches, run_id)
    except Conflict as refusal:
        if len(batches) > 1:
            done = IssuedRun()
            for batch in batches:
                done += await _step(who, scope, [batch], run_id)
            return done
        refused = refusal
    # PostgreSQL gave up on a deadlock, or a change of ownership came between; nothing was written.
    for _ in range(2):
        try:
            return await _bill(who, scope, batches, run_id)
        except Conflict as refusal:
            refused = refusal
    only = batches[0]
    return IssuedRun(
        skipped=(Skipped(only.provider_name, only.payer_name, len(only.booking_ids), refused.message),)
    )


async def _bill(who: audit.Who, scope: Scope, batches: Sequence[Batch], run_id: UUID) -> IssuedRun:
    async with db.unit_of_work():
        owed = await billing.lock_owed([each for batch in batches for each in batch.booking_ids])
        sorted_out = sort_out(owed, scope.writer)
        claimed = await billing.claim(
            each.booking_id for draft in sorted_out.drafts for each in draft.delivered
        )
        drafts = [kept for draft in sorted_out.drafts if (kept := _what_is_claimed(draft, claimed))]
        issued = await write_invoices(who, scope, drafts, run_id) if drafts else []
        await _move(run_id, issued)
    return IssuedRun(tuple(issued), tuple(sorted_out.left_out))


def _what_is_claimed(draft: Draft, claimed: set[UUID]) -> Draft | None:
    """Without what somebody else claimed meanwhile; None when that was all of it."""
    kept = tuple(each for each in draft.delivered if each.booking_id in claimed)
    return (
        replace(draft, delivered=kept, attendances=len({each.booking_id for each in kept})) if kept else None
    )


async def _move(run_id: UUID, issued: Sequence[Issued]) -> None:
    await db.execute(
        "UPDATE billing_run SET invoices_made = invoices_made + $2, lines_made = lines_made + $3,"
        " gross_pence = gross_pence + $4, moved_at = $5 WHERE id = $1",
        run_id,
        len(issued),
        sum(each.lines for each in issued),
        total(each.total for each in issued).pence,
        clock.now(),
    )


async def _finish(who: audit.Who, run_id: UUID, skipped: Sequence[Skipped]) -> None:
    async with db.unit_of_work():
        running = await db.fetch_value(
            "SELECT state FROM billing_run WHERE id = $1 FOR NO KEY UPDATE", run_id
        )
        if running != RunState.RUNNING:
            return  # Somebody else worked on it too, and was first.
        told = audit.plain({"skipped": [asdict(each) for each in skipped[:_TOLD]]}) or ""
        await db.execute(
            "UPDATE billing_run SET left_out = $2::jsonb -> 'skipped' WHERE id = $1", run_id, told
        )
        await transition(
            who, "billing_run", run_id, RunState.RUNNING, RunState.DONE, RUN_TRANSITIONS,
            action="billing_run.done", also={"finished_at": clock.now()},
        )  # fmt: skip
