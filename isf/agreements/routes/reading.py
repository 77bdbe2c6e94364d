"""The agreements of a person, one of them, and its document."""

from typing import Any
from uuid import UUID

from litestar import Response, get

from isf import queries as people
from isf.agreements import queries
from isf.agreements.fees.queries import fees_of
from isf.agreements.printing import agreement_pdf
from isf.agreements.supply.queries import self_supply_of
from isf.routes.reading import SEES
from isf.rules import fund_title
from marketplace.identity.access import Actor
from marketplace.identity.http import AnyRequest
from marketplace.identity.pages import easy_read, page
from marketplace.identity.rules import Permission
from marketplace.kernel.routes_of_money import Route


@get("/people/{person_id:uuid}/agreements", opt=SEES)
async def show_agreements(request: AnyRequest, actor: Actor, person_id: UUID) -> Response[Any]:
    """What is agreed about each of a person's funds."""
    person = await people.person(actor, person_id)
    return await page(
        request,
        "isf/agreements/agreements.html",
        about=person_id,
        person=person,
        funds=await queries.agreements_of(actor, person_id),
        manages=Permission.AGREEMENT_MANAGE in actor.permissions and actor.council_id == person.council_id,
    )


@get("/agreements/{agreement_id:uuid}", opt=SEES)
async def show_agreement(request: AnyRequest, actor: Actor, agreement_id: UUID) -> Response[Any]:
    """One agreement: its words, who signed, and what can be done with it."""
    view = await queries.agreement(actor, agreement_id)
    record = view.record
    return await page(
        request,
        "isf/agreements/agreement.html",
        about=record.person_id,
        has_easy_read=True,
        view=view,
        record=record,
        fund_title=fund_title(record.kind, record.names.holder),
        fees=await fees_of(actor, agreement_id) if record.kind is Route.ISF else [],
        supply=await self_supply_of(actor, record.fund_id) if record.kind is Route.ISF else None,
    )


@get("/agreements/{agreement_id:uuid}/document.pdf", opt=SEES)
async def get_document(request: AnyRequest, actor: Actor, agreement_id: UUID) -> Response[bytes]:
    """The agreement as a tagged PDF, in full or, with `easy=on`, in Easy Read."""
    view = await queries.agreement(actor, agreement_id)
    easy = easy_read(request)
    name = f"agreement-{view.record.version}{'-easy-read' if easy else ''}.pdf"
    return Response(
        await agreement_pdf(view, "easy" if easy else "full"),
        media_type="application/pdf",
        headers={"Content-Disposition": f'inline; filename="{name}"', "Cache-Control": "private, no-store"},
    )


HANDLERS = [show_agreements, show_agreement, get_document]
