"""The copy of a support plan: a page, a PDF, an Easy Read PDF."""

from typing import Any
from uuid import UUID

from litestar import Response, Router, get

from isf.documents.communication import communication_line
from isf.documents.copies import CopyForm, copies_of, printed_plan, take_copy
from isf.documents.plan_words import plan_easy_words, plan_words
from isf.routes.reading import SEES
from marketplace.identity.access import Actor
from marketplace.identity.http import AnyRequest
from marketplace.identity.pages import easy_read, page


@get("/plans/{version_id:uuid}/copy", opt=SEES)
async def show_copy(request: AnyRequest, actor: Actor, version_id: UUID) -> Response[Any]:
    """The whole plan on one page to read or print; in Easy Read when that is on."""
    plan = await take_copy(actor, version_id, CopyForm.PAGE)
    line = await communication_line(plan.person_id)
    easy = easy_read(request)
    return await page(
        request,
        "isf/documents/plan_easy.html" if easy else "isf/documents/plan.html",
        about=plan.person_id,
        version_id=version_id,
        person_id=plan.person_id,
        person_name=plan.person_name,
        number=plan.number,
        told=plan_easy_words(plan, line) if easy else plan_words(plan, line),
        copies=[] if easy else await copies_of(version_id),
    )


@get("/plans/{version_id:uuid}/copy.pdf", opt=SEES)
async def show_copy_pdf(actor: Actor, version_id: UUID) -> Response[bytes]:
    """The plan as a tagged PDF."""
    return await _pdf(actor, version_id, CopyForm.PDF)


@get("/plans/{version_id:uuid}/easy-read.pdf", opt=SEES)
async def show_copy_easy_pdf(actor: Actor, version_id: UUID) -> Response[bytes]:
    """The plan as an Easy Read PDF."""
    return await _pdf(actor, version_id, CopyForm.EASY_READ)


async def _pdf(actor: Actor, version_id: UUID, form: CopyForm) -> Response[bytes]:
    plan, printed = await printed_plan(actor, version_id, form)
    kind = "-easy-read" if form is CopyForm.EASY_READ else ""
    return Response(
        printed,
        media_type="application/pdf",
        headers={
            "Content-Disposition": f'inline; filename="support-plan-version-{plan.number}{kind}.pdf"',
            "Cache-Control": "private, no-store",
        },
    )


router = Router("/", route_handlers=[show_copy, show_copy_pdf, show_copy_easy_pdf], include_in_schema=False)
