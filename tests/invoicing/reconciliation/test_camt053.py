"""What a camt.053 statement tells, and how one that is damaged or made to harm is refused (row V7)."""

import io
from datetime import date

import pytest

from invoicing.reconciliation.reading import pieces
from invoicing.reconciliation.reading.values import StatementHead, StatementLine, StatementRefused
from invoicing.reconciliation.return_reasons import reason_words
from marketplace.kernel.money import Money
from tests.invoicing.reconciliation.bank_files import NAMESPACE, camt053, entry

pytestmark = pytest.mark.row("V7")


def read(file: bytes) -> list[StatementHead | StatementLine]:
    return list(pieces(io.BytesIO(file)))


def test_a_statement_tells_its_account_its_balances_and_what_moved() -> None:
    file = camt053(
        entry(
            "125.50", reference="B1", end_to_end="PY-7F3K2M-1", words="Invoices of November", who="Pettypool"
        ),
        entry("80.00", side="CRDT", reference="B2", who="Westshire Council", words="ISF week 48"),
        opening="1000.00",
        closing="954.50",
    )
    assert read(file) == [
        StatementHead("20201555555555", "2026-12-03", Money(100_000), Money(95_450)),
        StatementLine(
            date(2026, 12, 3), Money(-12_550), "PY-7F3K2M-1", "B1", "Pettypool", "Invoices of November", False
        ),
        StatementLine(date(2026, 12, 3), Money(8_000), "", "B2", "Westshire Council", "ISF week 48", False),
    ]


def test_a_batch_that_tells_its_parts_is_as_many_lines() -> None:
    parts = "".join(
        f'<TxDtls><Refs><EndToEndId>E{number}</EndToEndId></Refs><Amt Ccy="GBP">{amount}</Amt></TxDtls>'
        for number, amount in ((1, "10.00"), (2, "2.34"))
    )
    batch = (
        '<Ntry><Amt Ccy="GBP">12.34</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts>BOOK</Sts>'
        f"<BookgDt><DtTm>2026-12-03T23:30:00Z</DtTm></BookgDt><AcctSvcrRef>B</AcctSvcrRef><NtryDtls>{parts}</NtryDtls></Ntry>"
    )
    lines = read(camt053(batch))[1:]
    assert [
        (line.end_to_end, line.amount, line.bank_reference)
        for line in lines
        if isinstance(line, StatementLine)
    ] == [
        ("E1", Money(-1000), "B/1"),
        ("E2", Money(-234), "B/2"),
    ]


def test_what_is_only_expected_has_not_happened() -> None:
    assert len(read(camt053(entry("1.00", status="PDNG"), entry("2.00")))) == 2


def test_a_returned_payment_says_so() -> None:
    back = entry("5.00", side="CRDT", end_to_end="E1", more="<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf>")
    line = read(camt053(back))[1]
    assert isinstance(line, StatementLine)
    assert (line.returned, line.return_code) == (True, "AC04")
    assert (line.end_to_end, line.amount) == ("E1", Money(500))


@pytest.mark.parametrize(
    ("reason", "code", "words"),
    [
        ("<Rsn><Cd>AC01</Cd></Rsn>", "AC01", "the account number is wrong (AC01)"),
        ("<Rsn><Cd>ZZ99</Cd></Rsn>", "ZZ99", "the bank gives the reason “ZZ99”"),
        ("<Rsn><Prtry>Gone away</Prtry></Rsn>", "Gone away", "the bank gives the reason “Gone away”"),
        ("<OrgnlBkTxCd><Prtry><Cd>1</Cd></Prtry></OrgnlBkTxCd>", "", ""),
    ],
)
def test_the_reason_of_a_return_is_read_and_told_in_words(reason: str, code: str, words: str) -> None:
    line = read(camt053(entry("5.00", side="CRDT", more=f"<RtrInf>{reason}</RtrInf>")))[1]
    assert isinstance(line, StatementLine)
    assert (line.returned, line.return_code, reason_words(line.return_code)) == (True, code, words)


def test_a_day_on_which_nothing_moved_is_a_statement_too() -> None:
    assert read(camt053(opening="1.00", closing="1.00")) == [
        StatementHead("20201555555555", "2026-12-03", Money(100), Money(100))
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1"])
def test_every_encoding_that_it_says_is_read(encoding: str) -> None:
    line = read(camt053(entry("1.00", words="Café, naïve"), encoding=encoding))[1]
    assert isinstance(line, StatementLine)
    assert line.words == "Café, naïve"


BOMB = (
    '<?xml version="1.0"?><!DOCTYPE Document [<!ENTITY a "ha">'
    + "".join(
        f'<!ENTITY {b} "{"&" + a + ";" * 1}{f"&{a};" * 9}">'
        for a, b in zip("abcdefghi", "bcdefghij", strict=True)
    )
    + f']><Document xmlns="{NAMESPACE}"><BkToCstmrStmt><Stmt><Id>&j;</Id></Stmt></BkToCstmrStmt></Document>'
).encode()
FOREIGN = (
    f'<?xml version="1.0"?><!DOCTYPE Document [<!ENTITY x SYSTEM "file:///etc/hostname">]>'
    f'<Document xmlns="{NAMESPACE}"><BkToCstmrStmt><Stmt><Id>&x;</Id></Stmt></BkToCstmrStmt></Document>'
).encode()


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (BOMB, "document type"),
        (FOREIGN, "document type"),
        (b'<?xml version="1.0"?><html><body/></html>', "not a camt.053"),
        (f'<Document xmlns="{NAMESPACE.replace("053", "054")}"/>'.encode(), "not a camt.053"),
        (
            camt053(entry("1.00", words="é"), encoding="iso-8859-1").replace(b"iso-8859-1", b"utf-8"),
            "encoding",
        ),
        (camt053(entry("1.00"))[:-40], "damaged"),
        (camt053(entry("1.005")), "not an amount"),
        (camt053(entry("NaN")), "not an amount"),
        (camt053(entry("1e30")), "not an amount"),
        (camt053(entry("1.00", currency="EUR")), "not in pounds"),
        (camt053(entry("1.00", day="yesterday")), "no day"),
        (b"<" * 5000, "damaged"),
        (f'<Document xmlns="{NAMESPACE}">{"<a>" * 100_000}'.encode(), "damaged"),
    ],
)
def test_a_file_that_is_wrong_is_refused_with_words_that_help(file: bytes, words: str) -> None:
    with pytest.raises(StatementRefused, match=words):
        read(file)
