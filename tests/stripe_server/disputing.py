"""A payer's bank asks for money back, and decides; a card's bank does not take a refund."""

from litestar.exceptions import ClientException

from tests.stripe_server import balances, connect_objects
from tests.stripe_server.errors import missing
from tests.stripe_server.state import Account, Obj, World

_FINAL = frozenset({"won", "lost", "warning_closed", "prevented"})


def find_charge(world: World, payment_intent: str) -> tuple[Account, Obj]:
    """The account and the charge that paid."""
    for account in world.accounts.values():
        if payment_intent in account.payment_intents:
            return account, account.charges[account.payment_intents[payment_intent]["latest_charge"]]
    raise missing("payment_intent", payment_intent)


def open_dispute(world: World, account: Account, charge: Obj, amount: int | None = None) -> Obj:
    """The money is asked back, and leaves the account until it is decided."""
    others = [each for each in account.disputes.values() if each["charge"] == charge["id"]]
    asked = sum(each["amount"] for each in others if each["status"] != "won")
    left = charge["amount"] - charge["amount_refunded"] - asked
    if left <= 0 and amount is None:
        raise ClientException("Nothing of this charge is left to dispute.")
    dispute = connect_objects.dispute(charge, amount or left, created=world.clock.now())
    account.disputes[dispute["id"]] = dispute
    charge["disputed"] = True
    balances.withdrawn(world, account, dispute)
    world.emit(account, "charge.dispute.created", dispute, None)
    world.emit(account, "charge.dispute.funds_withdrawn", dispute, None)
    return dispute


def move_dispute(world: World, dispute_id: str, status: str) -> Obj:
    """The bank looks at it, or has decided."""
    for account in world.accounts.values():
        if dispute_id in account.disputes:
            dispute = account.disputes[dispute_id]
            if dispute["status"] in (status, "won"):
                raise ClientException("This dispute is decided so already.")
            dispute["status"] = status
            if status == "won":
                balances.reinstated(world, account, dispute)
                world.emit(account, "charge.dispute.funds_reinstated", dispute, None)
            kind = "charge.dispute.closed" if status in _FINAL else "charge.dispute.updated"
            world.emit(account, kind, dispute, None)
            return dispute
    raise missing("dispute", dispute_id)


def fail_refund(world: World, refund_id: str, reason: str) -> Obj:
    """The card's bank did not take what was sent back: it is the account's again."""
    for account in world.accounts.values():
        if refund_id in account.refunds:
            refund = account.refunds[refund_id]
            if refund["status"] == "failed":
                raise ClientException("This refund failed already.")
            refund.update(status="failed", failure_reason=reason)
            charge = account.charges[refund["charge"]]
            charge["amount_refunded"] -= refund["amount"]
            charge["refunded"] = False
            balances.came_back(world, account, refund)
            world.emit(account, "refund.failed", refund, None)
            return refund
    raise missing("refund", refund_id)
