"""The page of an organisation's electronic address."""

from typing import Any

from litestar import Response, Router, get, post

from invoicing.electronic_addresses import commands, queries
from invoicing.electronic_addresses.rules import SCHEME, VALUE, Scheme, address_typed
from marketplace.identity.access import Actor
from marketplace.identity.http import AnyRequest
from marketplace.identity.pages import done, page
from marketplace.identity.rules import Permission
from marketplace.kernel.errors import Invalid
from marketplace.kernel.forms import Form

RECORDS = {"permission": Permission.ELECTRONIC_ADDRESS_RECORD}
HERE = "/electronic-address"


@get(HERE, opt=RECORDS)
async def show_address(request: AnyRequest, actor: Actor) -> Response[Any]:
    """The address that counts, those before it, and the form for another."""
    return await _page(request, actor, Form({}))


@post(HERE, opt=RECORDS, status_code=200)
async def do_record(request: AnyRequest, actor: Actor) -> Response[Any]:
    """Record another address, or that there is none any more; what was typed stays when something is wrong."""
    form = await Form.read(request)
    if form.text("do") == "remove":
        await commands.record_address(actor, None)
        return await done(request, HERE, "It is kept: you have no electronic address.")
    try:
        address = address_typed(form.text(SCHEME), form.text(VALUE))
        await commands.record_address(actor, address)
    except Invalid as refusal:
        form.take(refusal)
        return await _page(request, actor, form, status=refusal.status)
    return await done(request, HERE, "It is kept. Invoices and credit notes carry it from now on.")


async def _page(request: AnyRequest, actor: Actor, form: Form, *, status: int = 200) -> Response[Any]:
    known = await queries.versions(actor)
    return await page(
        request,
        "invoicing/electronic_address.html",
        status=status,
        current=known[0] if known and known[0].address else None,
        earlier=[
            {
                "address": each.address.words if each.address else "None",
                "recorded_at": each.recorded_at,
                "recorded_by": each.recorded_by,
            }
            for each in known
        ],
        schemes=[(str(each), each.label, each.shape) for each in Scheme],
        sells=Permission.INVOICE_ISSUE in actor.permissions,
        form=form.values,
        errors=form.errors,
    )


router = Router("/", route_handlers=[show_address, do_record], include_in_schema=False)
