"""A model of everybody at once: somebody makes one of the moves that are possible, and the books are looked at.

A move is a method that is marked by `move`; a model says what its books are and which refusals it knows.
"""

import json
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

import hypothesis.strategies as st
from hypothesis import HealthCheck, event, seed
from hypothesis import settings as hypothesis_settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from isf.ledger.verify import verify
from marketplace.kernel import db
from marketplace.kernel.clock import FixedClock, use_clock
from marketplace.kernel.errors import DomainError
from tests.apart import Apart

NTH = st.integers(0, 99)

State = dict[str, Any]
"""All as it is: see the books of the model."""

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


class Reached:
    """What was done and changed something, how often, over all runs."""

    def __init__(self) -> None:
        self.done: Counter[str] = Counter()
        self.steps = 0

    def never(self, model: type) -> set[str]:
        """Moves that never did anything."""
        return {name for name in moves_of(model) if not self.done[name]}


class MovingModel(RuleBasedStateMachine):
    """Moves in any order by a clock of the model's own; a refusal is a known one, and changes nothing."""

    apart: ClassVar[Apart]
    reached: ClassVar[Reached]
    known: ClassVar[frozenset[str]]
    clock: FixedClock
    state: str
    last: Callable[[], Awaitable[Any]] | None = None
    made = False
    """Whether there is something to look at."""
    well = ""
    """As it was when all was well last."""

    async def as_it_is(self) -> str:
        """All that a refusal must leave as it was, as JSON."""
        raise NotImplementedError

    async def what_is_wrong(self) -> list[tuple[str, str]]:
        """Everything that must not be, by name with the row; nothing when all is well."""
        raise NotImplementedError

    def opens(self) -> None:
        """What else is made ready at the beginning."""

    def looked_at(self) -> None:
        """What else must be true after each step."""

    def seen(self) -> State:
        """All as it was when it was last looked at."""
        found: State = json.loads(self.state)
        return {
            name: value or {} if isinstance(value, dict | None) else value for name, value in found.items()
        }

    def _run(self, work: Callable[[], Awaitable[Any]]) -> Any:
        with use_clock(self.clock):
            return self.apart.run(work)

    def run(self, work: Callable[[], Awaitable[Any]], *, whole: bool = True) -> Any:
        """Ask for something by this model's clock; a refusal has a known code, and changes nothing of a whole."""
        self.last = work if whole else None
        try:
            answer = self._run(work)
        except DomainError as refusal:
            assert refusal.code in self.known, (refusal.code, refusal.message)
            assert not whole or self._run(self.as_it_is) == self.state, refusal.code
            return None
        return answer

    def run_in_parts(self, work: Callable[[], Awaitable[Any]]) -> Any:
        """What follows another command in one step."""
        self.state = self._run(self.as_it_is)
        return self.run(work)

    def rows(self, query: str, *arguments: object) -> list[db.Row]:
        """What is there, in an order that is the same in every run."""
        return list(self._run(lambda: db.fetch_all(query, *arguments)))

    @move(2)
    def asks_again(self) -> None:
        """The same as a moment ago: done again or refused, and either is well."""
        if self.last is not None:
            self.run(self.last)
            self.reached.done["asks_again"] += 1

    @rule(data=st.data())
    def somebody_acts(self, data: st.DataObject) -> None:
        """One move of all that there are."""
        # Drawn here: Hypothesis' own choice among rules leaves half of them out in each run, and it takes them all.
        moves, before = moves_of(type(self)), self.state
        name = data.draw(st.sampled_from(possible(moves, self.seen())), label="who does what")
        getattr(self, name)(**data.draw(moves[name].choices, label="how"))
        self.reached.steps += 1
        self.state = self._run(self.as_it_is)
        if self.state != before:
            self.reached.done[name] += 1
            event(name)

    @invariant()
    def all_is_well(self) -> None:
        """Everything has its place, and every penny its owner: see the books of the model."""
        if not self.made or self.state == self.well:
            return
        wrong = self._run(self.what_is_wrong)
        assert not wrong, wrong
        self.well = self.state
        self.looked_at()

    def teardown(self) -> None:
        """The books prove themselves."""
        assert self._run(verify) == []


def search(model: type[MovingModel], *, seeds: int, runs: int, steps: int) -> None:
    """Run a model seed by seed, so many times each, with at most so many moves in a run."""
    model.TestCase.settings = hypothesis_settings(
        max_examples=runs, stateful_step_count=steps, deadline=None, database=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    for number in range(seeds):
        seed(number)(model)
        model.TestCase().runTest()
