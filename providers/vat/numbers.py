"""The shape of a VAT number: text in, the number as it is written or what is wrong with it."""

import re
from typing import Final

_WEIGHTS: Final = range(8, 1, -1)


def vat_number(typed: str) -> str:
    """A VAT number of the United Kingdom, as `GB123456789` (or with the three digits of a branch).

    The last two of nine digits check the others: by 97, or by 97 less 55. Raises ValueError with what to type.
    """
    digits = re.sub(r"[\s.-]", "", typed).upper().removeprefix("GB")
    if not re.fullmatch(r"\d{9}(\d{3})?", digits):
        raise ValueError("Enter a VAT number of 9 digits, like GB123456789")
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, digits, strict=False)) + int(
        digits[7:9]
    )
    if total % 97 and (total + 55) % 97:
        raise ValueError("Check the VAT number: one of its digits is wrong")
    return f"GB{digits}"
