"""Why something about cards cannot be done, in words a person understands."""

from marketplace.kernel.errors import Conflict, DomainError, NotFound
from marketplace.kernel.money import Money


class CardPaymentOff(DomainError):
    """No key is set: this installation takes no cards."""

    status = 503
    code = "card_payment_off"

    def __init__(self) -> None:
        super().__init__(
            "Card payment is off on this site. "
            "You can pay by bank transfer: book, and the provider sends an invoice."
        )


class CardPaymentUnavailable(DomainError):
    """Stripe did not answer usefully. Whether it did what was asked is unknown; asking again is safe."""

    status = 503
    code = "card_payment_unavailable"

    def __init__(self) -> None:
        super().__init__(
            "You cannot pay by card just now, because the card service did not answer. "
            "You can try again in a few minutes, or pay by bank transfer."
        )


class AccountLeft(CardPaymentUnavailable):
    """The owner of an account has taken this site's access back."""

    code = "card_account_left"


class CardPaymentNotFound(NotFound):
    """Stripe knows no such payment on that account."""

    code = "card_payment_not_found"

    def __init__(self) -> None:
        super().__init__("There is no such card payment.")


class CardAmountRefused(Conflict):
    """The amount is outside what cards can be charged (for pounds, Stripe starts at 30 pence)."""

    code = "card_amount_refused"

    def __init__(self, amount: Money) -> None:
        super().__init__(
            f"You cannot pay {amount} by card, because the amount is too small or too large for a card; "
            "you can pay by bank transfer.",
            amount_pence=amount.pence,
        )


class CardRequestConflict(Conflict):
    """The same booking and attempt were used before with other content: start a new attempt."""

    code = "card_request_conflict"

    def __init__(self) -> None:
        super().__init__(
            "You cannot use this payment again, because the booking has changed since; "
            "you can start a new payment."
        )


class RefundRefused(Conflict):
    """More would go back than was paid, or all of it has gone back already."""

    code = "refund_refused"

    def __init__(self, amount: Money) -> None:
        super().__init__(
            f"You cannot refund {amount}, because less than that is left of the card payment; "
            "you can refund the rest.",
            amount_pence=amount.pence,
        )


class WebhookRefused(DomainError):
    """The message was not signed by Stripe with our secret, or is too old, or is not an event."""

    code = "webhook_refused"

    def __init__(self) -> None:
        super().__init__("This message is not signed as it should be.")
