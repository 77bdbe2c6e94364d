"""What is paid to providers for invoices."""

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from isf.ledger.posting import post
from isf.ledger.rules import Account, Movement, transfer
from marketplace.kernel import audit
from marketplace.kernel.money import Money


async def settle(
    who: audit.Who, payment_id: UUID, amounts: Mapping[UUID, Money], on: date, *, because: str = ""
) -> None:
    """To be paid → paid, for every fund that a payment pays from, once. `because` can carry the payment's reference.

    Funds are locked in the order of their ids, so that two payments never wait for each other in a circle.
    """
    for fund_id in sorted(amounts):
        entries = transfer(Account.PAYABLE, Account.PAID, amounts[fund_id])
        reference = f"payment:{payment_id}:{fund_id}:{Movement.SETTLE}"
        await post(
            who, fund_id, Movement.SETTLE, reference, entries, on=on, subject_id=payment_id, because=because
        )
