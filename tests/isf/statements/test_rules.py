"""However journals fall over months and however late they come, each is told once and the figures tie."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isf.ledger.rules import Account, Movement
from isf.statements.document import Figures
from isf.statements.rules import FOR_EVER, Moved, after, check_ties, lines_of, months_from, next_month
from isf.statements.words import ROWS

pytestmark = pytest.mark.row("I5")

START = date(2026, 4, 1)
MOVES = {
    Movement.PROMISE: (Account.PROMISED, Account.AVAILABLE),
    Movement.FUNDING: (Account.FUNDING, Account.PROMISED),
    Movement.TOP_UP: (Account.TOP_UP, Account.AVAILABLE),
    Movement.HOLD: (Account.AVAILABLE, Account.COMMITTED),
    Movement.RELEASE: (Account.COMMITTED, Account.AVAILABLE),
    Movement.DELIVER: (Account.COMMITTED, Account.PAYABLE),
    Movement.SETTLE: (Account.PAYABLE, Account.PAID),
    Movement.FEE: (Account.AVAILABLE, Account.FEE),
    Movement.RETURN: (Account.AVAILABLE, Account.RETURNED),
    Movement.CARD_REFUND: (Account.PAID, Account.AVAILABLE),
}

journals = st.lists(
    st.tuples(
        st.sampled_from(sorted(MOVES)),
        st.integers(1, 100_000),
        st.integers(0, 200),
        st.integers(0, 4),
        st.booleans(),
    ),
    max_size=40,
)


def moved(place: int, drawn: tuple[str, int, int, int, bool]) -> Moved:
    """A journal of a fund, or the opposite of one."""
    name, pence, day, booking, reversal = drawn
    movement = Movement(name)
    frm, to = MOVES[movement]
    sign = -1 if reversal else 1
    return Moved(
        sequence=place + 1,
        movement=Movement.REVERSAL if reversal else movement,
        reverses=movement if reversal else None,
        on=START + timedelta(days=day),
        entries={frm: -sign * pence, to: sign * pence},
        subject_id=UUID(int=booking + 1),
        title="Choir",
    )


@given(journals, st.lists(st.tuples(st.integers(0, 230), st.integers(0, 40)), min_size=1, max_size=6))
def test_statements_one_after_another_tell_each_journal_once_and_tie(
    drawn: list[tuple[str, int, int, int, bool]], cuts: list[tuple[int, int]]
) -> None:
    everything = [moved(place, each) for place, each in enumerate(drawn)]
    until, seen = START, 0
    opening = Figures()
    told: list[int] = []
    ends = [(START + timedelta(days=day), place) for day, place in sorted(cuts)]
    for ends_on, place in [*ends, (FOR_EVER, len(everything))]:
        last = max(seen, min(place, len(everything)))
        known = everything[:last]
        fresh = [each for each in known if each.on < ends_on and (each.on >= until or each.sequence > seen)]
        later = [each for each in known if each.on >= ends_on]
        closing = after(opening, fresh)
        lines = lines_of(fresh)
        check_ties(opening, lines, closing, later, after(Figures(), known))
        told += [each.sequence for each in fresh]
        opening, until, seen = closing, ends_on, last
    assert sorted(told) == [each.sequence for each in everything]
    assert opening == after(Figures(), everything)


@given(journals)
def test_every_line_that_moves_a_figure_is_in_one_row(drawn: list[tuple[str, int, int, int, bool]]) -> None:
    for line in lines_of([moved(place, each) for place, each in enumerate(drawn)]):
        rows = [name for name, kinds in ROWS if line.kind in kinds]
        if line.left_pence or line.booked_pence or line.used_pence:
            assert len(rows) == 1


def test_months_run_to_the_last_that_is_over() -> None:
    assert list(months_from(date(2026, 11, 5), date(2027, 2, 1))) == [
        date(2026, 11, 1),
        date(2026, 12, 1),
        date(2027, 1, 1),
    ]
    assert list(months_from(date(2026, 11, 5), date(2026, 11, 30))) == []
    assert next_month(date(2028, 2, 1)) == date(2028, 3, 1)
