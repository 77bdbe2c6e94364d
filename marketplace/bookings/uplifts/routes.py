"""The provider's pages of a dearer price: propose it with its reason, see what it means in all, withdraw it."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post

from marketplace.bookings.uplifts import commands, queries
from marketplace.bookings.uplifts.effects import effect, totals
from marketplace.identity.access import Actor
from marketplace.identity.http import AnyRequest
from marketplace.identity.pages import done, page
from marketplace.identity.rules import Permission
from marketplace.kernel import clock
from marketplace.kernel.errors import DomainError
from marketplace.kernel.forms import Form
from providers.offers import forms
from providers.offers.queries import Activity, own_activity, rates_of
from providers.offers.wording import in_force, price_words
from providers.rules import Rate, SupportRatio
from providers.uplifts.gate import told_rate

MANAGE = {"permission": Permission.OFFER_MANAGE}


@get("/provider/uplifts", opt=MANAGE)
async def show_own(request: AnyRequest, actor: Actor) -> Response[Any]:
    """The proposals of the provider, open ones first."""
    return await page(
        request,
        "bookings/uplifts/own_list.html",
        rows=rows_of(await queries.own_uplifts(actor), "/provider/uplifts/"),
    )


def rows_of(found: list[queries.UpliftView], path: str) -> list[dict[str, Any]]:
    """Proposals as the rows of a table; `path` is where each is opened."""
    return [
        {
            "title": one.title,
            "href": f"{path}{one.id}",
            "provider": one.provider_name,
            "was": one.was,
            "becomes": one.becomes,
            "starts_on": one.rate_starts_on or one.starts_on,
            "state": "uplift_proposed" if one.open else one.state,
        }
        for one in found
    ]


@get("/provider/activities/{activity_id:uuid}/uplift", opt=MANAGE)
async def show_new(request: AnyRequest, actor: Actor, activity_id: UUID) -> Response[Any]:
    """The form, filled with what was typed as a price, or with the price of today."""
    shown = await own_activity(actor, activity_id)
    asked = {name: value for name, value in request.query_params.items() if value}
    ratio = SupportRatio(asked["ratio"]) if asked.get("ratio") in set(SupportRatio) else shown.support_ratio
    today = clock.today()
    now = next((rate for rate in in_force(await rates_of(shown.id), today) if rate.ratio is ratio), None)
    values = {**forms.filled_rate(now, today), "ratio": str(ratio)}
    return await _new(request, shown, Form({**values, **asked} if "price" in asked else values))


@post("/provider/activities/{activity_id:uuid}/uplift", opt=MANAGE, status_code=200)
async def do_new(request: AnyRequest, actor: Actor, activity_id: UUID) -> Response[Any]:
    """`do` is look (what it would mean, nothing is sent) or send."""
    shown = await own_activity(actor, activity_id)
    form = await Form.read(request)
    rate = forms.read_rate(form)
    if form.text("do") == "look" and rate is not None:
        return await _new(request, shown, form, looked_at=rate)
    try:
        form.text("reason", required="Write why the price goes up")
        form.check()
        assert rate is not None  # noqa: S101 - nothing was wrong
        made = await commands.propose(actor, activity_id, rate, form.text("reason"))
    except DomainError as refusal:
        form.take(refusal)
        return await _new(request, shown, form, status=refusal.status)
    return await done(request, f"/provider/uplifts/{made}", "Sent. The councils that approve you decide.")


async def _new(
    request: AnyRequest, shown: Activity, form: Form, *, looked_at: Rate | None = None, status: int = 200
) -> Response[Any]:
    meant = told = None
    if looked_at and (told := await told_rate(shown.id, looked_at.ratio, looked_at.starts_on)):
        meant = totals(await effect(shown.id, told, looked_at))
    return await page(
        request,
        "bookings/uplifts/new.html",
        status=status,
        activity=shown,
        meant=meant,
        was=price_words(told) if told else "",
        becomes=price_words(looked_at) if looked_at else "",
        options=forms.choices([]),
        form=form.values,
        errors=form.errors,
    )


@get("/provider/uplifts/{uplift_id:uuid}", opt=MANAGE)
async def show_one(request: AnyRequest, actor: Actor, uplift_id: UUID) -> Response[Any]:
    """One proposal: what each council says, and what it means in all."""
    return await _one(request, actor, uplift_id, Form({}))


@post("/provider/uplifts/{uplift_id:uuid}/withdraw", opt=MANAGE, status_code=200)
async def do_withdraw(request: AnyRequest, actor: Actor, uplift_id: UUID) -> Response[Any]:
    """Take it back."""
    form = Form({})
    try:
        await commands.withdraw(actor, uplift_id)
    except DomainError as refusal:
        form.take(refusal)
        return await _one(request, actor, uplift_id, form, status=refusal.status)
    return await done(request, f"/provider/uplifts/{uplift_id}", "Withdrawn. The price stays as it is.")


async def _one(
    request: AnyRequest, actor: Actor, uplift_id: UUID, form: Form, *, status: int = 200
) -> Response[Any]:
    found, meant = await queries.own_uplift(actor, uplift_id)
    return await page(
        request, "bookings/uplifts/own.html", status=status, uplift=found, meant=meant, errors=form.errors
    )


HANDLERS = [show_own, show_new, do_new, show_one, do_withdraw]
