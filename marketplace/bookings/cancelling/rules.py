"""What cancelling dates comes to, and how it is told: values in, values out."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from marketplace.kernel import formats
from marketplace.kernel.errors import Conflict
from marketplace.kernel.money import ZERO, Money

MOST_DATES = 200
"""So many dates are cancelled by one press; more are more than a day."""

MOST_WORDS = 500


class DateBegun(Conflict):
    """It is happening, or over."""

    code = "session_begun"

    def __init__(self) -> None:
        super().__init__(
            "You cannot cancel this date, because it has begun. You can say in the register who was there."
        )


class AlreadyRecorded(Conflict):
    """The register says who came, or that they did not."""

    code = "already_recorded"

    def __init__(self) -> None:
        super().__init__(
            "You cannot cancel this date, because the register says already what came of it, and that is charged. "
            "You can correct the register if it is wrong, and cancel the bookings that are left one by one."
        )


@dataclass(frozen=True, slots=True)
class Cancelled:
    """What cancelling one date came to; `already`: it was cancelled before, and nothing changed now."""

    session_id: UUID
    bookings: int = 0
    people: frozenset[UUID] = frozenset()
    given_back: Money = ZERO
    waited: int = 0
    already: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one date: what was given back, or why it stands."""

    session_id: UUID
    cancelled: Cancelled | None
    refusal: str = ""


def told(answers: Sequence[Answer], titles: dict[UUID, str]) -> str:
    """What came of it all, as lines of a flash."""
    done = [answer.cancelled for answer in answers if answer.cancelled is not None]
    people = frozenset[UUID]().union(*(each.people for each in done))
    given_back = sum(each.given_back.pence for each in done)
    lines = [
        f"!{titles.get(answer.session_id, 'A date')}: {answer.refusal}"
        for answer in answers
        if answer.refusal
    ]
    if done:
        verb = "is" if len(done) == 1 else "are"
        words = f"{formats.count(len(done), 'date')} {verb} cancelled. "
        if people:
            told_verb = "is" if len(people) == 1 else "are"
            words += (
                f"{formats.count(len(people), 'person', 'people')} {told_verb} told and "
                f"{'pays' if len(people) == 1 else 'pay'} nothing; {Money(given_back)} is given back."
            )
        else:
            words += "Nobody had booked."
        lines.insert(0, words)
    return "\n".join(lines)
