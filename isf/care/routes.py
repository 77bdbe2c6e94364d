"""The pages about a person's care, and the files kept about them."""

from litestar import Router

from isf.care import files
from isf.care.calls import routes as calls
from isf.care.carers import routes as carers
from isf.care.circle import routes as circle
from isf.care.communication import routes as communication
from isf.care.needs import routes as needs

router = Router(
    "/",
    route_handlers=[
        files.show_file,
        *communication.HANDLERS,
        *circle.HANDLERS,
        *carers.HANDLERS,
        *needs.HANDLERS,
        *calls.HANDLERS,
    ],
    include_in_schema=False,
)
