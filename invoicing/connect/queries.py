"""Reads about sellers' accounts at Stripe, and what Stripe says of their payouts."""

import json
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from invoicing.cards.gateway import gateway
from invoicing.stripe_values import AccountState, Payout, PayoutPart, Standing
from marketplace.identity.access import Actor, require
from marketplace.identity.rules import Permission
from marketplace.kernel import db
from marketplace.kernel.errors import NotFound


@dataclass(frozen=True, slots=True)
class SellersAccount:
    """A seller and its account at Stripe as it was told last; `state` is None without an account."""

    provider_id: UUID
    provider_name: str
    email: str
    website: str
    account_id: str | None
    state: AccountState | None
    standing: Standing
    asked_at: datetime | None


_ACCOUNT = """
    SELECT a.*, pr.id AS provider_id, pr.name, pr.email, pr.website, pr.stripe_account
      FROM provider pr LEFT JOIN connected_account a ON a.id = pr.stripe_account
"""


def state_of(row: db.Row) -> AccountState:
    """A row of connected_account as Stripe told it."""
    return AccountState(
        id=row["id"],
        charges_enabled=row["charges_enabled"],
        payouts_enabled=row["payouts_enabled"],
        details_submitted=row["details_submitted"],
        due=tuple(json.loads(row["due"])),
        checking=tuple(json.loads(row["checking"])),
        disabled_reason=row["disabled_reason"],
        due_by=row["due_by"],
    )


def _standing(row: db.Row, state: AccountState | None) -> Standing:
    if state is None:
        return Standing.NONE
    return Standing.LEFT if row["left_at"] is not None else state.standing


async def own_account(actor: Actor) -> SellersAccount:
    """The account of the actor's own provider. Raises Forbidden without INVOICE_ISSUE, NotFound without a provider."""
    require(actor, Permission.INVOICE_ISSUE)
    row = await db.fetch_one(_ACCOUNT + " WHERE pr.organisation_id = $1", actor.organisation_id)
    if row is None:
        raise NotFound
    state = state_of(row) if row["id"] is not None else None
    return SellersAccount(
        provider_id=row["provider_id"],
        provider_name=row["name"],
        email=row["email"],
        website=row["website"],
        account_id=row["stripe_account"],
        state=state,
        standing=_standing(row, state),
        asked_at=row["asked_at"],
    )


async def live_accounts() -> list[str]:
    """Every account that Stripe can be asked about."""
    rows = await db.fetch_all("SELECT id FROM connected_account WHERE left_at IS NULL ORDER BY id")
    return [row["id"] for row in rows]


async def payouts(actor: Actor) -> list[Payout]:
    """The newest payments from Stripe to the seller's bank, asked of Stripe now; none without an account.

    Raises CardPaymentUnavailable, CardPaymentOff.
    """
    account = await own_account(actor)
    if account.account_id is None or account.standing is Standing.LEFT:
        return []
    return await gateway().payouts(account.account_id)


@dataclass(frozen=True, slots=True)
class PaidOut:
    """A movement in a payout, with the booking that it belongs to, where there is one."""

    part: PayoutPart
    booking_id: UUID | None
    reference: str | None


async def payout(actor: Actor, payout_id: str) -> tuple[Payout, list[PaidOut]]:
    """One payout and everything that it holds, tied to card payments. Raises NotFound, CardPaymentUnavailable."""
    account = await own_account(actor)
    if account.account_id is None or account.standing is Standing.LEFT or not _looks_like_payout(payout_id):
        raise NotFound
    told = await gateway().payout(payout_id, account.account_id)
    parts = await gateway().parts_of(payout_id, account.account_id)
    intents = [part.payment_intent for part in parts if part.payment_intent is not None]
    rows = await db.fetch_all(
        "SELECT p.payment_intent, b.id, b.reference FROM card_payment p JOIN booking b ON b.id = p.booking_id"
        " WHERE p.payment_intent = ANY ($1) AND p.connected_account = $2",
        intents,
        account.account_id,
    )
    known = {row["payment_intent"]: row for row in rows}
    return told, [_paid_out(part, known.get(part.payment_intent or "")) for part in parts]


def _paid_out(part: PayoutPart, row: db.Row | None) -> PaidOut:
    return PaidOut(part, row["id"] if row else None, row["reference"] if row else None)


def _looks_like_payout(text: str) -> bool:
    return text.startswith("po_") and text[3:].isalnum() and text.isascii() and len(text) <= 120
