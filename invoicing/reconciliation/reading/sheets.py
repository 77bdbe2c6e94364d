"""Bank statements as CSV: every bank has columns of its own, so they are known by the names that banks give them."""

import codecs
import csv
import io
import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import IO, Final

from invoicing.reconciliation.reading.values import (
    Piece,
    StatementHead,
    StatementLine,
    StatementRefused,
    pence_of,
)
from marketplace.kernel.money import ZERO, Money

_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "day": ("date", "transaction date", "booking date", "posted date", "posting date", "value date"),
    "amount": ("amount", "amount gbp", "value", "transaction amount"),
    "paid_in": ("paid in", "money in", "credit", "credit amount", "credits"),
    "paid_out": ("paid out", "money out", "debit", "debit amount", "debits"),
    "end_to_end": ("end to end id", "end to end reference", "endtoendid", "customer reference"),
    "bank_reference": ("transaction id", "bank reference", "fitid", "id"),
    "counterparty": ("name", "counterparty", "counter party", "payee", "payer"),
    "words": ("reference", "description", "transaction description", "details", "narrative", "memo"),
    "account": ("account number", "account"),
    "sort_code": ("sort code",),
}
_DAYS: Final = ("%d/%m/%Y", "%Y-%m-%d", "%d-%m-%Y", "%d %b %Y", "%d %B %Y", "%d/%m/%y", "%d-%b-%Y")
_CELL_MOST: Final = 2000
_AT_ONCE: Final = 64 * 1024
_HEADS_WITHIN: Final = 20
"""Some banks write a few lines about the account first; the heads come within this many."""


def pieces(file: IO[bytes]) -> Iterator[Piece]:
    """The one statement of the file. Raises StatementRefused."""
    text = io.TextIOWrapper(file, encoding=_encoding(file), newline="")
    try:
        yield from _read(csv.reader(text))
    except csv.Error as wrong:
        raise StatementRefused(f"This file is not CSV ({wrong}). Choose a camt.053 or a CSV file") from None
    finally:
        text.detach()


def _encoding(file: IO[bytes]) -> str:
    """UTF-8 or UTF-16 with their marks, UTF-8 without, or what Windows wrote. Raises StatementRefused for none."""
    start = file.read(4096)
    file.seek(0)
    if start[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16"
    for encoding in ("utf-8-sig", "cp1252"):
        if b"\0" not in start and _decodes(file, encoding):
            return encoding
    raise StatementRefused(
        "This file is not text, or in an encoding that is not known. Save it as CSV in UTF-8, then choose it again"
    )


def _decodes(file: IO[bytes], encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        while some := file.read(_AT_ONCE):
            decoder.decode(some)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    finally:
        file.seek(0)
    return True


def _read(rows: Iterator[list[str]]) -> Iterator[Piece]:
    places, before = _heads(rows)
    begun = False
    for number, row in enumerate(rows, start=before + 1):
        if not any(cell.strip() for cell in row):
            continue
        cells = {name: row[place].strip()[:_CELL_MOST] for name, place in places.items() if place < len(row)}
        if not begun:
            begun = True
            account = re.sub(r"\D", "", cells.get("sort_code", "") + cells.get("account", ""))
            yield StatementHead(account if len(account) == 14 else "", "")
        yield _line(cells, f"Row {number}")
    if not begun:
        raise StatementRefused("This file has no rows. Choose another one")


def _heads(rows: Iterator[list[str]]) -> tuple[dict[str, int], int]:
    """Which column is which, and in which row the heads stand."""
    for number, row in zip(range(1, _HEADS_WITHIN + 1), rows, strict=False):
        titles = [re.sub(r"[^a-z0-9]+", " ", cell.lower()).strip() for cell in row]
        places = {
            name: titles.index(known)
            for name, names in _NAMES.items()
            for known in names[::-1]
            if known in titles
        }
        if "day" in places and ({"amount"} <= places.keys() or {"paid_in", "paid_out"} <= places.keys()):
            return places, number
    raise StatementRefused(
        "This file has no columns for the day and the amount. It needs “Date” and “Amount”, or “Date”, “Paid in” and "
        "“Paid out”"
    )


def _line(cells: Mapping[str, str], where: str) -> StatementLine:
    words = cells.get("words", "")
    return StatementLine(
        booked_on=_day(cells.get("day", ""), where),
        amount=_amount(cells, where),
        end_to_end=cells.get("end_to_end", ""),
        bank_reference=cells.get("bank_reference", ""),
        counterparty=cells.get("counterparty", ""),
        words=words,
        returned=bool(re.search(r"\b(returned|unpaid|rejected|recall)\b", words, re.IGNORECASE)),
    )


def _amount(cells: Mapping[str, str], where: str) -> Money:
    if cells.get("amount"):
        return _pounds(cells["amount"], where)
    paid_in, paid_out = (_pounds(cells.get(name, ""), where) for name in ("paid_in", "paid_out"))
    if not paid_in and not paid_out:
        raise StatementRefused(f"{where} has no amount. Check the file, then choose it again")
    return paid_in - Money(abs(paid_out.pence))


def _pounds(text: str, where: str) -> Money:
    return pence_of(text.replace("£", "").replace("\u2212", "-"), where) if text else ZERO


def _day(text: str, where: str) -> date:
    day = _day_of(text)
    if day is None:
        raise StatementRefused(
            f"{where}: “{text[:40]}” is not a day like 24/11/2026. Check the file, then choose it again"
        )
    return day


@lru_cache(maxsize=1000)  # a statement tells few days, each of them often
def _day_of(text: str) -> date | None:
    for way in _DAYS:
        try:
            return datetime.strptime(text, way).date()  # noqa: DTZ007 - a civil day has no zone
        except ValueError:
            continue
    return None
