"""Self-billing for programs: the same commands and queries as the pages."""

from datetime import date
from uuid import UUID

from litestar import Router, get, post
from msgspec import Struct

from invoicing.runs.commands import self_bill
from invoicing.self_billing import commands, queries
from invoicing.self_billing.queries import AgreementView
from invoicing.self_billing.rules import Dates
from marketplace.identity.access import Actor
from marketplace.identity.rules import Permission

SEES = {"permission": Permission.INVOICE_SEE}
ISSUES = {"permission": Permission.INVOICE_ISSUE}
PAYS = {"permission": Permission.INVOICE_PAY}


class AgreementOut(Struct, frozen=True):
    """An agreement; both days are included.

    `standing` is `proposed`, `accepted` (not begun), `in_force`, `refused` or `ended`.
    """

    id: UUID
    reference: str
    payer_name: str
    provider_id: UUID
    provider_name: str
    vat_number: str
    starts_on: date
    ends_on: date
    standing: str
    terms: str
    ended_on: date | None
    ended_because: str


class AgreementIn(Struct, frozen=True, forbid_unknown_fields=True):
    """For which supplier, from the first to the last day, at most a year."""

    provider_id: UUID
    starts_on: date
    ends_on: date


class AcceptIn(Struct, frozen=True, forbid_unknown_fields=True):
    """The words of the agreement, as they were read."""

    terms: str


class EndIn(Struct, frozen=True, forbid_unknown_fields=True):
    """Why it ends."""

    because: str


class SelfBillIn(Struct, frozen=True, forbid_unknown_fields=True):
    """The first day of a month."""

    month: date


class WrittenOut(Struct, frozen=True):
    """What the run wrote, and in words what it left out."""

    invoice_ids: list[UUID]
    total_pence: int
    words: str


def _out(view: AgreementView) -> AgreementOut:
    told = view.row | {"standing": view.standing, "ended_because": view.why_ended}
    return AgreementOut(**{name: told[name] for name in AgreementOut.__struct_fields__})


@get("/self-billing", opt=SEES)
async def list_agreements(actor: Actor) -> list[AgreementOut]:
    """The agreements about self-billing of your organisation, on either side, the newest first."""
    return [_out(view) for view in await queries.agreements(actor)]


@post("/self-billing", opt=PAYS)
async def propose_agreement(actor: Actor, data: AgreementIn) -> AgreementOut:
    """Offer to write a supplier's invoices; nothing changes before the supplier accepts."""
    made = await commands.propose(actor, data.provider_id, Dates(data.starts_on, data.ends_on))
    return _out(await queries.agreement(actor, made))


@post("/self-billing/{self_billing_id:uuid}/accept", opt=ISSUES, status_code=200)
async def accept_agreement(actor: Actor, self_billing_id: UUID, data: AcceptIn) -> AgreementOut:
    """Accept exactly the words that you read: from its first day on the payer writes your invoices."""
    await commands.accept(actor, self_billing_id, data.terms)
    return _out(await queries.agreement(actor, self_billing_id))


@post("/self-billing/{self_billing_id:uuid}/refuse", opt=ISSUES, status_code=200)
async def refuse_agreement(actor: Actor, self_billing_id: UUID) -> AgreementOut:
    """Go on to write your own invoices."""
    await commands.refuse(actor, self_billing_id)
    return _out(await queries.agreement(actor, self_billing_id))


@post("/self-billing/{self_billing_id:uuid}/end", opt=SEES, status_code=200)
async def end_agreement(actor: Actor, self_billing_id: UUID, data: EndIn) -> AgreementOut:
    """End an agreement from today on; the payer can take back one that was not answered."""
    await commands.end(actor, self_billing_id, data.because)
    return _out(await queries.agreement(actor, self_billing_id))


@post("/self-billing/run", opt=PAYS, status_code=200)
async def write_invoices(actor: Actor, data: SelfBillIn) -> WrittenOut:
    """Write a month's invoices of your suppliers with an agreement in force; again, it writes only what is new."""
    run = await self_bill(actor, data.month)
    return WrittenOut([each.invoice_id for each in run.invoices], run.total.pence, run.words)


router = Router(
    "/api/v1",
    include_in_schema=True,
    route_handlers=[
        list_agreements,
        propose_agreement,
        accept_agreement,
        refuse_agreement,
        end_agreement,
        write_invoices,
    ],
    tags=["invoices"],
)
