"""What a suspension is and what it says: values in, values out (`rules.md` 16)."""

from collections.abc import Mapping
from enum import StrEnum

from marketplace.kernel.errors import Conflict, NotBookable


class SuspensionState(StrEnum):
    """Where a suspension stands. Open and ended ones stop the provider; only an open one holds its invoices."""

    OPEN = "open"
    RELEASED = "released"
    ENDED = "ended"

    @property
    def label(self) -> str:
        """The word on a page."""
        return {"open": "Stopped", "released": "Released", "ended": "Not used any more"}[self.value]


TRANSITIONS: Mapping[SuspensionState, frozenset[SuspensionState]] = {
    SuspensionState.OPEN: frozenset({SuspensionState.RELEASED, SuspensionState.ENDED}),
    # What was an end can turn out to be a mistake, or a provider comes back after years.
    SuspensionState.ENDED: frozenset({SuspensionState.RELEASED}),
    SuspensionState.RELEASED: frozenset(),
}


class ProviderStopped(NotBookable):
    """Nothing can be booked with a provider; why is not for everybody."""

    code = "provider_stopped"

    def __init__(self) -> None:
        super().__init__(
            "You cannot book this, because nothing can be booked with this provider at the moment. "
            "You can choose something else."
        )


class AlreadySuspended(Conflict):
    """The council has stopped this provider already."""

    code = "already_suspended"

    def __init__(self) -> None:
        super().__init__(
            "You cannot suspend this provider, because your council has suspended it already. "
            "You can open that suspension and release or end it."
        )
