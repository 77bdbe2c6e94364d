"""The page of an end: recorded by the care manager, what is held aside, and what is given back."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post

from isf.contributions.commands.giving_back import give_back_overpaid
from isf.endings import liabilities
from isf.endings.queries import ending_of
from isf.endings.rules import EndDraft, EndKind, LiabilityDraft, LiabilityKind, end_error
from isf.routes.reading import MANAGES, SEES, person_page, uuid_typed
from marketplace.bookings.endings.commands import end_person
from marketplace.bookings.endings.queries import preview_end
from marketplace.identity.access import Actor, require_person
from marketplace.identity.http import AnyRequest
from marketplace.identity.pages import done
from marketplace.identity.rules import Permission, Scope
from marketplace.kernel import clock, formats
from marketplace.kernel.errors import DomainError, Invalid
from marketplace.kernel.forms import Form
from marketplace.kernel.money import Money, total

AGREES = {"permission": Permission.AGREEMENT_MANAGE}
DECIDES = {"permission": Permission.PAYMENT_IN_DECIDE}
CHARGES = {"permission": Permission.CONTRIBUTION_MANAGE}


@get("/people/{person_id:uuid}/end", opt=SEES)
async def show_end(request: AnyRequest, actor: Actor, person_id: UUID) -> Response[Any]:
    """How a person's support ended, or the form to record it."""
    return await _page(request, actor, person_id, Form({}))


@post("/people/{person_id:uuid}/end", opt=MANAGES, status_code=200)
async def do_end(request: AnyRequest, actor: Actor, person_id: UUID) -> Response[Any]:
    """First what it does; with `shown_pence` from that page it is recorded."""
    await require_person(actor, person_id, Scope.SEE)
    form = await Form.read(request)
    kind = form.choice("kind", EndKind, required="Choose what happened")
    last_on = form.day("last_on", required="Enter the day, like 24 11 2026")
    try:
        form.check()
        assert kind is not None  # noqa: S101 - nothing was wrong
        assert last_on is not None  # noqa: S101 - nothing was wrong
        draft = EndDraft(kind, last_on, form.text("because", most=2000))
        if told := end_error(draft, clock.today()):
            raise Invalid({"last_on": told})
        shown = form.text("shown_pence")
        if not shown.isdecimal():
            return await _preview(request, actor, person_id, form, draft)
        await end_person(actor, person_id, draft, shown=Money(int(shown)))
    except DomainError as refusal:
        form.take(refusal)
        return await _page(request, actor, person_id, form, status=refusal.status)
    return await done(request, f"/people/{person_id}/end", "It is recorded.")


async def _preview(
    request: AnyRequest, actor: Actor, person_id: UUID, form: Form, draft: EndDraft
) -> Response[Any]:
    found = await preview_end(actor, person_id, draft)
    return await person_page(
        request,
        actor,
        person_id,
        "bookings/endings/preview.html",
        form=form,
        draft=draft,
        notice_pence=total(each.charge for each in found).pence,
        rows=[
            {
                "title": each.title,
                "when": formats.when((each.starts_at, each.ends_at)),
                "provider": each.provider_name,
                "cost": each.charge.pence,
            }
            for each in found
        ],
    )


@post("/people/{person_id:uuid}/end/aside", opt=AGREES, status_code=200)
async def do_set_aside(request: AnyRequest, actor: Actor, person_id: UUID) -> Response[Any]:
    """Hold money aside for wages or another bill."""
    await require_person(actor, person_id, Scope.SEE)
    form = await Form.read(request)
    kind = form.choice("liability", LiabilityKind, required="Choose what is owed")
    fund_id = uuid_typed(form, "fund")
    if fund_id is None:
        form.fail("fund", "Choose the money that it is owed from")
    amount = form.money("amount", required="Enter an amount in pounds, like 240.00")
    try:
        form.check()
        assert kind is not None  # noqa: S101 - nothing was wrong
        assert fund_id is not None  # noqa: S101 - nothing was wrong
        draft = LiabilityDraft(kind, form.text("words", most=200), amount, form.text("evidence", most=2000))
        await liabilities.set_aside(actor, fund_id, draft)
    except DomainError as refusal:
        form.take(refusal)
        return await _page(request, actor, person_id, form, status=refusal.status)
    return await done(request, f"/people/{person_id}/end", f"{amount} is held aside.")


@post("/people/{person_id:uuid}/end/aside/{liability_id:uuid}/paid", opt=DECIDES, status_code=200)
async def do_paid(request: AnyRequest, actor: Actor, person_id: UUID, liability_id: UUID) -> Response[Any]:
    """It was paid."""
    await require_person(actor, person_id, Scope.SEE)
    form = await Form.read(request)
    paid_on = form.day("paid_on") or clock.today()
    try:
        form.check()
        await liabilities.pay_liability(actor, liability_id, paid_on, form.text("paid_words", most=200))
    except DomainError as refusal:
        form.take(refusal)
        return await _page(request, actor, person_id, form, status=refusal.status)
    return await done(request, f"/people/{person_id}/end", "It is noted as paid.")


@post("/people/{person_id:uuid}/end/aside/{liability_id:uuid}/drop", opt=AGREES, status_code=200)
async def do_drop(request: AnyRequest, actor: Actor, person_id: UUID, liability_id: UUID) -> Response[Any]:
    """It is not owed after all."""
    await require_person(actor, person_id, Scope.SEE)
    form = await Form.read(request)
    try:
        await liabilities.drop_liability(actor, liability_id, form.text("drop_because", most=2000))
    except DomainError as refusal:
        form.take(refusal)
        return await _page(request, actor, person_id, form, status=refusal.status)
    return await done(request, f"/people/{person_id}/end", "The money is left again.")


@post("/people/{person_id:uuid}/end/overpaid", opt=CHARGES, status_code=200)
async def do_overpaid(request: AnyRequest, actor: Actor, person_id: UUID) -> Response[Any]:
    """What was paid too much went back."""
    await require_person(actor, person_id, Scope.SEE)
    form = await Form.read(request)
    amount = form.money("amount", required="Enter an amount in pounds, like 80.00")
    paid_on = form.day("paid_back_on") or clock.today()
    try:
        form.check()
        await give_back_overpaid(actor, person_id, amount, paid_on, form.text("paid_back_to", most=200))
    except DomainError as refusal:
        form.take(refusal)
        return await _page(request, actor, person_id, form, status=refusal.status)
    return await done(request, f"/people/{person_id}/end", f"{amount} went back.")


async def _page(
    request: AnyRequest, actor: Actor, person_id: UUID, form: Form, *, status: int = 200
) -> Response[Any]:
    ending = await ending_of(actor, person_id)
    return await person_page(
        request,
        actor,
        person_id,
        "bookings/endings/end.html",
        form=form,
        status=status,
        ending=ending,
        funds={fund.id: fund.title for fund in ending.funds},
        open_funds=[(str(fund.id), fund.title) for fund in ending.funds if fund.open],
        kinds=[(str(kind), kind.label) for kind in EndKind],
        liability_kinds=[(str(kind), kind.label) for kind in LiabilityKind],
        today=clock.today(),
        decides=Permission.PAYMENT_IN_DECIDE in actor.permissions,
        charges=Permission.CONTRIBUTION_MANAGE in actor.permissions,
        user_id=actor.user_id,
    )


HANDLERS = [show_end, do_end, do_set_aside, do_paid, do_drop, do_overpaid]
