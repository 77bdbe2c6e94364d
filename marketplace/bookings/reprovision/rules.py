"""What can become of a booking that was lost to a suspension: values in, values out (`rules.md` 16)."""

from collections.abc import Mapping
from enum import StrEnum

from marketplace.kernel import formats


class ItemState(StrEnum):
    """Where an item of the queue stands."""

    OPEN = "open"
    BOOKED_ELSEWHERE = "booked_elsewhere"
    NOT_WANTED = "not_wanted"
    BOOKED_BACK = "booked_back"

    @property
    def label(self) -> str:
        """The word on a page."""
        return {
            "open": "To do",
            "booked_elsewhere": "Something else is booked",
            "not_wanted": "Nothing instead",
            "booked_back": "Booked again",
        }[self.value]


TRANSITIONS: Mapping[ItemState, frozenset[ItemState]] = {
    ItemState.OPEN: frozenset({ItemState.BOOKED_ELSEWHERE, ItemState.NOT_WANTED, ItemState.BOOKED_BACK}),
    ItemState.BOOKED_ELSEWHERE: frozenset(),
    ItemState.NOT_WANTED: frozenset(),
    ItemState.BOOKED_BACK: frozenset(),
}


def told_person(bookings: int) -> str:
    """What a person is told when bookings of theirs were given back; never why the provider was stopped."""
    return (
        f"Nothing can be booked with this provider at the moment. {formats.count(bookings, 'booking')} of yours "
        f"{'is' if bookings == 1 else 'are'} given back. You pay nothing for that, and the money is left again. "
        "Look at what you could do instead, and choose."
    )
