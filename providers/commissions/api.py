"""Frameworks, applications and the register for programs: the same commands and queries as the pages."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from litestar import get, post
from litestar.datastructures import UploadFile
from litestar.enums import RequestEncodingType
from litestar.params import Body
from msgspec import Struct, field

from marketplace.identity.access import Actor
from marketplace.identity.rules import Permission
from marketplace.kernel import db, files
from providers.commissions.commands import (
    Decision,
    answer_question,
    ask_for_more,
    decide_commission,
    keep_evidence,
    score_application,
    send_application,
    start_application,
    withdraw_application,
)
from providers.commissions.queries import (
    Approved,
    application_of,
    applications_of,
    own_application,
    own_commissions,
    registered,
)
from providers.commissions.queries.applications import Application

PUBLIC = {"permission": Permission.PUBLIC}
MANAGE = {"permission": Permission.OFFER_MANAGE}
DECIDE = {"permission": Permission.COMMISSION_DECIDE}


class ApplicationIn(Struct, forbid_unknown_fields=True):
    """A new application to a lot. `send`: to the council at once, with every answer that the lot needs."""

    lot_id: UUID
    answers: dict[UUID, str] = field(default_factory=dict)
    send: bool = False


class AnswersIn(Struct, forbid_unknown_fields=True):
    """Answers in words by question; empty words take an answer away. `send`: to the council, with `words`."""

    answers: dict[UUID, str] = field(default_factory=dict)
    send: bool = False
    words: str = ""


class WordsIn(Struct, forbid_unknown_fields=True):
    """What is said to the other side."""

    words: str = ""


class ScoreIn(Struct, forbid_unknown_fields=True):
    """How an application meets one criterion, from 0 to 5, and why."""

    criterion_id: UUID
    score: int
    note: str = ""


class DecisionIn(Struct, forbid_unknown_fields=True):
    """The council's answer. `ends_on` is the first day without approval; a refusal needs `reason`."""

    decision: Decision
    starts_on: date | None = None
    ends_on: date | None = None
    conditions: str = ""
    reason: str = ""


class QuestionOut(Struct):
    """Something that the lot asks, and what was answered: words, or a file's id."""

    id: UUID
    kind: str
    words: str
    needed: bool
    answer: str | None
    file_id: UUID | None


class SaidOut(Struct):
    """One thing that was said."""

    kind: str
    words: str
    said_at: datetime


class CriterionOut(Struct):
    """What the council judges by; told to the council only."""

    id: UUID
    words: str
    least_score: int
    score: int | None
    note: str | None


class SummaryOut(Struct):
    """An application in a list."""

    id: UUID
    state: str
    provider_id: UUID
    provider_name: str
    council_name: str
    framework_name: str
    lot_id: UUID
    lot_name: str
    starts_on: date | None
    ends_on: date | None
    conditions: str
    reason: str
    sent_at: datetime | None

    @classmethod
    def of(cls, row: db.Row) -> "SummaryOut":
        """An application as it was read."""
        return cls(**{name: row[name] for name in cls.__struct_fields__})


class ApplicationOut(Struct):
    """An application with its answers and every word that was said."""

    application: SummaryOut
    questions: list[QuestionOut]
    said: list[SaidOut]
    criteria: list[CriterionOut]

    @classmethod
    def of(cls, shown: Application) -> "ApplicationOut":
        """An application as one side sees it."""
        return cls(
            SummaryOut.of(shown.row),
            [QuestionOut(**{n: row[n] for n in QuestionOut.__struct_fields__}) for row in shown.questions],
            [SaidOut(**{n: row[n] for n in SaidOut.__struct_fields__}) for row in shown.said],
            [CriterionOut(**{n: row[n] for n in CriterionOut.__struct_fields__}) for row in shown.criteria],
        )


class RegisterOut(Struct):
    """A page of the register."""

    total: int
    approvals: list[Approved]


@get("/approved-providers", opt=PUBLIC, tags=["Approvals"])
async def get_approved(q: str = "", page: int = 1) -> RegisterOut:
    """Who is approved, by whom, for what, from when to when; `q` are words that each approval has. 50 a page."""
    rows, total = await registered(q.replace("\x00", "")[:100], max(1, min(page, 10_000)))
    return RegisterOut(total, rows)


@get("/provider/applications", opt=MANAGE, tags=["Approvals"])
async def get_own_applications(actor: Actor) -> list[SummaryOut]:
    """Every application and approval of the token's own provider, the latest first."""
    return [SummaryOut.of(row) for row in await own_commissions(actor)]


@get("/provider/applications/{commission_id:uuid}", opt=MANAGE, tags=["Approvals"])
async def get_own_application(actor: Actor, commission_id: UUID) -> ApplicationOut:
    """One application of the token's own provider, with what the lot asks and every word that was said."""
    return ApplicationOut.of(await own_application(actor, commission_id))


@post("/provider/applications", opt=MANAGE, status_code=201, tags=["Approvals"])
async def post_application(actor: Actor, data: ApplicationIn) -> ApplicationOut:
    """Begin an application, with answers in words; send it too, where nothing else is needed."""
    async with db.unit_of_work():
        commission_id = await start_application(actor, data.lot_id)
        await _answer(actor, commission_id, data.answers)
        if data.send:
            await send_application(actor, commission_id)
    return ApplicationOut.of(await own_application(actor, commission_id))


@post("/provider/applications/{commission_id:uuid}/answers", opt=MANAGE, status_code=200, tags=["Approvals"])
async def post_answers(actor: Actor, commission_id: UUID, data: AnswersIn) -> ApplicationOut:
    """Keep answers, and send or send again when that is asked."""
    await own_application(actor, commission_id)
    async with db.unit_of_work():
        await _answer(actor, commission_id, data.answers)
        if data.send:
            await send_application(actor, commission_id, data.words)
    return ApplicationOut.of(await own_application(actor, commission_id))


async def _answer(actor: Actor, commission_id: UUID, answers: dict[UUID, str]) -> None:
    for question_id, words in answers.items():
        await answer_question(actor, commission_id, question_id, words)


@post(
    "/provider/applications/{commission_id:uuid}/files/{question_id:uuid}",
    opt=MANAGE,
    status_code=201,
    tags=["Approvals"],
    request_max_body_size=files.BODY_MOST,
)
async def post_evidence(
    actor: Actor,
    commission_id: UUID,
    question_id: UUID,
    data: Annotated[dict[str, UploadFile], Body(media_type=RequestEncodingType.MULTI_PART)],
) -> ApplicationOut:
    """Keep a file, sent as `file`, as the answer to a question: a PDF, JPEG or PNG of 10 MB or less."""
    await own_application(actor, commission_id)
    await keep_evidence(actor, commission_id, question_id, data["file"])
    return ApplicationOut.of(await own_application(actor, commission_id))


@post("/provider/applications/{commission_id:uuid}/withdraw", opt=MANAGE, status_code=200, tags=["Approvals"])
async def post_withdraw(actor: Actor, commission_id: UUID, data: WordsIn) -> ApplicationOut:
    """Take an application back that is not decided."""
    await withdraw_application(actor, commission_id, data.words)
    return ApplicationOut.of(await own_application(actor, commission_id))


@get("/council/applications", opt=DECIDE, tags=["Approvals"])
async def get_applications(actor: Actor) -> list[SummaryOut]:
    """The applications that wait for the token's own council, the oldest first."""
    return [SummaryOut.of(row) for row in await applications_of(actor)]


@get("/council/applications/{commission_id:uuid}", opt=DECIDE, tags=["Approvals"])
async def get_application(actor: Actor, commission_id: UUID) -> ApplicationOut:
    """One application to the token's own council, with its scores."""
    return ApplicationOut.of(await application_of(actor, commission_id))


@post("/council/applications/{commission_id:uuid}/scores", opt=DECIDE, status_code=200, tags=["Approvals"])
async def post_scores(actor: Actor, commission_id: UUID, data: list[ScoreIn]) -> ApplicationOut:
    """Keep scores with their notes."""
    await score_application(
        actor, commission_id, {each.criterion_id: (each.score, each.note) for each in data}
    )
    return ApplicationOut.of(await application_of(actor, commission_id))


@post("/council/applications/{commission_id:uuid}/more", opt=DECIDE, status_code=200, tags=["Approvals"])
async def post_more(actor: Actor, commission_id: UUID, data: WordsIn) -> ApplicationOut:
    """Give an application back to the provider with what is missing."""
    await ask_for_more(actor, commission_id, data.words)
    return ApplicationOut.of(await application_of(actor, commission_id))


@post("/council/applications/{commission_id:uuid}/decision", opt=DECIDE, status_code=200, tags=["Approvals"])
async def post_decision(actor: Actor, commission_id: UUID, data: DecisionIn) -> ApplicationOut:
    """Approve with dates and conditions, or refuse with a reason."""
    await decide_commission(
        actor, commission_id, data.decision, data.starts_on, data.ends_on, data.reason, data.conditions
    )
    return ApplicationOut.of(await application_of(actor, commission_id))


HANDLERS = [
    get_approved,
    get_own_applications,
    get_own_application,
    post_application,
    post_answers,
    post_evidence,
    post_withdraw,
    get_applications,
    get_application,
    post_scores,
    post_more,
    post_decision,
]
