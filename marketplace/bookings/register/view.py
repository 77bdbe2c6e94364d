"""Registers as `templates/components/register.html` shows them."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from marketplace.bookings.register.queries import PersonOnRegister, SessionLine
from marketplace.bookings.rules import BookingState, Outcome, how_words, kept_charge
from marketplace.bookings.week.view import place_of
from marketplace.kernel import formats
from marketplace.kernel.money import Money

Data = dict[str, Any]

CHOICES = [(str(Outcome.ATTENDED), "Attended", "tick"), (str(Outcome.ABSENT), "Did not come", "cross")]
"""What can be ticked; a late cancel writes itself."""


def needs_of(person: PersonOnRegister) -> str:
    """How they are supported, and what helps when you talk with them, as far as it is recorded."""
    how = how_words(person.ratio, person.transport_pence)
    easy = "Likes Easy Read." if person.prefers_easy_read and "easy read" not in person.needs.lower() else ""
    return " ".join(part for part in (f"{how}." if how else "", person.needs, easy) if part)


def session(line: SessionLine, people: Sequence[PersonOnRegister], today: date) -> Data:
    """A session with its register (those with a place) and those who gave theirs up."""
    here = [person for person in people if not person.cancelled]
    return {
        "id": line.id,
        "title": line.title,
        "activity_href": f"/activities/{line.activity_id}",
        "href": f"/provider/sessions/{line.id}",
        "starts_at": line.starts_at,
        "ends_at": line.ends_at,
        "place": place_of(line.venue, line.town),
        "taken": line.taken_words,
        "off": line.state != "scheduled",
        "unrecorded": line.unrecorded,
        "recordable": line.service_on <= today,
        "people": [_person(person) for person in here],
        "gone": [_gone(person) for person in people if person.cancelled],
        "progress": _progress(line),
    }


def _progress(line: SessionLine) -> str:
    every = line.recorded + line.unrecorded
    if not every:
        return "Nobody has booked."
    if not line.unrecorded:
        return f"The register is filled in: {formats.count(every, 'person', 'people')}."
    return f"{line.recorded} of {formats.count(every, 'person', 'people')} recorded."


def _person(person: PersonOnRegister) -> Data:
    locked = ""
    if person.state is BookingState.HELD and person.held_until is not None:
        locked = (
            f"The place is kept until {formats.clock_time(person.held_until)}, while the payment is made."
        )
    return {
        "id": person.booking_id,
        "name": person.name,
        "needs": needs_of(person),
        "kept": _kept(person),
        "attendance": str(person.outcome) if person.outcome else None,
        "note": person.note,
        "came": formats.clock_time(person.arrived_at) if person.arrived_at else "",
        "left": formats.clock_time(person.left_at) if person.left_at else "",
        "disputed": person.disputed,
        "locked": locked,
        "reference": person.reference,
        "href": f"/bookings/{person.booking_id}",
        "state": str(person.state),
    }


def _kept(person: PersonOnRegister) -> str:
    """Why somebody may not come whose support rests; the reason is not the provider's to know."""
    if person.kept_percent is None:
        return ""
    share = kept_charge(Money(person.price_pence), person.kept_percent)
    return f"Their support rests. The place is kept: {share} is charged when they do not come."


def _gone(person: PersonOnRegister) -> str:
    paid = (
        f"{Money(person.charge_pence)} is paid, because it was late."
        if person.charge_pence
        else "Nothing is paid."
    )
    return f"{person.name} ({person.reference}). {paid}"
