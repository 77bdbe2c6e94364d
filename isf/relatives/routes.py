"""A person's relatives who sell support: the list, and the form to declare one."""

from typing import Any
from uuid import UUID

from litestar import Response, Router, get, post

from isf.care.circle.queries import circle_of
from isf.relatives import commands, queries
from isf.relatives.commands import RelativeDraft
from isf.relatives.rules import Kind
from isf.routes.reading import SEES, person_page, uuid_typed
from marketplace.identity.access import Actor, require_person, scopes_for
from marketplace.identity.http import AnyRequest
from marketplace.identity.pages import done
from marketplace.identity.rules import Permission, Scope
from marketplace.kernel import clock
from marketplace.kernel.errors import DomainError
from marketplace.kernel.forms import Form

BOOKS = {"permission": Permission.BOOK}
KINDS = [(str(kind), kind.label) for kind in Kind]
HOUSEHOLD = [("yes", "Yes"), ("no", "No")]


@get("/people/{person_id:uuid}/relatives", opt=SEES)
async def show_relatives(request: AnyRequest, actor: Actor, person_id: UUID) -> Response[Any]:
    """Which sellers are close relatives, and what the council said."""
    relatives = await queries.relatives_of(actor, person_id)
    may = Permission.BOOK in actor.permissions and Scope.BOOK in await scopes_for(actor, person_id)
    return await person_page(
        request, actor, person_id, "isf/relatives/relatives.html", relatives=relatives, declares=may
    )


@get("/people/{person_id:uuid}/relatives/new", opt=BOOKS)
async def show_declare(request: AnyRequest, actor: Actor, person_id: UUID) -> Response[Any]:
    """The form to declare one; `?member=` takes name and household from the circle."""
    await require_person(actor, person_id, Scope.BOOK)
    asked = request.query_params.get("member", "")
    member = next(
        (each for each in await circle_of(actor, person_id) if str(each.id) == asked and not each.over), None
    )
    values = (
        {"member": asked, "name": member.name, "household": "yes" if member.lives_with else "no"}
        if member
        else {}
    )
    return await _page(request, actor, person_id, Form(values))


@post("/people/{person_id:uuid}/relatives/new", opt=BOOKS, status_code=200)
async def do_declare(request: AnyRequest, actor: Actor, person_id: UUID) -> Response[Any]:
    """Declare it, or keep what was typed."""
    await require_person(actor, person_id, Scope.BOOK)
    form = await Form.read(request)
    provider_id = await _seller(form)
    told = relative_typed(form)
    try:
        form.check()
        assert provider_id is not None  # noqa: S101 - `check` refuses none
        draft = RelativeDraft(provider_id, circle_member_id=uuid_typed(form, "member"), **told)
        await commands.declare_relative(actor, person_id, draft)
    except DomainError as refusal:
        form.take(refusal)
        return await _page(request, actor, person_id, form, status=refusal.status)
    return await done(request, f"/people/{person_id}/relatives", "It is noted. The council sees it.")


def relative_typed(form: Form) -> dict[str, Any]:
    """What the form says about a relative, for `RelativeDraft`; faults are noted in the form."""
    household = form.one_of(
        "household", {"yes", "no"}, required="Choose whether they live in the same household"
    )
    return {
        "name": form.text("name", required="Enter the relative’s name", most=200),
        "kind": form.choice("kind", Kind, required="Choose what they are to the person"),
        "same_household": household == "yes",
        "starts_on": form.day("starts_on") or clock.today(),
        "evidence": form.text("evidence", most=2000),
    }


async def _seller(form: Form) -> UUID | None:
    words = form.text("seller", required="Enter the name of the seller", most=200)
    if not words:
        return None
    found = await queries.sellers_called(words)
    if not found:
        form.fail("seller", "No seller is called that. Enter the name as it stands on their page")
    elif len(found) > 1:
        names = ", ".join(row["name"] for row in found[:5])
        form.fail("seller", f"Several sellers have these words: {names}. Enter the whole name")
    return found[0]["id"] if len(found) == 1 else None


async def _page(
    request: AnyRequest, actor: Actor, person_id: UUID, form: Form, *, status: int = 200
) -> Response[Any]:
    return await person_page(
        request,
        actor,
        person_id,
        "isf/relatives/declare.html",
        form=form,
        status=status,
        kinds=KINDS,
        household=HOUSEHOLD,
    )


router = Router("/", route_handlers=[show_relatives, show_declare, do_declare], include_in_schema=False)
