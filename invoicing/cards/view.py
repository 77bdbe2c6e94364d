"""What the page “How do you want to pay?” shows."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from invoicing.cards import rules
from invoicing.cards.queries import CardPaymentFacts, Seller
from invoicing.stripe_values import CardPaymentOff, is_on
from isf.queries.funds import FundMoney
from isf.queries.people import PersonRecord
from marketplace.bookings.rules import BookingFacts, check_bookable
from marketplace.bookings.terms import cancel_words
from marketplace.identity.access import Actor
from marketplace.identity.rules import Permission, Scope
from marketplace.kernel import clock, formats
from marketplace.kernel.errors import DomainError, FundExhausted, SessionFull
from marketplace.kernel.money import Money
from marketplace.kernel.settings import settings

_MINUTES = int((rules.HOLD_FOR - rules.PAGE_CLOSES_BEFORE).total_seconds()) // 60


@dataclass(frozen=True, slots=True)
class Choice:
    """The page's facts. `refusal` says why nothing can be booked, `no_card` why only a bank transfer can."""

    person: PersonRecord
    fund_id: UUID
    facts: BookingFacts
    activity_id: UUID
    preview: dict[str, Any]
    options: list[tuple[str, str, str]]
    refusal: str
    no_card: str
    kept_until: datetime | None


def choice(
    actor: Actor,
    person: PersonRecord,
    fund: FundMoney,
    facts: BookingFacts,
    seller: Seller,
    standing: CardPaymentFacts | None,
) -> Choice:
    """What may be chosen, what it costs, what is left and what a cancel costs.

    The place and the money of a payment that was begun for it already count as free: they are kept for this.
    """
    name, price = facts.provider_name, facts.price
    if standing is not None:
        facts = replace(
            facts,
            places_left=facts.places_left + 1,
            available_pence=facts.available_pence + standing.amount.pence,
        )
    no_card = _no_card(actor, person, seller)
    words = cancel_words(facts.terms, price, facts.starts_at, clock.now())
    if not no_card:
        words.append("If you paid by card, what you do not owe goes back to the card.")
    return Choice(
        person=person,
        fund_id=fund.id,
        facts=facts,
        activity_id=seller.activity_id,
        preview={
            "price_pence": price.pence,
            "fund": fund.title,
            "left_pence": facts.available_pence,
            "after_pence": facts.available_pence - price.pence,
            "period": f"until {formats.full_date(fund.last_day)}",
            "cancel_words": words,
        },
        options=[
            (
                "card",
                "Card",
                f"You pay {price} now, on the card company’s page. The money goes straight to {name}. "
                f"The place is kept for {_MINUTES} minutes while you pay.",
            ),
            (
                "transfer",
                "Bank transfer",
                f"The place is booked now. {name} sends an invoice after the session, and you pay that.",
            ),
        ],
        refusal=_refusal(facts),
        no_card=no_card,
        kept_until=standing.held_until if standing else None,
    )


def _refusal(facts: BookingFacts) -> str:
    try:
        check_bookable(facts, clock.now())
    except DomainError as refusal:
        return refusal.message
    if facts.places_left <= 0:
        return SessionFull().message
    short = facts.price.pence - facts.available_pence
    return FundExhausted(Money(short)).message if short > 0 else ""


def _no_card(actor: Actor, person: PersonRecord, seller: Seller) -> str:
    if not is_on(settings()):
        return CardPaymentOff().message
    if Permission.CARD_PAY not in actor.permissions or Scope.PAY not in person.scopes:
        return (
            f"You cannot pay by card for {person.called}, because you may book but not pay for them. "
            "You can pay by bank transfer: book, and the provider sends an invoice."
        )
    try:
        rules.check_account(seller.provider_name, seller.stripe_account, takes_cards=seller.takes_cards)
    except rules.NotByCard as refusal:
        return refusal.message
    return ""
