"""A provider's pages about its applications: begun, answered, sent, followed and withdrawn."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from litestar import Response, get, post

from marketplace.identity.access import Actor
from marketplace.identity.http import AnyRequest
from marketplace.identity.pages import done, page
from marketplace.identity.rules import Permission
from marketplace.kernel import clock, db, files
from marketplace.kernel.errors import Conflict, Invalid
from marketplace.kernel.forms import Form
from providers.commissions.commands.applying import (
    MOST_CHARACTERS,
    answer_question,
    is_open,
    keep_evidence,
    send_application,
    start_application,
    withdraw_application,
)
from providers.commissions.queries import lots_to_apply_for, own_application, own_commissions, questions_of
from providers.commissions.queries.applications import Application
from providers.commissions.rules import QuestionKind, Said, field_of
from providers.organisations.queries import provider_of

MANAGE = {"permission": Permission.OFFER_MANAGE}


@get("/provider/applications", opt=MANAGE)
async def show_applications(request: AnyRequest, actor: Actor) -> Response[Any]:
    """Every application and approval, and what more the provider can apply for."""
    return await _applications(request, actor, {}, {})


@post("/provider/applications", opt=MANAGE, status_code=200)
async def do_apply(request: AnyRequest, actor: Actor) -> Response[Any]:
    """Begin an application; where the lot asks for nothing, it is sent at once."""
    form = await Form.read(request)
    lots = {str(lot["id"]): lot for lot in await lots_to_apply_for(actor)}
    lot_id = form.one_of("lot_id", lots, required="Choose what you want to be approved for")
    try:
        form.check()
        asks = await questions_of(None, UUID(lot_id))
        async with db.unit_of_work():
            commission_id = await start_application(actor, UUID(lot_id))
            if not asks:
                await send_application(actor, commission_id)
    except (Invalid, Conflict) as refusal:
        form.take(refusal)
        return await _applications(request, actor, form.values, form.errors, status=refusal.status)
    told = "" if asks else f"{lots[lot_id]['council_name']} has your application."
    return await done(request, f"/provider/applications/{commission_id}", told)


async def _applications(
    request: AnyRequest, actor: Actor, values: dict[str, Any], errors: dict[str, str], *, status: int = 200
) -> Response[Any]:
    commissions = await own_commissions(actor)
    taken = {row["lot_id"] for row in commissions if is_open(row)}
    lots = [lot for lot in await lots_to_apply_for(actor) if lot["id"] not in taken]
    return await page(
        request,
        "providers/applications.html",
        status=status,
        provider=await provider_of(actor),
        commissions=commissions,
        lots=[
            (
                str(lot["id"]),
                f"{lot['name']}: {lot['council_name']}, {lot['framework_name']}",
                lot["description"],
            )
            for lot in lots
        ],
        today=clock.today(),
        one_day=timedelta(days=1),
        form=values,
        errors=errors,
    )


@get("/provider/applications/{commission_id:uuid}", opt=MANAGE)
async def show_own_application(request: AnyRequest, actor: Actor, commission_id: UUID) -> Response[Any]:
    """One application: what to answer, or where it stands, and every word that was said."""
    return await _own(request, await own_application(actor, commission_id), {}, {})


@post(
    "/provider/applications/{commission_id:uuid}",
    opt=MANAGE,
    status_code=200,
    request_max_body_size=files.BODY_MOST,
)
async def do_answer(request: AnyRequest, actor: Actor, commission_id: UUID) -> Response[Any]:
    """Keep the answers, and send them when that was asked."""
    shown = await own_application(actor, commission_id)
    form = await Form.read(request)
    try:
        await _keep(actor, shown, form)
        form.check()
        if form.text("do") == "send":
            await send_application(actor, commission_id, form.text("words", most=MOST_CHARACTERS))
    except (Invalid, Conflict) as refusal:
        form.take(refusal)
        again = await own_application(actor, commission_id)
        return await _own(request, again, form.values, form.errors, status=refusal.status)
    told = (
        f"{shown.row['council_name']} has your application." if form.text("do") == "send" else "It is kept."
    )
    return await done(request, f"/provider/applications/{commission_id}", told)


async def _keep(actor: Actor, shown: Application, form: Form) -> None:
    """Each answer by itself, so that a file that cannot be kept loses none of the words."""
    for asked in shown.questions:
        name = field_of(asked["id"])
        try:
            if asked["kind"] == QuestionKind.WORDS:
                if name in form.values:
                    await answer_question(actor, shown.row["id"], asked["id"], form.text(name, most=100_000))
            elif (chosen := form.files.pop(name, None)) is not None:
                await keep_evidence(actor, shown.row["id"], asked["id"], chosen)
        except Invalid as refusal:
            form.take(refusal)


async def _own(
    request: AnyRequest,
    shown: Application,
    values: dict[str, Any],
    errors: dict[str, str],
    *,
    status: int = 200,
) -> Response[Any]:
    return await page(
        request,
        "providers/own_application.html",
        status=status,
        shown=shown,
        asked=shown.row,
        said_labels={str(kind): kind.label for kind in Said},
        field_of=field_of,
        today=clock.today(),
        one_day=timedelta(days=1),
        form=values,
        errors=errors,
    )


@post("/provider/applications/{commission_id:uuid}/withdraw", opt=MANAGE, status_code=200)
async def do_withdraw(request: AnyRequest, actor: Actor, commission_id: UUID) -> Response[Any]:
    """Take the application back; another can be begun."""
    shown = await own_application(actor, commission_id)
    form = await Form.read(request)
    try:
        await withdraw_application(actor, commission_id, form.text("words", most=MOST_CHARACTERS))
    except Conflict as refusal:
        form.take(refusal)
        return await _own(request, shown, form.values, form.errors, status=refusal.status)
    return await done(request, "/provider/applications", "The application is withdrawn.")


HANDLERS = [show_applications, do_apply, show_own_application, do_answer, do_withdraw]
