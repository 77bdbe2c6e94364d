"""The pages about how a budget changes."""

from litestar import Router

from isf.budgets.reports import routes as reports
from isf.budgets.routes import amounts, holder, overview

router = Router(
    "/",
    route_handlers=[*overview.HANDLERS, *amounts.HANDLERS, *holder.HANDLERS, *reports.HANDLERS],
    include_in_schema=False,
)
