"""The pages of self-billing: agreements on either side, one agreement, and the payer's run."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from litestar import Response, Router, get, post

from invoicing import rules
from invoicing.runs.commands import self_bill
from invoicing.self_billing import commands, queries
from invoicing.self_billing.queries import AgreementView
from invoicing.self_billing.rules import Dates
from marketplace.identity.access import Actor
from marketplace.identity.http import AnyRequest
from marketplace.identity.pages import done, page
from marketplace.identity.rules import Permission
from marketplace.kernel import clock, formats
from marketplace.kernel.errors import DomainError, Invalid, NotFound
from marketplace.kernel.forms import Form

SEES = {"permission": Permission.INVOICE_SEE}
ISSUES = {"permission": Permission.INVOICE_ISSUE}
PAYS = {"permission": Permission.INVOICE_PAY}
HERE = "/self-billing"


@get(HERE, opt=SEES)
async def show_agreements(request: AnyRequest, actor: Actor) -> Response[Any]:
    """The agreements of the actor's organisation; a payer proposes and writes invoices here."""
    return await _list(request, actor, Form({}))


@post(HERE, opt=PAYS, status_code=200)
async def do_propose(request: AnyRequest, actor: Actor) -> Response[Any]:
    """Propose an agreement; what was typed stays when something is wrong."""
    form = await Form.read(request)
    provider = form.text("provider", required="Choose the supplier")
    starts_on = form.day("starts_on", required="Enter the first day, like 1 12 2026")
    ends_on = form.day("ends_on", required="Enter the last day, like 30 11 2027")
    try:
        form.check()
        assert starts_on is not None  # noqa: S101 - required
        assert ends_on is not None  # noqa: S101 - required
        made = await commands.propose(actor, _provider(provider), Dates(starts_on, ends_on))
    except DomainError as refusal:
        form.take(refusal)
        return await _list(request, actor, form, status=refusal.status)
    words = "The agreement is proposed. The supplier is told, and nothing changes before it accepts."
    return await done(request, f"{HERE}/{made}", words)


def _provider(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Invalid({"provider": "Choose the supplier"}) from None


async def _list(request: AnyRequest, actor: Actor, form: Form, *, status: int = 200) -> Response[Any]:
    pays = Permission.INVOICE_PAY in actor.permissions
    shown = await queries.agreements(actor)
    return await page(
        request,
        "invoicing/self_billing/agreements.html",
        status=status,
        rows=[_row(view) for view in shown],
        pays=pays,
        writes=pays and any(view.is_payer and view.standing == "in_force" for view in shown),
        month=_last_month(),
        suppliers=[(str(row["id"]), row["name"]) for row in await queries.suppliers(actor)] if pays else [],
        form=form.values,
        errors=form.errors,
    )


def _row(view: AgreementView) -> dict[str, Any]:
    return {
        **view.row,
        "href": f"{HERE}/{view.row['id']}",
        "other": view.row["provider_name" if view.is_payer else "payer_name"],
        "standing": f"self_billing_{view.standing}",
    }


def _last_month() -> date:
    """The month that is over and can be written as a whole."""
    return rules.month_of(rules.month_of(clock.today()) - timedelta(days=1))


@get(HERE + "/{self_billing_id:uuid}", opt=SEES)
async def show_agreement(request: AnyRequest, actor: Actor, self_billing_id: UUID) -> Response[Any]:
    """The words of one agreement, and what the viewer can do about it."""
    return await _agreement_page(request, actor, self_billing_id, Form({}))


@post(HERE + "/{self_billing_id:uuid}/answer", opt=ISSUES, status_code=200)
async def do_answer(request: AnyRequest, actor: Actor, self_billing_id: UUID) -> Response[Any]:
    """The supplier accepts or refuses."""
    form = await Form.read(request)
    answer = form.one_of("answer", ("accept", "refuse"), required="Choose whether you agree")
    try:
        form.check()
        if answer == "accept":
            await commands.accept(actor, self_billing_id, form.text("terms"))
        else:
            await commands.refuse(actor, self_billing_id)
    except NotFound:
        raise
    except DomainError as refusal:
        form.take(refusal)
        return await _agreement_page(request, actor, self_billing_id, form, status=refusal.status)
    words = {
        "accept": "You agreed. The payer writes your invoices.",
        "refuse": "You go on to write your invoices.",
    }
    return await done(request, f"{HERE}/{self_billing_id}", words[answer])


@post(HERE + "/{self_billing_id:uuid}/end", opt=SEES, status_code=200)
async def do_end(request: AnyRequest, actor: Actor, self_billing_id: UUID) -> Response[Any]:
    """Either side ends it, with a reason."""
    form = await Form.read(request)
    because = form.text("because", required="Say why", most=500)
    try:
        form.check()
        await commands.end(actor, self_billing_id, because)
    except NotFound:
        raise
    except DomainError as refusal:
        form.take(refusal)
        return await _agreement_page(request, actor, self_billing_id, form, status=refusal.status)
    return await done(request, f"{HERE}/{self_billing_id}", "It has ended. The other side is told.")


async def _agreement_page(
    request: AnyRequest, actor: Actor, self_billing_id: UUID, form: Form, *, status: int = 200
) -> Response[Any]:
    view = await queries.agreement(actor, self_billing_id)
    return await page(
        request,
        "invoicing/self_billing/agreement.html",
        status=status,
        view=view,
        row=view.row,
        other=_row(view)["other"],
        standing=f"self_billing_{view.standing}",
        form=form.values,
        errors=form.errors,
    )


@post(HERE + "/run", opt=PAYS, status_code=303)
async def do_run(request: AnyRequest, actor: Actor) -> Response[Any]:
    """Write the invoices of a month for every supplier with an agreement in force."""
    text = (await Form.read(request)).text("month")
    try:
        month = date.fromisoformat(f"{text}-01")
    except ValueError:
        raise NotFound("There is no such month. Go back and choose one.") from None
    run = await self_bill(actor, month)
    return await done(request, "/invoices?show=to-pay", f"{formats.month(month)}: {run.words}")


router = Router(
    "/",
    route_handlers=[show_agreements, do_propose, show_agreement, do_answer, do_end, do_run],
    include_in_schema=False,
)
