"""Whole pence, GBP. No float is ever money (`rules.md` 20)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Self


@dataclass(frozen=True, order=True, slots=True)
class Money:
    """An amount in whole pence; negative means owed the other way."""

    pence: int

    def __post_init__(self) -> None:
        if type(self.pence) is not int:  # A truth value is none, though Python calls it a kind of integer.
            raise TypeError(f"Money takes whole pence, not {self.pence!r}")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what a person types as pounds: `38.50`, `£38.50`, `1,200`.

        Raises ValueError when it is not an amount or has a fraction of a penny.
        """
        cleaned = text.strip().removeprefix("£").replace(",", "").strip()
        try:
            pounds = Decimal(cleaned)
        except InvalidOperation:
            raise ValueError(f"not an amount of money: {text!r}") from None
        if not pounds.is_finite() or abs(pounds) >= Decimal(10) ** 12:
            raise ValueError(f"not an amount of money: {text!r}")
        pence = pounds * 100
        if pence != pence.to_integral_value():
            raise ValueError(f"has a fraction of a penny: {text!r}")
        return cls(int(pence))

    def __add__(self, other: "Money") -> "Money":
        return Money(self.pence + other.pence)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.pence - other.pence)

    def __mul__(self, times: int) -> "Money":
        if not isinstance(times, int):
            raise TypeError("Money is multiplied by whole numbers; use share() or allocate() for parts")
        return Money(self.pence * times)

    def __neg__(self) -> "Money":
        return Money(-self.pence)

    def __bool__(self) -> bool:
        return self.pence != 0

    def __str__(self) -> str:
        sign = "-" if self.pence < 0 else ""
        pounds, pence = divmod(abs(self.pence), 100)
        return f"{sign}£{pounds:,}.{pence:02d}"

    def share(self, percent: int) -> "Money":
        """That many hundredths of the amount, the half penny rounded up (away from zero)."""
        sign = -1 if self.pence < 0 else 1
        return Money(sign * ((abs(self.pence) * percent + 50) // 100))


ZERO = Money(0)


def total(amounts: Iterable[Money]) -> Money:
    """The sum of the amounts; zero for none."""
    return Money(sum(amount.pence for amount in amounts))


def allocate(amount: Money, weights: Sequence[int]) -> list[Money]:
    """Divide an amount by weights so that the parts always add up to the whole (`rules.md` 20).

    Largest remainder first; among equal remainders the earlier part gets the odd penny.
    Raises ValueError when no weight is positive or one is negative.
    """
    whole = sum(weights)
    if whole <= 0 or any(weight < 0 for weight in weights):
        raise ValueError("allocate needs weights that are not negative, at least one above zero")
    sign = -1 if amount.pence < 0 else 1
    pence = abs(amount.pence)
    parts = [pence * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(pence * weights[i] % whole), i))
    for index in by_remainder[: pence - sum(parts)]:
        parts[index] += 1
    return [Money(sign * part) for part in parts]
