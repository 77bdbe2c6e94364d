"""The page that changes a date and those after it: shows what happens to each booking before it is done."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from litestar import Response, Router, get, post

from marketplace.bookings.timetable_changes import bulk_routes, forms, queries
from marketplace.bookings.timetable_changes.commands import look, make_change
from marketplace.bookings.timetable_changes.rules import ChangedMeanwhile, DateChange, fingerprint
from marketplace.identity.access import Actor
from marketplace.identity.http import AnyRequest
from marketplace.identity.pages import done, page
from marketplace.identity.rules import Permission
from marketplace.kernel import db
from marketplace.kernel.errors import Conflict, Invalid, NotFound
from marketplace.kernel.forms import Form
from providers.access import own_provider
from providers.timetables.changing import Slot

MANAGE = {"permission": Permission.OFFER_MANAGE}


@get("/provider/sessions/{session_id:uuid}/change", opt=MANAGE)
async def show_change(request: AnyRequest, actor: Actor, session_id: UUID) -> Response[Any]:
    """The form of a change, with the date as it is."""
    slot = await _slot(actor, session_id)
    return await _page(request, actor, slot, Form(forms.as_it_is(slot)))


@post("/provider/sessions/{session_id:uuid}/change", opt=MANAGE, status_code=200)
async def do_change(request: AnyRequest, actor: Actor, session_id: UUID) -> Response[Any]:
    """Show what a change does, or do it."""
    slot = await _slot(actor, session_id)
    form = await Form.read(request)
    asked = forms.read_change(form, slot)
    changes: Sequence[DateChange] = ()
    status = 200
    try:
        form.check()
        assert asked is not None  # noqa: S101 - nothing was wrong
        if form.text("do") == "make":
            changes = await make_change(actor, asked, form.text("shown"))
            words = " ".join(forms.summary(changes))
            return await done(request, f"/provider/activities/{slot.activity_id}/dates", words)
        changes = await look(actor, asked)
    except (Invalid, Conflict) as refusal:
        names = {"minutes": "hours"}
        if isinstance(refusal, Invalid):
            refusal = Invalid({names.get(name, name): words for name, words in refusal.fields.items()})
        form.take(refusal)
        status = refusal.status
        if isinstance(refusal, ChangedMeanwhile) and asked is not None:
            changes = await look(actor, asked)
    return await _page(request, actor, slot, form, changes, status=status)


async def _slot(actor: Actor, session_id: UUID) -> Slot:
    provider_id = await own_provider(actor)
    if found := await queries.slots_of(provider_id, [session_id]):
        return found[0]
    if await db.fetch_value(
        "SELECT EXISTS (SELECT 1 FROM activity_session WHERE id = $1 AND provider_id = $2)",
        session_id,
        provider_id,
    ):
        raise Conflict("You cannot change this date, because it is over or off. You can change another one.")
    raise NotFound


async def _page(
    request: AnyRequest,
    actor: Actor,
    slot: Slot,
    form: Form,
    changes: Sequence[DateChange] = (),
    *,
    status: int = 200,
) -> Response[Any]:
    return await page(
        request,
        "bookings/timetable_changes/change.html",
        status=status,
        slot=slot,
        options=await forms.options_for(slot, await own_provider(actor)),
        changes=changes,
        summary=forms.summary(changes) if changes else [],
        shown=fingerprint(changes) if changes else "",
        form=form.values,
        errors=form.errors,
    )


router = Router("/", route_handlers=[show_change, do_change, *bulk_routes.HANDLERS], include_in_schema=False)
