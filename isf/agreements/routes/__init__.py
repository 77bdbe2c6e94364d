"""The pages about agreements, the holder's own supply, fees that wait, and the end of a fund."""

from litestar import Router

from isf.agreements.routes import drafting, exits, reading, signing, supply

router = Router(
    "/",
    route_handlers=[
        *reading.HANDLERS,
        *drafting.HANDLERS,
        *signing.HANDLERS,
        *exits.HANDLERS,
        *supply.HANDLERS,
    ],
    include_in_schema=False,
)
