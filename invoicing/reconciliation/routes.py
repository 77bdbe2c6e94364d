"""The pages of bank statements: give one in, and say what each line is that did not explain itself."""

from typing import Any
from uuid import UUID

from litestar import Response, Router, get, post

from invoicing.reconciliation import commands, queries
from invoicing.reconciliation.giving_in import give_in
from invoicing.reconciliation.matching import explain_line, explain_lines, look_again
from invoicing.reconciliation.return_reasons import reason_words
from invoicing.reconciliation.rules import LineState, Meaning
from invoicing.reconciliation.things import Thing, suggested
from isf.routes.reading import page_number
from marketplace.identity.access import Actor
from marketplace.identity.http import AnyRequest
from marketplace.identity.pages import done, page
from marketplace.identity.rules import Permission
from marketplace.kernel import formats
from marketplace.kernel.errors import DomainError, Invalid
from marketplace.kernel.forms import Form
from marketplace.kernel.money import Money

PAYS = {"permission": Permission.INVOICE_PAY}
BODY_MOST = 512 * 1024 * 1024
"""More than a million lines; what is sent waits on the disk, and is read a piece at a time."""

_SHOWN = {
    "waiting": ("To explain", LineState.OPEN),
    "matched": ("Explained", LineState.MATCHED),
    "set-aside": ("Set aside", LineState.SET_ASIDE),
}


@get("/bank-statements", opt=PAYS)
async def show_statements(request: AnyRequest, actor: Actor) -> Response[Any]:
    """The statements that were given in, and how many lines wait."""
    return await page(
        request,
        "invoicing/reconciliation/statements.html",
        waiting=await queries.waiting(actor),
        rows=[
            {
                **row,
                "name": row["reference"] or row["file_name"],
                "days": _days(row),
                "account": f"ending {row['account'][-4:]}" if row["account"] else "",
                "given": f"{row['given_by']}, {formats.full_date(row['given_at'])}",
            }
            for row in await queries.statements(actor)
        ],
    )


def _days(row: dict[str, Any]) -> str:
    if row["first_day"] is None:
        return "nothing moved"
    first, last = formats.full_date(row["first_day"]), formats.full_date(row["last_day"])
    return first if first == last else f"{first} to {last}"


@get("/bank-statements/new", opt=PAYS)
async def show_give_in(request: AnyRequest, actor: Actor) -> Response[Any]:
    """Choose a file."""
    queries.own_organisation(actor)
    return await page(request, "invoicing/reconciliation/give_in.html", errors={})


@post("/bank-statements/new", opt=PAYS, status_code=200, request_max_body_size=BODY_MOST)
async def do_give_in(request: AnyRequest, actor: Actor) -> Response[Any]:
    """Keep the statements of a file; when it cannot be read, the page says why."""
    queries.own_organisation(actor)
    form = await Form.read(request)
    try:
        chosen = form.file("file", required="Choose the statement: a camt.053 or a CSV file")
        form.check()
        assert chosen is not None  # noqa: S101 - or the form had told what is wrong
        told = await give_in(actor, chosen.file, chosen.filename)
        explained = await explain_lines(actor)
    except Invalid as refusal:
        form.files.clear()
        form.take(refusal)
        return await page(
            request, "invoicing/reconciliation/give_in.html", status=refusal.status, errors=form.errors
        )
    return await done(request, "/bank-lines", f"{told.words} {formats.count(explained, 'line')} explained.")


@get("/bank-lines", opt=PAYS)
async def show_lines(request: AnyRequest, actor: Actor) -> Response[Any]:
    """The lines that wait for somebody, or what the others were."""
    asked = request.query_params.get("show", "waiting")
    show = asked if asked in _SHOWN else "waiting"
    found = await queries.lines(actor, _SHOWN[show][1], page_number(request))
    return await page(
        request,
        "invoicing/reconciliation/lines.html",
        show=show,
        tabs=[
            {"text": text, "href": formats.link("/bank-lines", show=name), "current": name == show}
            for name, (text, _) in _SHOWN.items()
        ],
        found=found,
        rows=[line_row(row) for row in found.rows],
    )


def line_row(row: dict[str, Any]) -> dict[str, Any]:
    """A line as a row of a table, named by whom it came from or went to."""
    return {
        **row,
        "href": f"/bank-lines/{row['id']}",
        "who": row["counterparty"] or row["words"] or row["bank_reference"] or "Nobody named",
        "told": _told(row),
        "why_back": reason_words(row["return_code"]),
        "money_in": row["amount_pence"] if row["amount_pence"] > 0 else None,
        "money_out": -row["amount_pence"] if row["amount_pence"] < 0 else None,
    }


def _told(row: dict[str, Any]) -> str:
    words: str = row["words"] if row["counterparty"] else row["end_to_end"]
    why = reason_words(row["return_code"])
    return f"Sent back: {why}. {words}" if why else words


@get("/bank-lines/{bank_line_id:uuid}", opt=PAYS)
async def show_line(request: AnyRequest, actor: Actor, bank_line_id: UUID) -> Response[Any]:
    """One line, and what can be said about it."""
    return await _line_page(request, actor, bank_line_id, Form({}))


@post("/bank-lines/{bank_line_id:uuid}", opt=PAYS, status_code=200)
async def do_line(request: AnyRequest, actor: Actor, bank_line_id: UUID) -> Response[Any]:
    """Say what it is, set it aside, or put it back."""
    form = await Form.read(request)
    try:
        match form.text("do"):
            case "set_aside":
                await commands.set_aside(actor, bank_line_id, form.text("because"))
                words = "The line is set aside."
            case "explain":
                thing = form.text("thing", required="Choose what it is")
                form.check()
                await explain_line(actor, bank_line_id, *_thing(thing))
                words = "The line is explained."
            case "look_again":
                await look_again(actor, bank_line_id)
                words = "The line waits again."
            case _:
                raise Invalid({"_form": "Choose what to do"})
    except DomainError as refusal:
        form.take(refusal)
        return await _line_page(request, actor, bank_line_id, form, status=refusal.status)
    return await done(request, "/bank-lines", words)


def _thing(name: str) -> tuple[Meaning, UUID]:
    """What a form names. Raises Invalid."""
    meaning, _, thing_id = name.partition(":")
    try:
        return Meaning(meaning), UUID(thing_id)
    except ValueError:
        raise Invalid({"thing": "Choose what it is"}) from None


async def _suggested(actor: Actor, row: dict[str, Any]) -> list[Thing]:
    if row["state"] != LineState.OPEN:
        return []
    return await suggested(queries.own_organisation(actor), Money(row["amount_pence"]))


async def _line_page(
    request: AnyRequest, actor: Actor, line_id: UUID, form: Form, *, status: int = 200
) -> Response[Any]:
    row = await queries.line(actor, line_id)
    return await page(
        request,
        "invoicing/reconciliation/line.html",
        status=status,
        line=line_row(row),
        suggested=[(each.name, each.words) for each in await _suggested(actor, row)],
        may_look_again=row["state"] == LineState.SET_ASIDE
        or (row["meaning"] != "" and not Meaning(row["meaning"]).moves_money),
        form=form.values,
        errors=form.errors,
    )


router = Router(
    "/",
    route_handlers=[show_statements, show_give_in, do_give_in, show_lines, show_line, do_line],
    include_in_schema=False,
)
