"""Proposing, answering and ending an agreement about self-billing; each change is told to the other side."""

from uuid import UUID

from invoicing.self_billing import queries
from invoicing.self_billing.queries import AgreementView
from invoicing.self_billing.rules import (
    AGREEMENT_TRANSITIONS,
    AgreementOverlaps,
    AgreementState,
    Dates,
    NoAgreement,
    SelfBilled,
    VatNumberChanged,
    check_dates,
    terms,
)
from marketplace.identity.access import Actor, require
from marketplace.identity.rules import Permission
from marketplace.kernel import audit, clock, db, outbox
from marketplace.kernel.errors import Forbidden, Invalid, NotFound, StateConflict
from marketplace.kernel.ids import new_id, reference
from marketplace.kernel.settings import settings
from marketplace.kernel.states import transition

db.explain_constraint("self_billing_one_at_a_time", AgreementOverlaps())
db.explain_constraint("invoice_self_billed", SelfBilled())
db.explain_constraint("invoice_needs_agreement", NoAgreement())


async def propose(actor: Actor, provider_id: UUID, dates: Dates) -> UUID:
    """The payer offers to write a supplier's invoices. Nothing changes before the supplier accepts.

    Raises Forbidden, NotFound for a supplier that sells nothing to the payer, Invalid, AgreementOverlaps.
    """
    require(actor, Permission.INVOICE_PAY)
    if actor.organisation_id is None:
        raise Forbidden
    check_dates(dates, clock.today())
    if provider_id not in {row["id"] for row in await queries.suppliers(actor)}:
        raise NotFound
    agreement_id = new_id()
    async with db.unit_of_work():
        row = await db.fetch_one(
            "SELECT o.name AS payer, pr.name AS supplier, pr.email,"
            "       coalesce(vat_number_on(pr.id, $3), '') AS vat_number"
            "  FROM organisation o, provider pr WHERE o.id = $1 AND pr.id = $2",
            actor.organisation_id,
            provider_id,
            clock.today(),
        )
        assert row is not None  # noqa: S101 - both were read above
        words = terms(row["payer"], row["supplier"], row["vat_number"], dates)
        await db.execute(
            "INSERT INTO self_billing_agreement (id, reference, payer_organisation_id, provider_id, vat_number,"
            " starts_on, ends_on, terms, state, proposed_by, proposed_at)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'proposed', $9, $10)",
            agreement_id,
            reference("SB"),
            actor.organisation_id,
            provider_id,
            row["vat_number"],
            dates.starts_on,
            dates.ends_on,
            words,
            actor.user_id,
            clock.now(),
        )
        await audit.record(
            actor, "self_billing.proposed", "self_billing_agreement", agreement_id,
            after={"provider_id": str(provider_id), "starts_on": str(dates.starts_on), "ends_on": str(dates.ends_on)},
        )  # fmt: skip
        await _tell(row["email"], f"{row['payer']} offers to write your invoices", words, agreement_id)
    return agreement_id


async def accept(actor: Actor, agreement_id: UUID, terms_read: str) -> None:
    """The supplier accepts exactly the words that were shown.

    Raises NotFound, StateConflict, VatNumberChanged, Invalid for other words.
    """
    require(actor, Permission.INVOICE_ISSUE)
    async with db.unit_of_work():
        view = await _answered(actor, agreement_id)
        if terms_read.split() != view.row["terms"].split():
            raise Invalid({"agreed": "Read the words again: they are not the ones that you were shown"})
        if view.row["vat_today"] != view.row["vat_number"]:
            raise VatNumberChanged
        if view.row["ends_on"] < clock.today():
            raise StateConflict("You cannot accept this, because its days are over. You can ask for another.")
        await _to(actor, view, AgreementState.ACCEPTED, **_answer(actor))
        told = f"{view.row['provider_name']} accepted that you write its invoices."
        await _tell(view.row["payer_email"], "Self-billing is agreed", told, agreement_id)


async def refuse(actor: Actor, agreement_id: UUID) -> None:
    """The supplier refuses, and goes on to write its own invoices. Raises NotFound, StateConflict."""
    require(actor, Permission.INVOICE_ISSUE)
    async with db.unit_of_work():
        view = await _answered(actor, agreement_id)
        await _to(actor, view, AgreementState.REFUSED, **_answer(actor))
        told = f"{view.row['provider_name']} goes on to write its own invoices."
        await _tell(view.row["payer_email"], "Self-billing was refused", told, agreement_id)


async def end(actor: Actor, agreement_id: UUID, because: str) -> None:
    """Either side ends it from today on; the payer can take back what was not answered.

    Raises NotFound, StateConflict, Invalid without a reason.
    """
    if not because.strip():
        raise Invalid({"because": "Say why"})
    async with db.unit_of_work():
        view = await _locked(actor, agreement_id)
        if not view.may_end:
            raise StateConflict("You cannot end this, because it does not count any more.")
        why = {"ended_by": actor.user_id, "ended_because": because.strip()}
        await _to(actor, view, AgreementState.ENDED, ended_on=clock.today(), **why)
        other = view.row["provider_email" if view.is_payer else "payer_email"]
        told = (
            f"From today on {view.row['provider_name']} writes its own invoices to {view.row['payer_name']}.\n\n"
            f"The reason: {because.strip()}"
        )
        await _tell(other, "Self-billing has ended", told, agreement_id)


async def end_what_is_over() -> int:
    """Note the end of agreements that ran out or whose supplier's VAT number changed; answers how many."""
    rows = await db.fetch_all(
        """SELECT a.id, a.ends_on, a.payer_organisation_id, o.email AS payer_email, pr.email AS provider_email,
                  pr.name AS provider_name, o.name AS payer_name
             FROM self_billing_agreement a JOIN provider pr ON pr.id = a.provider_id
             JOIN organisation o ON o.id = a.payer_organisation_id
            WHERE a.state = 'accepted'
              AND (a.ends_on < $1 OR coalesce(vat_number_on(a.provider_id, $1), '') <> a.vat_number)""",
        clock.today(),
    )
    for row in rows:
        because = "It ran out." if row["ends_on"] < clock.today() else "The supplier's VAT number changed."
        async with db.unit_of_work():
            await transition(
                audit.SYSTEM, "self_billing_agreement", row["id"], AgreementState.ACCEPTED, AgreementState.ENDED,
                AGREEMENT_TRANSITIONS, action="self_billing.ended",
                also={"ended_on": clock.today(), "ended_because": because},
            )  # fmt: skip
            told = f"{row['provider_name']} writes its own invoices to {row['payer_name']} again. {because}"
            for recipient in (row["payer_email"], row["provider_email"]):
                await _tell(recipient, "Self-billing has ended", told, row["id"])
    return len(rows)


# --- Parts -------------------------------------------------------------------------------------------------------


async def _locked(actor: Actor, agreement_id: UUID) -> AgreementView:
    await db.execute("SELECT 1 FROM self_billing_agreement WHERE id = $1 FOR NO KEY UPDATE", agreement_id)
    return await queries.agreement(actor, agreement_id)


async def _answered(actor: Actor, agreement_id: UUID) -> AgreementView:
    view = await _locked(actor, agreement_id)
    if view.is_payer:
        raise Forbidden("You cannot answer this, because only the supplier can.")
    if not view.may_answer:
        raise StateConflict("You cannot answer this, because it is answered or taken back already.")
    return view


def _answer(actor: Actor) -> dict[str, object]:
    return {"answered_by": actor.user_id, "answered_at": clock.now()}


async def _to(actor: Actor, view: AgreementView, state: AgreementState, **also: object) -> None:
    await transition(
        actor, "self_billing_agreement", view.row["id"], view.state, state, AGREEMENT_TRANSITIONS,
        action=f"self_billing.{state}", also=also,
    )  # fmt: skip


async def _tell(recipient: str, subject: str, words: str, agreement_id: UUID) -> None:
    link = f"{settings().base_url}/self-billing/{agreement_id}"
    await outbox.enqueue_mail(recipient or "", subject, f"{words}\n\n{link}\n")
