"""Whether a fund can book a session: everything that decides it, and the first rule in the way."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from isf.ledger.rules import PlanNotAgreed
from isf.relatives.rules import CloseRelativeNotAgreed
from marketplace.directory.eligibility import why_not
from marketplace.kernel.errors import AccreditationLapsed, Conflict, NotBookable
from marketplace.kernel.money import Money
from marketplace.kernel.routes_of_money import Route
from providers.rules import Terms
from providers.suspensions.rules import ProviderStopped


class SupportEnded(Conflict):
    """Nothing new is committed for somebody whose support has ended."""

    code = "support_ended"

    def __init__(self) -> None:
        super().__init__(
            "You cannot book this, because this person’s support has ended. You can ask the council about the money."
        )


class SupportPaused(Conflict):
    """The person's support rests on that day."""

    code = "support_paused"

    def __init__(self) -> None:
        super().__init__(
            "You cannot book this, because there is a pause on that day. "
            "You can end the pause, or choose a day outside it."
        )


@dataclass(frozen=True, slots=True)
class BookingFacts:
    """Everything that decides whether a fund can book a session, read at one moment."""

    title: str
    provider_name: str
    provider_email: str
    session_state: str
    activity_state: str
    starts_at: datetime
    ends_at: datetime
    service_on: date
    places_left: int
    owner_council_id: UUID
    routes_accepted: Collection[str]
    commissioned: bool
    in_plan: bool
    price_pence: int | None
    vat_category: str | None
    vat_rate_basis_points: int | None
    terms: Terms
    person_id: UUID
    fund_council_id: UUID
    route: Route
    fund_state: str
    fund_starts_on: date
    fund_ends_on: date
    available_pence: int
    communication_line: str = ""
    """How to communicate with the person, where they agreed that providers are told."""
    accredited: bool = True
    """The provider has proved what the fund's council requires today."""
    runs_out_before: bool = False
    """Something that the council requires runs out before the day of the session; it can be booked all the same."""
    locked: bool = False
    """The plan is not agreed: only what is free can be booked."""
    suspended: bool = False
    """A council has stopped the provider: nobody books there (`rules.md` 16)."""
    relative_bars: bool = False
    """The seller is a close relative whom a direct payment may not pay that day (`rules.md` 3)."""
    ended: bool = False
    """Support has ended: the person died, or moved away before that day (`rules.md` 18)."""
    paused: bool = False
    """The person's support rests on that day (`rules.md` 17)."""

    by_exception: bool = False
    """The council allows it once, at its own service, netted and never paid (`rules.md` 2)."""
    offered_until: datetime | None = None
    """Until when a place is kept for the person, because they waited for one."""
    ratio: str = "group"
    worker_pence: int | None = None
    """The worker's price where the people of a group divide it; the price is then that of the next seat."""
    transport_wanted: bool = False
    transport_pence: int | None = None
    """Within the price, with VAT of its own; None when it is not wanted or not offered."""
    transport_vat_category: str | None = None
    transport_vat_rate_basis_points: int | None = None

    @property
    def price(self) -> Money:
        """The dated price of the session; only for a session that has one."""
        return Money(self.price_pence or 0)


def _check_priced(facts: BookingFacts) -> None:
    if facts.price_pence is None:
        raise NotBookable(
            "You cannot book this, because it has no price for that date. You can ask the provider."
        )
    if facts.transport_wanted and facts.transport_pence is None:
        raise NotBookable(
            "You cannot book transport for this, because it is not offered for that date. "
            "You can book without transport."
        )


def check_bookable(facts: BookingFacts, now: datetime) -> None:
    """Raises the DomainError of the first rule that stands in the way.

    The rules that others can break a moment later (places, money, another booking at that time) are decided by the
    database when the place is taken: see `place_booking`.
    """
    _check_way(facts)
    _check_person(facts)
    if facts.suspended:
        raise ProviderStopped
    if facts.session_state != "scheduled" or facts.activity_state != "published":
        raise NotBookable(
            "You cannot book this, because it is not offered any more. You can choose another date."
        )
    _check_priced(facts)
    if facts.ends_at <= now:
        raise NotBookable("You cannot book this, because it is over. You can choose a later date.")
    if facts.fund_state != "open" or not facts.fund_starts_on <= facts.service_on < facts.fund_ends_on:
        raise NotBookable(
            "You cannot book this with this fund, because the fund has no money for that date. "
            "You can choose a date inside the fund's time, or another fund."
        )
    if facts.locked and facts.price:
        raise PlanNotAgreed


def _check_way(facts: BookingFacts) -> None:
    """What stands in the way of paying so; nobody is paid for what is netted, so there only the proofs count."""
    if facts.by_exception:
        if not facts.accredited:
            raise AccreditationLapsed
        return
    refusal = why_not(
        route=facts.route,
        fund_council_id=facts.fund_council_id,
        owner_council_id=facts.owner_council_id,
        routes_accepted=facts.routes_accepted,
        commissioned=facts.commissioned,
        accredited=facts.accredited,
    )
    if refusal is not None:
        raise refusal


def _check_person(facts: BookingFacts) -> None:
    """What stands in the way on the person's side (`rules.md` 3, 17, 18)."""
    if facts.ended:
        raise SupportEnded
    if facts.paused:
        raise SupportPaused
    if facts.relative_bars and facts.route is Route.DIRECT_PAYMENT and facts.price:
        raise CloseRelativeNotAgreed
