"""Bank statements as CSV, whichever bank wrote them (row V7)."""

import io
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoicing.reconciliation.reading import pieces
from invoicing.reconciliation.reading.values import StatementHead, StatementLine, StatementRefused
from marketplace.kernel.money import Money

pytestmark = pytest.mark.row("V7")


def lines(text: str, encoding: str = "utf-8") -> list[StatementLine]:
    read = list(pieces(io.BytesIO(text.encode(encoding))))
    assert isinstance(read[0], StatementHead)
    return [each for each in read if isinstance(each, StatementLine)]


@pytest.mark.parametrize(
    "text",
    [
        "Date,Description,Amount\n03/12/2026,PY-1 Pettypool,-125.50\n",
        "Date,Description,Paid in,Paid out\n03/12/2026,PY-1 Pettypool,,125.50\n",
        "Account 55555555\n\nTransaction Date,Narrative,Debit Amount,Credit Amount\n"
        "03 Dec 2026,PY-1 Pettypool,£125.50,\n",
        'Booking date,Reference,"Amount (GBP)"\r\n2026-12-03,PY-1 Pettypool,"-125.50"\r\n',
    ],
)
def test_each_banks_columns_are_known_by_their_names(text: str) -> None:
    assert lines(text) == [StatementLine(date(2026, 12, 3), Money(-12_550), words="PY-1 Pettypool")]


def test_thousands_and_the_account_are_read() -> None:
    read = list(
        pieces(io.BytesIO(b'Date,Amount,Sort code,Account number\n03/12/2026,"1,234.56",20-20-15,55555555\n'))
    )
    assert read == [StatementHead("20201555555555", ""), StatementLine(date(2026, 12, 3), Money(123_456))]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_every_usual_encoding_is_read(encoding: str) -> None:
    assert lines("Date,Name,Amount\n03/12/2026,Café,1.00\n", encoding)[0].counterparty == "Café"


@given(
    st.lists(
        st.tuples(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(-(10**8), 10**8)), min_size=1
    )
)
def test_every_amount_and_day_comes_back_to_the_penny(rows: list[tuple[date, int]]) -> None:
    text = "Date,Amount\n" + "".join(f"{day:%d/%m/%Y},{pence / 100:.2f}\n" for day, pence in rows)
    assert [(line.booked_on, line.amount.pence) for line in lines(text)] == rows


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (b"Date,Amount\n03/12/2026,12.345\n", "Row 2.*not an amount"),
        (b"Date,Amount\n31/11/2026,1.00\n", "Row 2.*not a day"),
        (b"Date,Paid in,Paid out\n03/12/2026,,\n", "Row 2 has no amount"),
        (b"When,How much\n03/12/2026,1.00\n", "no columns"),
        (b"Date,Amount\n", "no rows"),
        (b"", "no columns"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\x81\x8d", "not text"),
        (b"Date,Amount\n03/12/2026," + b"9" * 200_000, "not CSV"),
    ],
)
def test_a_file_that_is_wrong_is_refused_with_words_that_help(file: bytes, words: str) -> None:
    with pytest.raises(StatementRefused, match=words):
        list(pieces(io.BytesIO(file)))
