"""For one person: from which of their funds something can be booked, or why not (rows D3, D4)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from isf.ledger.rules import PlanNotAgreed
from isf.queries import FundMoney, funds_of
from isf.relatives.rules import CloseRelativeNotAgreed
from isf.rules import FundState, last_day, runs_on
from marketplace.directory.eligibility import why_not
from marketplace.identity.access import Actor, scopes_for
from marketplace.identity.rules import Permission, Role, Scope
from marketplace.kernel import clock, db, formats
from marketplace.kernel.errors import DomainError, FundExhausted, InHouseBlocked, NotFound
from marketplace.kernel.money import Money
from marketplace.kernel.routes_of_money import Route

WHY_IN_HOUSE = "/ways-to-pay#own-council"
OTHER_SIDE = "other_side"


class Voice(StrEnum):
    """Whom the page talks to: the person, somebody for them, or the council's staff."""

    PERSON = "person"
    HELPER = "helper"
    COUNCIL = "council"


@dataclass(frozen=True, slots=True)
class Chosen:
    """The person for whom somebody looks, and their money."""

    person_id: UUID
    name: str
    council_id: UUID
    voice: Voice
    may_book: bool
    funds: Sequence[FundMoney]
    approvals: Mapping[UUID, Sequence[tuple[date, date | None]]]
    """For each provider of the page, when the person's council has approved it (half-open)."""
    relatives: Collection[UUID] = ()
    """Providers of the page whom a direct payment may not pay today: close relatives (`rules.md` 3)."""
    lapsed: Collection[UUID] = frozenset()
    """The providers of the page that lack today what the person's council requires."""

    def approved(self, provider_id: UUID, day: date) -> bool:
        """Whether the person's council has approved a provider for a day."""
        return any(
            runs_on(starts_on, ends_on, day) for starts_on, ends_on in self.approvals.get(provider_id, ())
        )


@dataclass(frozen=True, slots=True)
class Offer:
    """What is to be paid for: a dated session, or an activity as it is today."""

    provider_id: UUID
    routes_accepted: Collection[str]
    owner_council_id: UUID
    service_on: date
    price_pence: int | None


@dataclass(frozen=True, slots=True)
class Way:
    """A fund that can pay, or the sentence that says why it cannot (`components/way_to_pay.html`)."""

    allowed: bool
    name: str
    left_pence: int | None = None
    period: str = ""
    message: str = ""
    why_href: str = ""
    code: str = ""


def ways_of(chosen: Chosen, offer: Offer) -> list[Way]:
    """Each fund that runs on the date, with what it says to the offer; those that can pay first.

    Empty when nothing can be booked through this site.
    """
    if not offer.routes_accepted:
        return []
    running = [
        fund
        for fund in chosen.funds
        if fund.state is FundState.OPEN and runs_on(fund.starts_on, fund.ends_on, offer.service_on)
    ]
    if not running:
        return [Way(allowed=False, name="", message=_no_budget(chosen), code="not_bookable")]
    return sorted((_way(chosen, fund, offer) for fund in running), key=lambda way: not way.allowed)


# The law is told first, and last that a fund is for somebody else to use.
_WEIGHT = {InHouseBlocked.code: 0, OTHER_SIDE: 2}


def shown_on_card(ways: Sequence[Way]) -> list[Way]:
    """What a card has room for: the ways that are open, else the first reason why none is, the law before others."""
    allowed = [way for way in ways if way.allowed]
    if allowed:
        return allowed
    return sorted(ways, key=lambda way: _WEIGHT.get(way.code, 1))[:1]


def _way(chosen: Chosen, fund: FundMoney, offer: Offer) -> Way:
    refusal = why_not(
        route=fund.route,
        fund_council_id=fund.council_id,
        owner_council_id=offer.owner_council_id,
        routes_accepted=offer.routes_accepted,
        commissioned=chosen.approved(offer.provider_id, offer.service_on),
        accredited=offer.provider_id not in chosen.lapsed,
    )
    if refusal is not None:
        return _refused(chosen, fund, refusal)
    if fund.route is Route.DIRECT_PAYMENT and offer.provider_id in chosen.relatives and offer.price_pence:
        return _refused(chosen, fund, CloseRelativeNotAgreed())
    if words := _other_side(chosen, fund):
        return Way(allowed=False, name=fund.title, message=words, code=OTHER_SIDE)
    if fund.locked and offer.price_pence:
        return _refused(chosen, fund, PlanNotAgreed())
    short_by = (offer.price_pence or 0) - fund.available_pence
    if short_by > 0:
        return _refused(chosen, fund, FundExhausted(Money(short_by)))
    return Way(
        allowed=True,
        name=fund.title,
        left_pence=fund.available_pence,
        period=f"until {formats.full_date(last_day(fund.ends_on))}",
    )


def _refused(chosen: Chosen, fund: FundMoney, refusal: DomainError) -> Way:
    if isinstance(refusal, InHouseBlocked):
        return Way(False, fund.title, message=_in_house(chosen), why_href=WHY_IN_HOUSE, code=refusal.code)
    return Way(False, fund.title, message=f"{fund.title}: {refusal.message}", code=refusal.code)


def _in_house(chosen: Chosen) -> str:
    match chosen.voice:
        case Voice.PERSON:
            return (
                "You cannot use your personal budget here, because this service belongs to the council that pays "
                "your budget. Your care manager can arrange it."
            )
        case Voice.HELPER:
            return (
                f"You cannot use {chosen.name}’s personal budget here, because this service belongs to the council "
                f"that pays {chosen.name}’s budget. {chosen.name}’s care manager can arrange it."
            )
        case Voice.COUNCIL:
            return (
                f"You cannot use {chosen.name}’s personal budget here, because this service belongs to your council. "
                "You can book it with money that the council manages."
            )


def _other_side(chosen: Chosen, fund: FundMoney) -> str:
    """Council-managed money is spent by the council's staff, a personalised budget never is."""
    whose = "Your" if chosen.voice is Voice.PERSON else f"{chosen.name}’s"
    if fund.route is Route.COUNCIL_MANAGED and chosen.voice is not Voice.COUNCIL:
        return (
            "You cannot book this with the money that the council manages, because only the council uses it. "
            f"{whose} care manager can book it."
        )
    if fund.route is not Route.COUNCIL_MANAGED and chosen.voice is Voice.COUNCIL:
        return (
            f"You cannot book this from {chosen.name}’s {fund.title}, because it is {chosen.name}’s own budget. "
            "Whoever holds the budget can book it."
        )
    return ""


def _no_budget(chosen: Chosen) -> str:
    whose, can = (
        ("you have", "your") if chosen.voice is Voice.PERSON else (f"{chosen.name} has", f"{chosen.name}’s")
    )
    return f"You cannot book this from a budget, because {whose} none for that date. You can ask {can} care manager."


async def chosen_person(
    actor: Actor | None, person_id: UUID | None, providers: Collection[UUID] = ()
) -> Chosen | None:
    """The person chosen in a week, else the signed-in person themselves; None when there is nobody to speak of.

    Somebody whom the actor may not see any more is nobody.
    """
    if actor is None or Permission.PERSON_SEE not in actor.permissions:
        return None
    if person_id is None and Role.DIRECT_PAYMENT_HOLDER not in actor.roles:
        return None
    person = await db.fetch_one(
        "SELECT id, coalesce(nullif(preferred_name, ''), name) AS name, council_id, user_id FROM person"
        " WHERE id = $1 OR ($1 IS NULL AND user_id = $2) LIMIT 1",
        person_id,
        actor.user_id,
    )
    if person is None:
        return None
    try:
        funds = await funds_of(actor, person["id"])
    except NotFound:
        return None
    scopes = await scopes_for(actor, person["id"])
    return Chosen(
        person_id=person["id"],
        name=person["name"],
        council_id=person["council_id"],
        voice=_voice(actor, person),
        may_book=Scope.BOOK in scopes and Permission.BOOK in actor.permissions,
        funds=funds,
        approvals=await _approvals(person["council_id"], providers),
        relatives=await _relatives(person["id"], providers),
        lapsed=await _lapsed(person["council_id"], providers),
    )


def _voice(actor: Actor, person: db.Row) -> Voice:
    if actor.council_id is not None:
        return Voice.COUNCIL
    return Voice.PERSON if person["user_id"] == actor.user_id else Voice.HELPER


async def _relatives(person_id: UUID, providers: Collection[UUID]) -> frozenset[UUID]:
    if not providers:
        return frozenset()
    rows = await db.fetch_all(
        "SELECT DISTINCT provider_id FROM close_relative"
        " WHERE person_id = $1 AND provider_id = ANY ($2) AND relative_bars(person_id, provider_id, $3)",
        person_id,
        list(providers),
        clock.today(),
    )
    return frozenset(row["provider_id"] for row in rows)


async def _approvals(
    council_id: UUID, providers: Collection[UUID]
) -> dict[UUID, list[tuple[date, date | None]]]:
    if not providers:
        return {}
    rows = await db.fetch_all(
        "SELECT provider_id, starts_on, ends_on FROM commission"
        " WHERE state = 'approved' AND council_id = $1 AND provider_id = ANY ($2)",
        council_id,
        list(providers),
    )
    approvals: dict[UUID, list[tuple[date, date | None]]] = {}
    for row in rows:
        approvals.setdefault(row["provider_id"], []).append((row["starts_on"], row["ends_on"]))
    return approvals


async def _lapsed(council_id: UUID, providers: Collection[UUID]) -> frozenset[UUID]:
    rows = await db.fetch_all(
        "SELECT id FROM unnest($2::uuid[]) id WHERE accreditation_lapsed(id, $1, $3)",
        council_id,
        list(set(providers)),
        clock.today(),
    )
    return frozenset(row["id"] for row in rows)
