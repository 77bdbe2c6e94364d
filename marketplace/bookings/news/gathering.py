"""How one change to several bookings reads, in one message: values in, values out."""

from collections.abc import Sequence
from dataclasses import replace

from isf.notices import Notice
from marketplace.bookings.news.rules import Happened, NewsKind, to_person, to_provider, why
from marketplace.kernel import formats
from marketplace.kernel.clock import london_day
from marketplace.kernel.icalendar import Event
from marketplace.kernel.money import Money


def gathered_to_person(news: Sequence[Happened]) -> Notice:
    """What the person's side is told of one change, whatever it did; the earliest first."""
    if len(news) == 1:
        return to_person(news[0])
    parts = [_to_person(kind, those) for kind, those in _by_kind(news)]
    series = {each.series_id for each in news}
    path = (
        f"/series/{news[0].series_id}" if len(series) == 1 and None not in series
        else f"/people/{news[0].person_id}/week?on={london_day(news[0].starts_at).isoformat()}"
    )  # fmt: skip
    return Notice(_subject(news), " ".join(parts), path, _events(news))


def gathered_to_provider(news: Sequence[Happened]) -> Notice:
    """What the provider is told of one change."""
    if len(news) == 1:
        return to_provider(news[0])
    parts = [_to_provider(kind, those) for kind, those in _by_kind(news)]
    return Notice(_subject(news), " ".join(parts), "/provider/inbox", _events(news))


def with_dates(notice: Notice, news: Sequence[Happened]) -> Notice:
    """A message about a change with the bookings that it touched: their events, and in words the dates of those that
    the message does not name."""
    unnamed = [each for each in news if each.reference not in notice.words]
    # When a single one is, is told beneath.
    dates = f" These are the dates: {_dates(unnamed, with_kind=True)}" if unnamed and len(news) > 1 else ""
    return replace(notice, words=notice.words + dates, events=(*notice.events, *_events(news)))


def _events(news: Sequence[Happened]) -> tuple[Event, ...]:
    return tuple(each.event for each in news)


def _by_kind(news: Sequence[Happened]) -> list[tuple[NewsKind, list[Happened]]]:
    kinds = [(kind, [each for each in news if each.kind is kind]) for kind in NewsKind]
    return [(kind, those) for kind, those in kinds if those]


def _subject(news: Sequence[Happened]) -> str:
    kinds = {each.kind for each in news}
    what = formats.count(len(news), "booking")
    if len(kinds) > 1:
        return f"Changed: {what}"
    titles = {each.title for each in news}
    return f"{news[0].kind.label}: {what}" + (f", {news[0].title}" if len(titles) == 1 else "")


def _to_person(kind: NewsKind, news: Sequence[Happened]) -> str:
    match kind:
        case NewsKind.BOOKED:
            said = f"{formats.count(len(news), 'place is', 'places are')} booked{_what(news)}."
        case NewsKind.MOVED:
            said = f"The time of {formats.count(len(news), 'booking')} has changed{_what(news)}. The places are kept."
        case NewsKind.CANCELLED:
            said = (
                f"{formats.count(len(news), 'booking does', 'bookings do')} not happen for you any more{_what(news)}."
                f" {_why(news)}"
            )
    return f"{said} These are the dates: {_dates(news)}"


def _to_provider(kind: NewsKind, news: Sequence[Happened]) -> str:
    match kind:
        case NewsKind.BOOKED:
            said = f"{formats.count(len(news), 'place was', 'places were')} booked. The registers show who is coming."
        case NewsKind.MOVED:
            said = f"{formats.count(len(news), 'booking has', 'bookings have')} moved with their dates."
        case NewsKind.CANCELLED:
            charge = sum(each.charge_pence for each in news)
            charged = (
                f"Under your terms {Money(charge)} is charged in all." if charge else "Nothing is charged."
            )
            said = f"{formats.count(len(news), 'place is', 'places are')} free again. {charged}"
    return f"{said} These are the dates: {_dates(news)}"


def _what(news: Sequence[Happened]) -> str:
    found = {(each.title, each.provider_name) for each in news}
    return f": {news[0].title} with {news[0].provider_name}" if len(found) == 1 else ""


def _why(news: Sequence[Happened]) -> str:
    charge = sum(each.charge_pence for each in news)
    reasons = {(each.cancelled_because, each.cancelled_words) for each in news}
    because, words = reasons.pop() if len(reasons) == 1 else ("", "")
    return why(because, words, charge)


def _dates(news: Sequence[Happened], *, with_kind: bool = False) -> str:
    """A sentence each, so that Easy Read says one at a time."""
    titles, kinds = {each.title for each in news}, {each.kind for each in news}
    lines = []
    for each in news:
        kind = f"{each.kind.label}: " if with_kind and len(kinds) > 1 else ""
        title = f"{each.title}, " if len(titles) > 1 or with_kind else ""
        before = (
            f", before on {formats.day(each.was_at)} at {formats.clock_time(each.was_at)}"
            if each.was_at and each.kind is NewsKind.MOVED
            else ""
        )
        lines.append(f"{kind}{title}{formats.when(each)}, booking {each.reference}{before}.")
    return " ".join(lines)
