"""How payments and runs move, and what refuses them. Values in, values out."""

from collections.abc import Mapping
from enum import StrEnum

from marketplace.kernel.errors import Conflict, Forbidden


class RunState(StrEnum):
    """Where a payment run stands."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    SENT = "sent"
    WITHDRAWN = "withdrawn"


RUN_TRANSITIONS: Mapping[RunState, frozenset[RunState]] = {
    RunState.PROPOSED: frozenset({RunState.APPROVED, RunState.WITHDRAWN}),
    RunState.APPROVED: frozenset({RunState.SENT, RunState.WITHDRAWN}),
    RunState.SENT: frozenset(),
    RunState.WITHDRAWN: frozenset(),
}


class PaymentState(StrEnum):
    """Where one payment stands; one by hand begins as sent."""

    PROPOSED = "proposed"
    LEFT_OUT = "left_out"
    WITHDRAWN = "withdrawn"
    SENT = "sent"
    RETURNED = "returned"


PAYMENT_TRANSITIONS: Mapping[PaymentState, frozenset[PaymentState]] = {
    PaymentState.PROPOSED: frozenset({PaymentState.LEFT_OUT, PaymentState.WITHDRAWN, PaymentState.SENT}),
    PaymentState.LEFT_OUT: frozenset(),
    PaymentState.WITHDRAWN: frozenset(),
    # A bank can return it. Its lines are open again, and the next payment of them is another one.
    PaymentState.SENT: frozenset({PaymentState.RETURNED}),
    PaymentState.RETURNED: frozenset(),
}


class NotTheProposer(Forbidden):
    """Whoever proposed a payment run does not approve it."""

    code = "not_the_proposer"

    def __init__(self) -> None:
        super().__init__(
            "You cannot approve this, because you proposed it. Another person of your organisation can approve it."
        )


class RunWaits(Conflict):
    """The payer has an open run already."""

    code = "payment_run_open"

    def __init__(self) -> None:
        super().__init__(
            "You cannot propose another payment run, because one is open. You can send or withdraw that one first."
        )


class NotOwedAnyMore(Conflict):
    """A line was queried, credited or put on hold after the payment was proposed."""

    code = "payment_not_owed"

    def __init__(self, payees: str = "") -> None:
        about = f" of {payees}" if payees else ""
        super().__init__(
            f"You cannot do this, because lines{about} were queried, credited or put on hold after this was proposed. "
            "You can leave the payee out, or withdraw the payment run and propose another."
        )


class PaidAlready(Conflict):
    """A line is in another live payment."""

    code = "line_in_a_payment"

    def __init__(self) -> None:
        super().__init__(
            "You cannot pay this, because it is in a payment already. You can look at the payments of the invoice."
        )


class RelativeNotPaid(Conflict):
    """A direct payment would pay a close relative, and the council has not agreed to it (`rules.md` 3)."""

    code = "close_relative"

    def __init__(self) -> None:
        super().__init__(
            "You cannot pay this from the direct payment, because the seller is declared as a close relative and the"
            " council has not agreed to it. You can ask the care manager to agree, or the seller for a credit note."
        )


class NothingToPay(Conflict):
    """Nothing that is owed can be paid now."""

    code = "nothing_to_pay"
