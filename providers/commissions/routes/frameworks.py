"""A council's pages of its frameworks, and of what each lot asks and is judged by."""

import re
from typing import Any
from uuid import UUID

from litestar import Response, get, post

from marketplace.identity.access import Actor
from marketplace.identity.http import AnyRequest
from marketplace.identity.pages import done, page
from marketplace.identity.rules import Permission
from marketplace.kernel.errors import Conflict, Invalid
from marketplace.kernel.forms import Form
from providers.access import require_council
from providers.commissions.commands import open_framework, set_lot
from providers.commissions.queries import criteria_of, lot_of, questions_of
from providers.commissions.routes.deciding import DECIDE, after, at_fields
from providers.commissions.rules import CriterionDraft, QuestionDraft, QuestionKind


@get("/council/frameworks/new", opt=DECIDE)
async def show_new_framework(request: AnyRequest, actor: Actor) -> Response[Any]:
    """The form of a new framework."""
    require_council(actor, Permission.COMMISSION_DECIDE)
    return await page(request, "providers/framework_form.html")


@post("/council/frameworks/new", opt=DECIDE, status_code=200)
async def do_new_framework(request: AnyRequest, actor: Actor) -> Response[Any]:
    """Open a framework with its lots, one on each line."""
    form = await Form.read(request)
    starts_on = form.day("starts_on", required="Enter the first day, like 1 4 2026")
    last = form.day("last_day")
    lots = [line.strip()[:200] for line in form.text("lots").splitlines() if line.strip()]
    try:
        form.check()
        assert starts_on is not None  # noqa: S101 - nothing was wrong
        await open_framework(actor, form.text("name", most=200), lots, starts_on, after(last))
    except (Invalid, Conflict) as refusal:
        form.take(at_fields(refusal))
        return await page(
            request,
            "providers/framework_form.html",
            status=refusal.status,
            form=form.values,
            errors=form.errors,
        )
    return await done(request, "/council/providers", "The framework is open.")


@get("/council/lots/{lot_id:uuid}", opt=DECIDE)
async def show_lot(request: AnyRequest, actor: Actor, lot_id: UUID) -> Response[Any]:
    """The form of what a lot asks and is judged by, one on each line."""
    lot = await lot_of(actor, lot_id)
    questions = await questions_of(None, lot_id)
    shown = {
        "description": lot["description"],
        "questions": _lines(row for row in questions if row["kind"] == QuestionKind.WORDS),
        "evidence": _lines(row for row in questions if row["kind"] == QuestionKind.FILE),
        "criteria": "\n".join(
            f"{row['words']} ({row['least_score']})" if row["least_score"] else row["words"]
            for row in await criteria_of(None, lot_id)
        ),
    }
    return await page(request, "providers/lot.html", lot=lot, form=shown)


@post("/council/lots/{lot_id:uuid}", opt=DECIDE, status_code=200)
async def do_set_lot(request: AnyRequest, actor: Actor, lot_id: UUID) -> Response[Any]:
    """Keep what a lot asks; a line that ends in (optional) need not be answered, one in (3) needs that score."""
    lot = await lot_of(actor, lot_id)
    form = await Form.read(request)
    questions = [
        *(_question(line, QuestionKind.WORDS) for line in _typed(form, "questions")),
        *(_question(line, QuestionKind.FILE) for line in _typed(form, "evidence")),
    ]
    criteria = [_criterion(line) for line in _typed(form, "criteria")]
    try:
        form.check()
        await set_lot(actor, lot_id, form.text("description", most=2000), questions, criteria)
    except (Invalid, Conflict) as refusal:
        form.take(refusal)
        return await page(
            request,
            "providers/lot.html",
            status=refusal.status,
            lot=lot,
            form=form.values,
            errors=form.errors,
        )
    return await done(request, "/council/providers", f"{lot['name']}: your changes are kept.")


def _typed(form: Form, name: str) -> list[str]:
    return [line.strip() for line in form.text(name, most=8000).splitlines() if line.strip()]


def _lines(rows: Any) -> str:
    return "\n".join(row["words"] if row["needed"] else f"{row['words']} (optional)" for row in rows)


def _question(line: str, kind: QuestionKind) -> QuestionDraft:
    words = re.sub(r"\s*\(optional\)$", "", line, flags=re.IGNORECASE)
    return QuestionDraft(kind, words, needed=words == line)


def _criterion(line: str) -> CriterionDraft:
    found = re.fullmatch(r"(.+?)\s*\(([0-5])\)", line)
    return CriterionDraft(found[1], int(found[2])) if found else CriterionDraft(line)


HANDLERS = [show_new_framework, do_new_framework, show_lot, do_set_lot]
