"""Querying a line, writing to and fro, and settling: each one transaction (row V5, rule 10)."""

from collections.abc import Collection
from uuid import UUID

from litestar.datastructures import UploadFile

from invoicing import queries as invoices
from invoicing.line_queries import queries
from invoicing.line_queries.rules import (
    LEADS,
    QUERY_TRANSITIONS,
    QueriedAlready,
    QueryState,
    Side,
    Step,
    check_wanted,
    check_words,
)
from marketplace.identity.access import Actor, require
from marketplace.identity.rules import Permission
from marketplace.kernel import audit, clock, db, files, outbox
from marketplace.kernel.errors import Forbidden, Invalid, StateConflict
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import Money
from marketplace.kernel.settings import settings
from marketplace.kernel.states import transition

db.explain_constraint("line_query_one_open", QueriedAlready())


async def query_line(
    actor: Actor,
    invoice_id: UUID,
    line_id: UUID,
    words: str,
    upload: UploadFile | None = None,
    *,
    wanted: Money | None = None,
) -> UUID:
    """The payer says what is wrong with a line: it stays owed and is not payable; the rest is. The seller is told.

    `wanted` asks for a credit note of so much, with its VAT: the seller issues it, or says why not.
    Raises NotFound, Forbidden for others than the payer, Invalid, QueriedAlready.
    """
    require(actor, Permission.INVOICE_PAY)
    async with db.unit_of_work():
        await db.execute("SELECT 1 FROM invoice WHERE id = $1 FOR NO KEY UPDATE", invoice_id)
        view = await invoices.invoice(actor, invoice_id)
        if not view.may_pay:
            raise Forbidden("You cannot query this, because only its payer can; you can tell the payer.")
        told = check_words(words)
        left = {line["id"]: Money(line["left_pence"]) for line in await queries.queriable(invoice_id)}
        if line_id not in left:
            raise Invalid({"line": "Choose a line that is not queried or credited already"})
        if wanted is not None:
            check_wanted(wanted, left[line_id])
        query_id = new_id()
        await db.execute(
            "INSERT INTO line_query (id, invoice_line_id, asked_on, asked_by, wanted_pence)"
            " VALUES ($1, $2, $3, $4, $5)",
            query_id,
            line_id,
            clock.today(),
            actor.user_id,
            wanted.pence if wanted is not None else None,
        )
        await audit.record(
            actor, "invoice_line.queried", "line_query", query_id,
            after={"line": line_id, "wanted_pence": wanted.pence if wanted is not None else None}, because=told,
        )  # fmt: skip
        row = (await queries.line_query(actor, query_id)).row
        await _write(actor, row, Side.PAYER, Step.ASK, told, upload)
    return query_id


async def write_to_query(
    actor: Actor, query_id: UUID, step: Step, words: str, upload: UploadFile | None = None
) -> QueryState:
    """Write in a query, and move it by `step`: the seller explains, the payer accepts or keeps it disputed.

    Raises NotFound, Forbidden for who only looks on, StateConflict when the step is not the side's now, Invalid.
    """
    async with db.unit_of_work():
        await db.execute(
            "SELECT 1 FROM invoice WHERE id = (SELECT l.invoice_id FROM line_query q"
            "  JOIN invoice_line l ON l.id = q.invoice_line_id WHERE q.id = $1) FOR NO KEY UPDATE",
            query_id,
        )
        view = await queries.line_query(actor, query_id)
        if view.side is None:
            raise Forbidden(
                "You cannot write here, because only the payer and the seller can; you can read it."
            )
        if step not in view.steps:
            raise StateConflict("Somebody changed this a moment ago. Look at it again before you go on.")
        told = check_words(words, needed=step is not Step.ACCEPT)
        state = LEADS.get(step, view.state)
        if state is not view.state:
            await _move(actor, query_id, view.state, state, told)
        await _write(actor, view.row, view.side, step, told, upload)
    return state


async def settle_by_credit(who: audit.Who, line_ids: Collection[UUID], number: str) -> None:
    """A credit note agrees with the open queries of its lines; what is left of a line is payable again.

    Belongs to the unit of work of the credit note, which has locked the invoice.
    """
    for row in await db.fetch_all(
        "SELECT id, state FROM line_query WHERE invoice_line_id = ANY ($1)"
        " AND state NOT IN ('accepted', 'credited') ORDER BY id",
        list(line_ids),
    ):
        await _move(who, row["id"], QueryState(row["state"]), QueryState.CREDITED, number)
        await _insert(who, row["id"], Side.SELLER, Step.CREDIT, f"Credit note {number}", None)


async def _move(who: audit.Who, query_id: UUID, frm: QueryState, to: QueryState, because: str) -> None:
    also = {} if to.open else {"settled_on": clock.today()}
    await transition(
        who, "line_query", query_id, frm, to, QUERY_TRANSITIONS,
        action=f"line_query.{to}", because=because, also=also,
    )  # fmt: skip


async def _write(
    actor: Actor, row: db.Row, side: Side, step: Step, words: str, upload: UploadFile | None
) -> None:
    file_id = None
    if upload is not None:
        file_id = await files.keep(actor, upload, organisation_id=row["seller"], purpose="line query")
    await _insert(actor, row["id"], side, step, words, file_id)
    wanted = row["wanted_pence"]
    asks = f"A credit note of {Money(wanted)} is asked for.\n\n" if step is Step.ASK and wanted else ""
    recipient = row["seller_email"] if side is Side.PAYER else row["payer_email"]
    subjects = {
        Step.ASK: "Queried",
        Step.EXPLAIN: "Answered",
        Step.DISPUTE: "Still disputed",
        Step.ACCEPT: "Accepted",
        Step.WRITE: "Message",
    }
    await outbox.enqueue_mail(
        recipient or "",
        f"{subjects[step]}: {Money(row['gross_pence'])} on invoice {row['invoice_number']}",
        f"{row['booking_reference']}, {row['description']}.\n\n{asks}{words}\n\n"
        f"Read and answer it: {settings().base_url}/line-queries/{row['id']}\n",
    )


async def _insert(
    who: audit.Who, query_id: UUID, side: Side, step: Step, words: str, file_id: UUID | None
) -> None:
    await db.execute(
        "INSERT INTO line_query_message (id, query_id, side, step, words, file_id, written_by, written_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        new_id(),
        query_id,
        str(side),
        str(step),
        words,
        file_id,
        who.user_id,
        clock.now(),
    )
