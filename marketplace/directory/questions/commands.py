"""Asking about an activity, and answering."""

from dataclasses import dataclass
from uuid import UUID

from isf.endings.letters import mail_to_the_living
from isf.notices import Notice, NoticeKind, tell_provider
from marketplace.identity.access import Actor
from marketplace.identity.credentials import TooManyTries, count_try
from marketplace.identity.rules import Permission
from marketplace.kernel import audit, clock, db
from marketplace.kernel.errors import Invalid, NotFound, StateConflict
from marketplace.kernel.ids import new_id
from marketplace.kernel.settings import settings
from providers.access import own_provider

MOST_OF_ADDRESS, MOST_OF_ACTIVITY = 5, 30
"""How many questions in a quarter of an hour: from one address, and about one activity."""


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody asks, and where the answer goes."""

    name: str
    email: str
    words: str


async def ask(activity_id: UUID, question: Question) -> UUID:
    """Ask the provider of a published activity. Raises NotFound, Invalid, TooManyTries."""
    _check(question)
    row = await db.fetch_one(
        "SELECT provider_id, title FROM activity WHERE id = $1 AND state = 'published'", activity_id
    )
    if row is None:
        raise NotFound
    await _spend(f"question:{question.email.lower()[:140]}", MOST_OF_ADDRESS)
    await _spend(f"question:{activity_id}", MOST_OF_ACTIVITY)
    question_id = new_id()
    async with db.unit_of_work():
        await db.execute(
            "INSERT INTO activity_question (id, activity_id, provider_id, name, email, words, asked_at)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7)",
            question_id,
            activity_id,
            row["provider_id"],
            question.name.strip(),
            question.email.strip(),
            question.words.strip(),
            clock.now(),
        )
        await tell_provider(
            row["provider_id"],
            Notice(
                f"A question about {row['title']}",
                "Somebody asks about your activity. You answer on your pages, and they get it by e-mail.",
                f"/provider/questions/{question_id}",
                kind=NoticeKind.SELLER,
            ),
        )
    return question_id


def _check(question: Question) -> None:
    wrong = {}
    if not question.words.strip():
        wrong["words"] = "Write your question"
    at = question.email.strip().partition("@")
    if not at[0] or "." not in at[2] or any(sign in question.email.strip() for sign in " \r\n,;<>"):
        wrong["email"] = "Enter an e-mail address, like name@example.com: the answer goes there"
    if wrong:
        raise Invalid(wrong)


async def _spend(key: str, most: int) -> None:
    if await count_try(key) > most:
        raise TooManyTries


async def answer(actor: Actor, question_id: UUID, words: str) -> None:
    """Answer a question at the actor's provider: it goes by mail, and their address is emptied.

    Raises NotFound, Invalid, StateConflict when it is answered already.
    """
    provider_id = await own_provider(actor, Permission.ATTENDANCE_RECORD)
    async with db.unit_of_work():
        row = await db.fetch_one(
            "SELECT q.email, q.words, q.answered_at, q.activity_id, a.title, pr.name AS provider_name"
            "  FROM activity_question q JOIN activity a ON a.id = q.activity_id"
            "  JOIN provider pr ON pr.id = q.provider_id"
            " WHERE q.id = $1 AND q.provider_id = $2 FOR UPDATE OF q",
            question_id,
            provider_id,
        )
        if row is None:
            raise NotFound
        if row["answered_at"] is not None:
            raise StateConflict("Somebody answered this a moment ago.")
        if not words.strip():
            raise Invalid({"words": "Write your answer"})
        await db.execute(
            "UPDATE activity_question SET answer = $2, answered_by = $3, answered_at = $4, email = '' WHERE id = $1",
            question_id,
            words.strip(),
            actor.user_id,
            clock.now(),
        )
        await mail_to_the_living(
            row["email"],
            f"{row['provider_name']} answers: {row['title']}",
            f"You asked:\n\n{row['words']}\n\n{row['provider_name']} answers:\n\n{words.strip()}\n\n"
            f"See the activity: {settings().base_url}/activities/{row['activity_id']}\n",
        )
        await audit.record(actor, "question.answered", "activity_question", question_id)
