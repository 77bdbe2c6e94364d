"""Payouts that came back: a seller's bank did not take its money, and nothing more goes there until that is mended.

Other payouts are the seller's affair and are not kept (decision 40).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from invoicing.cards.gateway import gateway
from invoicing.connect.queries import own_account
from invoicing.stripe_values import Payout, failure_words
from marketplace.identity.access import Actor
from marketplace.kernel import audit, clock, db, formats, outbox
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.money import Money
from marketplace.kernel.settings import settings


async def follow(account: str) -> int:
    """Ask Stripe for a seller's newest payouts; answers how many came back or are mended since. Safe to repeat.

    The seller is told once of each that came back. Raises CardPaymentUnavailable, CardPaymentOff.
    """
    told = await gateway().payouts(account)
    changed = 0
    async with db.unit_of_work():
        provider = await db.fetch_one(
            "SELECT p.id, p.email FROM connected_account a JOIN provider p ON p.id = a.provider_id WHERE a.id = $1"
            " FOR NO KEY UPDATE OF a",
            account,
        )
        if provider is None:
            return 0
        for payout in reversed(told):
            if payout.status == "failed":
                changed += await _note(provider, account, payout)
        changed += await _mend(account, told)
    return changed


async def _note(provider: db.Row, account: str, payout: Payout) -> int:
    new = await db.fetch_value(
        "INSERT INTO payout_failure (id, connected_account, amount_pence, reason, was_to_arrive_on, found_at)"
        " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (id) DO NOTHING RETURNING id",
        payout.id,
        account,
        payout.amount.pence,
        payout.failure[:80],
        payout.arrives_on,
        clock.now(),
    )
    if new is None:
        return 0
    await audit.record(
        SYSTEM, "payout.came_back", "provider", provider["id"],
        after={"payout": payout.id, "amount_pence": payout.amount.pence, "reason": payout.failure},
    )  # fmt: skip
    await outbox.enqueue_mail(
        provider["email"],
        f"Stripe could not pay {payout.amount} to your bank",
        f"{payout.amount} that was to arrive on {formats.full_date(payout.arrives_on)} came back. {payout.why} "
        "The money is on your balance at Stripe, and Stripe pays nothing more to this bank account until you have "
        f"looked at it there.\n\nSee what to do: {settings().base_url}/provider/money/cards\n",
    )
    return 1


async def _mend(account: str, told: Sequence[Payout]) -> int:
    """Note as mended what came back before a payout was made that has arrived."""
    arrived = [payout.made_at for payout in told if payout.status == "paid"]
    if not arrived:
        return 0
    mended = await db.fetch_all(
        "UPDATE payout_failure SET mended_at = $2 WHERE connected_account = $1 AND mended_at IS NULL AND found_at < $3"
        " RETURNING id",
        account,
        clock.now(),
        max(arrived),
    )
    return len(mended)


@dataclass(frozen=True, slots=True)
class CameBack:
    """A payout that came back and is not mended; `why` is a sentence."""

    id: str
    amount: Money
    was_to_arrive_on: date
    why: str


async def came_back(actor: Actor) -> list[CameBack]:
    """What Stripe could not pay to the bank of the actor's provider and still has. Raises Forbidden, NotFound."""
    account = await own_account(actor)
    rows = await db.fetch_all(
        "SELECT * FROM payout_failure WHERE connected_account = $1 AND mended_at IS NULL ORDER BY found_at DESC, id",
        account.account_id,
    )
    return [
        CameBack(row["id"], Money(row["amount_pence"]), row["was_to_arrive_on"], failure_words(row["reason"]))
        for row in rows
    ]
