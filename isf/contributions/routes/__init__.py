"""The pages about contributions and own money."""

from litestar import Router

from isf.contributions.routes import assessing, lists, paying, record

router = Router(
    "/",
    route_handlers=[*record.HANDLERS, *assessing.HANDLERS, *paying.HANDLERS, *lists.HANDLERS],
    include_in_schema=False,
)
