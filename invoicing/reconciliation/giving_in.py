"""Giving in a bank statement: read to its end, checked against its own balances, kept whole or not at all (row V7)."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import IO
from uuid import UUID

import anyio

from invoicing.reconciliation import storing
from invoicing.reconciliation.reading import pieces
from invoicing.reconciliation.reading.values import Piece, StatementHead, StatementLine, StatementRefused
from marketplace.identity.access import Actor, organisation_with
from marketplace.identity.rules import Permission
from marketplace.kernel import audit, clock, db, formats
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import Money


@dataclass(frozen=True, slots=True)
class GivenIn:
    """What a file brought: its statements, their lines, and how many of these were not known."""

    statements: tuple[UUID, ...]
    told_lines: int
    new_lines: int

    @property
    def words(self) -> str:
        """For the page."""
        known = self.told_lines - self.new_lines
        return f"{formats.count(self.new_lines, 'new line')}. {formats.count(known, 'line')} known before."


async def give_in(actor: Actor, file: IO[bytes], name: str) -> GivenIn:
    """Keep the bank statements of a file; again, or a file that overlaps another, adds only what is new.

    Streams: a million lines take no more memory than ten. Raises Forbidden, NotFound (for somebody without an
    organisation) and StatementRefused, after which nothing of the file is kept.
    """
    own = organisation_with(actor, Permission.INVOICE_PAY)
    sha256 = await anyio.to_thread.run_sync(_digest, file)
    async with db.unit_of_work():
        # One file of an organisation at a time, so that two never count the same line as new.
        await db.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended('bank_statement:' || $1::text, 0))",
            str(own),
        )
        if before := await _given_before(own, sha256):
            return before
        await storing.begin()
        reading = _Reading(actor, own, name[:120] or "statement", sha256)
        read = pieces(file)
        while some := await anyio.to_thread.run_sync(_some, read):
            for part in some:
                await reading.take(part)
        return await reading.end()


def _digest(file: IO[bytes]) -> bytes:
    file.seek(0)
    found = hashlib.file_digest(file, "sha256").digest()  # type: ignore[arg-type]
    file.seek(0)
    return found


Part = StatementHead | list[StatementLine]


def _some(read: Iterator[Piece]) -> list[Part]:
    """The next pieces, lines beside each other in one part; nothing at the end of the file."""
    parts: list[Part] = []
    for piece in islice(read, storing.AT_ONCE):
        if isinstance(piece, StatementHead):
            parts.append(piece)
        elif parts and isinstance(parts[-1], list):
            parts[-1].append(piece)
        else:
            parts.append([piece])
    return parts


async def _given_before(organisation_id: UUID, sha256: bytes) -> GivenIn | None:
    rows = await db.fetch_all(
        "SELECT id, told_lines FROM bank_statement WHERE organisation_id = $1 AND file_sha256 = $2 ORDER BY position",
        organisation_id,
        sha256,
    )
    told = sum(row["told_lines"] for row in rows)
    return GivenIn(tuple(row["id"] for row in rows), told, 0) if rows else None


class _Reading:
    """The statements of one file while they are read; `end` answers what they brought."""

    def __init__(self, actor: Actor, organisation_id: UUID, name: str, sha256: bytes) -> None:
        self._actor, self._organisation_id, self._name, self._sha256 = actor, organisation_id, name, sha256
        self._head: StatementHead | None = None
        self._kept: list[tuple[UUID, int, int]] = []

    async def take(self, part: Part) -> None:
        """The next head, which ends the statement before it, or lines of the one that is open."""
        if isinstance(part, StatementHead):
            await self._close()
            self._head = part
        else:
            await storing.tell(part)

    async def end(self) -> GivenIn:
        """The file is read."""
        await self._close()
        if not self._kept:
            raise StatementRefused("This file has no statement in it. Choose another one")
        ids, told, new = zip(*self._kept, strict=True)
        return GivenIn(ids, sum(told), sum(new))

    async def _close(self) -> None:
        head = self._head
        if head is None:
            return
        told = await storing.told()
        check_balances(head, Money(told["pence"]))
        new = await storing.new_lines(self._organisation_id, head.account)
        statement = new_id()
        await db.execute(
            "INSERT INTO bank_statement (id, organisation_id, file_name, file_sha256, position, account, reference,"
            " opening_pence, closing_pence, told_lines, new_lines, first_day, last_day, given_by, given_at)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
            statement, self._organisation_id, self._name, self._sha256, len(self._kept), head.account, head.reference,
            _pence(head.opening), _pence(head.closing), told["lines"], new,
            told["first_day"], told["last_day"], self._actor.user_id, clock.now(),
        )  # fmt: skip
        await storing.keep(statement, self._organisation_id, head.account)
        await audit.record(
            self._actor, "bank_statement.given_in", "bank_statement", statement,
            after={"lines": told["lines"], "new": new},
        )  # fmt: skip
        self._kept.append((statement, told["lines"], new))


def _pence(amount: Money | None) -> int | None:
    return None if amount is None else amount.pence


def check_balances(head: StatementHead, moved: Money) -> None:
    """Raises StatementRefused when the lines do not lead from the opening balance to the closing one."""
    if head.opening is None or head.closing is None or head.opening + moved == head.closing:
        return
    raise StatementRefused(
        f"This statement does not add up: it opens with {head.opening}, its lines come to {moved}, and it closes with "
        f"{head.closing}. A part of it is missing. Ask the bank for the file again"
    )
