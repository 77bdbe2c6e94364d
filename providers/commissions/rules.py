"""What a lot may ask, when an application is whole, and when it may be approved: values in, values out."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from providers.rules import Labelled

SCORES: Final = range(6)
SCORE_WORDS: Final = ("Not met", "Poor", "Weak", "Met", "Good", "Excellent")


class QuestionKind(Labelled):
    """How a question is answered."""

    WORDS = "words", "In words"
    FILE = "file", "With a file"


class Said(Labelled):
    """What was said about an application, and by which side."""

    SENT = "sent", "Sent by the provider"
    ASKED = "asked", "The council asked for more"
    ANSWERED = "answered", "Sent again by the provider"
    APPROVED = "approved", "Approved by the council"
    REFUSED = "refused", "Refused by the council"
    WITHDRAWN = "withdrawn", "Withdrawn by the provider"
    ENDED = "ended", "The council set the last day"


@dataclass(frozen=True, slots=True)
class QuestionDraft:
    """Something that a lot is to ask."""

    kind: QuestionKind
    words: str
    needed: bool = True


@dataclass(frozen=True, slots=True)
class CriterionDraft:
    """Something that applications to a lot are to be judged by; below `least_score` (0 to 5) nobody is approved."""

    words: str
    least_score: int = 0


def unanswered(questions: Collection[Mapping[str, object]]) -> dict[str, str]:
    """What has to be answered before the application can be sent, by the question's field.

    Each question has `id`, `kind`, `needed`, `words`, `answer` and `file_id`.
    """
    wrong = {}
    for asked in questions:
        if not asked["needed"]:
            continue
        if asked["kind"] == QuestionKind.WORDS and not str(asked["answer"] or "").strip():
            wrong[field_of(asked["id"])] = f"Answer this: {asked['words']}"
        if asked["kind"] == QuestionKind.FILE and asked["file_id"] is None:
            wrong[field_of(asked["id"])] = f"Choose a file for this: {asked['words']}"
    return wrong


def field_of(question_id: object) -> str:
    """The name of the form's field for a question."""
    return f"answer-{question_id}"


def not_yet_approvable(criteria: Sequence[Mapping[str, object]]) -> str:
    """Why an application cannot be approved by its scores, in words; empty when it can be.

    Each criterion has `words`, `least_score` and `score`.
    """
    for each in criteria:
        score, least = each["score"], each["least_score"]
        if score is None:
            return f"Give a score for this first: {each['words']}"
        if isinstance(score, int) and isinstance(least, int) and score < least:
            return f"This has {score}, and needs {least} or more: {each['words']}"
    return ""


Scores = Mapping[UUID, tuple[int, str]]
"""By criterion: a score from 0 to 5, and why."""
