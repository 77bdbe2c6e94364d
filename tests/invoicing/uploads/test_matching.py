"""How lines find their visits: by the booking, else by day, amount and service; each visit once."""

from dataclasses import replace
from datetime import date
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoicing.uploads.reading import ReceivedLine
from invoicing.uploads.rules import Fate, Told, Tolerance, Visit, match
from marketplace.kernel.money import Money, total

pytestmark = pytest.mark.row("V5")

DAY = date(2026, 11, 6)
VISIT = Visit(
    UUID(int=1), "BK-AAAAAA", DAY, "Garden group", Money(3850), frozenset({("E", 0)}), Tolerance(5, 1)
)
LINE = ReceivedLine(1, "BK-AAAAAA", DAY, "Garden group", Money(3850), "E", 0)


def one(line: ReceivedLine, *visits: Visit, **why_not: str) -> Told:
    (told,) = match([line], visits or [VISIT], why_not)
    return told


def test_the_booking_decides() -> None:
    assert one(LINE).fate is Fate.MATCHED
    assert one(replace(LINE, description="Something", service_on=None)).fate is Fate.MATCHED


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (replace(LINE, asked=Money(3856)), "£38.56 is asked and £38.50 is owed: £0.06 more"),
        (replace(LINE, asked=Money(3000)), "£8.50 less"),
        (
            replace(LINE, service_on=date(2026, 11, 7)),
            "The visit was on 6 November 2026, not on 7 November 2026",
        ),
        (replace(LINE, vat_code="S", vat_rate_basis_points=2000), "The VAT differs"),
        (replace(LINE, reference="BK-ZZZZZZ"), "No visit with this booking"),
        (replace(LINE, reference=None, service_on=None), "names no booking and no day"),
        (replace(LINE, reference=None, description="Choir"), "No visit of this service on this day"),
        (replace(LINE, reference=None, asked=Money(1)), "£38.49 less"),
    ],
)
def test_what_differs_is_queried_with_the_difference(line: ReceivedLine, words: str) -> None:
    told = one(line)
    assert told.fate is Fate.QUERIED
    assert words in told.because


def test_why_a_booking_does_not_wait_is_told() -> None:
    told = one(replace(LINE, reference="BK-BBBBBB"), VISIT, **{"BK-BBBBBB": "It is billed already"})
    assert (told.fate, told.because) == (Fate.QUERIED, "It is billed already")


@pytest.mark.parametrize(
    ("asked", "fate"), [(3855, Fate.MATCHED), (3845, Fate.MATCHED), (3844, Fate.QUERIED)]
)
def test_within_the_tolerance_it_agrees(asked: int, fate: Fate) -> None:
    assert one(replace(LINE, asked=Money(asked))).fate is fate


def test_both_limits_of_the_tolerance_hold() -> None:
    small = replace(VISIT, owed=Money(100), tolerance=Tolerance(5, 1))
    assert one(replace(LINE, asked=Money(101)), small).fate is Fate.MATCHED
    assert one(replace(LINE, asked=Money(102)), small).fate is Fate.QUERIED


def test_the_penny_of_vat_is_no_difference() -> None:
    exact = replace(VISIT, tolerance=Tolerance(0, 0), vat=frozenset({("S", 2000)}))
    with_vat = replace(LINE, vat_code="S", vat_rate_basis_points=2000)
    assert one(replace(with_vat, asked=Money(3851)), exact).fate is Fate.MATCHED
    assert one(replace(with_vat, asked=Money(3852)), exact).fate is Fate.QUERIED


def test_support_and_journey_of_one_booking_are_taken_together() -> None:
    lines = [
        replace(LINE, asked=Money(3230)),
        replace(LINE, position=2, description="Minibus", asked=Money(620)),
    ]
    told = match(lines, [VISIT], {})
    assert [each.fate for each in told] == [Fate.MATCHED] * 2
    assert total(each.visit.owed for each in told if each.visit) == VISIT.owed


def test_a_visit_asked_for_twice_is_not_paid_twice() -> None:
    told = match([LINE, replace(LINE, position=2)], [VISIT], {})
    assert [each.fate for each in told] == [Fate.QUERIED] * 2
    assert "£77.00 is asked and £38.50 is owed" in told[0].because


def test_equal_visits_of_one_day_are_each_taken_once() -> None:
    other = replace(VISIT, booking_id=UUID(int=2), reference="BK-BBBBBB")
    blank = replace(LINE, reference=None)
    told = match([blank, replace(blank, position=2), replace(blank, position=3)], [other, VISIT], {})
    assert [each.visit.reference if each.visit else None for each in told] == ["BK-AAAAAA", "BK-BBBBBB", None]


LINES = st.lists(
    st.tuples(st.sampled_from([None, "BK-AAAAAA", "BK-BBBBBB", "BK-CCCCCC"]), st.integers(0, 5000)),
    max_size=8,
)


@given(LINES, st.lists(st.integers(1, 5000), max_size=4))
def test_no_visit_is_ever_taken_for_more_than_is_owed(
    lines: list[tuple[str | None, int]], owed: list[int]
) -> None:
    visits = [
        replace(VISIT, booking_id=uuid4(), reference=f"BK-{'ABCD'[place] * 6}", owed=Money(pence))
        for place, pence in enumerate(owed)
    ]
    stated = [
        replace(LINE, position=place, reference=reference, asked=Money(pence))
        for place, (reference, pence) in enumerate(lines, start=1)
    ]
    told = match(stated, visits, {})
    assert [each.line for each in told] == stated
    for visit in visits:
        mine = [each for each in told if each.visit and each.visit.booking_id == visit.booking_id]
        taken = [each for each in mine if each.fate is Fate.MATCHED]
        assert total(each.visit.owed for each in taken if each.visit) in (Money(0), visit.owed)
