"""The three ways in which a council's money reaches a seller (`rules.md` 1, 4)."""

from enum import StrEnum


class Route(StrEnum):
    """How a fund is paid. The first two make a personalised budget."""

    DIRECT_PAYMENT = "direct_payment"
    ISF = "isf"
    COUNCIL_MANAGED = "council_managed"

    @property
    def label(self) -> str:
        """The words for it in the middle of a sentence."""
        return _LABELS[self]

    @property
    def personalised(self) -> bool:
        """Whether the money is a personalised budget, which a council's own service can never be paid from."""
        return self is not Route.COUNCIL_MANAGED


_LABELS = {
    Route.DIRECT_PAYMENT: "a direct payment",
    Route.ISF: "an individual service fund (ISF)",
    Route.COUNCIL_MANAGED: "money that the council manages",
}

PERSONALISED = frozenset(route for route in Route if route.personalised)
"""The routes that a council can never use to buy from itself."""
