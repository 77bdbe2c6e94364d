"""Builds UBL elements: namespaces, order of writing, and text that XML can carry."""

import re
from datetime import date
from typing import Final

from lxml import etree

from marketplace.kernel.money import Money

CAC: Final = "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
CBC: Final = "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"
ROOTS: Final = {
    "Invoice": "urn:oasis:names:specification:ubl:schema:xsd:Invoice-2",
    "CreditNote": "urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2",
}
CURRENCY: Final = "GBP"

# What XML 1.0 cannot carry, and what turns the reading direction of the text around it.
_UNFIT: Final = re.compile(
    "[^\\t\\n\\r\\x20-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]|[\\u202a-\\u202e\\u2066-\\u2069\\ufeff]"
)


def fit(text: str) -> str:
    """The text as XML can carry it, each gap one space."""
    return " ".join(_UNFIT.sub("", text).split())


def root(name: str) -> etree._Element:
    """An empty `Invoice` or `CreditNote`."""
    return etree.Element(etree.QName(ROOTS[name], name), nsmap={None: ROOTS[name], "cac": CAC, "cbc": CBC})


def group(parent: etree._Element, name: str) -> etree._Element:
    """A new aggregate at the end of `parent`."""
    return etree.SubElement(parent, etree.QName(CAC, name))


def put(parent: etree._Element, name: str, text: str | None, **attributes: str) -> None:
    """A value at the end of `parent`; nothing when it has no text, as no element may be empty (PEPPOL-EN16931-R008)."""
    if text is None or not (fitting := fit(text)):
        return
    element = etree.SubElement(parent, etree.QName(CBC, name), attributes)
    element.text = fitting


def put_day(parent: etree._Element, name: str, day: date) -> None:
    """A day, as XML writes it."""
    put(parent, name, day.isoformat())


def put_money(parent: etree._Element, name: str, amount: Money) -> None:
    """An amount in pounds with two decimals."""
    put(parent, name, decimal_of(amount.pence), currencyID=CURRENCY)


def decimal_of(hundredths: int) -> str:
    """Pence or basis points with two decimals: `-1234` is `-12.34`."""
    whole, rest = divmod(abs(hundredths), 100)
    return f"{'-' if hundredths < 0 else ''}{whole}.{rest:02}"


def written(element: etree._Element) -> bytes:
    """The document as UTF-8; the same elements give the same bytes."""
    return etree.tostring(element, encoding="UTF-8", xml_declaration=True, pretty_print=True)
