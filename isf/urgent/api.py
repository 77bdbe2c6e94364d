"""The API about urgent support: the same commands as the pages."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Router, get, post
from litestar.params import Parameter

from isf.urgent import commands, queries
from isf.urgent.commands import UrgentDraft
from isf.urgent.queries import UrgentLine
from marketplace.identity.access import Actor
from marketplace.identity.rules import Permission
from marketplace.kernel.idempotency import key_of, once
from marketplace.kernel.money import Money


class UrgentIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Support to be arranged; `ends_on` is the first day without it."""

    amount_pence: Annotated[int, msgspec.Meta(gt=0)]
    starts_on: date
    ends_on: date
    because: Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]


class UrgentMade(msgspec.Struct, frozen=True):
    """The arranged support."""

    id: UUID


@get("/people/{person_id:uuid}/urgent-support", opt={"permission": Permission.PERSON_SEE})
async def urgent_support(actor: Actor, person_id: UUID) -> Sequence[UrgentLine]:
    """A person's urgent support, the newest first."""
    return await queries.urgent_support_of(actor, person_id)


@post("/people/{person_id:uuid}/urgent-support", opt={"permission": Permission.PERSON_MANAGE})
async def arrange(
    actor: Actor,
    person_id: UUID,
    data: UrgentIn,
    idempotency_key: Annotated[str | None, Parameter(header="Idempotency-Key")] = None,
) -> UrgentMade:
    """Arrange support that cannot wait for the plan."""
    draft = UrgentDraft(Money(data.amount_pence), data.starts_on, data.ends_on, data.because)

    async def make() -> UrgentMade:
        return UrgentMade(await commands.arrange_urgent_support(actor, person_id, draft))

    key = key_of(actor.user_id, idempotency_key, f"POST /people/{person_id}/urgent-support", data)
    return msgspec.json.decode((await once(key, 201, make))[1], type=UrgentMade)


router = Router("/api/v1", include_in_schema=True, route_handlers=[urgent_support, arrange], tags=["people"])
