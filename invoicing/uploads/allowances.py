"""Allowances and charges of an invoice that somebody sent: those of a line are checked, those of the whole find lines.

A charge on the whole invoice is a line of its own: what nobody ordered is queried, and the rest agrees. An allowance on
the whole is taken off the lines of the booking that it names, else off all lines of its VAT by what they come to.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Final

from lxml import etree

from invoicing.uploads.values import as_decimal, every, first, money_at, rate_at, refuse
from marketplace.kernel.money import Money, allocate, total

REFERENCE: Final = re.compile(r"\bBK-[0-9A-Z]{6}\b")
MOST: Final = 100
"""How many allowances and charges on the whole are looked at: each looks at every line."""
_LEEWAY: Final = Decimal("0.02")
"""How far a line may be away from its price, as Peppol allows it (PEPPOL-EN16931-R120)."""


@dataclass(frozen=True, slots=True)
class Row:
    """A line without VAT, before the allowances on the whole invoice."""

    position: int
    reference: str | None
    service_on: date | None
    description: str
    net: Money
    vat_code: str | None
    rate_basis_points: int

    @property
    def vat(self) -> tuple[str | None, int]:
        """Its kind of VAT."""
        return self.vat_code, self.rate_basis_points


def check_line(position: int, row: etree._Element, net: Money) -> None:
    """Raises Invalid when a line is not its quantity times its price, less its allowances and with its charges."""
    price, quantity = first(row, "cac:Price/cbc:PriceAmount"), first(row, "cbc:InvoicedQuantity")
    each = as_decimal(first(row, "cac:Price/cbc:BaseQuantity") or "1")
    if price is None or quantity is None or each <= 0:
        return
    worth = as_decimal(quantity) * as_decimal(price) / each
    for change in every(row, "cac:AllowanceCharge"):
        amount = as_decimal(first(change, "cbc:Amount") or "")
        worth += amount if _is_charge(change) else -amount
    if abs(worth - Decimal(net.pence) / 100) > _LEEWAY:
        raise refuse(
            f"Line {position} comes to {net}, and its price with its allowances and charges to £{worth:.2f}. "
            "Ask whoever makes your e-invoices to mend it"
        )


def on_the_whole(document: etree._Element, rows: Sequence[Row]) -> list[Row]:
    """The lines with what the whole invoice adds and takes off. Raises Invalid for an allowance above its lines."""
    changes = every(document, "cac:AllowanceCharge")
    if len(changes) > MOST:
        raise refuse(
            f"The invoice has more than {MOST} allowances and charges on the whole. State them on the lines"
        )
    lines = list(rows)
    for change in changes:
        if not _is_charge(change):
            lines = _less(lines, change)
    for change in changes:
        if _is_charge(change):
            lines.append(_as_line(len(lines) + 1, change))
    return lines


def _is_charge(change: etree._Element) -> bool:
    return first(change, "cbc:ChargeIndicator") in ("true", "1")


def _words(change: etree._Element) -> str:
    return (first(change, "cbc:AllowanceChargeReason") or "")[:500]


def _vat(change: etree._Element) -> tuple[str | None, int]:
    return first(change, "cac:TaxCategory/cbc:ID"), rate_at(change, "cac:TaxCategory/cbc:Percent")


def _as_line(position: int, change: etree._Element) -> Row:
    words = _words(change)
    named = REFERENCE.search(words.upper())
    return Row(
        position,
        named.group() if named else None,
        None,
        words or "A charge on the whole invoice",
        money_at(change, "cbc:Amount"),
        *_vat(change),
    )


def _less(lines: list[Row], change: etree._Element) -> list[Row]:
    amount, words, vat = money_at(change, "cbc:Amount"), _words(change), _vat(change)
    named = set(REFERENCE.findall(words.upper()))
    places = [
        place
        for place, line in enumerate(lines)
        if line.vat == vat and (not named or line.reference in named)
    ]
    worth = total(lines[place].net for place in places)
    if amount.pence > worth.pence:
        raise refuse(
            f"The allowance of {amount} ({words[:60] or 'without a reason'}) is more than the lines with its VAT come "
            f"to, {worth}. State it on the line that it belongs to"
        )
    if not worth:
        return lines
    shares = allocate(amount, [lines[place].net.pence for place in places])
    for place, share in zip(places, shares, strict=True):
        lines[place] = replace(lines[place], net=lines[place].net - share)
    return lines
