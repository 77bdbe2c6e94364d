"""What giving up a place costs, and what is owed for what came of it (`rules.md` 13 to 17)."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from marketplace.bookings.rules.states import Outcome
from marketplace.kernel.money import ZERO, Money
from providers.rules import Terms


def notice_from(terms: Terms, starts_at: datetime) -> datetime:
    """The moment from which giving up a place costs something."""
    return starts_at - timedelta(hours=terms.notice_hours)


def notice_charge(terms: Terms, price: Money, cancelled_at: datetime, starts_at: datetime) -> Money:
    """What the person owes for cancelling: nothing before the notice window, then the agreed share (`rules.md` 14)."""
    if cancelled_at < notice_from(terms, starts_at):
        return ZERO
    return price.share(terms.charge_percent)


def giving_up_charge(
    terms: Terms, price: Money, *, transport: Money, barred: bool, at: datetime, starts_at: datetime
) -> Money:
    """What the person's side owes for giving a booking up, wherever it is asked (`rules.md` 14).

    Nothing where the direct payment may not pay a relative (`rules.md` 3), and never the journey within the price:
    nobody is driven.
    """
    return ZERO if barred else notice_charge(terms, price - transport, at, starts_at)


def refilled_places(capacity: int, places_taken: int, given_up_late: int) -> int:
    """How many of the places given up late somebody else took: as many as would not have fitted beside them."""
    return min(given_up_late, max(0, places_taken + given_up_late - capacity))


def taken_by_others(given_up: Sequence[datetime], taken: Collection[datetime], most: int) -> list[int]:
    """Which of the places given up at these moments (in order) somebody took afterwards, at most so many.

    Each new booking takes one place. Fewer places on a date are nobody who took one.
    """
    left, found = sorted(taken), list[int]()
    for place, moment in enumerate(given_up):
        after = next((each for each in left if each >= moment), None)
        if after is not None and len(found) < most:
            left.remove(after)
            found.append(place)
    return found


def attendance_charge(terms: Terms, price: Money, outcome: Outcome) -> Money:
    """What is owed for an outcome: the price when attended, the agreed share when the person did not come."""
    if outcome is Outcome.ATTENDED:
        return price
    return price.share(terms.charge_percent)


def kept_charge(price: Money, percent: int) -> Money:
    """What is owed for a place that was kept while its person paused (`rules.md` 17)."""
    return price.share(percent)
