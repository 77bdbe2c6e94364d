"""VAT totals of an invoice, from prices that include the VAT (`rules.md` 21: budgets pay gross). Pure.

VAT is worked out once per category and rate on the invoice total, never by adding rounded lines. What the
budget pays is fixed, so the net gives way: net = gross / (1 + rate), the half penny up, and VAT is the rest.

EN 16931 (BR-CO-17) works the other way, VAT = net x rate; at 20%, for one gross total in six, no whole-penny
net gives that gross back: 3p is 2p + 0p or 3p + 1p. The two then differ by one penny. We keep gross and both
parts as they are here; the UBL document states the penny as its rounding amount (BT-114).
"""

from collections.abc import Iterable
from dataclasses import dataclass

from marketplace.kernel.money import Money, allocate, total
from marketplace.kernel.vat import VatCategory

VatLine = tuple[VatCategory, int, Money]
"""Category, rate in basis points (2000 is 20%), gross."""

_WHOLE = 10_000  # basis points in one


@dataclass(frozen=True, slots=True)
class VatCategoryTotal:
    """One row of the VAT breakdown: `taxable + vat == gross`, in whole pence.

    `reason_code` says in the words of the code list why no VAT is charged (EN 16931 BT-121), as it was when issued.
    """

    category: VatCategory
    rate_basis_points: int
    taxable: Money
    vat: Money
    gross: Money
    reason_code: str | None = None

    @property
    def stated_vat(self) -> Money:
        """The VAT as EN 16931 works it out, from the net (BR-CO-17): at most a penny away from `vat`."""
        return vat_on(self.taxable, self.rate_basis_points)


@dataclass(frozen=True, slots=True)
class VatBreakdown:
    """The rows, sorted by category code and then rate, and their totals.

    `line_nets` follows the order of the lines that went in; those of one row add up to its taxable amount.
    """

    categories: tuple[VatCategoryTotal, ...]
    line_nets: tuple[Money, ...]
    taxable: Money
    vat: Money
    gross: Money

    @property
    def rounding(self) -> Money:
        """What an e-invoice adds to net and stated VAT to come to the gross (BT-114)."""
        return self.gross - self.taxable - total(row.stated_vat for row in self.categories)


def vat_on(net: Money, rate_basis_points: int) -> Money:
    """VAT on a net amount, the half penny up (BR-CO-17)."""
    return Money((2 * net.pence * rate_basis_points + _WHOLE) // (2 * _WHOLE))


def net_of(gross: Money, rate_basis_points: int) -> Money:
    """What is left of a gross amount without its VAT; the half penny goes up, away from zero."""
    divisor = _WHOLE + rate_basis_points
    sign = -1 if gross.pence < 0 else 1
    return Money(sign * ((2 * abs(gross.pence) * _WHOLE + divisor) // (2 * divisor)))


def vat_totals(lines: Iterable[VatLine]) -> VatBreakdown:
    """Total the lines of one invoice by category and rate (`rules.md` 20 and 21).

    Raises ValueError for a line below zero (money back is a credit note, `rules.md` 23), for a standard line
    without a rate, and for a rate on a line that carries none.
    """
    wanted = list(lines)
    places: dict[tuple[VatCategory, int], list[int]] = {}
    for place, (category, rate, gross) in enumerate(wanted):
        _check(category, rate, gross)
        places.setdefault((category, rate), []).append(place)

    rows: list[VatCategoryTotal] = []
    nets = [Money(0)] * len(wanted)
    for (category, rate), here in sorted(places.items(), key=lambda item: (item[0][0].code, item[0][1])):
        gross = total(wanted[place][2] for place in here)
        taxable = net_of(gross, rate)
        rows.append(VatCategoryTotal(category, rate, taxable, gross - taxable, gross, category.reason_code))
        for place, net in zip(here, _spread(taxable, [wanted[place][2] for place in here]), strict=True):
            nets[place] = net
    return VatBreakdown(
        categories=tuple(rows),
        line_nets=tuple(nets),
        taxable=total(row.taxable for row in rows),
        vat=total(row.vat for row in rows),
        gross=total(row.gross for row in rows),
    )


def _spread(taxable: Money, grosses: list[Money]) -> list[Money]:
    """The taxable amount over its lines by largest remainder; lines that are all free get nothing."""
    weights = [gross.pence for gross in grosses]
    return allocate(taxable, weights) if any(weights) else [Money(0)] * len(weights)


def _check(category: VatCategory, rate_basis_points: int, gross: Money) -> None:
    if gross.pence < 0:
        raise ValueError(f"a line of {gross} is below zero: money back is a credit note")
    if category.charges and rate_basis_points <= 0:
        raise ValueError("a standard-rated line needs a rate above zero")
    if not category.charges and rate_basis_points != 0:
        raise ValueError(f"a line that is {category.label.lower()} carries no rate")
