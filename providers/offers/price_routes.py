"""The pages of prices: a table of ratios with a new price, and transport."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Response, get, post

from marketplace.identity.access import Actor
from marketplace.identity.http import AnyRequest
from marketplace.identity.pages import done, page
from marketplace.identity.rules import Permission
from marketplace.kernel import clock
from marketplace.kernel.errors import Conflict, DomainError, Invalid
from marketplace.kernel.forms import Form
from providers.offers import forms
from providers.offers.pricing import set_rate, set_transport_rate, withdraw_transport
from providers.offers.queries import Activity, own_activity, rates_of, transport_rates_of
from providers.offers.wording import in_force, price_words, transport_told
from providers.rules import Rate, SupportRatio
from providers.uplifts.rules import UpliftNeeded

MANAGE = {"permission": Permission.OFFER_MANAGE}


@get("/provider/activities/{activity_id:uuid}/price", opt=MANAGE)
async def show_price(request: AnyRequest, actor: Actor, activity_id: UUID) -> Response[Any]:
    """The prices by ratio and date, and the form of a new one; `ratio` in the address chooses which."""
    shown = await own_activity(actor, activity_id)
    asked = request.query_params.get("ratio", "")
    ratio = SupportRatio(asked) if asked in set(SupportRatio) else shown.support_ratio
    rates = await rates_of(shown.id)
    now = next((rate for rate in in_force(rates, clock.today()) if rate.ratio is ratio), None)
    values = {**forms.filled_rate(now, clock.today()), "ratio": str(ratio)}
    return await _price(request, shown, rates, Form(values))


@post("/provider/activities/{activity_id:uuid}/price", opt=MANAGE, status_code=200)
async def do_price(request: AnyRequest, actor: Actor, activity_id: UUID) -> Response[Any]:
    """Set the price of a ratio from a day on."""
    shown = await own_activity(actor, activity_id)
    form = await Form.read(request)
    rate = forms.read_rate(form)
    try:
        form.check()
        assert rate is not None  # noqa: S101 - nothing was wrong
        await set_rate(
            actor, activity_id, rate.starts_on, rate.price, rate.vat_category, rate.vat_rate_basis_points,
            ratio=rate.ratio, unit=rate.unit, minimum=rate.minimum, split=rate.split, basis=rate.basis,
        )  # fmt: skip
    except UpliftNeeded as refusal:
        # Nothing typed is lost: the proposal goes on from it.
        typed = {name: value for name, value in form.values.items() if isinstance(value, str)}
        return await done(
            request, f"/provider/activities/{activity_id}/uplift?{urlencode(typed)}", f"!{refusal.message}"
        )
    except (Invalid, Conflict) as refusal:
        form.take(refusal)
        return await _price(request, shown, await rates_of(shown.id), form, refusal)
    return await done(request, f"/provider/activities/{activity_id}/price", f"Kept: {price_words(rate)}.")


async def _price(
    request: AnyRequest, shown: Activity, rates: list[Rate], form: Form, refusal: DomainError | None = None
) -> Response[Any]:
    today = clock.today()
    now = {rate.ratio: rate for rate in in_force(rates, today)}
    return await page(
        request,
        "providers/price.html",
        status=refusal.status if refusal else 200,
        activity=shown,
        ratios=[
            (
                ratio,
                now.get(ratio),
                [rate for rate in rates if rate.ratio is ratio and rate.starts_on > today],
            )
            for ratio in SupportRatio
        ],
        earlier=[rate for rate in rates if rate.starts_on <= today and rate != now[rate.ratio]],
        words=price_words,
        options=forms.choices([]),
        form=form.values,
        errors=form.errors,
    )


@get("/provider/activities/{activity_id:uuid}/transport", opt=MANAGE)
async def show_transport(request: AnyRequest, actor: Actor, activity_id: UUID) -> Response[Any]:
    """What transport costs, and the form of a new price."""
    shown = await own_activity(actor, activity_id)
    rates = await transport_rates_of(activity_id)
    today = clock.today()
    now = next((rate for rate in rates if rate.starts_on <= today), None)
    return await _transport(request, shown, Form({**forms.filled_rate(now, today), "offered": "yes"}))


@post("/provider/activities/{activity_id:uuid}/transport", opt=MANAGE, status_code=200)
async def do_transport(request: AnyRequest, actor: Actor, activity_id: UUID) -> Response[Any]:
    """Set the price of transport from a day on, or stop offering it."""
    shown = await own_activity(actor, activity_id)
    form = await Form.read(request)
    offered = form.one_of("offered", ("yes", "no"), required="Choose whether you fetch people")
    try:
        if offered == "yes":
            price = form.money("price", required="Enter the price in pounds, like 6.00, or 0 when it is free")
            vat = forms.read_vat(form)
        starts_on = form.day("starts_on", required="Enter the first day, like 24 11 2026")
        form.check()
        assert starts_on is not None  # noqa: S101 - nothing was wrong
        if offered == "no":
            await withdraw_transport(actor, activity_id, starts_on)
        else:
            assert vat is not None  # noqa: S101 - nothing was wrong
            await set_transport_rate(actor, activity_id, starts_on, price, vat.category, vat.basis_points)
    except (Invalid, Conflict) as refusal:
        form.take(refusal)
        return await _transport(request, shown, form, refusal)
    return await done(request, f"/provider/activities/{activity_id}", "Transport: kept.")


async def _transport(
    request: AnyRequest, shown: Activity, form: Form, refusal: DomainError | None = None
) -> Response[Any]:
    return await page(
        request,
        "providers/transport.html",
        status=refusal.status if refusal else 200,
        activity=shown,
        told=transport_told(await transport_rates_of(shown.id), clock.today()),
        options=forms.choices([]),
        form=form.values,
        errors=form.errors,
    )


HANDLERS = [show_price, do_price, show_transport, do_transport]
