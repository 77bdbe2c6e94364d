"""The file for the bank: ISO 20022 `pain.001.001.09`, from frozen values alone, so that it is the same each time. Pure.

Sterling, sort codes under `GBDSC`, account numbers under `Othr`; only the Latin letters that every bank takes.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

from lxml import etree

from invoicing.bank_details.rules import Account
from marketplace.kernel.money import Money, total

NAMESPACE: Final = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"
_NAME_MOST: Final = 140
_REMITTANCE_MOST: Final = 140

# What loses its letter by taking accents away; `&` is refused by some banks.
_OTHERWISE: Final = str.maketrans(
    {
        "ß": "ss",
        "æ": "ae",
        "Æ": "AE",
        "œ": "oe",
        "Œ": "OE",
        "ø": "o",
        "Ø": "O",
        "ł": "l",
        "Ł": "L",
        "đ": "d",
        "Đ": "D",
    }
    | {
        "ð": "d",
        "Ð": "D",
        "þ": "th",
        "Þ": "Th",
        "ı": "i",
        "&": "+",
        "’": "'",
        "‘": "'",
        "–": "-",
        "—": "-",
        "_": "-",
    }
)


@dataclass(frozen=True, slots=True)
class Transfer:
    """One credit transfer: `reference` is its end-to-end id."""

    reference: str
    amount: Money
    payee: Account
    invoices: Sequence[str]


@dataclass(frozen=True, slots=True)
class Order:
    """What a payer asks its bank to do. `made_at` is the moment of sending, kept with the run."""

    reference: str
    made_at: datetime
    pay_on: date
    payer: Account
    transfers: Sequence[Transfer]


def latin(text: str, most: int) -> str:
    """Text in the letters that a bank takes (letters, digits, `/-?:().,'+` and spaces), shortened; never empty."""
    plain = unicodedata.normalize("NFKD", text.translate(_OTHERWISE))
    kept = "".join(letter for letter in plain if not unicodedata.combining(letter))
    told = re.sub(r"\s+", " ", re.sub(r"[^A-Za-z0-9/?:().,'+ -]", " ", kept)).strip()
    # A reference that begins with a slash, or has two in a row, is refused by the rules of the standard.
    told = re.sub(r"/{2,}", "/", told).strip("/ ")
    return told[:most].rstrip("/ ") or "-"


def remittance(transfer: Transfer) -> str:
    """What the payee's statement says: a roll number, the reference, and the invoices that there is room for."""
    first = f"ROLL {transfer.payee.roll_number} " if transfer.payee.roll_number else ""
    told = f"{first}{transfer.reference}"
    for place, number in enumerate(transfer.invoices):
        rest = len(transfer.invoices) - place
        more = f" +{rest} more"
        if len(told) + 1 + len(number) + (len(more) if rest > 1 else 0) > _REMITTANCE_MOST:
            return latin(told + more, _REMITTANCE_MOST)
        told += f" {number}"
    return latin(told, _REMITTANCE_MOST)


def payment_file(order: Order) -> bytes:
    """The file as bytes. Raises ValueError without transfers: no bank takes an empty file."""
    if not order.transfers:
        raise ValueError("a file for the bank has at least one transfer")
    root = etree.Element(f"{{{NAMESPACE}}}Document", nsmap={None: NAMESPACE})
    initiation = _add(root, "CstmrCdtTrfInitn")
    count, summed = str(len(order.transfers)), _pounds(total(each.amount for each in order.transfers))
    header = _add(initiation, "GrpHdr")
    _add(header, "MsgId", order.reference)
    made = order.made_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    _add(header, "CreDtTm", made)
    _add(header, "NbOfTxs", count)
    _add(header, "CtrlSum", summed)
    _add(_add(header, "InitgPty"), "Nm", latin(order.payer.name, _NAME_MOST))
    block = _add(initiation, "PmtInf")
    _add(block, "PmtInfId", f"{order.reference}-1")
    _add(block, "PmtMtd", "TRF")
    _add(block, "NbOfTxs", count)
    _add(block, "CtrlSum", summed)
    _add(_add(block, "ReqdExctnDt"), "Dt", order.pay_on.isoformat())
    _add(_add(block, "Dbtr"), "Nm", latin(order.payer.name, _NAME_MOST))
    _account(_add(block, "DbtrAcct"), order.payer)
    _bank(_add(block, "DbtrAgt"), order.payer)
    _add(block, "ChrgBr", "SHAR")
    for transfer in order.transfers:
        _transfer(_add(block, "CdtTrfTxInf"), transfer)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True))


def _transfer(element: etree._Element, transfer: Transfer) -> None:
    ids = _add(element, "PmtId")
    _add(ids, "InstrId", transfer.reference)
    _add(ids, "EndToEndId", transfer.reference)
    amount = _add(_add(element, "Amt"), "InstdAmt", _pounds(transfer.amount))
    amount.set("Ccy", "GBP")
    _bank(_add(element, "CdtrAgt"), transfer.payee)
    _add(_add(element, "Cdtr"), "Nm", latin(transfer.payee.name, _NAME_MOST))
    _account(_add(element, "CdtrAcct"), transfer.payee)
    _add(_add(element, "RmtInf"), "Ustrd", remittance(transfer))


def _bank(element: etree._Element, account: Account) -> None:
    member = _add(_add(element, "FinInstnId"), "ClrSysMmbId")
    _add(_add(member, "ClrSysId"), "Cd", "GBDSC")
    _add(member, "MmbId", account.sort_code)


def _account(element: etree._Element, account: Account) -> None:
    _add(_add(_add(element, "Id"), "Othr"), "Id", account.number)


def _add(parent: etree._Element, name: str, text: str | None = None) -> etree._Element:
    child = etree.SubElement(parent, f"{{{NAMESPACE}}}{name}")
    child.text = text
    return child


def _pounds(amount: Money) -> str:
    pounds, pence = divmod(amount.pence, 100)
    return f"{pounds}.{pence:02d}"
