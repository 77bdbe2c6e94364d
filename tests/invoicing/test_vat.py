"""VAT totals from gross prices (`rules.md` 20 and 21)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoicing.vat import VatCategoryTotal, VatLine, net_of, vat_totals
from marketplace.kernel.money import Money, total
from marketplace.kernel.vat import VatCategory

EXEMPT, STANDARD, ZERO, OUTSIDE = VatCategory

pytestmark = pytest.mark.row("V2")

KINDS = st.sampled_from([(EXEMPT, 0), (STANDARD, 2000), (STANDARD, 500), (ZERO, 0), (OUTSIDE, 0)])
LINES = st.lists(
    st.tuples(KINDS, st.integers(0, 500_000)).map(lambda line: (*line[0], Money(line[1]))), max_size=40
)


@pytest.mark.parametrize(("category", "code"), [(EXEMPT, "E"), (STANDARD, "S"), (ZERO, "Z"), (OUTSIDE, "O")])
def test_a_category_has_the_code_of_en_16931(category: VatCategory, code: str) -> None:
    assert category.code == code


@pytest.mark.parametrize(
    ("gross", "rate", "net"),
    [
        (12000, 2000, 10000),
        (3850, 2000, 3208),  # 3208.33
        (1275, 2000, 1063),  # 1062.50: the half goes up
        (3, 2000, 3),  # 2.50
        (-1275, 2000, -1063),  # a mirrored total rounds as its original
        (10500, 500, 10000),
        (3850, 0, 3850),
        (0, 2000, 0),
    ],
)
def test_the_net_is_the_gross_without_its_vat_and_a_half_penny_goes_up(
    gross: int, rate: int, net: int
) -> None:
    assert net_of(Money(gross), rate) == Money(net)


def test_exempt_standard_and_zero_lines_are_totalled_by_category() -> None:
    breakdown = vat_totals(
        [
            (STANDARD, 2000, Money(3850)),
            (EXEMPT, 0, Money(4000)),
            (ZERO, 0, Money(620)),
            (STANDARD, 2000, Money(1275)),
        ]
    )
    assert breakdown.categories == (
        VatCategoryTotal(EXEMPT, 0, Money(4000), Money(0), Money(4000), "VATEX-EU-132-1G"),
        VatCategoryTotal(STANDARD, 2000, Money(4271), Money(854), Money(5125)),
        VatCategoryTotal(ZERO, 0, Money(620), Money(0), Money(620)),
    )
    assert (breakdown.taxable, breakdown.vat, breakdown.gross) == (Money(8891), Money(854), Money(9745))


def test_two_rates_of_one_category_are_two_rows() -> None:
    rows = vat_totals([(STANDARD, 2000, Money(1200)), (STANDARD, 500, Money(1050))]).categories
    assert [(row.rate_basis_points, row.vat) for row in rows] == [(500, Money(50)), (2000, Money(200))]


def test_vat_is_worked_out_on_the_total_and_not_by_adding_rounded_lines() -> None:
    breakdown = vat_totals([(STANDARD, 2000, Money(100))] * 3)
    # Line by line it would be 83p three times: 249p, and 51p VAT.
    assert (breakdown.taxable, breakdown.vat) == (Money(250), Money(50))
    assert breakdown.line_nets == (Money(84), Money(83), Money(83))


def test_line_nets_keep_the_order_of_their_lines() -> None:
    breakdown = vat_totals([(EXEMPT, 0, Money(100)), (STANDARD, 2000, Money(120)), (EXEMPT, 0, Money(300))])
    assert breakdown.line_nets == (Money(100), Money(100), Money(300))


def test_lines_that_cost_nothing_have_no_net_and_no_vat() -> None:
    breakdown = vat_totals([(STANDARD, 2000, Money(0)), (STANDARD, 2000, Money(0))])
    assert breakdown.line_nets == (Money(0), Money(0))
    assert breakdown.gross == Money(0)


def test_no_lines_come_to_nothing() -> None:
    breakdown = vat_totals([])
    assert (breakdown.categories, breakdown.taxable, breakdown.gross) == ((), Money(0), Money(0))


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ((EXEMPT, 0, Money(-1)), "credit note"),
        ((STANDARD, 0, Money(1)), "needs a rate"),
        ((STANDARD, -2000, Money(1)), "needs a rate"),
        ((EXEMPT, 2000, Money(1)), "carries no rate"),
        ((OUTSIDE, 2000, Money(1)), "carries no rate"),
    ],
)
def test_a_line_that_cannot_be_is_refused_with_the_reason(line: VatLine, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        vat_totals([line])


@given(LINES)
def test_the_parts_always_add_up_to_what_the_budget_pays(lines: list[VatLine]) -> None:
    breakdown = vat_totals(lines)
    assert breakdown.gross == total(gross for _, _, gross in lines)
    assert breakdown.taxable + breakdown.vat == breakdown.gross
    assert total(breakdown.line_nets) == breakdown.taxable
    for row in breakdown.categories:
        here = [
            place
            for place, (category, rate, _) in enumerate(lines)
            if (category, rate) == (row.category, row.rate_basis_points)
        ]
        assert row.taxable + row.vat == row.gross == total(lines[place][2] for place in here)
        assert row.taxable == total(breakdown.line_nets[place] for place in here)


@given(LINES)
def test_no_line_gets_a_net_above_its_gross_or_a_penny_away_from_its_exact_share(
    lines: list[VatLine],
) -> None:
    breakdown = vat_totals(lines)
    shares = {(row.category, row.rate_basis_points): row for row in breakdown.categories}
    for (category, rate, gross), net in zip(lines, breakdown.line_nets, strict=True):
        row = shares[category, rate]
        assert Money(0) <= net <= gross
        assert abs(net.pence * row.gross.pence - row.taxable.pence * gross.pence) < max(row.gross.pence, 1)


@given(st.integers(0, 10_000_000), st.sampled_from([500, 1250, 2000]))
def test_net_times_rate_is_never_more_than_the_rounding_penny_away(gross: int, rate: int) -> None:
    """BR-CO-17 of EN 16931: the penny is what the UBL document states as its rounding amount."""
    net = net_of(Money(gross), rate).pence
    vat_of_net = (2 * net * rate + 10_000) // 20_000
    assert abs(net + vat_of_net - gross) <= 1
