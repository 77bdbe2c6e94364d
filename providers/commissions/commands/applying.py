"""A provider's side of an application: begun, answered, sent, answered again, withdrawn (requirement P1)."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from litestar.datastructures import UploadFile

from marketplace.identity.access import Actor
from marketplace.kernel import audit, clock, db, files, states
from marketplace.kernel.errors import Conflict, Invalid, NotFound, StateConflict
from marketplace.kernel.ids import new_id
from marketplace.kernel.outbox import enqueue_mail
from providers.access import own_provider, require_provider
from providers.commissions.commands.saying import say
from providers.commissions.queries.answers import questions_of
from providers.commissions.rules import QuestionKind, Said, field_of, unanswered
from providers.organisations.registering import require_safeguarding_contact
from providers.rules import COMMISSION_TRANSITIONS, WITH_APPLICANT, CommissionState

# Long enough for a council to decide before the approval runs out.
REAPPLY_WITHIN: Final = timedelta(days=90)
MOST_CHARACTERS: Final = 5000
ON_ITS_WAY: Final = WITH_APPLICANT | {CommissionState.APPLIED}


class AlreadyApplied(Conflict):
    """There is an application to this lot on its way, or an approval that still runs."""

    code = "already_applied"

    def __init__(self) -> None:
        super().__init__(
            "You cannot apply again, because this lot has your application or approval already. "
            "You can apply again in the last 90 days of an approval."
        )


db.explain_constraint("commission_one_on_its_way", AlreadyApplied())
db.explain_constraint(
    "commission_answer_while_written",
    StateConflict(
        "You cannot change this, because the council has the application. You can withdraw it and apply again."
    ),
)


def is_open(row: db.Row) -> bool:
    """Whether an application is on its way, or an approval runs for longer than the time in which to apply again."""
    if row["state"] in ON_ITS_WAY:
        return True
    ends_on = row["ends_on"]
    return row["state"] == CommissionState.APPROVED and (
        ends_on is None or ends_on > clock.today() + REAPPLY_WITHIN
    )


async def start_application(actor: Actor, lot_id: UUID) -> UUID:
    """The manager begins an application of their provider; answers the commission's id.

    Raises Forbidden, NotFound, AlreadyApplied, or Conflict when the framework has ended.
    """
    async with db.unit_of_work():
        provider_id = await own_provider(actor)
        # One at a time for a provider: two applications at the same moment see each other.
        await db.execute("SELECT 1 FROM provider WHERE id = $1 FOR NO KEY UPDATE", provider_id)
        lot = await db.fetch_one(
            "SELECT f.council_id, f.ends_on FROM lot l JOIN framework f ON f.id = l.framework_id WHERE l.id = $1",
            lot_id,
        )
        if lot is None:
            raise NotFound
        if lot["ends_on"] is not None and lot["ends_on"] <= clock.today():
            raise Conflict(
                "You cannot apply, because this framework has ended. You can ask the council about a new one."
            )
        earlier = await db.fetch_all(
            "SELECT state, ends_on FROM commission WHERE provider_id = $1 AND lot_id = $2",
            provider_id,
            lot_id,
        )
        if any(is_open(row) for row in earlier):
            raise AlreadyApplied
        commission_id = new_id()
        await db.execute(
            "INSERT INTO commission (id, provider_id, lot_id, council_id, state, created_at)"
            " VALUES ($1, $2, $3, $4, 'draft', $5)",
            commission_id,
            provider_id,
            lot_id,
            lot["council_id"],
            clock.now(),
        )
        await audit.record(
            actor,
            "commission.begun",
            "commission",
            commission_id,
            after={"provider": provider_id, "lot": lot_id},
        )
    return commission_id


async def answer_question(actor: Actor, commission_id: UUID, question_id: UUID, words: str) -> None:
    """Keep an answer in words, instead of the one before; empty words take it away.

    Raises NotFound, Invalid (too long), or StateConflict once the council has the application.
    """
    if len(words) > MOST_CHARACTERS:
        raise Invalid({field_of(question_id): f"Use {MOST_CHARACTERS} characters or fewer"})
    async with db.unit_of_work():
        await _question(actor, commission_id, question_id, QuestionKind.WORDS)
        if not words.strip():
            await db.execute(
                "DELETE FROM commission_answer WHERE commission_id = $1 AND question_id = $2",
                commission_id,
                question_id,
            )
            return
        await db.execute(
            "INSERT INTO commission_answer (id, commission_id, question_id, words, answered_at)"
            " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (commission_id, question_id)"
            " DO UPDATE SET words = excluded.words, answered_at = excluded.answered_at",
            new_id(),
            commission_id,
            question_id,
            words.strip(),
            clock.now(),
        )


async def keep_evidence(actor: Actor, commission_id: UUID, question_id: UUID, upload: UploadFile) -> UUID:
    """Keep a file as the answer to a question, instead of the one before; answers the file's id.

    Raises NotFound, Invalid (what a file may be), or StateConflict once the council has the application.
    """
    async with db.unit_of_work():
        await _question(actor, commission_id, question_id, QuestionKind.FILE)
        file_id = await files.keep(
            actor,
            upload,
            organisation_id=actor.organisation_id,
            purpose="application",
            field=field_of(question_id),
        )
        await db.execute(
            "INSERT INTO commission_answer (id, commission_id, question_id, file_id, answered_at)"
            " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (commission_id, question_id)"
            " DO UPDATE SET file_id = excluded.file_id, answered_at = excluded.answered_at",
            new_id(),
            commission_id,
            question_id,
            file_id,
            clock.now(),
        )
    return file_id


async def _question(actor: Actor, commission_id: UUID, question_id: UUID, kind: QuestionKind) -> None:
    row = await _own(actor, commission_id)
    if CommissionState(row["state"]) not in WITH_APPLICANT:
        raise StateConflict(
            "You cannot change this, because the council has the application. "
            "You can withdraw it and apply again."
        )
    if not await db.fetch_value(
        "SELECT EXISTS (SELECT 1 FROM lot_question WHERE id = $1 AND lot_id = $2 AND kind = $3)",
        question_id,
        row["lot_id"],
        str(kind),
    ):
        raise NotFound


async def _own(actor: Actor, commission_id: UUID) -> db.Row:
    """The provider's own application, locked for a change. Raises Forbidden or NotFound."""
    row = await db.fetch_one(
        "SELECT c.*, p.name AS provider_name, l.name AS lot_name, o.email AS council_email FROM commission c"
        " JOIN provider p ON p.id = c.provider_id JOIN lot l ON l.id = c.lot_id"
        " JOIN organisation o ON o.id = c.council_id"
        " WHERE c.id = $1 AND c.provider_id = $2 FOR NO KEY UPDATE OF c",
        commission_id,
        await own_provider(actor),
    )
    if row is None:
        raise NotFound
    return row


async def send_application(actor: Actor, commission_id: UUID, words: str = "") -> None:
    """Send it to the council, with words if there are any; the answers stay as they are from now on.

    Raises Forbidden, NotFound, Invalid (what has to be answered first, by field) or StateConflict.
    """
    async with db.unit_of_work():
        row = await _own(actor, commission_id)
        await require_safeguarding_contact(row["provider_id"])
        wrong = unanswered(await questions_of(commission_id, row["lot_id"]))
        if wrong:
            raise Invalid(wrong)
        state = CommissionState(row["state"])
        await states.transition(
            actor,
            "commission",
            commission_id,
            state,
            CommissionState.APPLIED,
            COMMISSION_TRANSITIONS,
            action="commission.applied",
            because=words,
            also={"sent_at": row["sent_at"] or clock.now()},
        )
        said = Said.ANSWERED if state is CommissionState.RETURNED else Said.SENT
        await say(actor, commission_id, said, words)
        await enqueue_mail(
            row["council_email"],
            f"{row['provider_name']}: {row['lot_name']}",
            f"{row['provider_name']} asks to be approved for {row['lot_name']}.\n\n{words}".strip() + "\n",
        )


async def apply_to_lot(actor: Actor, provider_id: UUID, lot_id: UUID) -> UUID:
    """Begin an application and send it at once, to a lot that asks for nothing; answers the commission's id.

    Raises what `start_application` and `send_application` raise.
    """
    async with db.unit_of_work():
        await require_provider(actor, provider_id)
        commission_id = await start_application(actor, lot_id)
        await send_application(actor, commission_id)
    return commission_id


async def withdraw_application(actor: Actor, commission_id: UUID, words: str = "") -> None:
    """Take an application back that is not decided; another can be begun.

    Raises Forbidden, NotFound or StateConflict.
    """
    async with db.unit_of_work():
        row = await _own(actor, commission_id)
        await states.transition(
            actor,
            "commission",
            commission_id,
            CommissionState(row["state"]),
            CommissionState.WITHDRAWN,
            COMMISSION_TRANSITIONS,
            action="commission.withdrawn",
            because=words,
        )
        await say(actor, commission_id, Said.WITHDRAWN, words)
