"""What a person was told, how they like to be told, and the letters that a council posts."""

from typing import Any
from uuid import UUID

from litestar import Response, Router, get, post

from isf.notices import preferences, queries
from isf.notices.letters import mark_posted, printed_letter
from isf.notices.preferences import Preference
from isf.notices.rules import Print, Way
from isf.routes.reading import SEES, page_number, person_page
from marketplace.identity.access import Actor, require_person
from marketplace.identity.http import AnyRequest
from marketplace.identity.pages import done, page
from marketplace.identity.rules import Permission, Scope
from marketplace.kernel.errors import DomainError
from marketplace.kernel.formats import count
from marketplace.kernel.forms import Form

POSTS = {"permission": Permission.LETTERS_POST}
SIGNED_IN = {"permission": Permission.SIGNED_IN}


@get("/people/{person_id:uuid}/messages", opt=SEES)
async def show_messages(request: AnyRequest, actor: Actor, person_id: UUID) -> Response[Any]:
    """What was told about the person, to whom, and in which way."""
    told = await queries.told_about(actor, person_id, page_number(request))
    return await person_page(
        request,
        actor,
        person_id,
        "isf/notices/messages.html",
        told=told,
        pages=-(-told.total // queries.PAGE_SIZE),
        preference=await preferences.preference_of_person(actor, person_id),
    )


@get("/people/{person_id:uuid}/messages/how", opt=SEES)
async def show_how(request: AnyRequest, actor: Actor, person_id: UUID) -> Response[Any]:
    """How the person likes to be told."""
    await require_person(actor, person_id, Scope.BOOK)
    now = await preferences.preference_of_person(actor, person_id)
    values = {"way": str(now.way), "print": str(now.print or ""), "address": now.address}
    return await _how_page(request, actor, person_id, Form(values))


async def _how_page(
    request: AnyRequest, actor: Actor, person_id: UUID, form: Form, *, status: int = 200
) -> Response[Any]:
    return await person_page(
        request,
        actor,
        person_id,
        "isf/notices/how.html",
        form=form,
        status=status,
        ways=[(way, way.label) for way in Way],
        prints=[("", "As their communication needs say"), *((each, each.label) for each in Print)],
    )


@post("/people/{person_id:uuid}/messages/how", opt=SEES, status_code=200)
async def do_how(request: AnyRequest, actor: Actor, person_id: UUID) -> Response[Any]:
    """Keep the choice."""
    await require_person(actor, person_id, Scope.BOOK)
    form = await Form.read(request)
    way = form.choice("way", Way, required="Choose how you want to be told")
    typed = form.one_of("print", ("", *Print), required="Choose how letters are printed")
    address = form.text("address", most=500)
    try:
        form.check()
        chosen = Preference(way=way or Way.MAIL, print=Print(typed) if typed else None, address=address)
        await preferences.prefer_for_person(actor, person_id, chosen)
    except DomainError as refusal:
        form.take(refusal)
        return await _how_page(request, actor, person_id, form, status=refusal.status)
    return await done(request, f"/people/{person_id}/messages", f"From now on: {chosen.way.label.lower()}.")


@get("/messages/how", opt=SIGNED_IN)
async def show_own_how(request: AnyRequest, actor: Actor) -> Response[Any]:
    """How the visitor, or the provider that they manage, is told about others."""
    now = await preferences.own_preference(actor)
    return await _own_page(request, actor, Form({"way": str(now.way)}))


async def _own_page(request: AnyRequest, actor: Actor, form: Form, *, status: int = 200) -> Response[Any]:
    return await page(
        request,
        "isf/notices/own_how.html",
        status=status,
        whose=actor.organisation_name if Permission.OFFER_MANAGE in actor.permissions else "",
        ways=[(way, way.label) for way in (Way.MAIL, Way.NONE)],
        form=form.values,
        errors=form.errors,
    )


@post("/messages/how", opt=SIGNED_IN, status_code=200)
async def do_own_how(request: AnyRequest, actor: Actor) -> Response[Any]:
    """Keep the choice."""
    form = await Form.read(request)
    way = form.choice("way", Way, required="Choose e-mail or no messages")
    try:
        form.check()
        await preferences.prefer(actor, way or Way.MAIL)
    except DomainError as refusal:
        form.take(refusal)
        return await _own_page(request, actor, form, status=refusal.status)
    return await done(request, "/messages/how", "Your choice is kept.")


@get("/council/letters", opt=POSTS)
async def show_letters(request: AnyRequest, actor: Actor) -> Response[Any]:
    """The letters that wait for the post."""
    return await _letters_page(request, actor, Form({}))


async def _letters_page(request: AnyRequest, actor: Actor, form: Form, *, status: int = 200) -> Response[Any]:
    return await page(
        request,
        "isf/notices/letters.html",
        status=status,
        letters=await queries.letters_to_post(actor),
        form=form.values,
        errors=form.errors,
    )


@post("/council/letters", opt=POSTS, status_code=200)
async def do_letters(request: AnyRequest, actor: Actor) -> Response[Any]:
    """Mark the ticked ones as posted."""
    form = await Form.read(request)
    try:
        marked = await mark_posted(actor, _ids(form))
    except DomainError as refusal:
        form.take(refusal)
        return await _letters_page(request, actor, form, status=refusal.status)
    return await done(request, "/council/letters", f"{count(marked, 'letter')} marked as posted.")


def _ids(form: Form) -> list[UUID]:
    found = []
    for typed in form.all("letters"):
        try:
            found.append(UUID(typed))
        except ValueError:
            form.fail("letters", "Choose from the list")
    form.check()
    return found


@get("/council/letters/{letter_id:uuid}/letter.pdf", opt=POSTS)
async def show_letter_pdf(actor: Actor, letter_id: UUID) -> Response[bytes]:
    """The letter to print."""
    told, printed = await printed_letter(actor, letter_id)
    return Response(
        printed,
        media_type="application/pdf",
        headers={
            "Content-Disposition": f'inline; filename="letter-{told.reference}-{told.made_at:%Y-%m-%d}.pdf"',
            "Cache-Control": "private, no-store",
        },
    )


router = Router(
    "/",
    route_handlers=[
        show_messages,
        show_how,
        do_how,
        show_own_how,
        do_own_how,
        show_letters,
        do_letters,
        show_letter_pdf,
    ],
    include_in_schema=False,
)
