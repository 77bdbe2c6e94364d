"""What a change would do, in pounds, as the page that asks before it is done shows it."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from isf.budgets import queries
from isf.budgets.writing import Written
from marketplace.kernel.money import Money


@dataclass(frozen=True, slots=True)
class EffectLine:
    """One fund: what was agreed for it and what is then, what is left of it, and what is not covered."""

    title: str
    new: bool
    amount_before_pence: int
    amount_after_pence: int
    left_before_pence: int
    left_after_pence: int
    missing_pence: int
    booked: int
    """How many bookings from the day on are not delivered yet."""
    booked_pence: int

    @property
    def difference_pence(self) -> int:
        """What the fund gets more; below zero, less."""
        return self.amount_after_pence - self.amount_before_pence


async def effect_lines(
    person_id: UUID, written: Written, day: date, new: dict[str, Money]
) -> list[EffectLine]:
    """The effects on funds that go on or end, then the new ones, by what they are called."""
    titles = await queries.titles_of(person_id)
    lines = []
    for effect in written.effects:
        booked, pence = await queries.booked_from(effect.fund_id, day)
        lines.append(
            EffectLine(
                titles[effect.fund_id], False, effect.amount_before.pence, effect.amount_after.pence,
                effect.left_before.pence, effect.left_after.pence, effect.missing.pence, booked, pence.pence,
            )
        )  # fmt: skip
    lines += [
        EffectLine(title, True, 0, amount.pence, 0, amount.pence, 0, 0, 0) for title, amount in new.items()
    ]
    return lines
