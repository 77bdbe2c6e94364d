"""One application as each side sees it."""

from dataclasses import dataclass
from uuid import UUID

from marketplace.identity.access import Actor
from marketplace.identity.rules import Permission
from marketplace.kernel import db
from marketplace.kernel.errors import NotFound
from providers.access import own_provider, require_council
from providers.commissions.queries.answers import criteria_of, questions_of, said_about
from providers.commissions.queries.approvals import COMMISSION
from providers.rules import WITH_APPLICANT, CommissionState


@dataclass(frozen=True, slots=True)
class Application:
    """An application with its questions and answers and every word; the council's scores only for the council."""

    row: db.Row
    questions: list[db.Row]
    said: list[db.Row]
    criteria: list[db.Row]

    @property
    def state(self) -> CommissionState:
        """Where it stands."""
        return CommissionState(self.row["state"])

    @property
    def with_applicant(self) -> bool:
        """Whether the provider can still write in it."""
        return self.state in WITH_APPLICANT


async def own_application(actor: Actor, commission_id: UUID) -> Application:
    """An application of the actor's provider, without the scores. Raises Forbidden or NotFound."""
    row = await db.fetch_one(
        f"{COMMISSION} WHERE c.id = $1 AND c.provider_id = $2", commission_id, await own_provider(actor)
    )
    return await _application(row)


async def application_of(actor: Actor, commission_id: UUID) -> Application:
    """An application that was sent to the actor's council, with its scores. Raises Forbidden or NotFound."""
    row = await db.fetch_one(
        f"{COMMISSION} WHERE c.id = $1 AND c.council_id = $2 AND c.sent_at IS NOT NULL",
        commission_id,
        require_council(actor, Permission.COMMISSION_DECIDE),
    )
    made = await _application(row)
    return Application(
        made.row, made.questions, made.said, await criteria_of(commission_id, made.row["lot_id"])
    )


async def _application(row: db.Row | None) -> Application:
    if row is None:
        raise NotFound
    return Application(row, await questions_of(row["id"], row["lot_id"]), await said_about(row["id"]), [])
