"""Public pages: find something to do, an activity, a provider."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.response import Redirect

from marketplace.directory import cards, listing_queries, queries
from marketplace.directory.forms import DISTANCES, Asked, options, read_search
from marketplace.directory.information import HANDLERS
from marketplace.directory.rules import SearchQuery, Sort, pages_of
from marketplace.directory.ways import Chosen, Offer, Voice, chosen_person, ways_of
from marketplace.identity.access import Actor
from marketplace.identity.http import AnyRequest, choose_person, visit_of
from marketplace.identity.pages import done, page
from marketplace.identity.rules import Permission, Role
from marketplace.kernel import clock
from providers.rules import Category

PUBLIC = {"permission": Permission.PUBLIC}
DATES_ON_PAGE = 8


@get("/", opt=PUBLIC)
async def find(request: AnyRequest, visitor: Actor | None) -> Response[Any]:
    """Page 1: search, results, or what to change when there are none."""
    asked = await read_search(request.query_params.dict())
    providers = await listing_queries.bookable_providers()
    context: dict[str, Any] = {
        "form": {"within_miles": "10", "sort": str(asked.query.sort), **_typed(request, asked)},
        "errors": asked.errors,
        "asked": asked,
        "options": options(asked, providers),
        "sorts": _sorts(asked),
        "attributions": cards.postcode_attributions() if asked.query.spot else [],
        "chosen_filters": [
            {"text": choice.text, "params": asked.without(choice)} for choice in asked.choices
        ],
    }
    if asked.errors:
        return await page(request, "directory/search.html", status=422, chosen=None, found=None, **context)
    found = await queries.search(asked.query)
    chosen = await chosen_person(
        visitor, visit_of(request).chosen_person, {group.provider_id for group in found.groups}
    )
    return await page(
        request,
        "directory/search.html",
        found=found,
        chosen=chosen,
        own=chosen is not None and chosen.voice is Voice.PERSON,
        headline=cards.headline(asked, found),
        cards=[cards.card(group, chosen) for group in found.groups],
        pages=pages_of(found.total, asked.query.page_size),
        kinds=_kinds(asked, found),
        loosen=await _loosen(asked) if not found.total else [],
        meant=await _meant(asked) if not found.total else None,
        **context,
    )


def _typed(request: AnyRequest, asked: Asked) -> dict[str, Any]:
    """What stands in the fields: as typed where it is wrong, as understood otherwise."""
    typed = {**asked.params, "near": request.query_params.get("near", "")}
    if asked.query.first_day and "day" not in typed:
        day = asked.query.first_day
        typed |= {"from-day": day.day, "from-month": day.month, "from-year": day.year}
    if asked.query.last_day and "day" not in typed:
        day = asked.query.last_day
        typed |= {"to-day": day.day, "to-month": day.month, "to-year": day.year}
    return typed


def _sorts(asked: Asked) -> list[tuple[str, str]]:
    offered = [sort for sort in Sort if sort is not Sort.NEAREST or asked.query.spot]
    return [(str(sort), sort.label) for sort in offered]


def _kinds(asked: Asked, found: queries.SearchPage) -> list[dict[str, Any]]:
    """Links that narrow a search without a category to one of its categories."""
    if asked.query.category is not None or len(found.kinds) < 2:
        return []
    most = sorted(found.kinds.items(), key=lambda kind: (-kind[1], kind[0]))
    return [
        {"text": Category(kind).label, "count": number, "params": {**asked.params, "category": kind}}
        for kind, number in most
    ]


async def _loosen(asked: Asked) -> list[dict[str, Any]]:
    """For a search that found nothing: what can be let go, with what is found then, the smallest step first."""
    found = []
    near = asked.query.within_miles
    tries = [(f"Look within {miles} miles", _wider(asked.query, miles), {**asked.params, "within_miles": miles})
             for miles in DISTANCES if near is not None and miles > near]  # fmt: skip
    for text, query, params in tries:
        if number := await queries.count_activities(query):
            found.append({"text": text, "count": number, "params": params})
            break
    found += [
        {"text": choice.loosen, "count": number, "params": asked.without(choice)}
        for choice in asked.choices
        if (number := await queries.count_activities(choice.without))
    ]
    return found or await _keep_one(asked)


async def _keep_one(asked: Asked) -> list[dict[str, Any]]:
    """Where letting go of one choice is not enough: each choice alone, with what is found then."""
    found = []
    for choice in asked.choices:
        alone = {name: value for name, value in asked.params.items() if name in choice.names}
        if number := await queries.count_activities((await read_search(alone)).query):
            found.append(
                {"text": f"Look only for: {choice.text}", "count": number, "params": alone, "alone": True}
            )
    return found


def _wider(query: SearchQuery, miles: int) -> SearchQuery:
    return replace(query.first_page(), within_miles=miles)


async def _meant(asked: Asked) -> dict[str, Any] | None:
    suggestion = await queries.did_you_mean(asked.query)
    if suggestion is None:
        return None
    number = await queries.count_activities(suggestion)
    if not number:
        return None
    return {"text": suggestion.words, "count": number, "params": {**asked.params, "q": suggestion.words}}


@get("/activities/{activity_id:uuid}", opt=PUBLIC)
async def show_activity(request: AnyRequest, visitor: Actor | None, activity_id: UUID) -> Response[Any]:
    """Page 2: what it is, when, what it costs, how this person can pay, access, cancelling."""
    found = await listing_queries.activity(activity_id)
    dates = [] if found.stopped else await queries.next_dates(activity_id, DATES_ON_PAGE)
    chosen = await chosen_person(visitor, visit_of(request).chosen_person, {found.provider_id})
    price = dates[0].price_pence if dates else (found.price.pence if found.price else None)
    owner = dates[0].owner_council_id if dates else found.owner_id
    day = dates[0].service_on if dates else clock.today()
    offer = Offer(found.provider_id, found.routes_accepted, owner, day, price)
    return await page(
        request,
        "directory/activity.html",
        activity=found,
        paragraphs=cards.paragraphs(found.summary),
        easy_lines=[line.strip() for line in found.easy_read.splitlines() if line.strip()],
        dates=cards.date_rows(dates, chosen, found.routes_accepted, found.provider_id),
        price_pence=price,
        ways=ways_of(chosen, offer) if chosen and not found.stopped else [],
        chosen=chosen,
        own=chosen is not None and chosen.voice is Voice.PERSON,
        begin=_begin(visitor, chosen, activity_id),
        series_href=f"/people/{chosen.person_id}/series/{dates[0].id}"
        if chosen is not None and chosen.may_book and len(dates) > 1
        else None,
        source=cards.source_words(found.publisher, found.source_name, found.licence)
        if found.imported
        else "",
        attributions=[],
    )


def _begin(visitor: Actor | None, chosen: Chosen | None, activity_id: UUID) -> dict[str, str] | None:
    """Where somebody who cannot book from here begins."""
    if chosen is not None:
        return None
    if visitor is None:
        return {"text": "Sign in to book", "href": f"/sign-in?next=/activities/{activity_id}"}
    if Role.BROKER in visitor.roles:
        return {"text": "Choose a person on your desk to book for them", "href": "/desk"}
    if Permission.PERSON_SEE in visitor.permissions:
        return {"text": "Choose a person to book for them", "href": "/people"}
    return None


@get("/providers/{slug:str}", opt=PUBLIC)
async def show_provider(request: AnyRequest, visitor: Actor | None, slug: str) -> Response[Any]:
    """Who a provider is, what councils have approved it for, and what it offers."""
    provider = await listing_queries.provider(slug)
    number = request.query_params.get("page", "1")
    asked = SearchQuery(
        provider_id=provider.id, page=int(number) if number.isdecimal() and len(number) < 5 else 1
    )
    found = await queries.search(asked)
    chosen = await chosen_person(visitor, visit_of(request).chosen_person, {provider.id})
    return await page(
        request,
        "directory/provider.html",
        provider=provider,
        paragraphs=cards.paragraphs(provider.description),
        found=found,
        cards=[cards.card(group, chosen) for group in found.groups],
        page_number=asked.page,
        pages=pages_of(found.total, asked.page_size),
        source=cards.source_words(provider.publisher, provider.source_name, provider.licence)
        if provider.source_id
        else "",
    )


@post("/chosen-person/clear", opt={"permission": Permission.SIGNED_IN}, status_code=303)
async def forget_person(request: AnyRequest) -> Redirect:
    """Look around for nobody in particular again."""
    await choose_person(request, None)
    return await done(request, "/")


router = Router("/", route_handlers=[find, show_activity, show_provider, forget_person, *HANDLERS])
