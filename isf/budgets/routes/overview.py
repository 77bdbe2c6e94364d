"""A person's budget: its versions by date, and who holds which part."""

from typing import Any
from uuid import UUID

from litestar import Response, get

from isf import queries as people
from isf.budgets import queries
from isf.routes.reading import SEES
from marketplace.identity.access import Actor
from marketplace.identity.http import AnyRequest
from marketplace.identity.pages import page
from marketplace.identity.rules import Permission


@get("/people/{person_id:uuid}/budget", opt=SEES)
async def show_budget(request: AnyRequest, actor: Actor, person_id: UUID) -> Response[Any]:
    """How much there is on which days, from whom, and who holds it."""
    person = await people.person(actor, person_id)
    versions = await queries.versions_of(actor, person_id)
    funds = list({part.fund_id for version in versions for part in version.parts})
    short = await people.shortfalls(funds)
    own_council = actor.council_id is not None and actor.council_id == person.council_id
    return await page(
        request,
        "isf/budgets/budget.html",
        about=person_id,
        person=person,
        versions=versions,
        short=[words for fund in funds for words in short.get(fund, [])],
        may_change=own_council and Permission.PERSON_MANAGE in actor.permissions,
    )


HANDLERS = [show_budget]
