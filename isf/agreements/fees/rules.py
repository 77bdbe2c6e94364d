"""What a holder's fee comes to, period by period: values in, values out (`rules.md` 20, 21; row I2)."""

import calendar
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction

from isf.agreements.rules import Fee, FeeKind, gross
from isf.rules import first_days, for_days, last_day
from marketplace.kernel import formats
from marketplace.kernel.money import ZERO, Money


class FeeState(StrEnum):
    """Whether a fee was taken."""

    DUE = "due"
    TAKEN = "taken"
    LET_GO = "let_go"


FEE_TRANSITIONS: Mapping[FeeState, frozenset[FeeState]] = {
    FeeState.DUE: frozenset({FeeState.TAKEN, FeeState.LET_GO}),
    # When a fund ends, a fee for days after it is given back, or reckoned again.
    FeeState.TAKEN: frozenset({FeeState.DUE, FeeState.LET_GO}),
    FeeState.LET_GO: frozenset(),
}


@dataclass(frozen=True, slots=True)
class FeeAmount:
    """A fee: net, its VAT, and the gross that the fund pays."""

    net: Money
    vat: Money
    gross: Money


def fee_amount(net: Money, vat_basis_points: int) -> FeeAmount:
    """A net fee with its VAT."""
    vat, whole = gross(net, vat_basis_points)
    return FeeAmount(net, vat, whole)


def periods(starts_on: date, until: date, today: date) -> Iterator[tuple[date, date]]:
    """The months from a day on that are over (half-open): the first and the last may be parts of months."""
    for first, after in first_days(starts_on, until):
        if after <= today:
            yield first, after


def fixed_by(fee: Fee, starts_on: date, day: date) -> Money:
    """The net of a fixed fee for the days from its start up to a day. Differences of it add up to the whole."""
    if day <= starts_on:
        return ZERO
    if fee.kind is FeeKind.WEEKLY:
        return for_days(fee.amount, (day - starts_on).days)
    months = Fraction(0)
    for first, after in first_days(starts_on, day):
        months += Fraction((after - first).days, calendar.monthrange(first.year, first.month)[1])
    return _half_up(months * fee.amount.pence)


def part_of(fee: Fee, base: Money) -> Money:
    """The net of a fee that is a part of what was paid in, the half penny up."""
    return _half_up(Fraction(max(base.pence, 0) * fee.basis_points, 10_000))


def _half_up(pence: Fraction) -> Money:
    return Money(int(pence + Fraction(1, 2)))


def fee_of_period(
    fee: Fee, agreement_starts_on: date, starts_on: date, ends_on: date, base: Money, net_before: Money
) -> FeeAmount:
    """The fee of one period (half-open).

    `base` is everything paid in since the agreement began until the period's end, and `net_before` what was reckoned
    before: so a payment that was entered late, or taken back, puts itself right with the next period.
    """
    if fee.kind is FeeKind.NONE:
        net = ZERO
    elif fee.kind is FeeKind.PERCENT:
        net = max(part_of(fee, base) - net_before, ZERO)
    else:
        net = fixed_by(fee, agreement_starts_on, ends_on) - fixed_by(fee, agreement_starts_on, starts_on)
    return fee_amount(net, fee.vat_basis_points)


def period_words(starts_on: date, ends_on: date) -> str:
    """`November 2026`, or the days of a part of a month."""
    last = last_day(ends_on)
    whole = (
        starts_on.day == 1
        and ends_on.day == 1
        and (starts_on.year, starts_on.month) == (last.year, last.month)
    )
    if whole:
        return formats.month(starts_on)
    return f"{formats.full_date(starts_on)} to {formats.full_date(last)}"


def taken_words(starts_on: date, ends_on: date, amount: FeeAmount) -> str:
    """What a fee was for, with its VAT."""
    vat = f", {amount.vat} of it VAT" if amount.vat else ""
    return f"Fee for {period_words(starts_on, ends_on)}: {amount.gross}{vat}"


def short_words(left: Money, amount: Money) -> str:
    """Why a fee was not taken."""
    return f"Nothing was taken: the fee is {amount}, and {left} is left. It is tried again each day."
