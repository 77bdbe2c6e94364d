"""The shapes of company and charity numbers: text in, the number as it is written or what is wrong with it."""

import re
from collections.abc import Callable
from typing import Final

from providers.rules import SellerType

_COMPANY: Final = re.compile(r"\d{8}|[A-Z]{2}\d{6}")
_CHARITY: Final = re.compile(r"\d{6,7}(-\d{1,2})?|SC\d{6}|NIC\d{6}")


def company_number(typed: str) -> str:
    """A Companies House number: `01234567`, `SC123456`; seven digits get the 0 that people leave out.

    Raises ValueError with what to type.
    """
    number = re.sub(r"[\s.-]", "", typed).upper()
    if re.fullmatch(r"\d{7}", number):
        number = f"0{number}"
    if not _COMPANY.fullmatch(number):
        raise ValueError("Enter a company number of 8 characters, like 01234567 or SC123456")
    return number


def charity_number(typed: str) -> str:
    """A number of a charity in England and Wales (`1234567`), Scotland (`SC012345`) or Northern Ireland (`NIC101234`).

    Raises ValueError with what to type.
    """
    number = re.sub(r"[\s.]", "", typed).upper()
    if not _CHARITY.fullmatch(number):
        raise ValueError("Enter a charity number of 6 or 7 digits, like 1234567")
    return number


_BY_TYPE: Final[dict[SellerType, tuple[str, Callable[[str], str]]]] = {
    SellerType.PRIVATE: ("Company number", company_number),
    SellerType.VOLUNTARY: ("Charity number", charity_number),
}


def registered_as(seller_type: SellerType) -> tuple[str, Callable[[str], str]] | None:
    """Which number a seller of this type has, and its check; None where no number is asked."""
    return _BY_TYPE.get(seller_type)


def asks_vat(seller_type: SellerType) -> bool:
    """Whether a seller of this type is asked for a VAT number: a neighbour and a small group are not."""
    return seller_type not in (SellerType.INDIVIDUAL, SellerType.COMMUNITY_GROUP)


def asks_constitution(seller_type: SellerType) -> bool:
    """Whether it is asked if the seller has a constitution: groups of people, who may have none."""
    return seller_type in (SellerType.USER_LED, SellerType.COMMUNITY_GROUP)
