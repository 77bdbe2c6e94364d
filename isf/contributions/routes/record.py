"""A person's contribution: the week, why, what is free, what is to pay."""

from typing import Any
from uuid import UUID

from litestar import Response, get

from isf import queries as people
from isf.contributions import queries, words
from isf.contributions.holding import decides
from isf.contributions.routes.reading import SEES
from isf.contributions.rules.charges import Why
from isf.contributions.rules.exempt import ExemptKind
from isf.parameters.rules import in_words
from marketplace.identity.access import Actor
from marketplace.identity.http import AnyRequest
from marketplace.identity.pages import easy_read, page
from marketplace.identity.rules import Scope
from marketplace.kernel import clock


@get("/people/{person_id:uuid}/contribution", opt=SEES)
async def show_contribution(request: AnyRequest, actor: Actor, person_id: UUID) -> Response[Any]:
    """What the person pays, in plain words or in Easy Read."""
    easy = easy_read(request)
    template = "isf/contributions/easy.html" if easy else "isf/contributions/contribution.html"
    return await page(request, template, about=person_id, **await context_of(actor, person_id))


@get("/people/{person_id:uuid}/contribution/print", opt=SEES)
async def print_contribution(request: AnyRequest, actor: Actor, person_id: UUID) -> Response[Any]:
    """The same for paper: no menu, every line."""
    context = await context_of(actor, person_id)
    return await page(request, "isf/contributions/print.html", about=person_id, **context)


@get("/people/{person_id:uuid}/contribution/assessments/{financial_id:uuid}", opt=SEES)
async def show_assessment(
    request: AnyRequest, actor: Actor, person_id: UUID, financial_id: UUID
) -> Response[Any]:
    """One assessment, also an earlier one: its figures, every step, the council's values then."""
    person = await people.person(actor, person_id)
    told = await queries.assessment(actor, person_id, financial_id)
    return await page(
        request,
        "isf/contributions/assessment.html",
        about=person_id,
        person=person,
        told=told,
        assessed=told.explained(),
        ways=words.WAYS,
        words_of=in_words,
    )


async def context_of(actor: Actor, person_id: UUID) -> dict[str, Any]:
    """Everything that the page, the Easy Read page and the print show; the view of the record is audited."""
    today = clock.today()
    person = await people.person(actor, person_id)
    week = await queries.week_of_person(person_id, today)
    sees_figures = queries.may_see_figures(actor)
    assessments = await queries.assessments_of(actor, person_id) if sees_figures else []
    current = queries.in_force(assessments, today)
    bills = await queries.bills_of(actor, person_id)
    unpaid = [bill for bill in bills if bill.owed_pence]
    return {
        "person": person,
        "week": week,
        "sentences": words.week_sentences(week, person.called),
        "budget_says": words.budget_differs(week),
        "sees_figures": sees_figures,
        "current": current,
        "assessed": current.explained() if current else None,
        "assessments": [each for each in assessments if each is not current],
        "exempt": await queries.exempt_of(actor, person_id),
        "kinds": list(ExemptKind),
        "collecting": await queries.collecting(person_id, today),
        "bills": bills if any(bill.amount_pence for bill in bills) else [],
        "payments": await queries.payments_of(actor, person_id),
        "owed_pence": sum(bill.owed_pence for bill in unpaid),
        "late_pence": sum(bill.owed_pence for bill in unpaid if bill.days_late),
        "due_on": min((bill.due_on for bill in unpaid), default=None),
        "credit_pence": max(0, -await queries.balance_of(person_id)),
        "council_staff": actor.council_id is not None,
        "manages": decides(actor, person.council_id),
        "may_pay": Scope.PAY in person.scopes,
        "no_budget": week.why is Why.NO_BUDGET,
        "today": today,
    }


HANDLERS = [show_contribution, print_contribution, show_assessment]
