"""The API about disagreements: the same commands as the pages."""

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Router, get, post

from isf.disagreements import commands, queries
from isf.disagreements.queries import DisagreementLine
from marketplace.identity.access import Actor
from marketplace.identity.rules import Permission
from marketplace.kernel.money import Money

SEES = {"permission": Permission.PERSON_SEE}


class DisagreementIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why the amount is not right, and what would be enough for the whole budget, in pence."""

    budget_id: UUID
    words: Annotated[str, msgspec.Meta(min_length=1, max_length=5000)]
    enough_pence: Annotated[int, msgspec.Meta(gt=0)] | None = None


class DisagreementMade(msgspec.Struct, frozen=True):
    """The new disagreement."""

    id: UUID


@get("/people/{person_id:uuid}/disagreements", opt=SEES)
async def disagreements(actor: Actor, person_id: UUID) -> list[DisagreementLine]:
    """A person's disagreements with the amount, the newest first."""
    return await queries.disagreements_of(actor, person_id)


@post("/people/{person_id:uuid}/disagreements", opt=SEES)
async def raise_disagreement(actor: Actor, person_id: UUID, data: DisagreementIn) -> DisagreementMade:
    """Say that the amount is not right; 409 when one is open already."""
    enough = Money(data.enough_pence) if data.enough_pence is not None else None
    return DisagreementMade(
        await commands.raise_disagreement(actor, person_id, data.budget_id, data.words, enough)
    )


router = Router(
    "/api/v1", include_in_schema=True, route_handlers=[disagreements, raise_disagreement], tags=["people"]
)
