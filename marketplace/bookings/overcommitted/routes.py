"""The council's worklist of over-commitments, and each one with its bookings in the suggested order (row W2)."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post

from isf.budgets.honouring import honour
from isf.ledger.overcommitted import OverState
from marketplace.bookings.overcommitted.commands import Answer, cancel_chosen
from marketplace.bookings.overcommitted.queries import (
    OverCommitment,
    candidates,
    over_commitment,
    over_commitments,
)
from marketplace.bookings.overcommitted.rules import IN_WORDS, Step, suggested_order
from marketplace.identity.access import Actor
from marketplace.identity.http import AnyRequest
from marketplace.identity.pages import done, page
from marketplace.identity.rules import Permission
from marketplace.kernel import clock, formats
from marketplace.kernel.errors import DomainError
from marketplace.kernel.forms import Form
from marketplace.kernel.money import Money

WATCH = {"permission": Permission.COUNCIL_WATCH}
MANAGE = {"permission": Permission.PERSON_MANAGE}

_COLUMNS = [
    {"key": "name", "text": "Person"},
    {"key": "fund", "text": "Money"},
    {"key": "starts_on", "text": "From", "kind": "date"},
    {"key": "missing", "text": "Not covered", "kind": "money"},
    {"key": "bookings", "text": "Bookings from then on", "kind": "number"},
]


@get("/council/over-committed", opt=WATCH)
async def show_worklist(request: AnyRequest, actor: Actor) -> Response[Any]:
    """Whose bookings are not all covered, what is missing most first; `show=settled` for those that were."""
    show = (
        OverState.OPEN if request.query_params.get("show") not in ("settled", "honoured")
        else OverState(request.query_params["show"])
    )  # fmt: skip
    found = await over_commitments(actor, show)
    return await page(
        request,
        "bookings/overcommitted/list.html",
        show=show,
        columns=_COLUMNS,
        rows=[
            {
                "name": one.person_name,
                "href": f"/council/over-committed/{one.id}",
                "fund": one.fund,
                "starts_on": one.starts_on,
                "missing": one.still_to_take_pence or one.shortfall_pence * (show is not OverState.OPEN),
                "bookings": one.bookings,
            }
            for one in found
        ],
        tabs=[
            {
                "text": text,
                "href": formats.link("/council/over-committed", {"show": state if state != "open" else None}),
                "current": show == state,
            }
            for state, text in (
                ("open", "To do"),
                ("settled", "Settled"),
                ("honoured", "Paid by the council"),
            )
        ],
    )


@get("/council/over-committed/{over_id:uuid}", opt=WATCH)
async def show_one(request: AnyRequest, actor: Actor, over_id: UUID) -> Response[Any]:
    """Which bookings, what giving each up costs now, the suggested order, and when it is enough."""
    return await _page(request, actor, over_id, Form({}))


@post("/council/over-committed/{over_id:uuid}", opt=MANAGE, status_code=200)
async def do_cancel_chosen(request: AnyRequest, actor: Actor, over_id: UUID) -> Response[Any]:
    """Give up the chosen bookings; each has its own answer. `do=add_up` only counts what is chosen."""
    form = await Form.read(request)
    if form.text("do") == "add_up":
        return await _page(request, actor, over_id, form)
    chosen = {UUID(name): _shown(form, name) for name in form.all("booking") if _is_uuid(name)}
    try:
        answers = await cancel_chosen(actor, over_id, chosen)
    except DomainError as refusal:
        form.take(refusal)
        return await _page(request, actor, over_id, form, status=refusal.status)
    return await done(request, f"/council/over-committed/{over_id}", _told(answers))


def _shown(form: Form, name: str) -> Money | None:
    typed = form.text(f"charge-{name}")
    return Money(int(typed)) if typed.isdecimal() and len(typed) < 12 else None


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _told(answers: list[Answer]) -> str:
    lines = []
    for answer in answers:
        if answer.charge is None:
            lines.append(f"! {answer.reference or 'One booking'} stays. {answer.refusal}")
        else:
            cost = f"{answer.charge} is charged" if answer.charge else "nothing is charged"
            lines.append(f"{answer.reference} is given up: {cost}.")
    return "\n".join(lines)


@post("/council/over-committed/{over_id:uuid}/honour", opt=MANAGE, status_code=200)
async def do_honour(request: AnyRequest, actor: Actor, over_id: UUID) -> Response[Any]:
    """The council pays what is still missing: the budget grows by it."""
    await over_commitment(actor, over_id)
    form = await Form.read(request)
    try:
        paid = await honour(actor, over_id, form.text("because"))
    except DomainError as refusal:
        form.take(refusal)
        return await _page(request, actor, over_id, form, status=refusal.status)
    return await done(
        request,
        f"/council/over-committed/{over_id}",
        f"The council pays {paid} more, and everything booked is covered.",
    )


async def _page(
    request: AnyRequest, actor: Actor, over_id: UUID, form: Form, *, status: int = 200
) -> Response[Any]:
    over = await over_commitment(actor, over_id)
    steps = await _steps(over) if over.state is OverState.OPEN else []
    chosen = (
        set(form.all("booking"))
        if form.values
        else {str(step.booking.id) for step in steps if step.suggested}
    )
    return await page(
        request,
        "bookings/overcommitted/one.html",
        status=status,
        about=over.person_id,
        over=over,
        steps=steps,
        chosen=chosen,
        frees_pence=sum(step.frees.pence for step in steps if str(step.booking.id) in chosen),
        costs_pence=sum(step.charge.pence for step in steps if str(step.booking.id) in chosen),
        in_words=IN_WORDS,
        may_manage=Permission.PERSON_MANAGE in actor.permissions,
        form=form.values,
        errors=form.errors,
    )


async def _steps(over: OverCommitment) -> list[Step]:
    return suggested_order(
        await candidates(over),
        Money(over.still_to_take_pence),
        clock.now(),
        all_from=over.ended_on,
    )


HANDLERS = [show_worklist, show_one, do_cancel_chosen, do_honour]
