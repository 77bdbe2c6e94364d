"""The sentences of a statement that explain: time against money, what is to come, limits, and whom to ask."""

from isf.burn import BurnKind
from isf.statements.document import StatementDocument
from marketplace.kernel import formats
from marketplace.kernel.money import Money
from marketplace.kernel.routes_of_money import Route


def time_words(told: StatementDocument) -> list[str]:
    """How far the time is, how far the money is, and how they go together (row B9)."""
    whole = told.whole_pence
    if whole <= 0:
        return []
    days, gone = _days(told)
    spent = told.closing.spent
    end = formats.full_date(told.last_day)
    lines = [
        f"{100 * gone // days}% of the time is over: {gone:,} of {formats.count(days, 'day')}.",
        f"{100 * spent // whole}% of the money is used or booked for days up to {end}:"
        f" {formats.money(spent)} of {formats.money(whole)}. {formats.money(told.planned_pence)} was planned.",
    ]
    match pace_of(told):
        case BurnKind.AHEAD:
            lines.append("The money goes faster than planned. Look together at what is booked.")
        case BurnKind.BEHIND:
            lines.append("The money goes slower than planned. There is room for more.")
        case BurnKind.ON_TRACK:
            lines.append("Money and time go together well.")
    return lines


def _days(told: StatementDocument) -> tuple[int, int]:
    days = max((told.fund_ends_on - told.fund_starts_on).days, 1)
    return days, min(max((told.ends_on - told.fund_starts_on).days, 0), days)


def pace_of(told: StatementDocument) -> BurnKind:
    """Whether money goes as time goes, by the council's margin."""
    if told.margin_percent is None or told.locked:
        return BurnKind.UNJUDGED
    difference = Money(told.closing.spent - told.planned_pence)
    if abs(difference.pence) * 100 <= told.margin_percent * told.whole_pence:
        return BurnKind.ON_TRACK
    return BurnKind.AHEAD if difference.pence > 0 else BurnKind.BEHIND


def to_come_words(told: StatementDocument) -> list[str]:
    """What was agreed and is not paid in yet, or was paid in too early."""
    if told.route is Route.COUNCIL_MANAGED or not told.closing.to_come:
        return []
    if told.closing.to_come > 0:
        return [
            f"{formats.money(told.closing.to_come)} of what was agreed is still to be paid in to {told.holder}."
            " It can be booked already."
        ]
    return [f"{formats.money(-told.closing.to_come)} more was paid in than was agreed so far."]


def surplus_words(told: StatementDocument) -> list[str]:
    """How much unused money may be kept."""
    if told.surplus is None:
        return []
    limit = formats.money(told.surplus.limit_pence)
    if told.surplus.over_pence > 0:
        return [
            f"By the agreement {limit} of unused money may be kept.",
            f"{formats.money(told.surplus.over_pence)} is more than that. The council may ask for it back, after"
            " it has told you and heard your answer.",
        ]
    return [f"By the agreement {limit} of unused money may be kept. It will soon be more than that."]


def self_supply_words(told: StatementDocument) -> list[str]:
    """What was bought from who holds the money (row I3)."""
    if told.self_supply is None:
        return []
    return [
        f"{told.holder} holds this money and also offers activities."
        f" {formats.money(told.self_supply.amount_pence)} of {formats.money(told.self_supply.of_pence)} used was paid"
        f" to {told.holder} itself. You can choose somebody else whenever you like."
    ]


def help_words(told: StatementDocument) -> list[str]:
    """Whom to ask."""
    lines = []
    if told.route is Route.ISF:
        at = f": {told.holder_email}" if told.holder_email else ""
        lines.append(f"Ask {told.holder}, who holds the money{at}.")
    at = f": {told.council_email}" if told.council_email else ""
    lines.append(f"You can {'also ' if lines else ''}ask {told.council_name}{at}.")
    lines.append("A mistake is never rubbed out: it is put right by a new line on the next statement.")
    return lines
