"""Finds what no message told: asks Stripe about every seller's account and mends what is different here.

Everything goes through the same doors as a message does, so that it does not matter who is first.
"""

import logging
from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from typing import Final
from uuid import UUID

from invoicing.cards.disputes import settle_disputes
from invoicing.cards.gateway import gateway
from invoicing.cards.giving_back import settle_refunds
from invoicing.cards.settling import Settled, settle
from invoicing.connect import commands as connect
from invoicing.connect import payouts
from invoicing.connect.queries import live_accounts
from invoicing.stripe_values import is_on
from marketplace.kernel import clock, db
from marketplace.kernel.errors import DomainError
from marketplace.kernel.formats import count
from marketplace.kernel.settings import settings

log = logging.getLogger("fairday.cards")

PAGES_BACK: Final = timedelta(days=2)
"""A payment page is open for a day at most."""
REFUNDS_BACK: Final = timedelta(days=35)
"""Banks say within some weeks that they do not take a refund."""
DISPUTES_BACK: Final = timedelta(days=200)
"""A payer's bank has four months to ask, and two to decide."""


async def reconcile() -> str:
    """Ask Stripe about each seller's account, pages, refunds, disputes and payouts, and mend what differs."""
    if not is_on(settings()):
        return "card payment is off, so nobody is asked"
    mended: Counter[str] = Counter()
    for account in await live_accounts():
        for what, look in _LOOKS.items():
            try:
                mended[what] += await look(account)
            except DomainError as refusal:
                log.warning("the account %s could not be asked about its %s: %s", account, what, refusal.code)
                mended["silent"] += 1
    told = ", ".join(f"{mended[what]} {what}" for what in _LOOKS)
    return f"mended: {told}; {count(mended['silent'], 'question')} without an answer"


async def _account(account: str) -> int:
    return int(await connect.ask(account))


async def _pages(account: str) -> int:
    told = await gateway().completed_checkouts(account, clock.now() - PAGES_BACK)
    waiting = await db.fetch_all(
        "SELECT checkout_id FROM card_payment WHERE connected_account = $1 AND checkout_id = ANY ($2)"
        " AND state IN ('started', 'expired')",
        account,
        [page.id for page in told if page.is_paid],
    )
    return sum([await settle(row["checkout_id"], account) is not Settled.OPEN for row in waiting])


async def _refunds(account: str) -> int:
    told = await gateway().refunds(account, since=clock.now() - REFUNDS_BACK)
    rows = await db.fetch_all(
        "SELECT id, state FROM card_refund WHERE id = ANY ($1)", [each.id for each in told]
    )
    known = {row["id"]: row["state"] for row in rows}
    intents = {each.payment_intent for each in told if known.get(each.id) != str(each.status)}
    return sum([await settle_refunds(payment) for payment in await _payments(account, intents)])


async def _disputes(account: str) -> int:
    told = await gateway().disputes(account, since=clock.now() - DISPUTES_BACK)
    rows = await db.fetch_all(
        "SELECT id, status FROM card_dispute WHERE id = ANY ($1)", [each.id for each in told]
    )
    known = {row["id"]: row["status"] for row in rows}
    intents = {each.payment_intent for each in told if known.get(each.id) != str(each.status)}
    return sum([await settle_disputes(payment) for payment in await _payments(account, intents)])


async def _payments(account: str, intents: Iterable[str | None]) -> list[UUID]:
    # Sellers sell other things too, on the same account: what is not ours is nobody's business here.
    rows = await db.fetch_all(
        "SELECT id FROM card_payment WHERE connected_account = $1 AND payment_intent = ANY ($2) ORDER BY id",
        account,
        [intent for intent in intents if intent],
    )
    return [row["id"] for row in rows]


# Pages first, so that the refunds and disputes of a payment that nobody told of find it.
_LOOKS = {
    "accounts": _account,
    "payments": _pages,
    "refunds": _refunds,
    "disputes": _disputes,
    "payouts": payouts.follow,
}
