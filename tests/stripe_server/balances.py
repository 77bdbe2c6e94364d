"""What moves on an account's balance, and what of it has been paid out."""

from tests.stripe_server import connect_objects
from tests.stripe_server.errors import Refused, missing
from tests.stripe_server.state import Account, Obj, World

_FIXED_PENCE, _PER_CENT_HUNDREDTHS, DISPUTE_PENCE = 20, 150, 2000
"""Of this instrument: 1.5 % and 20 pence of a charge, £20 for a dispute."""


def _enter(world: World, account: Account, kind: str, source: str, amount: int, **fees: int) -> str:
    row = connect_objects.transaction(kind, source, amount, fees, created=world.clock.now())
    account.transactions[row["id"]] = row
    return str(row["id"])


def charged(world: World, account: Account, charge: Obj) -> None:
    """A card was charged: the account's less the fees, and the platform's fee is the platform's."""
    own = (charge["amount"] * _PER_CENT_HUNDREDTHS + 9_999) // 10_000 + _FIXED_PENCE
    kept = charge["application_fee_amount"] or 0
    charge["balance_transaction"] = _enter(
        world, account, "charge", charge["id"], charge["amount"], stripe_fee=own, application_fee=kept
    )
    if kept and account.id is not None:
        fee = connect_objects.application_fee(account.id, charge, kept, created=world.clock.now())
        platform = world.account(None)
        platform.fees[charge["id"]] = fee
        charge["application_fee"] = fee["id"]
        world.emit(platform, "application_fee.created", fee, None)


def check_fee_refund(charge: Obj, params: Obj) -> None:
    """Only what was kept can be given back. Raises Refused."""
    if params.get("refund_application_fee") and not charge["application_fee_amount"]:
        raise Refused("This charge has no application fee.", param="refund_application_fee")


def refunded(world: World, account: Account, charge: Obj, refund: Obj, params: Obj) -> None:
    """Money leaves the account for the card, and the platform gives the same share of its fee back if asked."""
    back = 0
    if params.get("refund_application_fee"):
        fee = world.account(None).fees[charge["id"]]
        whole = charge["amount_refunded"] + refund["amount"]
        back = fee["amount"] * whole // charge["amount"] - fee["amount_refunded"]
        fee["amount_refunded"] += back
        fee["refunded"] = fee["amount_refunded"] == fee["amount"]
        world.emit(world.account(None), "application_fee.refunded", fee, None)
    refund["balance_transaction"] = _enter(
        world, account, "refund", refund["id"], -refund["amount"], application_fee=-back
    )


def came_back(world: World, account: Account, refund: Obj) -> None:
    """A refund that the card's bank did not take is the account's again."""
    refund["failure_balance_transaction"] = _enter(
        world, account, "refund_failure", refund["id"], refund["amount"]
    )


def withdrawn(world: World, account: Account, dispute: Obj) -> None:
    """A disputed amount leaves the account until it is decided."""
    row = _enter(world, account, "adjustment", dispute["id"], -dispute["amount"], stripe_fee=DISPUTE_PENCE)
    dispute["balance_transactions"].append(account.transactions[row])


def reinstated(world: World, account: Account, dispute: Obj) -> None:
    """It was decided for the account."""
    row = _enter(world, account, "adjustment", dispute["id"], dispute["amount"])
    dispute["balance_transactions"].append(account.transactions[row])


def pay_out(world: World, account: Account) -> Obj:
    """Everything that is on the balance goes to the bank."""
    rows = [row for row in account.transactions.values() if row["id"] not in account.paid_out]
    payout = connect_objects.payout(sum(row["net"] for row in rows), created=world.clock.now())
    account.payouts[payout["id"]] = payout
    payout["balance_transaction"] = _enter(world, account, "payout", payout["id"], -payout["amount"])
    for transaction_id in [*(row["id"] for row in rows), payout["balance_transaction"]]:
        account.paid_out[transaction_id] = payout["id"]
    for kind in ("payout.created", "payout.paid"):
        world.emit(account, kind, payout, None)
    return payout


def payout_comes_back(world: World, payout_id: str, reason: str) -> Obj:
    """The owner's bank did not take a payout: it is on the balance again."""
    for account in world.accounts.values():
        if payout_id in account.payouts:
            payout = account.payouts[payout_id]
            payout.update(status="failed", failure_code=reason, failure_message="The bank did not take it.")
            payout["failure_balance_transaction"] = _enter(
                world, account, "payout_failure", payout_id, payout["amount"]
            )
            world.emit(account, "payout.failed", payout, None)
            return payout
    raise missing("payout", payout_id)
