"""The API about checking what was recorded: the same commands and queries as the pages."""

from typing import Literal
from uuid import UUID

import msgspec
from litestar import Router, get, post

from marketplace.bookings.checks import commands, queries
from marketplace.bookings.checks.commands import Answer
from marketplace.bookings.checks.queries import Recorded
from marketplace.bookings.checks.routes import RECORDS, SEES, SETTLES
from marketplace.bookings.rules import Outcome
from marketplace.identity.access import Actor


class CheckIn(msgspec.Struct, frozen=True, kw_only=True):
    """What the person's side says. `words` is needed for `wrong`."""

    say: Literal["right", "wrong", "accept"]
    words: str = ""


class AnswerIn(msgspec.Struct, frozen=True, kw_only=True):
    """An answer or decision; `outcome` only where the record changes."""

    words: str
    outcome: Literal["attended", "absent"] | None = None

    @property
    def answer(self) -> Answer:
        """As the commands take it."""
        return Answer(self.words, Outcome(self.outcome) if self.outcome else None)


@get("/people/{person_id:uuid}/visits", opt=SEES)
async def visits(actor: Actor, person_id: UUID) -> list[Recorded]:
    """What was recorded of a person, and what was said of it. Amounts are in pence."""
    return await queries.recorded_of(actor, person_id)


@post("/bookings/{visit_id:uuid}/attendance/check", opt=SEES, status_code=200)
async def check(actor: Actor, visit_id: UUID, data: CheckIn) -> Recorded:
    """Say that what was recorded is right, is wrong, or that the answer is accepted. What is wrong is not billed."""
    match data.say:
        case "right":
            await commands.confirm_attendance(actor, visit_id)
        case "wrong":
            await commands.dispute_attendance(actor, visit_id, data.words)
        case "accept":
            await commands.accept_answer(actor, visit_id)
    return await queries.recorded(actor, visit_id)


@get("/provider/disputes", opt=RECORDS)
async def disputes(actor: Actor) -> list[Recorded]:
    """The disputes at your provider that are not settled, the oldest first."""
    return await queries.disputes_of_provider(actor)


@post("/provider/disputes/{visit_id:uuid}", opt=RECORDS, status_code=200)
async def answer(actor: Actor, visit_id: UUID, data: AnswerIn) -> Recorded:
    """Answer a dispute: explain the register, or correct it."""
    await commands.answer_dispute(actor, visit_id, data.answer)
    return await queries.dispute_of_provider(actor, visit_id)


@post("/council/disputes/{visit_id:uuid}", opt=SETTLES, status_code=200)
async def decide(actor: Actor, visit_id: UUID, data: AnswerIn) -> Recorded:
    """Decide a dispute for the council."""
    await commands.decide_dispute(actor, visit_id, data.answer)
    return await queries.dispute_of_council(actor, visit_id)


router = Router(
    "/api/v1",
    include_in_schema=True,
    route_handlers=[visits, check, disputes, answer, decide],
    tags=["attendance"],
)
