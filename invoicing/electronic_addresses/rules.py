"""Electronic addresses by their scheme: text in, the address or what is wrong with it. Pure."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from stdnum import ean, lei

from marketplace.kernel.errors import Invalid
from providers.vat.numbers import vat_number

SCHEME, VALUE = "scheme", "value"
"""The fields of the form, and of the API."""


class Scheme(StrEnum):
    """The schemes of the code list EAS under which an organisation of the United Kingdom can be reached by Peppol."""

    GLN = "0088"
    VAT = "9932"
    DUNS = "0060"
    LEI = "0199"

    @property
    def label(self) -> str:
        """What the number is called."""
        return {
            "0088": "Global Location Number (GLN)",
            "9932": "VAT number",
            "0060": "D-U-N-S number",
            "0199": "Legal Entity Identifier (LEI)",
        }[self.value]

    @property
    def shape(self) -> str:
        """What it looks like."""
        return {
            "0088": "13 digits, from GS1",
            "9932": "9 or 12 digits, like GB123456789",
            "0060": "9 digits, from Dun & Bradstreet",
            "0199": "20 letters and digits",
        }[self.value]


@dataclass(frozen=True, slots=True)
class Address:
    """An address in its scheme."""

    scheme: Scheme
    value: str

    def __str__(self) -> str:
        return f"{self.scheme}:{self.value}"

    @property
    def words(self) -> str:
        """For people: `5060012349998, Global Location Number (GLN)`."""
        return f"{self.value}, {self.scheme.label}"


_GAPS: Final = re.compile(r"[\s.-]")


def address_typed(scheme: str, value: str) -> Address:
    """The address that was typed, with its check digits right. Raises Invalid at `scheme` or `value`."""
    wanted = next((each for each in Scheme if each == scheme), None)
    number = _GAPS.sub("", value).upper()
    wrong = {}
    if wanted is None:
        wrong[SCHEME] = "Choose what kind of number it is"
    if not number:
        wrong[VALUE] = f"Enter the number: {wanted.shape}" if wanted else "Enter the number"
    if wanted is None or wrong:
        raise Invalid(wrong)
    return Address(wanted, _checked(wanted, number))


def _checked(scheme: Scheme, number: str) -> str:
    match scheme:
        case Scheme.VAT:
            try:
                return vat_number(number)
            except ValueError as wrong:
                raise Invalid({VALUE: str(wrong)}) from None
        case Scheme.GLN:
            shape, right = r"[0-9]{13}", ean.is_valid(number)
        case Scheme.LEI:
            shape, right = r"[0-9A-Z]{18}[0-9]{2}", lei.is_valid(number)
        case Scheme.DUNS:
            # It had a check digit once; newer numbers have none.
            shape, right = r"[0-9]{9}", True
    if not re.fullmatch(shape, number):
        raise Invalid({VALUE: f"Enter a {scheme.label} of {scheme.shape.partition(',')[0]}"})
    if not right:
        raise Invalid({VALUE: f"Check the {scheme.label}: one of its characters is wrong"})
    return number
