"""What a statement says, in words: for the page and the PDF alike. Pure; the figures are the frozen ones."""

from collections.abc import Iterable, Sequence
from typing import Any

from isf.statements.document import Ahead, Line, LineKind, StatementDocument, StatementKind
from isf.statements.explaining import (
    help_words,
    self_supply_words,
    surplus_words,
    time_words,
    to_come_words,
)
from marketplace.kernel import formats

ROWS: tuple[tuple[str, frozenset[LineKind]], ...] = (
    ("Agreed in the budget", frozenset({LineKind.AGREED, LineKind.TAKEN_OUT})),
    ("Own money added", frozenset({LineKind.TOP_UP, LineKind.TOP_UP_BACK})),
    ("From who held it before", frozenset({LineKind.TRANSFER_IN})),
    ("Used", frozenset({LineKind.USED})),
    ("Taken from the next payment", frozenset({LineKind.NETTED})),
    ("Booked, not yet marked as done", frozenset({LineKind.BOOKED})),
    ("Not needed after all", frozenset({LineKind.LEFT_AGAIN, LineKind.CANCELLED})),
    ("Fee", frozenset({LineKind.FEE})),
    ("Corrected", frozenset({LineKind.CORRECTED})),
    ("Sent on or back", frozenset({LineKind.SENT_ON})),
)
"""The rows of how the figures add up; every line that moves a figure is in one of them."""

_MONEY_IN = (
    LineKind.AGREED,
    LineKind.TAKEN_OUT,
    LineKind.PAID_IN,
    LineKind.CONTRIBUTION,
    LineKind.TOP_UP,
    LineKind.TOP_UP_BACK,
    LineKind.TRANSFER_IN,
)
_SECTIONS: tuple[tuple[str, str, tuple[LineKind, ...]], ...] = (
    ("in", "Money in", _MONEY_IN),
    ("used", "What was used", (LineKind.USED,)),
    ("netted", "Used, and taken from the next payment", (LineKind.NETTED,)),
    ("booked", "Booked, and not yet marked as done", (LineKind.BOOKED,)),
    ("cancelled", "Not needed after all", (LineKind.LEFT_AGAIN, LineKind.CANCELLED)),
    ("fee", "Fee", (LineKind.FEE,)),
    ("corrected", "Corrections", (LineKind.CORRECTED,)),
    ("paid", "Paid to providers", (LineKind.PAID_OUT,)),
    ("sent_on", "Sent on or back", (LineKind.SENT_ON,)),
)
_PLAIN = {
    LineKind.AGREED: "Agreed in the budget",
    LineKind.TAKEN_OUT: "Taken out of the budget",
    LineKind.PAID_IN: "Paid in by the council",
    LineKind.CONTRIBUTION: "Paid in by {called}",
    LineKind.TOP_UP: "{called}’s own money added",
    LineKind.TOP_UP_BACK: "{called}’s own money given back",
    LineKind.TRANSFER_IN: "From who held the money before",
    LineKind.FEE: "Fee of {holder}",
    LineKind.PAID_OUT: "Paid to {provider}",
    LineKind.SENT_ON: "Sent to the council or to the next holder",
    LineKind.CORRECTED: "Corrected",
}


def title(told: StatementDocument) -> str:
    """`Statement for October 2026: ISF with Harbour, Emma Example`."""
    what = "Final statement" if told.kind is StatementKind.FINAL else "Statement"
    return f"{what} for {told.period}: {told.fund}, {told.person_name}"


def statement_words(told: StatementDocument) -> dict[str, Any]:
    """Everything the page and the PDF say."""
    return {
        "author": told.council_name,
        "foot": f"{told.fund}, {told.person_reference}, {told.period}",
        "demonstration": "Demonstration: invented people and money" if told.demonstration else None,
        "heading": "Final statement" if told.kind is StatementKind.FINAL else "Statement",
        "period": told.period,
        "called": told.person_called,
        "communication": told.communication,
        "facts": _facts(told),
        "figures": _figures(told),
        "free": _free(told),
        "adds_up": _adds_up(told),
        "sections": [
            section for key, name, kinds in _SECTIONS if (section := _section(told, key, name, kinds))
        ],
        "ahead": [_ahead(each) for each in told.ahead],
        "ahead_total": formats.money(told.ahead_pence),
        "made_on": formats.full_date(told.made_on),
        "explained": [
            {"heading": heading, "words": words}
            for heading, words in (
                ("Time and money", time_words(told)),
                ("Money that is still to be paid in", to_come_words(told)),
                ("Unused money", surplus_words(told)),
                ("Bought from who holds the money", self_supply_words(told)),
                ("Is something wrong?", help_words(told)),
            )
            if words
        ],
    }


def _facts(told: StatementDocument) -> list[tuple[str, str]]:
    return [
        ("For", f"{told.person_name}, {told.person_reference}"),
        ("Money", told.fund),
        ("Held by", told.holder),
        ("Paid for by", told.council_name),
        ("Runs", f"{formats.full_date(told.fund_starts_on)} to {_last(told)}"),
        ("Statement", f"number {told.number}, made on {formats.full_date(told.made_on)}"),
    ]


def _last(told: StatementDocument) -> str:
    return formats.full_date(told.fund_ends_on.fromordinal(told.fund_ends_on.toordinal() - 1))


def _figures(told: StatementDocument) -> list[tuple[str, str]]:
    end = formats.full_date(told.last_day)
    used = sum(line.used_pence for line in told.lines)
    return [
        (f"Left on {end}", formats.money(told.closing.left)),
        ("Booked for later days", formats.money(told.ahead_pence)),
        (f"Used in {told.period}" if told.kind is StatementKind.MONTHLY else "Used since the last statement",
         formats.money(used)),
    ]  # fmt: skip


def _free(told: StatementDocument) -> str:
    if told.locked:
        return "This money cannot be used yet, because the support plan is not agreed."
    if not told.ahead_pence:
        return f"{formats.money(told.closing.left)} can be booked."
    if told.free_pence < 0:
        return f"{formats.money(-told.free_pence)} more is booked for later days than is left."
    return f"With what is booked for later days taken off, {formats.money(told.free_pence)} can be booked."


def _adds_up(told: StatementDocument) -> list[dict[str, Any]]:
    """Left, booked and used from the first day to the last: a column adds up downwards."""
    start = formats.full_date(told.starts_on)
    rows = [_row(f"Before {start}", (told.opening.left, told.opening.booked, told.opening.used), "start")]
    for name, kinds in ROWS:
        lines = [line for line in told.lines if line.kind in kinds]
        moved = (
            sum(line.left_pence for line in lines),
            sum(line.booked_pence for line in lines),
            sum(line.used_pence for line in lines),
        )
        if any(moved):
            rows.append(_row(name, moved, "moved"))
    closing = (told.closing.left, told.closing.booked, told.closing.used)
    rows.append(_row(f"At the end of {formats.full_date(told.last_day)}", closing, "end"))
    return rows


def _row(name: str, three: Sequence[int], role: str) -> dict[str, Any]:
    def shown(pence: int) -> str:
        if role == "moved":
            return f"+{formats.money(pence)}" if pence > 0 else formats.money(pence) if pence else "–"
        return formats.money(pence)

    return {
        "name": name,
        "left": shown(three[0]),
        "booked": shown(three[1]),
        "used": shown(three[2]),
        "role": role,
    }


def _section(
    told: StatementDocument, key: str, name: str, kinds: Iterable[LineKind]
) -> dict[str, Any] | None:
    lines = [line for line in told.lines if line.kind in kinds]
    if not lines:
        return None
    # What was agreed and what was paid in are told of the same money, so they have no sum together.
    total = (
        None
        if key in ("in", "corrected", "cancelled")
        else formats.money(sum(each.amount_pence for each in lines))
    )
    return {
        "key": key,
        "heading": name,
        "lines": [_line(told, line) for line in lines],
        "total": total,
    }


def _line(told: StatementDocument, line: Line) -> dict[str, Any]:
    amount = (
        -line.amount_pence if line.kind in (LineKind.TAKEN_OUT, LineKind.TOP_UP_BACK) else line.amount_pence
    )
    return {
        "on": formats.full_date(line.on),
        "iso": line.on.isoformat(),
        "day": formats.DAYS[line.on.weekday()],
        "what": what_of(told, line),
        "detail": " · ".join(part for part in (*_detail(line), _adjusts(line)) if part),
        "amount": formats.money(amount),
        "late": line.on < told.starts_on,
    }


def what_of(told: StatementDocument, line: Line) -> str:
    """What a line is about: the activity, or the movement in words."""
    if line.title:
        return line.title
    words = _PLAIN.get(line.kind, "Booking")
    return words.format(called=told.person_called, holder=told.holder, provider=line.provider or "providers")


def _detail(line: Line) -> tuple[str, ...]:
    if line.kind is LineKind.CANCELLED:
        return (line.provider, line.reference, "cancelled, nothing to pay")
    if line.kind is LineKind.PAID_OUT:
        return (f"invoice {line.reference}" if line.reference else "",)
    return (line.provider if line.title else "", line.reference, line.because)


def _adjusts(line: Line) -> str:
    return f"for {formats.full_date(line.service_on)}, in a month that was closed" if line.service_on else ""


def _ahead(each: Ahead) -> dict[str, str]:
    first, last = formats.full_date(each.first_on), formats.full_date(each.last_on)
    return {
        "title": each.title,
        "provider": each.provider,
        "when": first if each.times == 1 else f"{formats.count(each.times, 'time')}, {first} to {last}",
        "amount": formats.money(each.amount_pence),
    }
