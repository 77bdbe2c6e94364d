"""Bank statements as a bank would send them, for tests: made here, never anybody's."""

import io
from collections.abc import Iterable, Iterator

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"


def entry(
    amount: str,
    *,
    side: str = "DBIT",
    day: str = "2026-12-03",
    reference: str = "",
    end_to_end: str = "",
    words: str = "",
    who: str = "",
    status: str = "BOOK",
    currency: str = "GBP",
    more: str = "",
) -> str:
    """One entry of a statement, as XML."""
    other = "Cdtr" if side == "DBIT" else "Dbtr"
    return (
        f'<Ntry><Amt Ccy="{currency}">{amount}</Amt><CdtDbtInd>{side}</CdtDbtInd><Sts><Cd>{status}</Cd></Sts>'
        f"<BookgDt><Dt>{day}</Dt></BookgDt><AcctSvcrRef>{reference}</AcctSvcrRef>"
        f"<NtryDtls><TxDtls><Refs><EndToEndId>{end_to_end}</EndToEndId></Refs>"
        f"<RltdPties><{other}><Pty><Nm>{who}</Nm></Pty></{other}></RltdPties>"
        f"<RmtInf><Ustrd>{words}</Ustrd></RmtInf>{more}</TxDtls></NtryDtls></Ntry>"
    )


def head(opening: str = "", closing: str = "", reference: str = "2026-12-03") -> str:
    """How a statement begins, as XML."""
    balances = "".join(
        f'<Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp><Amt Ccy="GBP">{amount}</Amt>'
        "<CdtDbtInd>CRDT</CdtDbtInd></Bal>"
        for kind, amount in (("OPBD", opening), ("CLBD", closing))
        if amount
    )
    return f"<Id>{reference}</Id><Acct><Id><IBAN>GB33BUKB20201555555555</IBAN></Id></Acct>{balances}"


def camt053(*entries: str, opening: str = "", closing: str = "", encoding: str = "utf-8") -> bytes:
    """A whole file with one statement."""
    text = (
        f'<?xml version="1.0" encoding="{encoding}"?><Document xmlns="{NAMESPACE}"><BkToCstmrStmt><Stmt>'
        f"{head(opening, closing)}{''.join(entries)}</Stmt></BkToCstmrStmt></Document>"
    )
    return text.encode(encoding)


class Endless(io.RawIOBase):
    """A file that is made while it is read, so that a test of its size needs no disk; it can be rewound."""

    def __init__(self, begin: bytes, middle: bytes, times: int, end: bytes) -> None:
        self._parts = (begin, middle, times, end)
        self.seek(0)

    def _made(self) -> Iterator[bytes]:
        begin, middle, times, end = self._parts
        at_once = 1000
        yield begin
        for first in range(0, times, at_once):
            yield b"".join(
                middle.replace(b"{number}", b"%d" % number)
                for number in range(first, min(first + at_once, times))
            )
        yield end

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        assert (offset, whence) == (0, 0)
        self._made_now: Iterable[bytes] = self._made()
        self._rest = b""
        return 0

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        while len(self._rest) < len(buffer) and (piece := next(iter(self._made_now), b"")):
            self._rest += piece
        given = self._rest[: len(buffer)]
        self._rest = self._rest[len(given) :]
        buffer[: len(given)] = given
        return len(given)
