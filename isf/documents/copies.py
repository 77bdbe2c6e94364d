"""Every copy of a plan that is made is recorded: who made it, when and in which form (row SP5)."""

from datetime import datetime
from enum import StrEnum
from functools import partial
from uuid import UUID

import anyio
import msgspec

from isf.documents.communication import communication_line
from isf.documents.plan_words import plan_easy_title, plan_easy_words, plan_title, plan_words
from isf.plans.queries import PlanCopy, plan_copy
from marketplace.identity.access import Actor
from marketplace.kernel import audit, clock, db
from marketplace.kernel.typesetting import typeset_here

MADE = "plan.copy_made"


class CopyForm(StrEnum):
    """How a copy is made."""

    PAGE = "page"
    PDF = "pdf"
    EASY_READ = "easy_read"


class CopyLine(msgspec.Struct, frozen=True, kw_only=True):
    """A copy that was made."""

    made_at: datetime
    made_by: str
    form: CopyForm


async def take_copy(actor: Actor, version_id: UUID, form: CopyForm) -> PlanCopy:
    """The plan to copy; the copy is recorded. Raises NotFound for a person whom the actor may not see."""
    plan = await plan_copy(actor, version_id)
    await audit.record(
        actor, MADE, "plan_version", version_id, after={"form": form, "person": plan.person_id}
    )
    return plan


async def copies_of(version_id: UUID, most: int = 20) -> list[CopyLine]:
    """Copies of a version that can be kept, the newest first; whether it may be seen was asked before."""
    rows = await db.fetch_all(
        "SELECT r.at AS made_at, coalesce(u.name, '') AS made_by, r.after ->> 'form' AS form"
        "  FROM audit_record r LEFT JOIN app_user u ON u.id = r.actor_user"
        " WHERE r.subject_id = $1 AND r.action = $2 AND r.after ->> 'form' <> 'page' ORDER BY r.at DESC LIMIT $3",
        version_id,
        MADE,
        most,
    )
    return [msgspec.convert(row, CopyLine) for row in rows]


async def printed_plan(actor: Actor, version_id: UUID, form: CopyForm) -> tuple[PlanCopy, bytes]:
    """The plan as a tagged PDF, in full or in Easy Read. Raises NotFound."""
    plan = await take_copy(actor, version_id, form)
    line = await communication_line(plan.person_id)
    made_on = clock.today()
    if form is CopyForm.EASY_READ:
        work = partial(
            typeset_here, "easy_read.typ", plan_easy_words(plan, line), title=plan_easy_title(plan)
        )
    else:
        work = partial(typeset_here, "plan.typ", plan_words(plan, line), title=plan_title(plan))
    return plan, await anyio.to_thread.run_sync(partial(work, made_on=made_on))
