"""When a place can be booked and what it costs to give it up: values in, values out."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from isf.ledger.rules import PlanNotAgreed
from isf.relatives.rules import CloseRelativeNotAgreed
from marketplace.directory.eligibility import why_not
from marketplace.kernel.errors import AccreditationLapsed, Conflict, Forbidden, NotBookable
from marketplace.kernel.money import ZERO, Money
from marketplace.kernel.routes_of_money import Route
from providers.rules import SupportRatio, Terms
from providers.suspensions.rules import ProviderStopped


class BookingState(StrEnum):
    """Where a booking stands."""

    HELD = "held"
    CONFIRMED = "confirmed"
    DELIVERED = "delivered"
    MISSED = "missed"
    CANCELLED = "cancelled"
    LAPSED = "lapsed"


TRANSITIONS: Mapping[BookingState, frozenset[BookingState]] = {
    BookingState.HELD: frozenset({BookingState.CONFIRMED, BookingState.LAPSED}),
    BookingState.CONFIRMED: frozenset({BookingState.DELIVERED, BookingState.MISSED, BookingState.CANCELLED}),
    # A register is corrected until the attendance is claimed.
    BookingState.DELIVERED: frozenset({BookingState.MISSED}),
    BookingState.MISSED: frozenset({BookingState.DELIVERED}),
    BookingState.CANCELLED: frozenset(),
    BookingState.LAPSED: frozenset(),
}

LIVE = frozenset({BookingState.HELD, BookingState.CONFIRMED, BookingState.DELIVERED, BookingState.MISSED})


class Payment(StrEnum):
    """How a booking is paid: on the provider's monthly invoice, or by card before it is confirmed; or never.

    What a council allowed once at its own service is netted from the next payment into the fund (`rules.md` 2).
    """

    INVOICE = "invoice"
    CARD = "card"
    NETTED = "netted"

    @property
    def waits_in_fund(self) -> bool:
        """Whether the money is booked in the fund until it is known what is owed; a card has paid it before."""
        return self is not Payment.CARD


class Outcome(StrEnum):
    """What came of a booking."""

    ATTENDED = "attended"
    ABSENT = "absent"
    LATE_CANCELLED = "late_cancelled"


class Reason(StrEnum):
    """Why a booking was cancelled; the first ones are the person's, the others cost the person nothing."""

    PERSON_ILL = "person_ill"
    CHANGED_MIND = "changed_mind"
    OTHER = "other"
    BUDGET_CHANGED = "budget_changed"
    COUNCIL = "council"
    PROVIDER = "provider"
    PAUSED = "paused"
    ENDED = "ended"
    BECAME_IN_HOUSE = "became_in_house"
    CLOSE_RELATIVE = "close_relative"
    PROVIDER_SUSPENDED = "provider_suspended"
    MOVED_OFF_IN_HOUSE = "moved_off_in_house"

    @property
    def by_person(self) -> bool:
        """Whether the person's side gave the place up, so that the notice terms apply (`rules.md` 14, 15)."""
        return self not in _AT_NO_COST

    @property
    def label(self) -> str:
        """The words on a page."""
        return {
            Reason.PERSON_ILL: "Ill, or in hospital",
            Reason.CHANGED_MIND: "A change of mind",
            Reason.OTHER: "Something else",
            Reason.BUDGET_CHANGED: "The budget does not cover it any more",
            Reason.COUNCIL: "The council cancelled",
            Reason.PROVIDER: "The provider cancelled",
            Reason.PAUSED: "A pause: in hospital, on holiday",
            Reason.ENDED: "Support has ended",
            Reason.BECAME_IN_HOUSE: "The council now owns this service",
            Reason.MOVED_OFF_IN_HOUSE: "A move to something else was agreed with you",
            Reason.PROVIDER_SUSPENDED: "Nothing can be booked with this provider at the moment",
            Reason.CLOSE_RELATIVE: "A direct payment may not pay this relative",
        }[self]


_AT_NO_COST = frozenset(
    {
        Reason.PROVIDER,
        Reason.BECAME_IN_HOUSE,
        Reason.CLOSE_RELATIVE,
        Reason.PROVIDER_SUSPENDED,
        Reason.MOVED_OFF_IN_HOUSE,
    }
)


def notice_from(terms: Terms, starts_at: datetime) -> datetime:
    """The moment from which giving up a place costs something."""
    return starts_at - timedelta(hours=terms.notice_hours)


def notice_charge(terms: Terms, price: Money, cancelled_at: datetime, starts_at: datetime) -> Money:
    """What the person owes for cancelling: nothing before the notice window, then the agreed share (`rules.md` 14)."""
    if cancelled_at < notice_from(terms, starts_at):
        return ZERO
    return price.share(terms.charge_percent)


def refilled_places(capacity: int, places_taken: int, given_up_late: int) -> int:
    """How many of the places given up late somebody else took: as many as would not have fitted beside them."""
    return min(given_up_late, max(0, places_taken + given_up_late - capacity))


def attendance_charge(terms: Terms, price: Money, outcome: Outcome) -> Money:
    """What is owed for an outcome: the price when attended, the agreed share when the person did not come."""
    if outcome is Outcome.ATTENDED:
        return price
    return price.share(terms.charge_percent)


def kept_charge(price: Money, percent: int) -> Money:
    """What is owed for a place that was kept while its person paused (`rules.md` 17)."""
    return price.share(percent)


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


def how_words(ratio: str, transport_pence: int) -> str:
    """How somebody is supported, where it is not simply the group: `One to one, with transport`."""
    kind = SupportRatio(ratio)
    told = "" if kind is SupportRatio.GROUP else kind.label
    if not transport_pence:
        return told
    return f"{told}, with transport" if told else "With transport"


class Side(StrEnum):
    """Who is at the desk: the council's own staff, or the person and those who act for them."""

    COUNCIL = "council"
    PERSON = "person"


def check_fund_user(route: Route, side: Side) -> None:
    """Council-managed money is spent by the council; a personalised budget never is. Raises Forbidden."""
    if route is Route.COUNCIL_MANAGED and side is Side.PERSON:
        raise Forbidden(
            "You cannot book with this money, because the council manages it. You can ask the care manager to book."
        )
    if route is not Route.COUNCIL_MANAGED and side is Side.COUNCIL:
        raise Forbidden(
            "You cannot book with this money, because it is the person's own budget. "
            "You can ask the person, or whoever holds the budget for them, to book."
        )


def check_not_begun(starts_at: datetime, now: datetime) -> None:
    """Raises Conflict when the person's side gives up a place that is being used, or was."""
    if now >= starts_at:
        raise Conflict(
            "You cannot cancel this, because it has begun. You can ask the provider what the register says."
        )


def check_attendance_day(service_on: date, today: date) -> None:
    """Raises NotBookable when a register is filled in before the day of the session."""
    if service_on > today:
        raise NotBookable(
            "You cannot record this yet, because the session has not happened. You can do it on the day."
        )
