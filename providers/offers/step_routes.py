"""The steps of the activity editor: a page that asks one thing, and keeps it."""

from dataclasses import replace
from functools import partial
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler

from marketplace.identity.access import Actor
from marketplace.identity.http import AnyRequest
from marketplace.identity.pages import done, page
from marketplace.identity.rules import Permission
from marketplace.kernel.comparing import compare
from marketplace.kernel.errors import Conflict, DomainError, Invalid
from marketplace.kernel.forms import Form
from marketplace.kernel.versions import EditedMeanwhile, mark_of
from providers.offers import forms
from providers.offers.commands import create_activity, keep_step
from providers.offers.drafts import ActivityDraft
from providers.offers.queries import Activity, own_activity
from providers.offers.steps import STEPS, Changes, Step, read_terms
from providers.rules import Category, Terms
from providers.venues.queries import venues_of

MANAGE = {"permission": Permission.OFFER_MANAGE}
FIRST_TERMS = Terms(48, 50)


@get("/provider/activities/new", opt=MANAGE)
async def show_new(request: AnyRequest) -> Response[Any]:
    """The first question: what is it called, and what is it about?"""
    return await _new(request, Form({}))


@post("/provider/activities/new", opt=MANAGE, status_code=200)
async def do_new(request: AnyRequest, actor: Actor) -> Response[Any]:
    """Keep a new draft; the steps follow."""
    form = await Form.read(request)
    title = form.text("title", required="Enter a title, like Garden group", most=200)
    category = form.choice("category", Category, required="Choose what it is about")
    try:
        form.check()
        assert category is not None  # noqa: S101 - nothing was wrong
        venues = await venues_of(actor)
        only = venues[0]["id"] if len(venues) == 1 else None
        activity_id = await create_activity(
            actor, ActivityDraft(title, category, venue_id=only, terms=FIRST_TERMS)
        )
    except (Invalid, Conflict) as refusal:
        form.take(refusal)
        return await _new(request, form, refusal)
    return await done(
        request, f"/provider/activities/{activity_id}", "The activity is kept as a draft. Only you see it."
    )


async def _new(request: AnyRequest, form: Form, refusal: DomainError | None = None) -> Response[Any]:
    return await page(
        request,
        "providers/activity_new.html",
        status=refusal.status if refusal else 200,
        options=forms.choices([]),
        form=form.values,
        errors=form.errors,
    )


def _handlers(step: Step) -> list[HTTPRouteHandler]:
    """The page of a step and what keeps it. `do=show` shows how it will look and keeps nothing."""
    path = f"/provider/activities/{{activity_id:uuid}}/steps/{step.key}"

    @get(path, opt=MANAGE, name=f"show_step_{step.key}")
    async def show(request: AnyRequest, actor: Actor, activity_id: UUID) -> Response[Any]:
        shown = await own_activity(actor, activity_id)
        filled = step.filled(shown)
        return await _step(request, actor, step, shown, Form({**filled, "version": mark_of(filled)}))

    @post(path, opt=MANAGE, status_code=200, name=f"do_step_{step.key}")
    async def do(request: AnyRequest, actor: Actor, activity_id: UUID) -> Response[Any]:
        shown = await own_activity(actor, activity_id)
        form = await Form.read(request)
        changes = step.read(form)
        if form.text("do") == "show":
            seen = _as_typed(step, shown, changes, form)
            return await _step(request, actor, step, seen, form, looking=True)
        try:
            form.check()
            await keep_step(actor, activity_id, step, changes, form.text("version"))
        except (Invalid, Conflict) as refusal:
            form.take(refusal)
            return await _step(request, actor, step, shown, form, refusal)
        return await done(request, f"/provider/activities/{activity_id}", f"{step.name}: kept.")

    return [show, do]


def _as_typed(step: Step, shown: Activity, changes: Changes, form: Form) -> Activity:
    """The activity as it would be with what was typed; what is wrong in it stays as it was."""
    told = {name: value for name, value in changes.items() if name not in form.errors and name != "venue_id"}
    if step.read is read_terms and form.errors:
        told = {}
    return replace(shown, **{name: value for name, value in told.items() if value is not None})


async def _step(
    request: AnyRequest,
    actor: Actor,
    step: Step,
    shown: Activity,
    form: Form,
    refusal: DomainError | None = None,
    *,
    looking: bool = False,
) -> Response[Any]:
    offered = forms.choices(await venues_of(actor), shown.terms)
    differences = (
        compare(form, refusal, step.typed(form, shown), step.labels, partial(forms.words_of, offered))
        if isinstance(refusal, EditedMeanwhile)
        else []
    )
    priced = shown.rate is not None and bool(shown.rate.price)
    price = shown.rate.price if shown.rate and priced else forms.EXAMPLE_PRICE
    return await page(
        request,
        f"providers/steps/{step.key}.html",
        status=refusal.status if refusal else 422 if looking and form.errors else 200,
        step=step,
        activity=shown,
        options=offered,
        differences=differences,
        example=shown.terms.example(price),
        priced=priced,
        looking=looking,
        form=form.values,
        errors=form.errors,
    )


HANDLERS = [show_new, do_new, *(handler for step in STEPS for handler in _handlers(step))]
