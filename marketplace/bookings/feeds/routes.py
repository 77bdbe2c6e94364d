"""The page of somebody's calendars, and the address that a telephone reads."""

from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any
from uuid import UUID

from litestar import Response, get, post

from marketplace.bookings.feeds import commands, queries
from marketplace.bookings.feeds.commands import FeedDraft, Made
from marketplace.bookings.feeds.rules import FeedKind, etag_of, not_modified
from marketplace.identity.access import Actor
from marketplace.identity.http import AnyRequest
from marketplace.identity.pages import done, page
from marketplace.identity.rules import Permission
from marketplace.kernel.errors import DomainError, NotFound
from marketplace.kernel.forms import Form
from marketplace.kernel.settings import settings

SIGNED_IN = {"permission": Permission.SIGNED_IN}
FILE = "fairday.ics"


def address_of(token: str) -> str:
    """The address of a calendar."""
    return f"{settings().base_url}/calendar/{token}/{FILE}"


def draft_of(chosen: str, name: str, provider_id: UUID | None) -> FeedDraft:
    """What `person:…`, `caseload`, `provider:…` or `venue:…` means. Raises NotFound for anything else."""
    kind, _, key = chosen.partition(":")
    try:
        match FeedKind(kind):
            case FeedKind.PERSON:
                return FeedDraft(FeedKind.PERSON, name, person_id=UUID(key))
            case FeedKind.CASELOAD:
                return FeedDraft(FeedKind.CASELOAD, name)
            case FeedKind.PROVIDER:
                return FeedDraft(FeedKind.PROVIDER, name, provider_id=UUID(key))
            case FeedKind.VENUE:
                return FeedDraft(FeedKind.VENUE, name, provider_id=provider_id, venue_id=UUID(key))
    except ValueError as failure:
        raise NotFound from failure


@get("/calendar/{feed_token:str}/fairday.ics", opt={"permission": Permission.PUBLIC})
async def read_calendar(request: AnyRequest, feed_token: str) -> Response[Any]:
    """The calendar as it is now, or 304 when the reader has it; who has the address needs no sign-in."""
    reading = await queries.read_feed(feed_token)
    etag = etag_of(reading.body)
    headers = {"ETag": etag, "Cache-Control": "private, max-age=900"}
    if reading.changed_at is not None:
        headers["Last-Modified"] = format_datetime(reading.changed_at.astimezone(UTC), usegmt=True)
    known = request.headers.get("if-none-match")
    if not_modified(etag, reading.changed_at, known, _since(request.headers.get("if-modified-since"))):
        return Response(b"", status_code=304, headers=headers)
    return Response(
        reading.body, media_type="text/calendar; charset=utf-8",
        headers={**headers, "Content-Disposition": f'inline; filename="{FILE}"'},
    )  # fmt: skip


def _since(header: str | None) -> datetime | None:
    try:
        return parsedate_to_datetime(header) if header else None
    except ValueError:
        return None


@get("/calendars", opt=SIGNED_IN)
async def show_calendars(request: AnyRequest, actor: Actor) -> Response[Any]:
    """The actor's calendars and the form for another; `?person=` adds somebody whom they may see."""
    return await _page(request, actor, Form({}))


@post("/calendars", opt=SIGNED_IN, status_code=200)
async def do_make(request: AnyRequest, actor: Actor) -> Response[Any]:
    """Make one, and show its address this one time."""
    form = await Form.read(request)
    name = form.text("name", required="Enter a name, like my phone", most=100)
    chosen = form.text("shows", required="Choose what the calendar shows", most=60)
    try:
        form.check()
        draft = draft_of(chosen, name, await queries.own_seller(actor))
        made = await commands.make_feed(actor, draft)
    except DomainError as refusal:
        form.take(refusal)
        return await _page(request, actor, form, status=refusal.status)
    return await _address(request, actor, made)


@post("/calendars/{feed_id:uuid}/renew", opt=SIGNED_IN, status_code=200)
async def do_renew(request: AnyRequest, actor: Actor, feed_id: UUID) -> Response[Any]:
    """A new address; the old one ends."""
    return await _address(request, actor, await commands.renew_feed(actor, feed_id))


@post("/calendars/{feed_id:uuid}/stop", opt=SIGNED_IN, status_code=303)
async def do_stop(request: AnyRequest, actor: Actor, feed_id: UUID) -> Response[Any]:
    """Stop it."""
    await commands.stop_feed(actor, feed_id)
    return await done(request, "/calendars", "The calendar is stopped. Its address shows nothing any more.")


async def _address(request: AnyRequest, actor: Actor, made: Made) -> Response[Any]:
    address = address_of(made.token)
    name = next(feed.name for feed in await queries.feeds_of(actor) if feed.id == made.id)
    webcal = "webcal://" + address.partition("://")[2]
    return await page(request, "bookings/feeds/address.html", address=address, webcal=webcal, name=name)


async def _page(request: AnyRequest, actor: Actor, form: Form, *, status: int = 200) -> Response[Any]:
    return await page(
        request,
        "bookings/feeds/calendars.html",
        status=status,
        feeds=await queries.feeds_of(actor),
        options=[
            (each.value, each.text, each.hint) for each in await queries.options_for(actor, _person(request))
        ],
        form=form.values,
        errors=form.errors,
    )


def _person(request: AnyRequest) -> UUID | None:
    try:
        return UUID(request.query_params.get("person", ""))
    except ValueError:
        return None


HANDLERS = [read_calendar, show_calendars, do_make, do_renew, do_stop]
