"""Writing an agreement and moving it on: the care manager's pages."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from litestar import Response, get, post

from isf.agreements import commands, queries
from isf.agreements.routes.terms_form import filled, terms_typed
from isf.agreements.rules import MOST_SERVICES, AgreementState, FeeKind, Terms
from isf.agreements.wording import USUAL_EXIT
from isf.parameters import Parameter, ParameterNotSet, parameter
from isf.routes.reading import uuid_typed
from isf.rules import fund_title
from marketplace.identity.access import Actor, require_person
from marketplace.identity.http import AnyRequest
from marketplace.identity.pages import done, page
from marketplace.identity.rules import Permission, Scope
from marketplace.kernel import clock
from marketplace.kernel.errors import DomainError, NotFound, StateConflict
from marketplace.kernel.forms import Form
from marketplace.kernel.routes_of_money import Route

MANAGES = {"permission": Permission.AGREEMENT_MANAGE}
_FEES = (
    (FeeKind.NONE, "No fee", ""),
    (FeeKind.PERCENT, "A part of what is paid in", "Type the percentage below"),
    (FeeKind.WEEKLY, "The same each week", "Type the amount below"),
    (FeeKind.MONTHLY, "The same each month", "Type the amount below"),
)


@get("/people/{person_id:uuid}/agreements/new", opt=MANAGES)
async def show_new(request: AnyRequest, actor: Actor, person_id: UUID) -> Response[Any]:
    """The form for a new version, filled with the version before, or with what the council usually agrees."""
    await require_person(actor, person_id, Scope.SEE)
    fund_id = await _fund_asked(request, actor, person_id)
    if fund_id is None:
        return await done(request, f"/people/{person_id}/agreements")
    return await _form_page(request, actor, person_id, fund_id, Form(await _start(actor, person_id, fund_id)))


@post("/people/{person_id:uuid}/agreements/new", opt=MANAGES, status_code=200)
async def do_new(request: AnyRequest, actor: Actor, person_id: UUID) -> Response[Any]:
    """Make the draft, or keep what was typed."""
    await require_person(actor, person_id, Scope.SEE)
    form = await Form.read(request)
    fund_id = uuid_typed(form, "fund")
    if fund_id is None:
        raise NotFound
    fund = await queries.fund_for_agreement(actor, fund_id)
    try:
        terms = terms_typed(form, Route(fund["route"]))
        form.check()
        agreement_id = await commands.draft_agreement(actor, fund_id, terms)
    except DomainError as refusal:
        form.take(refusal)
        return await _form_page(request, actor, person_id, fund_id, form, status=refusal.status)
    return await done(
        request, f"/agreements/{agreement_id}", "The draft is made. Read it, then offer it to everybody."
    )


@get("/agreements/{draft_id:uuid}/edit", opt=MANAGES)
async def show_edit(request: AnyRequest, actor: Actor, draft_id: UUID) -> Response[Any]:
    """The form for a draft."""
    view = await _managed(actor, draft_id)
    if view.record.state is not AgreementState.DRAFT:
        return await done(request, f"/agreements/{draft_id}")
    values = filled(view.record.terms) | {"edit": view.record.edit}
    return await _edit_page(request, actor, view, Form(values))


@post("/agreements/{draft_id:uuid}/edit", opt=MANAGES, status_code=200)
async def do_edit(request: AnyRequest, actor: Actor, draft_id: UUID) -> Response[Any]:
    """Keep the new terms; when somebody was quicker, keep what was typed and say so."""
    view = await _managed(actor, draft_id)
    form = await Form.read(request)
    try:
        terms = terms_typed(form, view.record.kind)
        edit = form.whole("edit", required="Open this page again", most=1_000_000)
        form.check()
        await commands.edit_agreement(actor, draft_id, edit, terms)
    except DomainError as refusal:
        form.take(refusal)
        if isinstance(refusal, StateConflict):
            # What was typed is kept; saving again means that the newer terms were seen.
            form.values["edit"] = (await _managed(actor, draft_id)).record.edit
        return await _edit_page(request, actor, view, form, status=refusal.status)
    return await done(request, f"/agreements/{draft_id}", "The draft is changed.")


@post("/agreements/{agreement_id:uuid}/offer", opt=MANAGES, status_code=200)
async def do_offer(request: AnyRequest, actor: Actor, agreement_id: UUID) -> Response[Any]:
    """Put it before everybody."""
    return await _move(
        request, actor, agreement_id, commands.offer_agreement, "Everybody can read and sign it now."
    )


@post("/agreements/{agreement_id:uuid}/take-back", opt=MANAGES, status_code=200)
async def do_take_back(request: AnyRequest, actor: Actor, agreement_id: UUID) -> Response[Any]:
    """Make it a draft again."""
    return await _move(
        request,
        actor,
        agreement_id,
        commands.take_back,
        "It is a draft again. Everybody signs the new terms.",
    )


@post("/agreements/{agreement_id:uuid}/withdraw", opt=MANAGES, status_code=200)
async def do_withdraw(request: AnyRequest, actor: Actor, agreement_id: UUID) -> Response[Any]:
    """Give this version up."""
    return await _move(
        request, actor, agreement_id, commands.withdraw_agreement, "This version is withdrawn."
    )


async def _move(
    request: AnyRequest,
    actor: Actor,
    agreement_id: UUID,
    command: Callable[[Actor, UUID], Awaitable[None]],
    words: str,
) -> Response[Any]:
    try:
        await command(actor, agreement_id)
    except NotFound:
        raise
    except DomainError as refusal:
        told = "; ".join(refusal.fields.values()) if hasattr(refusal, "fields") else refusal.message
        return await done(request, f"/agreements/{agreement_id}", f"!{told}")
    return await done(request, f"/agreements/{agreement_id}", words)


async def _managed(actor: Actor, agreement_id: UUID) -> queries.AgreementView:
    view = await queries.agreement(actor, agreement_id)
    if not view.manages:
        raise NotFound
    return view


async def _fund_asked(request: AnyRequest, actor: Actor, person_id: UUID) -> UUID | None:
    """The fund in the address, or the only one that can have an agreement."""
    funds = [fund for fund in await queries.agreements_of(actor, person_id) if fund.can_have_next]
    asked = request.query_params.get("fund", "")
    for fund in funds:
        if str(fund.fund_id) == asked:
            return fund.fund_id
    return funds[0].fund_id if funds and not asked else None


async def _start(actor: Actor, person_id: UUID, fund_id: UUID) -> dict[str, Any]:
    """What a new version starts from."""
    fund = await queries.fund_for_agreement(actor, fund_id)
    known = next(f for f in await queries.agreements_of(actor, person_id) if f.fund_id == fund_id)
    today = clock.today()
    if known.agreements:
        before = await queries.agreement(actor, known.agreements[0].id)
        values = filled(before.record.terms)
        values |= {
            "starts_on-day": today.day, "starts_on-month": today.month, "starts_on-year": today.year,
            "ends_on-day": "", "ends_on-month": "", "ends_on-year": "",
        }  # fmt: skip
        return values
    assert actor.council_id is not None  # noqa: S101 - AGREEMENT_MANAGE is a council's
    try:
        weeks = await parameter(actor.council_id, Parameter.PAYMENT_CYCLE_WEEKS, today)
        kept = await parameter(actor.council_id, Parameter.SURPLUS_WEEKS, today)
    except ParameterNotSet:
        weeks, kept = 4, 8
    usual = Terms(
        starts_on=max(today, fund["starts_on"]),
        payment_weeks=weeks,
        surplus_times=kept,
        exit_words=USUAL_EXIT,
    )
    values = filled(usual) | {"fee_kind": "", "sells": ""}
    for index, (what, pence) in enumerate(await queries.suggested_services(actor, fund_id), start=1):
        values |= {
            f"service-{index}": what,
            f"price-{index}": f"{pence // 100}.{pence % 100:02d}",
            "sells": "yes",
        }
    return values


async def _form_page(
    request: AnyRequest, actor: Actor, person_id: UUID, fund_id: UUID, form: Form, *, status: int = 200
) -> Response[Any]:
    fund = await queries.fund_for_agreement(actor, fund_id)
    if fund["person_id"] != person_id:
        raise NotFound
    return await page(
        request,
        "isf/agreements/form.html",
        status=status,
        about=person_id,
        person_id=person_id,
        called=fund["called"],
        holder=fund["holder"],
        kind=fund["route"],
        title=fund_title(Route(fund["route"]), fund["holder"]),
        action=f"/people/{person_id}/agreements/new",
        fund_id=fund_id,
        fees=_FEES,
        most_services=MOST_SERVICES,
        form=form.values,
        errors=form.errors,
    )


async def _edit_page(
    request: AnyRequest, actor: Actor, view: queries.AgreementView, form: Form, *, status: int = 200
) -> Response[Any]:
    record = view.record
    return await page(
        request,
        "isf/agreements/form.html",
        status=status,
        about=record.person_id,
        person_id=record.person_id,
        called=record.names.called,
        holder=record.names.holder,
        kind=record.kind,
        title=fund_title(record.kind, record.names.holder),
        action=f"/agreements/{record.id}/edit",
        agreement_id=record.id,
        fees=_FEES,
        most_services=MOST_SERVICES,
        form=form.values,
        errors=form.errors,
    )


HANDLERS = [show_new, do_new, show_edit, do_edit, do_offer, do_take_back, do_withdraw]
