"""Values of a UBL document that somebody sent: each is read, or refused in words."""

from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Final

from lxml import etree

from invoicing.ubl.xml import CAC, CBC
from marketplace.kernel.errors import Invalid
from marketplace.kernel.money import Money

FIELD: Final = "file"
_NAMES: Final = {"cac": CAC, "cbc": CBC}
_MOST_PENCE: Final = 10**11


def refuse(words: str) -> Invalid:
    """A refusal at the field of the file."""
    return Invalid({FIELD: words})


def every(element: etree._Element, path: str) -> list[etree._Element]:
    """The elements at a path."""
    found = element.xpath(path, namespaces=_NAMES)
    return [each for each in found if isinstance(each, etree._Element)] if isinstance(found, list) else []


def first(element: etree._Element, path: str) -> str | None:
    """The first text at a path, each gap one space."""
    for each in every(element, path):
        if text := " ".join((each.text or "").split()):
            return text
    return None


def text_at(element: etree._Element, path: str, *, most: int, what: str) -> str:
    """A text that has to be there. Raises Invalid."""
    text = first(element, path)
    if text is None or len(text) > most:
        raise refuse(
            f"The {what} is missing or longer than {most} characters. Send the invoice with a shorter one"
        )
    return text


def as_day(text: str) -> date:
    """A day. Raises Invalid."""
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        raise refuse(f"“{text[:20]}” is not a day. Send the invoice with days like 2026-11-24") from None


def money_at(element: etree._Element, path: str) -> Money:
    """An amount in whole pence, not below zero. Raises Invalid."""
    pence = as_decimal(first(element, path) or "") * 100
    if pence != pence.to_integral_value() or not 0 <= pence <= _MOST_PENCE:
        raise refuse(
            "An amount is below zero, too large or has a fraction of a penny. Send it in pounds and pence"
        )
    return Money(int(pence))


def rate_at(element: etree._Element, path: str) -> int:
    """A rate of VAT in basis points; without one 0. Raises Invalid."""
    rate = as_decimal(first(element, path) or "0") * 100
    if rate != rate.to_integral_value() or not 0 <= rate <= 10_000:
        raise refuse("A VAT rate is below zero, above 100% or finer than a hundredth of a percent. Mend it")
    return int(rate)


def as_decimal(text: str) -> Decimal:
    """A number. Raises Invalid."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise refuse(f"“{text[:20]}” is not an amount. Send it in pounds and pence") from None
    if not value.is_finite():
        raise refuse(f"“{text[:20]}” is not an amount. Send it in pounds and pence")
    return value


def with_vat(net: Money, rate_basis_points: int) -> Money:
    """The amount with its VAT, the half penny up."""
    return Money((2 * net.pence * (10_000 + rate_basis_points) + 10_000) // 20_000)
