"""The pages of bank details: an organisation's own, one change to compare, and the changes of those whom one pays."""

from typing import Any
from uuid import UUID

from litestar import Response, Router, get, post

from invoicing.bank_details import commands, queries
from invoicing.bank_details.parties import purposes_of
from invoicing.bank_details.queries import Version
from invoicing.bank_details.rules import Account, Call, Purpose, account_typed
from marketplace.identity.access import Actor
from marketplace.identity.http import AnyRequest
from marketplace.identity.pages import done, page
from marketplace.identity.rules import Permission
from marketplace.kernel import formats
from marketplace.kernel.errors import DomainError, Invalid, NotFound
from marketplace.kernel.forms import Form

MANAGES = {"permission": Permission.BANK_DETAILS_MANAGE}
HERE = "/bank-details"

_WORDS = {
    Purpose.INTO: ("Where are you paid?", "Paid into"),
    Purpose.FROM: ("Which account do you pay from?", "Paid from"),
}


def purpose_named(name: str) -> Purpose:
    """The purpose in an address. Raises NotFound."""
    try:
        return Purpose(name)
    except ValueError:
        raise NotFound from None


@get(HERE + "/{purpose:str}", opt=MANAGES)
async def show_details(request: AnyRequest, actor: Actor, purpose: str) -> Response[Any]:
    """The organisation's own account, what waits, what was, and the form for another."""
    return await _own_page(request, actor, purpose_named(purpose), Form({}))


@post(HERE + "/{purpose:str}", opt=MANAGES, status_code=200)
async def do_propose(request: AnyRequest, actor: Actor, purpose: str) -> Response[Any]:
    """Propose another account; what was typed stays when something is wrong."""
    wanted, form = purpose_named(purpose), await Form.read(request)
    try:
        account = _account(form)
        because = form.text("because", required="Say why", most=500)
        form.check()
        assert account is not None  # noqa: S101 - or the form had told what is wrong
        change_id = await commands.propose(actor, wanted, account, because)
    except DomainError as refusal:
        form.take(refusal)
        return await _own_page(request, actor, wanted, form, status=refusal.status)
    return await done(
        request, f"{HERE}/changes/{change_id}", "The account is proposed. Everybody concerned is told."
    )


def _account(form: Form) -> Account | None:
    try:
        return account_typed(
            form.text("account_name"),
            form.text("sort_code"),
            form.text("account_number"),
            form.text("roll_number"),
        )
    except Invalid as refusal:
        form.take(refusal)
        return None


async def _own_page(
    request: AnyRequest, actor: Actor, purpose: Purpose, form: Form, *, status: int = 200
) -> Response[Any]:
    found = await queries.versions(actor, purpose)
    return await page(
        request,
        "invoicing/bank_details/own.html",
        status=status,
        purpose=purpose,
        heading=_WORDS[purpose][0],
        tabs=[
            {"text": _WORDS[each][1], "href": f"{HERE}/{each}", "current": each is purpose}
            for each in purposes_of(actor)
        ],
        current=next((each for each in found if each.standing == "in_force"), None),
        open=[each for each in found if each.stoppable],
        earlier=[version_row(each) for each in found if each.standing in ("replaced", "stopped")],
        form=form.values,
        errors=form.errors,
    )


def version_row(version: Version) -> dict[str, Any]:
    """A version as a row of a table."""
    return {
        "href": f"{HERE}/changes/{version.id}",
        "account": f"{version.account_name}, ending {version.last_four}",
        "organisation": version.organisation,
        "proposed": version.proposed_at,
        "usable_from": version.usable_from,
        "state": f"details_{version.standing}",
    }


@get(HERE + "/of-others", opt=MANAGES)
async def show_waiting(request: AnyRequest, actor: Actor) -> Response[Any]:
    """Changes of providers and holders that may need a call, or can still be stopped."""
    rows = [version_row(each) for each in await queries.waiting(actor)]
    return await page(request, "invoicing/bank_details/of_others.html", rows=rows)


@get(HERE + "/changes/{details_id:uuid}", opt=MANAGES)
async def show_change(request: AnyRequest, actor: Actor, details_id: UUID) -> Response[Any]:
    """One change with its whole numbers, and what can be done about it."""
    return await _change_page(request, actor, details_id, Form({}))


@post(HERE + "/changes/{details_id:uuid}", opt=MANAGES, status_code=200)
async def do_decide(request: AnyRequest, actor: Actor, details_id: UUID) -> Response[Any]:
    """Confirmed, confirmed by a call, or stopped."""
    form = await Form.read(request)
    try:
        match form.text("do"):
            case "confirm":
                await commands.confirm(actor, details_id)
                words = "The account is confirmed. Everybody concerned is told."
            case "call":
                call = Call(form.text("called_number"), form.text("number_known_from"), form.text("spoke_to"))
                await commands.confirm_by_call(actor, details_id, call)
                words = "The account is confirmed by your call. Everybody concerned is told."
            case "stop":
                await commands.stop(actor, details_id, form.text("stopped_because"))
                words = "The change is stopped. What counted before counts on."
            case _:
                raise Invalid({"_form": "Choose what to do"})
    except DomainError as refusal:
        form.take(refusal)
        return await _change_page(request, actor, details_id, form, status=refusal.status)
    return await done(request, f"{HERE}/changes/{details_id}", words)


async def _change_page(
    request: AnyRequest, actor: Actor, details_id: UUID, form: Form, *, status: int = 200
) -> Response[Any]:
    change = await queries.change(actor, details_id)
    version = change.version
    return await page(
        request,
        "invoicing/bank_details/change.html",
        status=status,
        change=change,
        version=version,
        state=f"details_{version.standing}",
        usable_from=formats.full_date(version.usable_from) if version.usable_from else "",
        form=form.values,
        errors=form.errors,
    )


router = Router(
    "/",
    route_handlers=[show_details, do_propose, show_waiting, show_change, do_decide],
    include_in_schema=False,
)
