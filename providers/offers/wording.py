"""Prices in words, as everybody reads them: no I/O."""

from collections.abc import Sequence
from datetime import date
from typing import Final

from marketplace.kernel import formats
from marketplace.kernel.money import allocate
from providers.rules import PriceUnit, Rate, Split, SupportRatio, TransportRate

WHOM: Final = {
    SupportRatio.ONE_TO_ONE: "for one to one",
    SupportRatio.ONE_TO_TWO: "for one worker with two people",
    SupportRatio.ONE_TO_THREE: "for one worker with three people",
    SupportRatio.GROUP: "in a group",
}


def price_words(rate: Rate) -> str:
    """A price in words: `£14.00 an hour for one to one, at least £28.00`."""
    if not rate.price and not rate.minimum:
        return f"Free {WHOM[rate.ratio]}"
    told = f"{rate.price} {rate.unit.label} {WHOM[rate.ratio]}"
    if rate.minimum:
        told += f", at least {rate.minimum}"
    if rate.split is Split.SHARED and rate.ratio.people:
        most = allocate(rate.price, [1] * rate.ratio.people)[0]
        told += f", shared: at most {most}{' an hour' if rate.unit is PriceUnit.HOUR else ''} each"
    return told


def in_force(rates: Sequence[Rate], on: date) -> list[Rate]:
    """The rate of each ratio that counts on a day, in the order of the ratios."""
    began = sorted((rate for rate in rates if rate.starts_on <= on), key=lambda rate: rate.starts_on)
    latest = {rate.ratio: rate for rate in began}
    return [latest[ratio] for ratio in SupportRatio if ratio in latest]


def prices_told(rates: Sequence[Rate], on: date) -> list[str]:
    """What an activity costs at each ratio on a day, and what is already known to change, a sentence each."""
    told = [f"{price_words(rate)}." for rate in in_force(rates, on)]
    later = sorted(
        (rate for rate in rates if rate.starts_on > on), key=lambda rate: (rate.starts_on, rate.ratio)
    )
    return [*told, *(f"From {formats.full_date(rate.starts_on)}: {price_words(rate)}." for rate in later)]


def transport_told(rates: Sequence[TransportRate], on: date) -> list[str]:
    """What transport costs on a day and is known to cost later, a sentence each; the latest rate is the first."""
    now = next((rate for rate in rates if rate.starts_on <= on), None)
    told = [f"{now.price} a session." if now.price else "Free."] if now and now.price is not None else []
    for rate in reversed([rate for rate in rates if rate.starts_on > on]):
        words = "no transport" if rate.price is None else f"{rate.price} a session"
        told.append(f"From {formats.full_date(rate.starts_on)}: {words}.")
    return told
