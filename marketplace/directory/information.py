"""Pages that inform: ways of paying, accessibility, cookies, open data."""

from typing import Any

from litestar import Response, get

from marketplace.directory import cards, listing_queries
from marketplace.identity.http import AnyRequest
from marketplace.identity.pages import page
from marketplace.identity.rules import Permission

PUBLIC = {"permission": Permission.PUBLIC}


@get("/ways-to-pay", opt=PUBLIC)
async def ways_to_pay(request: AnyRequest) -> Response[Any]:
    """The three ways of paying side by side, with an example (row D6)."""
    return await page(request, "directory/ways_to_pay.html")


@get("/accessibility", opt=PUBLIC)
async def accessibility(request: AnyRequest) -> Response[Any]:
    """The accessibility statement (row A1)."""
    return await page(request, "directory/accessibility.html")


@get("/cookies", opt=PUBLIC)
async def cookies(request: AnyRequest) -> Response[Any]:
    """The strictly necessary cookies; there are no others (row D8)."""
    return await page(request, "directory/cookies.html")


@get("/open-data", opt=PUBLIC)
async def open_data(request: AnyRequest) -> Response[Any]:
    """Where listings and postcodes come from, and under which licences (rows X1, X2)."""
    sources = await listing_queries.sources()
    return await page(
        request,
        "directory/open_data.html",
        sources=[
            {
                "source": source,
                "licence": cards.licence_words(source.licence),
                "licence_href": _href(source.licence),
            }
            for source in sources
        ],
        postcodes=cards.postcode_attributions(),
    )


def _href(text: str) -> str:
    return text if text.startswith(("https://", "http://")) else ""


HANDLERS = (ways_to_pay, accessibility, cookies, open_data)
