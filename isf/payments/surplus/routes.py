"""The council's page of unused money."""

from typing import Any

from litestar import Response, get

from isf.payments.surplus import queries
from isf.payments.surplus.rules import SurplusState, surplus_words
from isf.routes.reading import page_number
from marketplace.identity.access import Actor
from marketplace.identity.http import AnyRequest
from marketplace.identity.pages import page
from marketplace.identity.rules import Permission
from marketplace.kernel import formats

WATCHES = {"permission": Permission.COUNCIL_WATCH}
PAGE_SIZE = 50

_SHOWN = {
    "to_watch": ("To watch", (SurplusState.OVER, SurplusState.SOON, SurplusState.UNSET)),
    "later": ("Later", (SurplusState.LATER,)),
    "within": ("Within", (SurplusState.WITHIN,)),
}


@get("/council/surplus", opt=WATCHES)
async def show_surplus(request: AnyRequest, actor: Actor) -> Response[Any]:
    """Funds whose unused money passes its limit, the first to pass first."""
    found = await queries.council_surpluses(actor)
    show = request.query_params.get("show", "to_watch")
    show = show if show in _SHOWN else "to_watch"
    asked = [each for each in found if each.surplus.state in _SHOWN[show][1]]
    number = page_number(request)
    return await page(
        request,
        "isf/payments/surplus.html",
        rows=[
            _row(each, actor)
            for each in asked[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]
        ],
        tabs=[
            {"text": text, "href": formats.link("/council/surplus", show=name), "current": name == show,
             "count": sum(each.surplus.state in states for each in found)}
            for name, (text, states) in _SHOWN.items()
        ],
        heading=_SHOWN[show][0],
        show=show,
        page_number=number,
        pages=-(-len(asked) // PAGE_SIZE),
    )  # fmt: skip


def _row(each: queries.FundSurplus, actor: Actor) -> dict[str, object]:
    told = each.surplus
    sees_people = Permission.PERSON_SEE in actor.permissions
    return {
        "href": f"/funds/{each.fund_id}" if sees_people else None,
        "reference": each.person_reference,
        "title": each.title,
        "unused": told.unused.pence,
        "limit": told.limit.amount.pence if told.state is not SurplusState.UNSET else None,
        "passes_on": told.passes_on,
        "over": told.over.pence if told.passes_on else None,
        "state": f"surplus_{told.state}",
        "words": surplus_words(told)[-2] if told.passes_on else "",
    }


HANDLERS = [show_surplus]
