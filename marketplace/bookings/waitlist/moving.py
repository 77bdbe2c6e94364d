"""Whoever waits for a date hears when it moves: they keep their place in the line, and may not want it any more."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from isf.notices import Notice, ToPerson, tell_people
from marketplace.kernel import db, formats


@dataclass(frozen=True, slots=True)
class Moved:
    """A date that moves in time, or to a `place` that is not empty."""

    session_id: UUID
    title: str
    was: tuple[datetime, datetime]
    now: tuple[datetime, datetime]
    place: str = ""

    @property
    def words(self) -> str:
        """What is told to those who wait."""
        told = f"You wait for a place in {self.title} on {formats.when(self.was)}."
        if self.was != self.now:
            told += f" It is now on {formats.when(self.now)}."
        if self.place:
            told += f" It is now at another place: {self.place}."
        return f"{told} You keep your place in line. You can leave the waitlist if that does not suit you."


async def tell_of_moves(moves: Sequence[Moved]) -> int:
    """Tell everybody who stands in the lines of these dates; answers how many. Joins the open unit of work."""
    by_session = {move.session_id: move for move in moves}
    waiting = await db.fetch_all(
        "SELECT id, activity_session_id, person_id, joined_by FROM waitlist_entry"
        " WHERE activity_session_id = ANY ($1::uuid[]) AND state IN ('waiting', 'offered')"
        " ORDER BY activity_session_id, joined_at, id",
        list(by_session),
    )
    told = [
        ToPerson(
            row["person_id"],
            Notice(
                f"What you wait for changes: {by_session[row['activity_session_id']].title}",
                by_session[row["activity_session_id"]].words,
                f"/waitlist/{row['id']}",
            ),
            row["joined_by"],
        )
        for row in waiting
    ]
    await tell_people(told)
    return len(told)
