"""The public register of approved providers."""

from datetime import timedelta
from typing import Any

from litestar import Response, get

from marketplace.identity.http import AnyRequest
from marketplace.identity.pages import page
from marketplace.identity.rules import Permission
from marketplace.kernel import clock
from marketplace.kernel.spreadsheets import csv_file
from providers.commissions.queries.register import PAGE_SIZE, registered
from providers.paging import page_number
from providers.rules import SellerType

PUBLIC = {"permission": Permission.PUBLIC}
ONE_DAY = timedelta(days=1)
KINDS = {str(kind): kind.label for kind in SellerType}


def _words(request: AnyRequest) -> str:
    return request.query_params.get("q", "").replace("\x00", "").strip()[:100]


@get("/approved-providers", opt=PUBLIC)
async def show_register(request: AnyRequest) -> Response[Any]:
    """Who is approved, by whom, for what, from when to when and on which conditions."""
    words, number = _words(request), page_number(request, 1_000)
    rows, total = await registered(words, number)
    return await page(
        request,
        "providers/approved.html",
        rows=rows,
        total=total,
        q=words,
        page=number,
        pages=-(-total // PAGE_SIZE),
        params={"q": words} if words else {},
        kinds=KINDS,
        today=clock.today(),
        one_day=ONE_DAY,
    )


@get("/approved-providers.csv", opt=PUBLIC)
async def get_register(request: AnyRequest) -> Response[str]:
    """The same as a file for a spreadsheet, every approval a line."""
    rows, _ = await registered(_words(request), None)
    return csv_file(
        "approved-providers.csv",
        (
            "provider",
            "kind",
            "council",
            "framework",
            "lot",
            "first_day",
            "last_day",
            "conditions",
            "suspended",
        ),
        (
            (
                row.provider_name,
                row.seller_type,
                row.council_name,
                row.framework_name,
                row.lot_name,
                row.starts_on,
                row.ends_on - ONE_DAY if row.ends_on else None,
                row.conditions,
                "yes" if row.suspended else "no",
            )
            for row in rows
        ),
    )


HANDLERS = [show_register, get_register]
