"""The terms of a booking in dated sentences, for the page before booking and the pages after."""

from datetime import datetime

from marketplace.bookings.rules import notice_from
from marketplace.kernel import formats
from marketplace.kernel.money import Money
from providers.rules import Terms

_IF_REFILLED = "If somebody else takes the place, you pay nothing."
_IF_PROVIDER = "If the provider cancels, you pay nothing."


def cancel_words(terms: Terms, price: Money, starts_at: datetime, now: datetime) -> list[str]:
    """What happens on a cancel, with the day and the pounds of this booking (`rules.md` 13 to 15)."""
    if terms.free_always or not price:
        return ["You can cancel until it starts. You pay nothing.", _IF_PROVIDER]
    last = notice_from(terms, starts_at)
    late = f"you pay {price.share(terms.charge_percent)}"
    if now < last:
        told = [f"Cancel before {moment(last)}: you pay nothing.", f"Cancel after that: {late}."]
    else:
        told = [f"If you cancel now, {late}. Cancelling for nothing ended on {moment(last)}."]
    if terms.refill_waives_charge:
        told.append(_IF_REFILLED)
    return [*told, _IF_PROVIDER]


def cancel_now_words(terms: Terms, price: Money, starts_at: datetime, now: datetime) -> str:
    """What giving it up costs at this moment, and from which moment that changes (`rules.md` 14)."""
    if terms.free_always or not price:
        return "It costs nothing to cancel until it starts."
    last, late = notice_from(terms, starts_at), price.share(terms.charge_percent)
    or_nothing = ", or nothing if somebody takes the place" if terms.refill_waives_charge else ""
    if now < last:
        return f"Until {moment(last)} it costs nothing. After that it costs {late}{or_nothing}."
    return f"Until {moment(last)} it cost nothing. Now it costs {late}{or_nothing}."


def moment(at: datetime) -> str:
    """`Sunday 22 November, 10:00`, London time."""
    return f"{formats.day(at)}, {formats.clock_time(at)}"
