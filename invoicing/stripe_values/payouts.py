"""What Stripe pays from a seller's account to its bank, and what each such payment holds."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

from marketplace.kernel.money import Money


@dataclass(frozen=True, slots=True)
class Payout:
    """Money on its way from Stripe to the seller's bank. `status` is Stripe's: `paid`, `in_transit`, `failed`…

    `failure` is Stripe's code of why the bank did not take it.
    """

    id: str
    amount: Money
    status: str
    arrives_on: date
    made_at: datetime
    failure: str = ""

    @property
    def words(self) -> str:
        """Where it is."""
        return {
            "paid": "At your bank",
            "pending": "Waiting",
            "in_transit": "On its way",
            "canceled": "Stopped",
            "failed": "Came back",
        }.get(self.status, self.status)

    @property
    def why(self) -> str:
        """Why it came back, as a sentence; empty when it did not."""
        return failure_words(self.failure) if self.status == "failed" else ""


_FAILURES: Final[Mapping[str, str]] = {
    "account_closed": "The account is closed.",
    "account_frozen": "The account is frozen.",
    "bank_account_restricted": "The account cannot take payments like this one.",
    "bank_ownership_changed": "The account has passed to another bank.",
    "could_not_process": "The bank could not process it.",
    "declined": "The bank declined it.",
    "incorrect_account_holder_name": "The name is not the one that the bank has for the account.",
    "incorrect_account_holder_address": "The address is not the one that the bank has for the account.",
    "incorrect_account_type": "The account is of another kind than Stripe was told.",
    "invalid_account_number": "There is no account with this sort code and number.",
    "invalid_currency": "The account does not take pounds.",
    "no_account": "There is no account with this sort code and number.",
}


def failure_words(code: str) -> str:
    """What Stripe's code of a failure says, as a sentence."""
    return _FAILURES.get(code, "The bank did not say why.")


@dataclass(frozen=True, slots=True)
class PayoutPart:
    """One movement in a payout: `net` is `gross` less `fee`; the fee is Stripe's and this site's together.

    `payment_intent` is the card payment to which it belongs, where it belongs to one.
    """

    id: str
    kind: str
    gross: Money
    fee: Money
    net: Money
    payment_intent: str | None


def read_payout(told: Mapping[str, Any]) -> Payout:
    """A payout as Stripe tells of it. Raises KeyError when it cannot be understood."""
    arrives = datetime.fromtimestamp(told["arrival_date"], UTC).date()
    failure = told.get("failure_code") or ""
    made_at = datetime.fromtimestamp(told["created"], UTC)
    return Payout(told["id"], Money(told["amount"]), told["status"], arrives, made_at, failure)


def read_part(told: Mapping[str, Any]) -> PayoutPart:
    """A balance transaction, its source sent along. Raises KeyError when it cannot be understood."""
    source = told.get("source")
    intent = source.get("payment_intent") if isinstance(source, Mapping) else None
    return PayoutPart(
        id=told["id"],
        kind=told["type"],
        gross=Money(told["amount"]),
        fee=Money(told["fee"]),
        net=Money(told["net"]),
        payment_intent=intent,
    )
