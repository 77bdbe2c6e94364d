"""The pages about money on its way: into funds, in client accounts, and left over."""

from litestar import Router

from isf.payments.client_accounts import routes as client_accounts
from isf.payments.paying_in import routes as paying_in
from isf.payments.surplus import routes as surplus

router = Router(
    "/",
    route_handlers=[*paying_in.HANDLERS, *client_accounts.HANDLERS, *surplus.HANDLERS],
    include_in_schema=False,
)
