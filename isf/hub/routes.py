"""A person's own page for those who work with them: the money, and a line for everything else."""

from typing import Any
from uuid import UUID

from litestar import Response, Router, get

from isf import queries
from isf.hub.queries import hub_lines
from isf.routes.reading import SEES, person_page
from marketplace.identity.access import Actor
from marketplace.identity.http import AnyRequest
from marketplace.identity.rules import Permission


@get("/people/{person_id:uuid}", opt=SEES)
async def show_person(request: AnyRequest, actor: Actor, person_id: UUID) -> Response[Any]:
    """One person: how to communicate with them, their money, and where everything else is."""
    funds = await queries.funds_of(actor, person_id)
    return await person_page(
        request,
        actor,
        person_id,
        "isf/person.html",
        funds=[fund.card for fund in funds if fund.current],
        other_funds=[fund for fund in funds if not fund.current],
        lines=await hub_lines(actor, person_id),
        watches=Permission.VIEWS_SEE in actor.permissions,
    )


router = Router("/", route_handlers=[show_person], include_in_schema=False)
