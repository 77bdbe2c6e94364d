"""Card payments: the one place that speaks to Stripe, and the only module that imports its SDK.

A booking is paid on Stripe's own page (Checkout), as a *direct charge* on the provider's connected account:
the money is the provider's from the first second, and none of it is ever a balance of ours (`rules.md` 4). Card
numbers never come near this program. What goes in and out are the small frozen values of `stripe_values`,
never Stripe's objects, so that the rest of the house does not know whose page it was.

Every request that changes something carries an idempotency key made of what it is for and the attempt. After
`CardPaymentUnavailable` nobody knows whether it happened: send *the same* request again (same attempt, same
`expires_at`), and Stripe gives the first answer again instead of doing it twice.
"""

import logging
from collections.abc import AsyncIterator, Awaitable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Self

import stripe

from invoicing import stripe_values as values
from invoicing.stripe_values import (
    AccountRequest,
    AccountState,
    Checkout,
    CheckoutRequest,
    CheckoutState,
    CheckoutStatus,
    Dispute,
    Payout,
    PayoutPart,
    Refund,
    RefundRequest,
    WebhookEvent,
    requests,
)
from marketplace.kernel.errors import DomainError
from marketplace.kernel.money import Money

if TYPE_CHECKING:
    from stripe import RequestOptions

log = logging.getLogger(__name__)

# At INFO and DEBUG the SDK writes whole requests and answers, with the payer's e-mail address.
logging.getLogger("stripe").setLevel(logging.WARNING)
# Otherwise it also keeps an id for this machine in the home directory and sends it along.
stripe.enable_telemetry = False

WEBHOOK_TOLERANCE_SECONDS = 300
_TIMEOUT_SECONDS = 20


@dataclass(frozen=True, slots=True)
class StripeGateway:
    """Asks Stripe for payment pages, refunds, accounts. Make one for each event loop, and `close()` it at the end.

    `webhook_secret` may hold several, separated by commas: one for each endpoint, or old and new in a change.
    Everything here raises CardPaymentUnavailable when Stripe does not answer usefully, and what asks about one thing
    raises CardPaymentNotFound when it is not there.
    """

    api_key: str = field(repr=False)
    webhook_secret: str = field(repr=False)
    api_base: str | None = None
    _http: stripe.HTTPXClient = field(init=False, repr=False, compare=False)
    _client: stripe.StripeClient = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        http = stripe.HTTPXClient(timeout=_TIMEOUT_SECONDS)
        base = self.api_base.rstrip("/") if self.api_base else stripe.DEFAULT_API_BASE
        client = stripe.StripeClient(
            self.api_key, base_addresses={"api": base}, http_client=http, max_network_retries=2
        )
        object.__setattr__(self, "_http", http)
        object.__setattr__(self, "_client", client)

    @classmethod
    def from_settings(cls, settings: values.CardSettings) -> Self:
        """Raises CardPaymentOff when no key is set."""
        if not settings.stripe_api_key:
            raise values.CardPaymentOff
        return cls(settings.stripe_api_key, settings.stripe_webhook_secret or "", settings.stripe_api_base)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._http.close_async()  # type: ignore[no-untyped-call]

    # --- Payment pages ----------------------------------------------------------------------------------------------

    async def create_checkout(self, request: CheckoutRequest) -> Checkout:
        """Open a payment page. The same request again gives the same page, even if it has been closed since.

        Raises CardAmountRefused, CardRequestConflict (same attempt, other content).
        """
        options = _options(request.connected_account, f"checkout-{request.booking_id}-{request.attempt}")
        with _plain_errors("open a payment page", request.amount):
            session = await self._client.v1.checkout.sessions.create_async(
                requests.checkout_params(request), options
            )
        # Never so for a page of Stripe's own; but without it there is nowhere to send the payer.
        if session.url is None:
            raise values.CardPaymentUnavailable
        return Checkout(session.id, session.url, datetime.fromtimestamp(session.expires_at, UTC))

    async def retrieve_checkout(self, checkout_id: str, connected_account: str | None) -> CheckoutState:
        """What became of a payment page."""
        with _plain_errors("look at a payment page"):
            session = await self._client.v1.checkout.sessions.retrieve_async(
                checkout_id, options=_options(connected_account)
            )
            return values.read_checkout(session.to_dict())

    async def expire_checkout(self, checkout_id: str, connected_account: str | None) -> CheckoutState:
        """Close a payment page so that it can no longer be paid, and say what became of it.

        When the payer was quicker the answer is COMPLETE: then the booking is paid and stands.
        """
        try:
            with _plain_errors("close a payment page"):
                session = await self._client.v1.checkout.sessions.expire_async(
                    checkout_id, options=_options(connected_account)
                )
                return values.read_checkout(session.to_dict())
        except values.CardPaymentUnavailable:
            state = await self.retrieve_checkout(checkout_id, connected_account)
            if state.status is CheckoutStatus.OPEN:
                raise
            return state

    async def completed_checkouts(self, connected_account: str, since: datetime) -> list[CheckoutState]:
        """Every payment page of an account that was opened since then and paid, the newest first."""
        found = self._client.v1.checkout.sessions.list_async(
            requests.listing_params(None, since, status="complete"), _options(connected_account)
        )
        return [values.read_checkout(each) async for each in _every("list payment pages", found)]

    # --- Refunds and disputes ---------------------------------------------------------------------------------------

    async def refund(self, request: RefundRequest) -> Refund:
        """Send money back to the card that paid. The same request again gives the same refund.

        Raises RefundRefused, CardRequestConflict.
        """
        options = _options(request.connected_account, f"refund-{request.booking_id}-{request.attempt}")
        with _plain_errors("refund", request.amount):
            refund = await self._client.v1.refunds.create_async(requests.refund_params(request), options)
            return values.read_refund(refund.to_dict())

    async def retrieve_refund(self, refund_id: str, connected_account: str | None) -> Refund:
        """How far a refund is."""
        with _plain_errors("look at a refund"):
            refund = await self._client.v1.refunds.retrieve_async(
                refund_id, options=_options(connected_account)
            )
            return values.read_refund(refund.to_dict())

    async def refunds(
        self, connected_account: str, *, payment_intent: str | None = None, since: datetime | None = None
    ) -> list[Refund]:
        """The refunds of an account: of one payment, or since then; whoever sent them, the newest first."""
        found = self._client.v1.refunds.list_async(
            requests.listing_params(payment_intent, since), _options(connected_account)
        )
        return [values.read_refund(each) async for each in _every("list refunds", found)]

    async def disputes(
        self, connected_account: str, *, payment_intent: str | None = None, since: datetime | None = None
    ) -> list[Dispute]:
        """The disputes of an account: about one payment, or begun since then; the newest first."""
        found = self._client.v1.disputes.list_async(
            requests.listing_params(payment_intent, since), _options(connected_account)
        )
        return [values.read_dispute(each) async for each in _every("list disputes", found)]

    # --- Sellers' accounts ------------------------------------------------------------------------------------------

    async def create_account(self, request: AccountRequest) -> AccountState:
        """Open an account of the seller's own; asked again for the same seller, it is the same account."""
        with _plain_errors("open an account"):
            account = await self._client.v1.accounts.create_async(
                requests.account_params(request),
                _options(None, f"account-{request.provider_id}-{request.attempt}"),
            )
            return values.read_account(account.to_dict())

    async def retrieve_account(self, account_id: str) -> AccountState:
        """What an account can do, and what Stripe still asks of it."""
        with _plain_errors("look at an account"):
            return values.read_account((await self._client.v1.accounts.retrieve_async(account_id)).to_dict())

    async def account_page(self, account_id: str, *, return_url: str, refresh_url: str) -> str:
        """The address of Stripe's page on which the seller tells about itself; good once, for a few minutes."""
        params: stripe.params.AccountLinkCreateParams = {
            "account": account_id,
            "type": "account_onboarding",
            "return_url": return_url,
            "refresh_url": refresh_url,
        }
        with _plain_errors("open an account's page"):
            return (await self._client.v1.account_links.create_async(params)).url

    async def payouts(self, connected_account: str, most: int = 20) -> list[Payout]:
        """The newest payments from Stripe to the seller's bank."""
        with _plain_errors("list payouts"):
            rows = await self._client.v1.payouts.list_async({"limit": most}, _options(connected_account))
            return [values.read_payout(each.to_dict()) for each in rows.data]

    async def payout(self, payout_id: str, connected_account: str) -> Payout:
        """One payment from Stripe to the seller's bank."""
        with _plain_errors("look at a payout"):
            told = await self._client.v1.payouts.retrieve_async(
                payout_id, options=_options(connected_account)
            )
            return values.read_payout(told.to_dict())

    async def parts_of(self, payout_id: str, connected_account: str) -> list[PayoutPart]:
        """Everything that a payout holds, the payout itself left out."""
        found = self._client.v1.balance_transactions.list_async(
            {"payout": payout_id, "limit": 100, "expand": ["data.source"]}, _options(connected_account)
        )
        parts = [values.read_part(each) async for each in _every("list what a payout holds", found)]
        return [part for part in parts if not part.kind.startswith("payout")]

    # --- Messages ---------------------------------------------------------------------------------------------------

    async def verify_webhook(self, payload: bytes, signature: str | None) -> WebhookEvent:
        """Check the raw body against its `Stripe-Signature` header, no older than five minutes.

        Raises WebhookRefused. Expect the same event again, late, and in any order: keep `id` unique, and ask
        what is true instead of believing the last message.
        """
        for secret in self.webhook_secret.split(","):
            try:
                event = self._client.construct_event(
                    payload, signature, secret.strip(), WEBHOOK_TOLERANCE_SECONDS
                )
                about = values.plain_facts(event.data.object.to_dict())
                account = getattr(event, "account", None)  # Absent, not empty, when it is our own.
                at = datetime.fromtimestamp(event.created, UTC)
                return WebhookEvent(event.id, event.type, at, account, about)
            except stripe.SignatureVerificationError:
                continue
            except (ValueError, TypeError, KeyError, AttributeError):  # Not text, not JSON, or not an event.
                break
        raise values.WebhookRefused


async def _every(doing: str, listing: Awaitable[stripe.ListObject[Any]]) -> AsyncIterator[dict[str, Any]]:
    """All rows of a list, page after page, as plain dictionaries."""
    with _plain_errors(doing):
        async for row in (await listing).auto_paging_iter():
            yield row.to_dict()


def _options(connected_account: str | None, idempotency_key: str | None = None) -> "RequestOptions":
    options: RequestOptions = {}
    if connected_account is not None:
        options["stripe_account"] = connected_account
    if idempotency_key is not None:
        options["idempotency_key"] = idempotency_key
    return options


@contextmanager
def _plain_errors(doing: str, amount: Money | None = None) -> Iterator[None]:
    try:
        yield
    except (stripe.StripeError, ValueError, KeyError) as error:
        # Codes only, and `from None`: Stripe's words may repeat what the payer typed.
        log.warning(
            "Stripe refused or failed: %s; %s code=%s param=%s status=%s request=%s",
            doing,
            type(error).__name__,
            getattr(error, "code", None),
            getattr(error, "param", None),
            getattr(error, "http_status", None),
            getattr(error, "request_id", None),
        )
        raise _translated(error, amount) from None


def _translated(error: Exception, amount: Money | None) -> DomainError:
    match error:
        case stripe.IdempotencyError():
            return values.CardRequestConflict()
        case stripe.PermissionError(code="account_invalid"):
            return values.AccountLeft()
        case stripe.InvalidRequestError(code="resource_missing"):
            return values.CardPaymentNotFound()
        case stripe.InvalidRequestError(code="amount_too_small" | "amount_too_large") if amount is not None:
            return values.CardAmountRefused(amount)
        # No code comes when the amount is more than is left.
        case (
            stripe.InvalidRequestError(code="charge_already_refunded")
            | stripe.InvalidRequestError(param="amount")
        ) if amount is not None:
            return values.RefundRefused(amount)
        case _:
            return values.CardPaymentUnavailable()
