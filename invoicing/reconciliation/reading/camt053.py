"""ISO 20022 `camt.053`, the bank-to-customer statement, in any of its versions.

Read as a stream, with no entities, no network and nothing kept of what was read, so that a statement of a million
lines takes no more memory than one of ten, and a file made to harm does not get far.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import IO, Final, Literal

from lxml import etree

from invoicing.reconciliation.reading.values import (
    Piece,
    StatementHead,
    StatementLine,
    StatementRefused,
    pence_of,
)
from marketplace.kernel.money import Money, total

_NAMESPACE: Final = re.compile(r"camt\.053\.001\.\d\d$")
_OPENING, _CLOSING = frozenset({"OPBD", "PRCD"}), frozenset({"CLBD"})
_TEXT_MOST: Final = 500

_Facts = Mapping[str, str]


def looks_like_xml(start: bytes) -> bool:
    """Whether the first bytes of a file begin XML, in any of the encodings that it may be in."""
    return start.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").startswith(b"<")


def pieces(file: IO[bytes]) -> Iterator[Piece]:
    """The statements of the file. Raises StatementRefused."""
    try:
        _check_root(file)
        file.seek(0)
        yield from _statements(file)
    except etree.XMLSyntaxError as wrong:
        line = f" (line {wrong.lineno})" if wrong.lineno else ""
        raise StatementRefused(
            f"This file is damaged or not in the encoding that it says{line}. Ask the bank for it again"
        ) from None


def _check_root(file: IO[bytes]) -> None:
    """Only what a bank sends: the right root, and no document type, which could only do harm."""
    for _, root in _elements(file, "start"):
        name = etree.QName(root)
        if root.getroottree().docinfo.doctype:
            raise StatementRefused(
                "This file has a document type, which no bank statement has. Ask the bank for it again"
            )
        if name.localname != "Document" or not _NAMESPACE.search(name.namespace or ""):
            raise StatementRefused("This is not a camt.053 statement. Choose a camt.053 or a CSV file")
        return


def _elements(
    file: IO[bytes], event: Literal["start", "end"], *tags: str
) -> Iterator[tuple[str, etree._Element]]:
    """The elements of the file as they come, by which no entity is expanded and nothing else is opened."""
    return etree.iterparse(
        file,
        events=(event,),
        tag=tags or None,
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )


def _statements(file: IO[bytes]) -> Iterator[Piece]:
    begun = False
    for _, element in _elements(file, "end", "{*}Stmt", "{*}Ntry"):
        if etree.QName(element).localname == "Stmt":
            if not begun:  # a statement of a day on which nothing moved
                yield _head(element)
            begun = False
        else:
            if not begun:
                begun = True
                yield _head(element.getparent())
            yield from _lines(element)
        _forget(element)


def _forget(element: etree._Element) -> None:
    """Let go of an element that was read, and of its elder entries; a statement's head stays until its end."""
    parent = element.getparent()
    if parent is not None:
        element.clear()
        parent.remove(element)


def _head(statement: etree._Element | None) -> StatementHead:
    assert statement is not None  # noqa: S101 - an entry stands in a statement
    told = _facts(statement, without=("Ntry", "Bal"))
    balances: dict[str, Money] = {}
    for balance in statement.iterfind("{*}Bal"):
        facts = _facts(balance)
        kind = facts.get("Tp/CdOrPrtry/Cd", "")
        balances[kind] = _amount(facts, f"Balance {kind}")
    return StatementHead(
        account=_account(told.get("Acct/Id/IBAN") or told.get("Acct/Id/Othr/Id", "")),
        reference=told.get("Id", ""),
        opening=next((balances[kind] for kind in _OPENING if kind in balances), None),
        closing=next((balances[kind] for kind in _CLOSING if kind in balances), None),
    )


def _account(told: str) -> str:
    """Sort code and account number: the last fourteen digits of a British IBAN, or of a plain number."""
    digits = re.sub(r"\D", "", told.upper().removeprefix("GB"))
    return digits[-14:] if len(digits) >= 14 else ""


def _lines(element: etree._Element) -> Iterator[StatementLine]:
    """What an entry moved: one line, or one for each of its parts where it tells what each part came to."""
    entry = _facts(element, without=("NtryDtls",))
    if (entry.get("Sts/Cd") or entry.get("Sts", "BOOK")) != "BOOK":
        return  # What is only expected has not happened.
    bank_reference = entry.get("AcctSvcrRef") or entry.get("NtryRef", "")
    where = f"Entry {bank_reference}" if bank_reference else "An entry"
    whole = _amount(entry, where)
    parts = [_facts(part) for part in element.iterfind("{*}NtryDtls/{*}TxDtls")]
    amounts = [_amount(part, where, of=whole) for part in parts]
    if len(parts) > 1 and total(amounts) == whole:
        for number, (part, amount) in enumerate(zip(parts, amounts, strict=True), start=1):
            own = part.get("Refs/AcctSvcrRef") or (bank_reference and f"{bank_reference}/{number}")
            yield _line(entry, part, amount, own, where)
    else:
        yield _line(entry, parts[0] if len(parts) == 1 else {}, whole, bank_reference, where)


def _line(entry: _Facts, part: _Facts, amount: Money, bank_reference: str, where: str) -> StatementLine:
    side = "RltdPties/Dbtr" if amount.pence > 0 else "RltdPties/Cdtr"
    end_to_end = part.get("Refs/EndToEndId", "")
    return StatementLine(
        booked_on=_day(entry, where),
        amount=amount,
        end_to_end="" if end_to_end == "NOTPROVIDED" else end_to_end,
        bank_reference=bank_reference,
        counterparty=part.get(f"{side}/Pty/Nm") or part.get(f"{side}/Nm", ""),
        words=part.get("RmtInf/Ustrd")
        or part.get("RmtInf/Strd/CdtrRefInf/Ref")
        or entry.get("AddtlNtryInf", ""),
        returned=entry.get("RvslInd") == "true" or any(name.startswith("RtrInf/") for name in part),
        return_code=part.get("RtrInf/Rsn/Cd") or part.get("RtrInf/Rsn/Prtry", ""),
    )


def _amount(facts: _Facts, where: str, of: Money | None = None) -> Money:
    """The signed amount of an entry, a part or a balance; a part without one, or without a side, has the whole's."""
    name = "Amt" if "Amt" in facts else "AmtDtls/TxAmt/Amt"
    if not facts.get(name):
        if of is not None:
            return of
        raise StatementRefused(f"{where} has no amount. Ask the bank for the file again")
    if facts.get(f"{name}@Ccy", "GBP") != "GBP":
        raise StatementRefused(f"{where} is not in pounds. Choose the statement of an account in pounds")
    amount = pence_of(facts[name], where)
    side = facts.get("CdtDbtInd") or ("DBIT" if of is not None and of.pence < 0 else "CRDT")
    return -amount if side == "DBIT" else amount


def _day(entry: _Facts, where: str) -> date:
    told = entry.get("BookgDt/Dt") or entry.get("BookgDt/DtTm") or entry.get("ValDt/Dt", "")
    try:
        return date.fromisoformat(told[:10])
    except ValueError:
        raise StatementRefused(
            f"{where} has no day on which it was booked. Ask the bank for the file again"
        ) from None


def _facts(element: etree._Element, *, without: tuple[str, ...] = ()) -> dict[str, str]:
    """The texts below an element by their path, and currencies as `path@Ccy`; of several, all of the free words."""
    told: dict[str, str] = {}
    below = [(element, "")]
    while below:
        parent, path = below.pop()
        for child in parent:
            name = path + str(child.tag).rpartition("}")[2]
            if len(child):
                if name not in without:
                    below.append((child, f"{name}/"))
            elif name not in told or name.endswith("Ustrd"):
                text = (child.text or "").strip()
                told[name] = f"{told[name]} {text}"[:_TEXT_MOST] if name in told else text[:_TEXT_MOST]
            if currency := child.get("Ccy"):
                told.setdefault(f"{name}@Ccy", currency)
    return told
