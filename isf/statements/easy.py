"""A statement in Easy Read: short sentences, one idea each, a picture by each idea (`rules.md` 26)."""

from collections.abc import Iterable
from typing import Any

from isf.burn import BurnKind
from isf.statements.document import Ahead, LineKind, StatementDocument, StatementKind
from isf.statements.explaining import pace_of
from marketplace.kernel import formats
from marketplace.kernel.routes_of_money import Route

Idea = dict[str, str]
Part = dict[str, Any]


def easy_title(told: StatementDocument) -> str:
    """The title of the Easy Read statement."""
    return f"Easy Read: your money in {told.period}, {told.fund}, {told.person_name}"


def easy_words(told: StatementDocument) -> dict[str, Any]:
    """Everything the Easy Read page and PDF say."""
    parts = [_about(told), _have(told), _money_in(told), _used(told), _booked(told), _fine(told), _help(told)]
    return {
        "author": told.council_name,
        "foot": f"{told.fund}, {told.person_reference}, {told.period}",
        "demonstration": "Demonstration: invented people and money" if told.demonstration else None,
        "heading": f"Your money in {told.period}"
        if told.kind is StatementKind.MONTHLY
        else "The end of this money",
        "communication": told.communication,
        "parts": [part for part in parts if part["ideas"]],
    }


def _idea(picture: str, words: str, strong: str | int | None = None) -> Idea:
    told = {"picture": picture, "words": words}
    if strong is not None:
        told["strong"] = formats.money(strong) if isinstance(strong, int) else strong
    return told


def _part(heading: str, ideas: Iterable[Idea | None]) -> Part:
    return {"heading": heading, "ideas": [idea for idea in ideas if idea is not None]}


def _about(told: StatementDocument) -> Part:
    holder = {
        Route.ISF: _idea("people", f"{told.holder} looks after this money for you."),
        Route.DIRECT_PAYMENT: _idea("bank", f"{told.holder} looks after this money."),
        Route.COUNCIL_MANAGED: _idea("council", "The council looks after this money for you."),
    }[told.route]
    final = told.kind is StatementKind.FINAL
    return _part(
        "",
        [
            _idea("letter", f"Hello {told.person_called}. This paper is about your money."),
            _idea("calendar", f"It is about {told.period}."),
            holder,
            _idea("cross", "This is the last paper about this money.") if final else None,
        ],
    )


def _have(told: StatementDocument) -> Part:
    free = told.free_pence
    return _part(
        "What you have",
        [
            _idea("purse", "You have this much left.", told.closing.left),
            _idea("calendar", "Some of it is booked for later.", told.ahead_pence)
            if told.ahead_pence
            else None,
            _idea("choose", "This is what you can still use.", free)
            if told.ahead_pence and free >= 0
            else None,
            _idea("warning", "You have booked more than there is.", -free) if free < 0 else None,
            _idea("key", "You cannot use this money yet. First your plan must be agreed.")
            if told.locked
            else None,
        ],
    )


def _sum(told: StatementDocument, *kinds: LineKind) -> int:
    return sum(line.amount_pence for line in told.lines if line.kind in kinds)


def _money_in(told: StatementDocument) -> Part:
    council, own = _sum(told, LineKind.PAID_IN), _sum(told, LineKind.CONTRIBUTION)
    on_top, agreed = _sum(told, LineKind.TOP_UP), _sum(told, LineKind.AGREED)
    less, moved = _sum(told, LineKind.TAKEN_OUT), _sum(told, LineKind.TRANSFER_IN)
    return _part(
        "Money that came in",
        [
            _idea("plan", "This money was agreed for you.", agreed) if agreed else None,
            _idea("council", "The council paid in this much.", council) if council else None,
            _idea("person", "You paid in your part.", own) if own else None,
            _idea("money_in", "Your own money was added.", on_top) if on_top else None,
            _idea("money_in", "This came from who looked after it before.", moved) if moved else None,
            _idea("money_out", "Your budget is less by this much.", less) if less else None,
        ],
    )


def _used(told: StatementDocument) -> Part:
    by_title: dict[str, tuple[int, int]] = {}
    for line in told.lines:
        if line.kind is LineKind.USED:
            times, pence = by_title.get(line.title, (0, 0))
            by_title[line.title] = times + 1, pence + line.amount_pence
    fee, netted = _sum(told, LineKind.FEE), _sum(told, LineKind.NETTED)
    back = _sum(told, LineKind.SENT_ON)
    ideas = [
        _idea("tick", f"{title}: {_times(times)}.", pence)
        for title, (times, pence) in sorted(by_title.items())
    ]
    return _part(
        "What you used",
        [
            *ideas,
            _idea("council", "Taken from your next payment, for a session of the council:", netted)
            if netted
            else None,
            _idea("bill", f"{told.holder} was paid for looking after your money.", fee) if fee else None,
            _idea("money_out", "This money went to the council, or to who looks after it next.", back)
            if back
            else None,
            None if ideas or fee or back else _idea("none", f"You used no money in {told.period}."),
        ],
    )


def _times(times: int) -> str:
    return {1: "one time", 2: "two times", 3: "three times"}.get(times, f"{times} times")


def _when(each: Ahead) -> str:
    first = formats.full_date(each.first_on)
    return f"on {first}" if each.times == 1 else f"{_times(each.times)}, the next on {first}"


def _booked(told: StatementDocument) -> Part:
    waiting = [line for line in told.lines if line.kind is LineKind.BOOKED]
    cancelled = [line for line in told.lines if line.kind in (LineKind.CANCELLED, LineKind.LEFT_AGAIN)]
    return _part(
        "What is booked",
        [
            *(
                _idea("calendar", f"{each.title}: {_when(each)}.",
                      each.amount_pence)
                for each in told.ahead
            ),
            *(
                _idea("clock", f"{line.title} on {formats.full_date(line.on)}. We wait to hear if you went.",
                      line.amount_pence)
                for line in waiting
            ),
            *(
                _idea("cross", f"{line.title} on {formats.full_date(line.on)}. It was cancelled. You pay nothing.")
                for line in cancelled
                if line.title
            ),
        ],
    )  # fmt: skip


def _fine(told: StatementDocument) -> Part:
    pace = {
        BurnKind.ON_TRACK: _idea("tick", "Your money is going well. It will last."),
        BurnKind.AHEAD: _idea("warning", "Your money goes fast. Talk to somebody about it."),
        BurnKind.BEHIND: _idea("star", "You have used less than planned. You can do more."),
    }.get(pace_of(told))
    kept = told.surplus
    own = told.self_supply
    return _part(
        "Is it going well?",
        [
            pace,
            _idea("purse", "You can keep this much money that you did not use.", kept.limit_pence)
            if kept
            else None,
            _idea("talk", "You have more than that. The council may ask for it back.", kept.over_pence)
            if kept and kept.over_pence > 0
            else None,
            _idea("choose", f"You bought this from {told.holder}. You can choose others.", own.amount_pence)
            if own
            else None,
        ],
    )


def _help(told: StatementDocument) -> Part:
    isf = told.route is Route.ISF
    return _part(
        "If something is wrong",
        [
            _idea("help", "Tell somebody if you think something is wrong."),
            _idea("people", _ask(told.holder, told.holder_email)) if isf else None,
            _idea("council", _ask(told.council_name, told.council_email)),
        ],
    )


def _ask(name: str, email: str) -> str:
    return f"You can ask {name}. You can write to {email}" if email else f"You can ask {name}."
