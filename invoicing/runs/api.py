"""Billing runs for programs: the same commands and queries as the pages."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from litestar import Router, get, post
from litestar.params import Parameter, QueryParameter
from msgspec import Struct

from invoicing.runs import commands, queries
from invoicing.runs.issued import Skipped
from invoicing.runs.queries import Preview, Run
from invoicing.runs.rules import Scope
from marketplace.identity.access import Actor
from marketplace.identity.rules import Permission
from marketplace.kernel.errors import Conflict

SEES = {"permission": Permission.INVOICE_SEE}
ISSUES = {"permission": Permission.INVOICE_ISSUE}


class LeftOutOut(Struct):
    """What cannot be billed, and why."""

    payer_name: str
    attendances: int
    gross_pence: int | None
    because: str

    @classmethod
    def of(cls, told: Skipped) -> "LeftOutOut":
        """One of them."""
        return cls(told.payer_name, told.lines, told.gross.pence if told.gross else None, told.because)


class DraftOut(Struct):
    """An invoice that would be made."""

    payer_name: str
    purchase_order: str | None
    lines: int
    net_pence: int
    vat_pence: int
    gross_pence: int


class PreviewOut(Struct):
    """Exactly the invoices that a run would make. `fingerprint` says so to the run."""

    starts_on: date
    ends_on: date
    invoices: list[DraftOut]
    left_out: list[LeftOutOut]
    disputed: int
    fingerprint: str

    @classmethod
    def of(cls, seen: Preview) -> "PreviewOut":
        """A preview as it was read."""
        invoices = [
            DraftOut(
                draft.between.payer_name,
                draft.order.number if draft.order else None,
                len(draft.delivered),
                draft.vat.taxable.pence,
                draft.vat.vat.pence,
                draft.gross.pence,
            )
            for draft in seen.drafts
        ]
        left_out = [LeftOutOut.of(each) for each in seen.left_out]
        scope = seen.scope
        return cls(scope.starts_on, scope.ends_on, invoices, left_out, seen.disputed, seen.fingerprint)


class RunIn(Struct, forbid_unknown_fields=True):
    """Days (both included) to bill; with the `fingerprint` of a preview only exactly its invoices are made."""

    starts_on: date
    ends_on: date
    payer_id: UUID | None = None
    purchase_order_id: UUID | None = None
    fingerprint: str | None = None


class RunOut(Struct):
    """A run: the invoices of your side. `left_out` is told to its seller."""

    id: UUID
    reference: str
    starts_on: date
    ends_on: date
    state: str
    lines_expected: int
    lines_made: int
    invoices: int
    gross_pence: int
    started_at: datetime
    finished_at: datetime | None
    left_out: list[LeftOutOut]

    @classmethod
    def of(cls, run: Run) -> "RunOut":
        """A run as it was read."""
        told = {name: run.row[name] for name in cls.__struct_fields__ if name != "left_out"}
        return cls(**told, left_out=[LeftOutOut.of(each) for each in run.left_out])


@get("/billing-runs/preview", opt=ISSUES)
async def get_preview(
    actor: Actor,
    starts_on: date,
    ends_on: date,
    payer_id: Annotated[UUID | None, QueryParameter(description="Only this payer")] = None,
    purchase_order_id: Annotated[UUID | None, QueryParameter(description="Only this order")] = None,
) -> PreviewOut:
    """What a run over these days would make for your provider. Nothing is made."""
    scope = Scope(starts_on, ends_on, payer_id=payer_id, purchase_order_id=purchase_order_id)
    return PreviewOut.of(await queries.preview(actor, scope))


@post("/billing-runs", opt=ISSUES, status_code=200)
async def post_run(actor: Actor, data: RunIn) -> RunOut | None:
    """Bill what your provider delivered on these days; null when there is nothing. Each session is billed once."""
    scope = Scope(
        data.starts_on, data.ends_on, payer_id=data.payer_id, purchase_order_id=data.purchase_order_id
    )
    seen = await queries.preview(actor, scope)
    if data.fingerprint is not None and data.fingerprint != seen.fingerprint:
        raise Conflict(
            "You cannot make these invoices, because something changed. You can ask for the preview again."
        )
    run_id = await commands.begin(actor, seen.scope)
    if run_id is None:
        return None
    await commands.work_on(actor, run_id)
    return RunOut.of(await queries.run(actor, run_id))


@get("/billing-runs", opt=SEES)
async def get_runs(actor: Actor, page: Annotated[int, Parameter(ge=1, le=100_000)] = 1) -> list[RunOut]:
    """The runs that made invoices of your side, the newest first; fifty a page."""
    return [RunOut.of(run) for run in await queries.runs(actor, page)]


@get("/billing-runs/{run_id:uuid}", opt=SEES)
async def get_run(actor: Actor, run_id: UUID) -> RunOut:
    """One run, with what it has made so far."""
    return RunOut.of(await queries.run(actor, run_id))


router = Router(
    "/api/v1",
    include_in_schema=True,
    route_handlers=[get_preview, post_run, get_runs, get_run],
    tags=["invoices"],
)
