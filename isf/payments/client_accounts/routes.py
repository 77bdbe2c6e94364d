"""The pages of client accounts: the holder declares, the council watches."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from litestar import Response, get, post

from isf.payments.client_accounts import commands, queries
from isf.payments.client_accounts.rules import Fence
from marketplace.identity.access import Actor
from marketplace.identity.http import AnyRequest
from marketplace.identity.pages import done, page
from marketplace.identity.rules import Permission
from marketplace.kernel import clock, formats
from marketplace.kernel.errors import DomainError
from marketplace.kernel.forms import Form
from marketplace.kernel.money import Money

DECLARES = {"permission": Permission.CLIENT_ACCOUNT_DECLARE}
WATCHES = {"permission": Permission.COUNCIL_WATCH}


@get("/holder/client-account", opt=DECLARES)
async def show_client_account(request: AnyRequest, actor: Actor) -> Response[Any]:
    """How the client account stands, and declaring it."""
    return await _account_page(request, actor, Form({}))


async def _account_page(request: AnyRequest, actor: Actor, form: Form, *, status: int = 200) -> Response[Any]:
    yesterday = clock.today() - timedelta(days=1)
    held = await queries.held_on(actor, yesterday)
    newest = await queries.newest_check(actor)
    return await page(
        request,
        "isf/payments/client_account.html",
        status=status,
        check=newest,
        state=None if newest is None else f"fence_{newest.state}",
        held=held,
        books=sum(part.books_pence for part in held),
        yesterday=yesterday,
        earlier=[
            {
                "day": each.day,
                "declared": each.declared_pence,
                "books": each.books_pence,
                "difference": each.difference_pence,
                "state": f"fence_{each.state}",
            }
            for each in await queries.history(actor)
        ],
        form=form.values,
        errors=form.errors,
    )


@post("/holder/client-account", opt=DECLARES, status_code=200)
async def do_declare(request: AnyRequest, actor: Actor) -> Response[Any]:
    """Declare the balance of a day, or keep what was typed."""
    form = await Form.read(request)
    try:
        day = form.day("day", required="Enter the day, like 24 11 2026")
        balance = form.money("balance", required="Enter the balance in pounds, like 1200.00")
        parts = {
            fund.fund_id: amount
            for fund in await queries.held_on(actor, day or clock.today())
            if (amount := _part(form, fund.fund_id)) is not None
        }
        note = form.text("note", most=1000)
        form.check()
        await commands.declare(actor, day or clock.today(), balance, parts, note)
    except DomainError as refusal:
        form.take(refusal)
        return await _account_page(request, actor, form, status=refusal.status)
    return await done(
        request, "/holder/client-account", "The balance is declared and compared with the books."
    )


def _part(form: Form, fund_id: UUID) -> Money | None:
    """What was typed for one fund; None where nothing was."""
    name = f"part-{fund_id}"
    return (
        form.money(name, required="Enter an amount in pounds, or leave it empty") if form.text(name) else None
    )


@get("/council/ring-fence", opt=WATCHES)
async def show_ring_fence(request: AnyRequest, actor: Actor) -> Response[Any]:
    """Every holder of the council's ISF money, what is wrong first."""
    found = await queries.holders(actor)
    return await page(
        request,
        "isf/payments/ring_fence.html",
        rows=[
            {
                "href": f"/council/ring-fence/{each.check_id}" if each.check_id else None,
                "holder": each.holder,
                "funds": each.funds,
                "day": each.day,
                "declared": each.declared_pence,
                "books": each.books_pence,
                "difference": each.difference_pence,
                "state": f"fence_{each.state}",
                "declared_words": each.overdue or _days_ago(each.days_ago),
                "urgent": each.state is not Fence.TIES or bool(each.overdue),
            }
            for each in found
        ],
        wrong=sum(each.state is not Fence.TIES or bool(each.overdue) for each in found),
    )


def _days_ago(days: int | None) -> str:
    if days is None:
        return ""
    return "Today" if days == 0 else "Yesterday" if days == 1 else f"{formats.count(days, 'day')} ago"


@get("/council/ring-fence/{check_id:uuid}", opt=WATCHES)
async def show_check(request: AnyRequest, actor: Actor, check_id: UUID) -> Response[Any]:
    """One client account on one day, fund by fund."""
    found = await queries.check(actor, check_id)
    return await page(
        request,
        "isf/payments/ring_fence_check.html",
        check=found,
        state=f"fence_{found.state}",
        sees_people=Permission.PERSON_SEE in actor.permissions,
    )


HANDLERS = [show_client_account, do_declare, show_ring_fence, show_check]
