"""A series as its pages show it: plain values for `templates/bookings/series/*.html`."""

from typing import Any
from uuid import UUID

from marketplace.bookings.series.asking import Preview
from marketplace.bookings.series.commands import SeriesBooked
from marketplace.bookings.series.queries import DateLine, SeriesRecord
from marketplace.bookings.series.rules import Answer, Date, Mode
from marketplace.kernel import formats
from marketplace.kernel.clock import london_day
from marketplace.kernel.errors import FundExhausted, SessionFull

Data = dict[str, Any]

WEEKS = {"1": "Every week", "2": "Every 2 weeks", "4": "Every 4 weeks"}
"""How often a page offers; the API takes any number up to 52."""


def hows(first: Date) -> list[tuple[str, str, str]]:
    """The choices of how often, with the day of the week that they mean."""
    on = formats.DAYS[london_day(first.starts_at).weekday()]
    start = formats.clock_time(first.starts_at)
    repeated = [
        (weeks, label, f"On {on}, {start}, beginning {formats.day(first.starts_at)}")
        for weeks, label in WEEKS.items()
    ]
    return [*repeated, ("these", "Only the dates that I tick", "")]


def how_often(weeks: int | None) -> str:
    """`Every week`, `Every 3 weeks`, `Chosen dates`."""
    if weeks is None:
        return "Chosen dates"
    return "Every week" if weeks == 1 else f"Every {weeks} weeks"


def answer_rows(found: Preview, person_id: UUID) -> list[Data]:
    """A row for each date asked for: what it would come to, in words."""
    rows = [(london_day(answer.starts_at), _row(answer, person_id)) for answer in found.answers]
    rows += [
        (
            on,
            {
                "when": formats.day(on),
                "fits": False,
                "words": "There is no date on this day.",
                "tag": "No date",
            },
        )
        for on in found.missing
    ]
    return [row for _, row in sorted(rows, key=lambda each: each[0])]


def _row(answer: Answer, person_id: UUID) -> Data:
    row: Data = {
        "when": formats.when(answer),
        "fits": answer.fits,
        "price_pence": answer.price_pence,
        "after_pence": answer.after_pence,
        "words": "",
        "tag": "Fits",
    }
    if answer.booked_id is not None:
        booked = {"text": "See the booking", "href": f"/bookings/{answer.booked_id}"}
        return row | {"tag": "Booked", "words": "It is booked already.", "link": booked}
    refusal = answer.refusal
    if refusal is None:
        return row if answer.in_plan else row | {"tag": "Outside the plan", "words": "Needs a reason."}
    if answer.clash:
        return row | {"tag": "Clash", "words": f"{answer.clash} is at the same time."}
    if isinstance(refusal, FundExhausted):
        return row | {"tag": "No money", "words": f"{refusal.short_by} short, counted to this date."}
    if isinstance(refusal, SessionFull):
        link = {"text": "Look at this date", "href": f"/people/{person_id}/book/{answer.session_id}"}
        return row | {"tag": "Full", "words": "All places are taken.", "link": link}
    return row | {"tag": "Cannot be booked", "words": refusal.message}


def sentence(found: Preview) -> str:
    """`11 of 12 dates can be booked.`"""
    asked = len(found.answers) + len(found.missing)
    fit = len(found.fitting)
    if fit == asked:
        return f"{'All ' if asked > 1 else ''}{formats.count(asked, 'date')} can be booked."
    return f"{fit or 'None'} of {formats.count(asked, 'date')} can be booked."


def modes(found: Preview) -> list[tuple[str, str, str]]:
    """What happens when a date cannot be booked."""
    fit = formats.count(len(found.fitting), "date")
    whole = "" if len(found.fitting) == len(found.answers) else "Today that means that nothing is booked."
    return [
        (str(Mode.WHAT_FITS), "Book the others", f"{fit}, {formats.money(found.price_pence)}"),
        (str(Mode.ALL_OR_NOTHING), "Book nothing", whole),
    ]


def told(made: SeriesBooked) -> str:
    """What was booked and what was not, as lines of a flash."""
    booked = [each for each in made.dates if each.booking_id]
    line = f"{formats.count(len(booked), 'date')} booked for {formats.money(made.price_pence)}."
    left_out = len(made.dates) - len(booked)
    if not left_out:
        return line
    return f"{line}\n!{formats.count(left_out, 'date')} could not be booked. You see why below."


def series_rows(record: SeriesRecord, *, may_cancel: bool) -> list[Data]:
    """A row for each date: its state, its price, and what can be done."""
    return [_date_row(record, line, may_cancel=may_cancel) for line in record.dates]


def _date_row(record: SeriesRecord, line: DateLine, *, may_cancel: bool) -> Data:
    actions = []
    if may_cancel and line.can_go:
        on = formats.day(line.starts_at)
        actions.append({"text": "Cancel", "href": f"/bookings/{line.booking_id}/cancel", "about": on})
        later = f"/series/{record.id}/cancel?from={line.service_on.isoformat()}"
        actions.append({"text": "Cancel this and later", "href": later, "about": f"dates from {on}"})
    return {
        "when": formats.when(line),
        "href": f"/bookings/{line.booking_id}",
        "state": str(line.state),
        "price_pence": line.price_pence if line.charge_pence is None else line.charge_pence,
        "actions": actions,
    }
