"""This event loop's way to Stripe, as the settings say; never from inside a transaction."""

import asyncio
from weakref import WeakKeyDictionary

from invoicing.stripe_gateway import StripeGateway
from marketplace.kernel import db
from marketplace.kernel.settings import settings

_gateways: WeakKeyDictionary[asyncio.AbstractEventLoop, StripeGateway] = WeakKeyDictionary()


def gateway() -> StripeGateway:
    """The gateway of this process, made on first use. Raises CardPaymentOff when no key is set.

    Raises RuntimeError inside a unit of work: a slow answer would keep rows locked, and a rollback cannot undo
    what Stripe did.
    """
    if db.in_transaction():
        raise RuntimeError("Stripe is never asked while a transaction is open")
    loop = asyncio.get_running_loop()
    known, now = _gateways.get(loop), settings()
    if known is not None and (known.api_key, known.api_base, known.webhook_secret) == (
        now.stripe_api_key,
        now.stripe_api_base,
        now.stripe_webhook_secret or "",
    ):
        return known
    made = _gateways[loop] = StripeGateway.from_settings(now)
    return made


async def close_gateway() -> None:
    """Close this loop's connections to Stripe, if there are any."""
    known = _gateways.pop(asyncio.get_running_loop(), None)
    if known is not None:
        await known.close()
