"""Reads of self-billing agreements; each side sees its own."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from invoicing.self_billing.rules import AgreementState
from marketplace.identity.access import Actor, require
from marketplace.identity.rules import Permission
from marketplace.kernel import clock, db
from marketplace.kernel.errors import Forbidden, NotFound

_READ: Final = """
    SELECT a.*, o.name AS payer_name, o.email AS payer_email, pr.name AS provider_name, pr.email AS provider_email,
           pr.organisation_id AS supplier_id, coalesce(vat_number_on(a.provider_id, $2), '') AS vat_today
      FROM self_billing_agreement a JOIN organisation o ON o.id = a.payer_organisation_id
      JOIN provider pr ON pr.id = a.provider_id
     WHERE (a.payer_organisation_id = $1 OR pr.organisation_id = $1)
"""


@dataclass(frozen=True, slots=True)
class AgreementView:
    """An agreement as one of its sides sees it."""

    row: db.Row
    today: date
    is_payer: bool

    @property
    def state(self) -> AgreementState:
        """Where it stands in the records."""
        return AgreementState(self.row["state"])

    @property
    def standing(self) -> str:
        """Where it stands today: also when it ran out, or the VAT number changed, and nobody has noted it yet."""
        if self.state is not AgreementState.ACCEPTED:
            return str(self.state)
        if self.today > self.row["ends_on"] or self.row["vat_today"] != self.row["vat_number"]:
            return "ended"
        return "in_force" if self.today >= self.row["starts_on"] else "accepted"

    @property
    def why_ended(self) -> str:
        """Why it does not count any more; empty while it does."""
        if self.row["ended_because"] or self.standing != "ended":
            return str(self.row["ended_because"])
        ran_out = self.today > self.row["ends_on"]
        return "It ran out." if ran_out else "The VAT number of the supplier is not the one of the agreement."

    @property
    def may_answer(self) -> bool:
        """Whether the viewer can accept or refuse it."""
        return not self.is_payer and self.state is AgreementState.PROPOSED

    @property
    def may_end(self) -> bool:
        """Whether the viewer can end it, or take it back."""
        return self.standing in ("in_force", "accepted") or (
            self.is_payer and self.state is AgreementState.PROPOSED
        )


def check_side(actor: Actor) -> UUID:
    """The actor's organisation, if they bill or pay for it. Raises Forbidden."""
    require(actor, Permission.INVOICE_SEE)
    if actor.organisation_id is None or not {Permission.INVOICE_ISSUE, Permission.INVOICE_PAY} & set(
        actor.permissions
    ):
        raise Forbidden
    return actor.organisation_id


async def agreements(actor: Actor) -> list[AgreementView]:
    """Those of the actor's organisation on either side, the newest first. Raises Forbidden."""
    mine = check_side(actor)
    rows = await db.fetch_all(f"{_READ} ORDER BY a.proposed_at DESC, a.id", mine, clock.today())
    return [AgreementView(row, clock.today(), row["payer_organisation_id"] == mine) for row in rows]


async def agreement(actor: Actor, agreement_id: UUID) -> AgreementView:
    """One of them. Raises NotFound."""
    mine = check_side(actor)
    row = await db.fetch_one(f"{_READ} AND a.id = $3", mine, clock.today(), agreement_id)
    if row is None:
        raise NotFound
    return AgreementView(row, clock.today(), row["payer_organisation_id"] == mine)


async def suppliers(actor: Actor) -> list[db.Row]:
    """Whose invoices the actor's organisation could write: who delivered, or has a booking, on its money."""
    require(actor, Permission.INVOICE_PAY)
    return await db.fetch_all(
        """SELECT pr.id, pr.name FROM provider pr WHERE EXISTS (
               SELECT 1 FROM booking b JOIN fund f ON f.id = b.fund_id
                WHERE b.provider_id = pr.id AND f.holder_organisation_id = $1) ORDER BY pr.name""",
        actor.organisation_id,
    )


async def in_force(provider_id: UUID, payer_organisation_id: UUID | None) -> UUID | None:
    """The agreement by which the payer writes this supplier's invoices today; None without one."""
    found: Any = await db.fetch_value(
        "SELECT self_billing_on($1, $2, $3)", provider_id, payer_organisation_id, clock.today()
    )
    return found if isinstance(found, UUID) else None
