"""What somebody can do in the model of all booking commands: when it is possible, how often, and with what choices."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import hypothesis.strategies as st

# Every way in which a command may say no.
KNOWN = {
    "conflict", "state_conflict", "invalid", "not_bookable", "session_full", "person_busy", "fund_exhausted",
    "support_paused", "support_ended", "provider_stopped", "place_free", "already_waiting", "series_refused",
    "session_begun", "capacity_below_booked", "same_start", "starts_in_the_past", "already_suspended",
    "invoice_on_hold", "already_recorded", "in_house_blocked", "not_by_card", "ownership_overlaps",
    "ownership_blocked_by_deliveries", "ownership_blocked_by_bookings", "consultation_first", "close_relative",
    "too_many_exceptions", "not_own_service", "nothing_to_net", "uplift_needed", "no_uplift_needed",
}  # fmt: skip
# After an end nobody acts for the person any more, and a date that is over is no date to change.
GONE = {"forbidden", "not_found"}
WHO, NTH, DAY = st.integers(0, 3), st.integers(0, 99), st.integers(0, 13)

State = dict[str, Any]
"""All as it is: see `booking_books`."""

Needs = Callable[[State], bool]
Function = TypeVar("Function", bound=Callable[..., None])


@dataclass(frozen=True)
class Move:
    """How often something is done beside the others, what must be there for it, and what is chosen in it."""

    often: int
    needs: Needs
    choices: st.SearchStrategy[dict[str, Any]]


def move(
    often: int = 2, needs: Needs = lambda _: True, **choices: st.SearchStrategy[Any]
) -> Callable[[Function], Function]:
    """Marks what somebody can do."""

    def mark(function: Function) -> Function:
        function.move = Move(often, needs, st.fixed_dictionaries(choices))  # type: ignore[attr-defined]
        return function

    return mark


def moves_of(model: type) -> dict[str, Move]:
    """Everything that can be done, by name."""
    return {
        name: getattr(model, name).move
        for name in sorted(dir(model))
        if hasattr(getattr(model, name), "move")
    }


def possible(moves: dict[str, Move], state: State) -> list[str]:
    """What can be done now, each as often as it is to be done."""
    return [name for name, one in moves.items() if one.needs(state) for _ in range(one.often)]


def among(what: str, *wanted: str) -> Needs:
    """Something of a kind stands in one of these states (or in any)."""

    def needs(state: State) -> bool:
        states = [each[0] if isinstance(each, list) else each for each in state[what].values()]
        return any(not wanted or each in wanted for each in states)

    return needs


def much(state: State) -> bool:
    """Enough has happened for something that ends much."""
    return len(state["bookings"]) > 5


class Reached:
    """What was done and changed something, how often, over all runs."""

    def __init__(self) -> None:
        self.done: Counter[str] = Counter()

    def never(self, model: type) -> set[str]:
        """Moves that never did anything."""
        return {name for name in moves_of(model) if not self.done[name]}
