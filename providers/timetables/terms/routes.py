"""The pages and the API of terms: the same for a provider and a council, each with its own."""

from datetime import date
from typing import Any
from uuid import UUID

from litestar import Response, Router, delete, get, post
from msgspec import Struct

from marketplace.identity.access import Actor
from marketplace.identity.http import AnyRequest
from marketplace.identity.pages import done, page
from marketplace.identity.rules import Permission
from marketplace.kernel.errors import Conflict, Invalid
from marketplace.kernel.formats import count
from marketplace.kernel.forms import Form
from providers.timetables.making import PutRight
from providers.timetables.terms.commands import TermDraft, add_term, remove_term
from providers.timetables.terms.queries import keeper_of, terms_of

PROVIDER = {"permission": Permission.OFFER_MANAGE}
COUNCIL = {"permission": Permission.COMMISSION_DECIDE}
KEEPS = {"permission": Permission.SIGNED_IN}
"""Either of the two: `keeper_of` decides which, and refuses everybody else."""


@get("/provider/terms", opt=PROVIDER)
async def show_provider_terms(request: AnyRequest, actor: Actor) -> Response[Any]:
    """The provider's own terms, and the form of another."""
    return await _page(request, actor, Form({}))


@post("/provider/terms", opt=PROVIDER, status_code=200)
async def do_provider_terms(request: AnyRequest, actor: Actor) -> Response[Any]:
    """Add a term of the provider's own."""
    return await _add(request, actor)


@post("/provider/terms/{term_id:uuid}/remove", opt=PROVIDER, status_code=200)
async def do_remove_provider_term(request: AnyRequest, actor: Actor, term_id: UUID) -> Response[Any]:
    """Remove a term of the provider's own."""
    return await done(request, _here(actor), _told(await remove_term(actor, term_id), "The term is removed."))


@get("/council/terms", opt=COUNCIL)
async def show_council_terms(request: AnyRequest, actor: Actor) -> Response[Any]:
    """The council's terms, which every provider can follow, and the form of another."""
    return await _page(request, actor, Form({}))


@post("/council/terms", opt=COUNCIL, status_code=200)
async def do_council_terms(request: AnyRequest, actor: Actor) -> Response[Any]:
    """Add a term of the council's."""
    return await _add(request, actor)


@post("/council/terms/{term_id:uuid}/remove", opt=COUNCIL, status_code=200)
async def do_remove_council_term(request: AnyRequest, actor: Actor, term_id: UUID) -> Response[Any]:
    """Remove a term of the council's."""
    return await done(request, _here(actor), _told(await remove_term(actor, term_id), "The term is removed."))


def _here(actor: Actor) -> str:
    return "/council/terms" if actor.council_id else "/provider/terms"


def _told(put: PutRight, first: str) -> str:
    words = [first]
    if put.made:
        words.append(f"{count(put.made, 'date')} added to timetables that follow terms.")
    if put.taken_away:
        words.append(f"{count(put.taken_away, 'date')} taken away.")
    if put.kept:
        words.append(f"{count(put.kept, 'date')} outside the terms stay, because people are booked on them.")
    return " ".join(words)


async def _add(request: AnyRequest, actor: Actor) -> Response[Any]:
    form = await Form.read(request)
    name = form.text("name", required="Enter a name, like Autumn term 2026", most=100)
    first = form.day("starts_on", required="Enter the first day, like 7 9 2026")
    last = form.day("ends_on", required="Enter the last day, like 23 10 2026")
    try:
        form.check()
        assert first is not None and last is not None  # noqa: S101, PT018 - nothing was wrong
        _, put = await add_term(actor, TermDraft(name, first, last))
    except (Invalid, Conflict) as refusal:
        form.take(refusal)
        return await _page(request, actor, form, status=refusal.status)
    return await done(request, _here(actor), _told(put, "The term is added."))


async def _page(request: AnyRequest, actor: Actor, form: Form, *, status: int = 200) -> Response[Any]:
    return await page(
        request,
        "providers/terms.html",
        status=status,
        here=_here(actor),
        council=actor.council_id is not None,
        terms=await terms_of(await keeper_of(actor)),
        form=form.values,
        errors=form.errors,
    )


class TermIn(Struct, forbid_unknown_fields=True):
    """A term; both days are in it."""

    name: str
    starts_on: date
    ends_on: date


class TermOut(Struct):
    """A term of the token's own council or provider."""

    id: UUID
    name: str
    starts_on: date
    ends_on: date


@get("/terms", opt=KEEPS, tags=["Offers"])
async def get_terms(actor: Actor) -> list[TermOut]:
    """The terms that the token's own council or provider keeps."""
    return [TermOut(**row) for row in await terms_of(await keeper_of(actor))]


@post("/terms", opt=KEEPS, status_code=201, tags=["Offers"])
async def post_term(actor: Actor, data: TermIn) -> TermOut:
    """Add a term; dates of timetables that follow it are made and taken away at once."""
    term_id, _ = await add_term(actor, TermDraft(data.name, data.starts_on, data.ends_on))
    return TermOut(term_id, data.name, data.starts_on, data.ends_on)


@delete("/terms/{term_id:uuid}", opt=KEEPS, tags=["Offers"])
async def delete_term(actor: Actor, term_id: UUID) -> None:
    """Remove a term; dates that it no longer covers and that nobody booked are taken away."""
    await remove_term(actor, term_id)


HANDLERS = [
    show_provider_terms, do_provider_terms, do_remove_provider_term, show_council_terms, do_council_terms,
    do_remove_council_term,
]  # fmt: skip
api_router = Router("/api/v1", include_in_schema=True, route_handlers=[get_terms, post_term, delete_term])
