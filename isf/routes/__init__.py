"""The pages about people and their money."""

from litestar import Router

from isf.routes import authorities, budgets, funds, people

router = Router(
    "/",
    route_handlers=[*people.HANDLERS, *budgets.HANDLERS, *authorities.HANDLERS, *funds.HANDLERS],
    include_in_schema=False,
)
