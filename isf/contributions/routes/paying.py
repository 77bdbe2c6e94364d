"""A bill, a payment, and the person's own money on top."""

from typing import Any
from uuid import UUID, uuid4

from litestar import Response, get, post

from isf import queries as people
from isf.contributions import queries, words
from isf.contributions.commands import (
    PaymentDraft,
    TopUpDraft,
    give_back,
    record_payment,
    record_top_up,
    take_payment_back,
    waive_charge,
)
from isf.contributions.holding import decides
from isf.contributions.routes.reading import AMOUNT, MANAGES, SEES, key_typed
from isf.routes.reading import uuid_typed
from isf.rules import runs_on
from marketplace.identity.access import Actor, require_person
from marketplace.identity.http import AnyRequest
from marketplace.identity.pages import done, page
from marketplace.identity.rules import Scope
from marketplace.kernel import clock
from marketplace.kernel.errors import DomainError, NotFound
from marketplace.kernel.forms import Form

_DAY = "Enter the day, like 24 11 2026"


@get("/people/{person_id:uuid}/contribution/bills/{charge_id:uuid}", opt=SEES)
async def show_bill(request: AnyRequest, actor: Actor, person_id: UUID, charge_id: UUID) -> Response[Any]:
    """One bill, day by day, and for finance the form to ask for less."""
    return await _bill_page(request, actor, person_id, charge_id, Form({}))


@post("/people/{person_id:uuid}/contribution/bills/{charge_id:uuid}", opt=MANAGES, status_code=200)
async def do_waive(request: AnyRequest, actor: Actor, person_id: UUID, charge_id: UUID) -> Response[Any]:
    """Ask for less of it, or keep what was typed."""
    await require_person(actor, person_id, Scope.SEE)
    form = await Form.read(request)
    try:
        amount = form.money("amount", required=AMOUNT)
        because = form.text("because", required="Enter why less is asked for", most=1000)
        form.check()
        await waive_charge(actor, person_id, charge_id, amount, because)
    except NotFound:
        raise
    except DomainError as refusal:
        form.take(refusal)
        return await _bill_page(request, actor, person_id, charge_id, form, status=refusal.status)
    return await done(
        request, f"/people/{person_id}/contribution/bills/{charge_id}", f"{amount} less is asked for."
    )


async def _bill_page(
    request: AnyRequest, actor: Actor, person_id: UUID, charge_id: UUID, form: Form, *, status: int = 200
) -> Response[Any]:
    person = await people.person(actor, person_id)
    return await page(
        request,
        "isf/contributions/bill.html",
        status=status,
        about=person_id,
        person=person,
        bill=await queries.bill(actor, person_id, charge_id),
        why=words.WHY,
        collecting=await queries.collecting(person_id, clock.today()),
        manages=decides(actor, person.council_id),
        may_pay=Scope.PAY in person.scopes,
        form=form.values,
        errors=form.errors,
    )


@get("/people/{person_id:uuid}/contribution/pay", opt=SEES)
async def show_pay(request: AnyRequest, actor: Actor, person_id: UUID) -> Response[Any]:
    """The form for a payment that arrived."""
    await require_person(actor, person_id, Scope.PAY)
    return await _pay_page(request, actor, person_id, Form({"key": str(uuid4())}))


@post("/people/{person_id:uuid}/contribution/pay", opt=SEES, status_code=200)
async def do_pay(request: AnyRequest, actor: Actor, person_id: UUID) -> Response[Any]:
    """Note the payment, or keep what was typed."""
    await require_person(actor, person_id, Scope.PAY)
    form = await Form.read(request)
    try:
        amount = form.money("amount", required=AMOUNT)
        received_on = form.day("received_on", required=_DAY) or clock.today()
        note = form.text("note", most=200)
        form.check()
        await record_payment(actor, person_id, PaymentDraft(amount, received_on, key_typed(form), note))
    except DomainError as refusal:
        form.take(refusal)
        return await _pay_page(request, actor, person_id, form, status=refusal.status)
    return await done(
        request, f"/people/{person_id}/contribution#payments", f"The payment of {amount} is noted."
    )


async def _pay_page(
    request: AnyRequest, actor: Actor, person_id: UUID, form: Form, *, status: int = 200
) -> Response[Any]:
    person = await people.person(actor, person_id)
    bills = await queries.bills_of(actor, person_id)
    return await page(
        request,
        "isf/contributions/pay.html",
        status=status,
        about=person_id,
        person=person,
        owed_pence=sum(bill.owed_pence for bill in bills),
        collecting=await queries.collecting(person_id, clock.today()),
        today=clock.today(),
        form=form.values,
        errors=form.errors,
    )


@get("/people/{person_id:uuid}/contribution/payments/{paid_id:uuid}/take-back", opt=MANAGES)
async def show_take_back(request: AnyRequest, actor: Actor, person_id: UUID, paid_id: UUID) -> Response[Any]:
    """Why a payment is taken back."""
    return await _take_back_page(request, actor, person_id, paid_id, Form({}))


@post("/people/{person_id:uuid}/contribution/payments/{paid_id:uuid}/take-back", opt=MANAGES, status_code=200)
async def do_take_back(request: AnyRequest, actor: Actor, person_id: UUID, paid_id: UUID) -> Response[Any]:
    """Take it back by its opposite, or keep what was typed."""
    await require_person(actor, person_id, Scope.SEE)
    form = await Form.read(request)
    try:
        because = form.text("because", required="Enter why it is taken back", most=200)
        form.check()
        await take_payment_back(actor, person_id, paid_id, because)
    except NotFound:
        raise
    except DomainError as refusal:
        form.take(refusal)
        return await _take_back_page(request, actor, person_id, paid_id, form, status=refusal.status)
    return await done(request, f"/people/{person_id}/contribution#payments", "The payment is taken back.")


async def _take_back_page(
    request: AnyRequest, actor: Actor, person_id: UUID, payment_id: UUID, form: Form, *, status: int = 200
) -> Response[Any]:
    person = await people.person(actor, person_id)
    found = [each for each in await queries.payments_of(actor, person_id) if each.id == payment_id]
    if not found:
        raise NotFound
    return await page(
        request,
        "isf/contributions/take_back.html",
        status=status,
        about=person_id,
        person=person,
        told=found[0],
        form=form.values,
        errors=form.errors,
    )


@get("/people/{person_id:uuid}/top-ups", opt=SEES)
async def show_top_ups(request: AnyRequest, actor: Actor, person_id: UUID) -> Response[Any]:
    """The person's own money, and the forms for more of it or for having it back."""
    return await _top_ups_page(request, actor, person_id, Form({"key": str(uuid4())}))


@post("/people/{person_id:uuid}/top-ups", opt=SEES, status_code=200)
async def do_top_up(request: AnyRequest, actor: Actor, person_id: UUID) -> Response[Any]:
    """Note own money in, or back to the person; or keep what was typed."""
    await require_person(actor, person_id, Scope.PAY)
    form = await Form.read(request)
    back = form.text("way") == "back"
    try:
        fund_id = uuid_typed(form, "fund")
        if fund_id is None:
            form.fail("fund", "Choose the fund")
        form.one_of("way", ("in", "back"), required="Choose whether money comes in or goes back")
        amount = form.money("amount", required=AMOUNT)
        on = form.day("on", required=_DAY) or clock.today()
        note = form.text("note", most=200)
        form.check()
        draft = TopUpDraft(amount, on, key_typed(form), note)
        move = give_back if back else record_top_up
        await move(actor, person_id, fund_id or person_id, draft)
    except DomainError as refusal:
        form.take(refusal)
        return await _top_ups_page(request, actor, person_id, form, status=refusal.status)
    told = f"{amount} went back." if back else f"{amount} of own money is added."
    return await done(request, f"/people/{person_id}/top-ups", told)


async def _top_ups_page(
    request: AnyRequest, actor: Actor, person_id: UUID, form: Form, *, status: int = 200
) -> Response[Any]:
    person = await people.person(actor, person_id)
    funds = await queries.own_money_of(actor, person_id)
    today = clock.today()
    usable = [
        fund
        for fund in funds
        if fund.may_note
        and (fund.own_left_pence or (fund.state == "open" and runs_on(fund.starts_on, fund.ends_on, today)))
    ]
    return await page(
        request,
        "isf/contributions/top_ups.html",
        status=status,
        about=person_id,
        person=person,
        funds=[fund for fund in funds if fund.topped_up_pence],
        choices=[("", "Choose one"), *((fund.fund_id, fund.title) for fund in usable)],
        lines=await queries.top_ups_of(actor, person_id),
        may_pay=Scope.PAY in person.scopes and bool(usable),
        today=today,
        form=form.values,
        errors=form.errors,
    )


HANDLERS = [
    show_bill,
    do_waive,
    show_pay,
    do_pay,
    show_take_back,
    do_take_back,
    show_top_ups,
    do_top_up,
]
