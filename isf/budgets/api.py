"""The API about budgets by version and about reported changes: the same commands and queries as the pages."""

from typing import Annotated
from uuid import UUID

from litestar import Response, Router, get, post
from litestar.enums import MediaType
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import HeaderParameter

from isf.budgets import commands, queries
from isf.budgets.queries import VersionLine
from isf.budgets.reports import commands as reports
from isf.budgets.reports import queries as report_queries
from isf.budgets.reports.queries import Report
from isf.budgets.rules import BudgetChange
from isf.budgets.schemas import (
    AnswerIn,
    BudgetChangeIn,
    ChangedOut,
    Made,
    NewHolderIn,
    ReportIn,
    changed_out,
)
from isf.rules import FundDraft
from marketplace.identity.access import Actor
from marketplace.identity.rules import Permission
from marketplace.kernel.idempotency import key_of, once
from marketplace.kernel.money import ZERO

SEES = {"permission": Permission.PERSON_SEE}
MANAGES = {"permission": Permission.PERSON_MANAGE}
Header = Annotated[str | None, HeaderParameter(name="Idempotency-Key")]
_CHANGED = {201: ResponseSpec(ChangedOut, description="It is changed")}


@get("/people/{person_id:uuid}/budgets", opt=SEES)
async def budgets(actor: Actor, person_id: UUID) -> list[VersionLine]:
    """The versions of a person's budget with their parts, the newest first; amounts in pence."""
    return await queries.versions_of(actor, person_id)


@post("/people/{person_id:uuid}/budgets/changes", opt=MANAGES, responses=_CHANGED)
async def change_budget(
    actor: Actor, person_id: UUID, data: BudgetChangeIn, idempotency_key: Header = None
) -> Response[bytes]:
    """Start the next version from a day on. Funds go on where route and holder stay; money moves by the difference."""
    key = key_of(actor.user_id, idempotency_key, f"POST /people/{person_id}/budgets/changes", data)

    async def run() -> ChangedOut:
        change = BudgetChange(
            data.starts_on,
            data.ends_on,
            [part.draft() for part in data.parts],
            data.because,
            data.per,
            data.collection,
            data.agreed,
        )
        return changed_out(await commands.change_budget(actor, person_id, change))

    status, answer = await once(key, 201, run)
    return Response(answer, status_code=status, media_type=MediaType.JSON)


@post("/funds/{fund_id:uuid}/holder", opt=MANAGES, responses=_CHANGED)
async def change_holder(
    actor: Actor, fund_id: UUID, data: NewHolderIn, idempotency_key: Header = None
) -> Response[bytes]:
    """Give the rest of a fund's money to another holder or route from a day on; nothing is funded twice."""
    key = key_of(actor.user_id, idempotency_key, f"POST /funds/{fund_id}/holder", data)

    async def run() -> ChangedOut:
        to = FundDraft(data.route, ZERO, data.holder_user_id, data.holder_organisation_id)
        return changed_out(await commands.change_route(actor, fund_id, data.starts_on, to, data.because))

    status, answer = await once(key, 201, run)
    return Response(answer, status_code=status, media_type=MediaType.JSON)


@get("/people/{person_id:uuid}/changes", opt=SEES)
async def changes(actor: Actor, person_id: UUID) -> list[Report]:
    """What was reported about a person, and what the council answered; the newest first."""
    return await report_queries.reports_of(actor, person_id)


@post("/people/{person_id:uuid}/changes", opt=SEES)
async def report_change(actor: Actor, person_id: UUID, data: ReportIn) -> Made:
    """Tell the council that something has changed."""
    return Made(await reports.report_change(actor, person_id, data.what, data.since, data.meaning))


@post("/changes/{report_id:uuid}/open", opt=MANAGES, status_code=204)
async def open_change(actor: Actor, report_id: UUID) -> None:
    """Take a report on."""
    await reports.open_report(actor, report_id)


@post("/changes/{report_id:uuid}/answer", opt=MANAGES, status_code=204)
async def answer_change(actor: Actor, report_id: UUID, data: AnswerIn) -> None:
    """Answer a report; the person is told."""
    await reports.answer_report(actor, report_id, data.answer, data.words, budget_id=data.budget_id)


router = Router(
    "/api/v1",
    include_in_schema=True,
    route_handlers=[
        budgets,
        change_budget,
        change_holder,
        changes,
        report_change,
        open_change,
        answer_change,
    ],
    tags=["budgets"],
)
