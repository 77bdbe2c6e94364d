"""How journals become a statement: values in, values out.

A statement of a month tells every journal whose day is before the month's end, that was in the books when it was
made, and that no earlier statement told (`rules.md` 11). So a register that is filled in late, or a correction, stands
on the next statement with its own day; nothing is told twice and nothing is left out.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID

from isf.ledger.rules import OF_BOOKING, OF_INVOICE, OF_LIABILITY, Account, Movement
from isf.statements.document import Ahead, Figures, Line, LineKind

FOR_EVER = date(9999, 12, 31)
"""Until when a final statement tells: everything in the books. In the database it is `infinity`, as asyncpg has it."""

_KINDS = {
    Movement.PROMISE: LineKind.AGREED,
    Movement.REDUCTION: LineKind.TAKEN_OUT,
    Movement.FUNDING: LineKind.PAID_IN,
    Movement.CONTRIBUTION: LineKind.CONTRIBUTION,
    Movement.TOP_UP: LineKind.TOP_UP,
    Movement.TOP_UP_BACK: LineKind.TOP_UP_BACK,
    Movement.TRANSFER_IN: LineKind.TRANSFER_IN,
    Movement.FEE: LineKind.FEE,
    Movement.RETURN: LineKind.SENT_ON,
    Movement.SETTLE: LineKind.PAID_OUT,
}


_STORIES = OF_BOOKING | OF_LIABILITY


class StatementDisagrees(RuntimeError):
    """Opening, movements and closing do not tie to the books: no such statement is ever kept."""


@dataclass(frozen=True, slots=True)
class Moved:
    """One journal as a statement reads it: its entries in pence, and what its subject is called."""

    sequence: int
    movement: Movement
    on: date
    entries: Mapping[Account, int]
    subject_id: UUID | None = None
    reverses: Movement | None = None
    because: str = ""
    title: str = ""
    provider: str = ""
    reference: str = ""
    service_on: date | None = None

    @property
    def left(self) -> int:
        """What it did to what is left."""
        return self.entries.get(Account.AVAILABLE, 0)

    @property
    def booked(self) -> int:
        """What it did to what is booked."""
        return self.entries.get(Account.COMMITTED, 0)

    @property
    def used(self) -> int:
        """What it did to what is used."""
        return sum(self.entries.get(each, 0) for each in (Account.PAYABLE, Account.PAID, Account.FEE))

    @property
    def netted(self) -> int:
        """What it took from the next payment."""
        return self.entries.get(Account.PROMISED, 0) if self.what is Movement.NETTING else 0

    @property
    def what(self) -> Movement:
        """The movement, or the one that this takes back."""
        return self.reverses or self.movement


@dataclass(slots=True)
class _Story:
    """Everything that happened to one booking in a period."""

    moves: list[Moved] = field(default_factory=list)

    def line(self) -> Line:
        last = self.moves[-1]
        left, booked, used = (sum(getattr(each, name) for each in self.moves) for name in _THREE)
        kind, amount = _outcome(left, booked, used, sum(each.netted for each in self.moves))
        return Line(
            kind=kind,
            on=last.on,
            amount_pence=amount,
            left_pence=left,
            booked_pence=booked,
            used_pence=used,
            title=last.title,
            provider=last.provider,
            reference=last.reference,
            because=last.because if kind is LineKind.CORRECTED else "",
            service_on=last.service_on,
        )


_THREE = ("left", "booked", "used")


def _outcome(left: int, booked: int, used: int, netted: int) -> tuple[LineKind, int]:
    if netted > 0:
        return LineKind.NETTED, netted
    if used > 0:
        return LineKind.USED, used
    if used < 0 or netted < 0:
        return LineKind.CORRECTED, max(-used, -netted)
    if booked > 0:
        return LineKind.BOOKED, booked
    return (LineKind.LEFT_AGAIN, left) if left else (LineKind.CANCELLED, 0)


def lines_of(moves: Iterable[Moved]) -> list[Line]:
    """The lines of a period in the order of their days: each booking one line, everything else a line for itself."""
    stories: dict[UUID, _Story] = {}
    told: list[Line] = []
    for each in moves:
        if each.what in _STORIES and each.subject_id is not None:
            stories.setdefault(each.subject_id, _Story()).moves.append(each)
        else:
            told.append(_plain_line(each))
    told += [story.line() for story in stories.values()]
    return sorted(told, key=lambda line: (line.on, line.title, line.reference))


def _plain_line(move: Moved) -> Line:
    amount = sum(pence for pence in move.entries.values() if pence > 0)
    corrects = move.reverses is not None
    return Line(
        kind=LineKind.CORRECTED if corrects else _KINDS[move.what],
        on=move.on,
        amount_pence=amount,
        left_pence=move.left,
        booked_pence=move.booked,
        used_pence=move.used,
        provider=move.provider,
        reference=move.reference if move.what in OF_INVOICE else "",
        because=move.because,
        service_on=move.service_on,
    )


def ahead_of(moves: Iterable[Moved]) -> list[Ahead]:
    """What is booked for later days, by activity, the next one first."""
    stories: dict[UUID, list[Moved]] = {}
    for each in moves:
        if each.what in OF_BOOKING and each.subject_id is not None:
            stories.setdefault(each.subject_id, []).append(each)
    by_activity: dict[tuple[str, str], list[tuple[date, int]]] = {}
    for story in stories.values():
        taken = -sum(each.left for each in story)
        if taken:
            name = (story[-1].title, story[-1].provider)
            by_activity.setdefault(name, []).append((story[-1].on, taken))
    told = [
        Ahead(
            title=title,
            provider=provider,
            times=len(dated),
            first_on=min(dated)[0],
            last_on=max(dated)[0],
            amount_pence=sum(pence for _, pence in dated),
        )
        for (title, provider), dated in by_activity.items()
    ]
    return sorted(told, key=lambda each: (each.first_on, each.title))


def after(figures: Figures, moves: Iterable[Moved]) -> Figures:
    """The figures when all of these have happened."""
    for each in moves:
        figures = figures.plus(each.entries)
    return figures


def check_ties(
    opening: Figures, lines: Sequence[Line], closing: Figures, later: Iterable[Moved], books: Figures
) -> None:
    """Opening and lines make the closing, and with what is dated later, the books. Raises StatementDisagrees."""
    for name in _THREE:
        moved = sum(getattr(line, f"{name}_pence") for line in lines)
        if getattr(opening, name) + moved != getattr(closing, name):
            raise StatementDisagrees(f"{name}: the lines come to {moved} pence, which is not the difference")
    if after(closing, later) != books:
        raise StatementDisagrees(f"the statement says {closing}, the books say {books}")


def first_of_month(day: date) -> date:
    """The first day of a month."""
    return day.replace(day=1)


def next_month(first: date) -> date:
    """The first day of the month after."""
    return first_of_month(first + timedelta(days=32))


def months_from(first: date, until: date) -> Iterator[date]:
    """The first days of the months from one to the last that is over before `until`."""
    month = first_of_month(first)
    while next_month(month) <= until:
        yield month
        month = next_month(month)
