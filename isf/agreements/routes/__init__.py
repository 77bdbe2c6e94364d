"""The pages about agreements, the holder's own supply, fees that wait, and the end of a fund."""

from litestar import Router

from isf.agreements.routes import drafting, reading, signing

router = Router(
    "/",
    route_handlers=[*reading.HANDLERS, *drafting.HANDLERS, *signing.HANDLERS],
    include_in_schema=False,
)
