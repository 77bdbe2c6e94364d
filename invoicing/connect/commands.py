"""Opening a seller's account at Stripe, and keeping what Stripe says of it."""

import json
from datetime import datetime
from uuid import UUID

from invoicing.cards.gateway import gateway
from invoicing.connect import queries
from invoicing.stripe_values import AccountLeft, AccountRequest, AccountState, Standing
from marketplace.identity.access import Actor
from marketplace.kernel import audit, clock, db, outbox
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.errors import Conflict, Invalid, NotFound
from marketplace.kernel.settings import settings

PAGE = "/provider/money/cards"


class NotYourAccount(Conflict):
    """An account at Stripe belongs to one seller, for ever."""

    code = "account_of_another_seller"

    def __init__(self) -> None:
        super().__init__(
            "You cannot use this account, because it belongs to another provider; you can open another one."
        )


async def begin(actor: Actor) -> str:
    """Open an account for the actor's provider, where it has none, and answer the address of Stripe's page for it.

    Pressed twice it is one account. Raises CardPaymentOff, CardPaymentUnavailable, Forbidden.
    """
    account = await queries.own_account(actor)
    account_id = account.account_id
    if account_id is None or account.standing is Standing.LEFT:
        opened = await gateway().create_account(
            AccountRequest(
                provider_id=account.provider_id,
                name=account.provider_name,
                email=account.email,
                website=account.website,
                attempt=await _attempt(account.provider_id),
            )
        )
        await connect_account(actor, account.provider_id, opened.id, told=opened)
        account_id = opened.id
    base = f"{settings().base_url}{PAGE}"
    return await gateway().account_page(account_id, return_url=f"{base}/back", refresh_url=f"{base}/again")


async def _attempt(provider_id: UUID) -> int:
    # One account, however often it is asked for; a new one after the seller has left the last.
    left: int = await db.fetch_value(
        "SELECT count(*) FROM connected_account WHERE provider_id = $1 AND left_at IS NOT NULL", provider_id
    )
    return 1 + left


async def connect_account(
    who: audit.Who, provider_id: UUID, stripe_account: str | None, *, told: AccountState | None = None
) -> None:
    """Note to which account at Stripe a provider's card payments go, or that it takes none any more.

    Without `told`, as for seeds and the command line, the account counts as able until Stripe is asked. Joins the open
    unit of work. Raises Invalid, NotFound, NotYourAccount.
    """
    if stripe_account is not None and not _is_account(stripe_account):
        raise Invalid({"stripe_account": "Enter the account’s id, like acct_1A2b3C"})
    async with db.unit_of_work():
        before = await db.fetch_one(
            "SELECT stripe_account FROM provider WHERE id = $1 FOR NO KEY UPDATE", provider_id
        )
        if before is None:
            raise NotFound
        if stripe_account is not None:
            await _keep(provider_id, stripe_account, told)
        await db.execute("UPDATE provider SET stripe_account = $2 WHERE id = $1", provider_id, stripe_account)
        await audit.record(
            who, "provider.card_account_set", "provider", provider_id,
            before=before, after={"stripe_account": stripe_account},
        )  # fmt: skip


async def _keep(provider_id: UUID, account_id: str, told: AccountState | None) -> None:
    owner = await db.fetch_value(
        "INSERT INTO connected_account AS a (id, provider_id, charges_enabled, payouts_enabled, details_submitted, due,"
        "  checking, disabled_reason, created_at) VALUES ($1, $2, $3, $3, $3, '[]', '[]', '', $4)"
        " ON CONFLICT (id) DO UPDATE SET charges_enabled = $3, payouts_enabled = $3, left_at = NULL"
        " RETURNING provider_id",
        account_id,
        provider_id,
        told is None,
        clock.now(),
    )
    if owner != provider_id:
        raise NotYourAccount
    if told is not None:
        await note(told, clock.now())


async def connect_account_of(slug: str, stripe_account: str) -> None:
    """For the command line: `connect_account` for the provider with that slug. Raises Invalid."""
    provider_id = await db.fetch_value("SELECT id FROM provider WHERE slug = $1", slug)
    if provider_id is None:
        raise Invalid({"slug": f"There is no provider with the address /providers/{slug}"})
    await connect_account(audit.SYSTEM, provider_id, stripe_account)


async def ask(account_id: str) -> bool:
    """Ask Stripe what an account can do, and keep it; whether it is another than before. Safe to repeat.

    Raises CardPaymentUnavailable, CardPaymentOff.
    """
    asked_at = clock.now()
    try:
        told = await gateway().retrieve_account(account_id)
    except AccountLeft:
        return await leave(account_id)
    return await note(told, asked_at)


async def note(told: AccountState, asked_at: datetime) -> bool:
    """Keep what Stripe said at a moment, unless somebody asked later; the seller is told when cards begin or stop.

    Unknown accounts are not kept.
    """
    async with db.unit_of_work():
        row = await db.fetch_one("SELECT * FROM connected_account WHERE id = $1 FOR UPDATE", told.id)
        if row is None or row["left_at"] is not None or (row["asked_at"] and row["asked_at"] > asked_at):
            return False
        before = queries.state_of(row)
        await db.execute(
            "UPDATE connected_account SET charges_enabled = $2, payouts_enabled = $3, details_submitted = $4, due = $5,"
            " checking = $6, disabled_reason = $7, due_by = $8, asked_at = $9 WHERE id = $1",
            told.id,
            told.charges_enabled,
            told.payouts_enabled,
            told.details_submitted,
            json.dumps(told.due),
            json.dumps(told.checking),
            told.disabled_reason[:80],
            told.due_by,
            asked_at,
        )
        if told == before:
            return False
        await _tell(row["provider_id"], before.standing, told.standing)
    return True


async def leave(account_id: str) -> bool:
    """The seller took this site's access back: no cards from now on, whatever it could do before."""
    async with db.unit_of_work():
        provider_id = await db.fetch_value(
            "UPDATE connected_account SET left_at = $2, charges_enabled = false, payouts_enabled = false"
            " WHERE id = $1 AND left_at IS NULL RETURNING provider_id",
            account_id,
            clock.now(),
        )
        if provider_id is None:
            return False
        await _tell(provider_id, Standing.ABLE, Standing.LEFT)
    return True


_STOPS = frozenset({Standing.RESTRICTED, Standing.REJECTED, Standing.LEFT})


async def _tell(provider_id: UUID, before: Standing, now: Standing) -> None:
    await audit.record(
        SYSTEM, "provider.card_account_changed", "provider", provider_id,
        before={"standing": before}, after={"standing": now},
    )  # fmt: skip
    if before is now or now not in (*_STOPS, Standing.ABLE, Standing.ASKED):
        return
    email = await db.fetch_value("SELECT email FROM provider WHERE id = $1", provider_id)
    link = f"{settings().base_url}{PAGE}\n"
    if now in _STOPS:
        subject, words = (
            "You cannot take cards at the moment",
            "No card payments begin until that is settled.",
        )
    elif now is Standing.ASKED:
        subject, words = (
            "Stripe asks you for more",
            "You take cards; tell Stripe what it asks, so that it stays so.",
        )
    else:
        subject, words = "You can take cards now", "People with a direct payment can pay you by card."
    await outbox.enqueue_mail(email, subject, f"{words}\n\nSee how your account at Stripe stands: {link}")


def _is_account(text: str) -> bool:
    return text.startswith("acct_") and text[5:].isalnum() and text.isascii() and len(text) <= 60
