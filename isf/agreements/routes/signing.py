"""Reading what is agreed and signing it; saying in which account a direct payment is kept."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post

from isf.agreements import commands, queries
from isf.agreements.rules import Acknowledged, Party
from isf.rules import fund_title
from marketplace.identity.access import Actor
from marketplace.identity.http import AnyRequest
from marketplace.identity.pages import done, easy_read, page
from marketplace.identity.rules import Permission
from marketplace.kernel.errors import DomainError, Invalid, NotFound
from marketplace.kernel.forms import Form

SIGNS = {"permission": Permission.AGREEMENT_SIGN}


@get("/agreements/{agreement_id:uuid}/sign", opt=SIGNS)
async def show_sign(request: AnyRequest, actor: Actor, agreement_id: UUID) -> Response[Any]:
    """The words to read and the place to sign; who cannot sign is told why on the agreement's page."""
    view = await queries.agreement(actor, agreement_id)
    if view.may_sign_for is None:
        return await done(request, f"/agreements/{agreement_id}")
    return await _sign_page(request, view, Form({}))


@post("/agreements/{agreement_id:uuid}/sign", opt=SIGNS, status_code=200)
async def do_sign(request: AnyRequest, actor: Actor, agreement_id: UUID) -> Response[Any]:
    """Sign what was shown; when it has changed meanwhile, show the new words."""
    form = await Form.read(request)
    acknowledged = Acknowledged.YES if form.ticked("acknowledged") else Acknowledged.NO
    try:
        if not form.ticked("agree"):
            raise Invalid({"agree": "Tick that you agree to this"})
        await commands.sign_agreement(
            actor, agreement_id, form.text("shown", most=64), acknowledged=acknowledged
        )
    except NotFound:
        raise
    except DomainError as refusal:
        form.take(refusal)
        view = await queries.agreement(actor, agreement_id)
        if view.may_sign_for is None:
            return await done(request, f"/agreements/{agreement_id}", f"!{refusal.message}")
        return await _sign_page(request, view, form, status=refusal.status)
    return await done(request, f"/agreements/{agreement_id}", "You have signed this agreement.")


@get("/agreements/{agreement_id:uuid}/account", opt=SIGNS)
async def show_account(request: AnyRequest, actor: Actor, agreement_id: UUID) -> Response[Any]:
    """Ask in which account the money is kept."""
    view = await _own_account(actor, agreement_id)
    return await _account_page(
        request,
        view,
        Form(
            {
                "bank_name": view.record.terms.bank_name,
                "account_last_four": view.record.terms.account_last_four,
            }
        ),
    )


@post("/agreements/{agreement_id:uuid}/account", opt=SIGNS, status_code=200)
async def do_account(request: AnyRequest, actor: Actor, agreement_id: UUID) -> Response[Any]:
    """Keep the bank and the last four digits."""
    view = await _own_account(actor, agreement_id)
    form = await Form.read(request)
    try:
        edit = form.whole("edit", required="Open this page again")
        if not form.ticked("separate"):
            form.fail("separate", "Tick that the account is used for nothing else")
        form.check()
        await commands.declare_account(
            actor,
            agreement_id,
            edit,
            form.text("bank_name", most=100),
            form.text("account_last_four", most=30),
        )
    except DomainError as refusal:
        form.take(refusal)
        # Somebody may have typed a whole account number: it is not even shown again.
        if "account_last_four" in form.errors:
            form.values["account_last_four"] = ""
        return await _account_page(request, view, form, status=refusal.status)
    return await done(request, f"/agreements/{agreement_id}/sign", "The account is noted.")


async def _own_account(actor: Actor, agreement_id: UUID) -> queries.AgreementView:
    view = await queries.agreement(actor, agreement_id)
    if (
        not view.signs_as_person
        or view.may_sign_for is not Party.PERSON
        or Party.HOLDER in view.record.parties
    ):
        raise NotFound
    return view


async def _sign_page(
    request: AnyRequest, view: queries.AgreementView, form: Form, *, status: int = 200
) -> Response[Any]:
    easy = easy_read(request)
    return await page(
        request,
        "isf/agreements/sign.html",
        status=status,
        about=view.record.person_id,
        has_easy_read=True,
        view=view,
        record=view.record,
        fund_title=fund_title(view.record.kind, view.record.names.holder),
        shown=view.easy_sha256 if easy else view.full_sha256,
        form=form.values,
        errors=form.errors,
    )


async def _account_page(
    request: AnyRequest, view: queries.AgreementView, form: Form, *, status: int = 200
) -> Response[Any]:
    return await page(
        request,
        "isf/agreements/account.html",
        status=status,
        about=view.record.person_id,
        view=view,
        record=view.record,
        form=form.values,
        errors=form.errors,
    )


HANDLERS = [show_sign, do_sign, show_account, do_account]
