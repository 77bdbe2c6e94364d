"""Before booking: what a session costs, which of the person's money can pay, and what would be left (row B1)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import msgspec

from isf.queries import FundMoney, PersonRecord, funds_of, person
from isf.rules import runs_on
from marketplace.bookings.queries import AS_USUAL, Wish, facts_by_fund
from marketplace.bookings.rules import BookingFacts, Side
from marketplace.bookings.week.rules import order_of, refusal_of
from marketplace.identity.access import Actor
from marketplace.kernel import clock, db
from marketplace.kernel.errors import DomainError, FundExhausted, NotFound, PersonBusy, SessionFull
from marketplace.kernel.money import Money
from marketplace.kernel.routes_of_money import Route
from providers.rules import SupportRatio, Terms


class SessionLine(msgspec.Struct, frozen=True, kw_only=True):
    """A dated session as somebody looks at it before booking. `booked_id` is the person's own live booking of it,
    `waitlist_id` their place in its line; the place that is offered to them counts as left."""

    id: UUID
    activity_id: UUID
    title: str
    easy_read: str
    category: str
    provider_name: str
    provider_slug: str
    venue: str | None
    town: str | None
    starts_at: datetime
    ends_at: datetime
    service_on: date
    places_left: int
    price_pence: int | None
    notice_hours: int
    charge_percent: int
    refill_waives_charge: bool
    booked_id: UUID | None
    waitlist_id: UUID | None
    offered_until: datetime | None
    busy_with: str | None

    @property
    def terms(self) -> Terms:
        """What would be agreed about cancelling."""
        return Terms(self.notice_hours, self.charge_percent, self.refill_waives_charge)


@dataclass(frozen=True, slots=True)
class FundChoice:
    """One of the person's funds that runs on the day: what it would leave, or why it cannot pay."""

    fund: FundMoney
    after_pence: int
    facts: BookingFacts
    refusal: DomainError | None = None
    in_plan: bool = True
    runs_out_before: bool = False
    """Something that the council requires of the provider runs out before the day."""

    @property
    def by_card_or_bank(self) -> bool:
        """Whether somebody pays for it themselves, on a page of its own."""
        return self.fund.route is Route.DIRECT_PAYMENT


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """A ratio of support that can be chosen: what a person pays at most; the worker's price where it is shared."""

    ratio: SupportRatio
    price_pence: int
    worker_pence: int | None


async def ways_of(session_id: UUID) -> tuple[list[Way], int | None]:
    """The ratios of a session that have a price, and the price of transport where it is offered (row P3)."""
    rows = await db.fetch_all(
        "SELECT r.ratio, w.pence AS worker, r.split, t.price_pence AS transport,"
        "       rate_price_each(r.price_pence, r.unit, r.minimum_pence, r.split, r.ratio, l.minutes) AS pence"
        "  FROM activity_session s"
        "  CROSS JOIN LATERAL (SELECT session_minutes(s.starts_at, s.ends_at) AS minutes) l"
        "  CROSS JOIN unnest(ARRAY['1:1', '1:2', '1:3', 'group']) WITH ORDINALITY AS k(ratio, place)"
        "  CROSS JOIN LATERAL rate_on(s.activity_id, k.ratio, s.service_on) r"
        "  CROSS JOIN LATERAL (SELECT rate_price(r.price_pence, r.unit, r.minimum_pence, l.minutes) AS pence) w"
        "  LEFT JOIN LATERAL transport_rate_on(s.activity_id, s.service_on) t ON true"
        " WHERE s.id = $1 ORDER BY k.place",
        session_id,
    )
    ways = [
        Way(
            ratio=SupportRatio(row["ratio"]),
            price_pence=row["pence"],
            worker_pence=row["worker"] if row["split"] == "shared" else None,
        )
        for row in rows
    ]
    return ways, rows[0]["transport"] if rows else None


@dataclass(frozen=True, slots=True)
class Choice:
    """Everything on the page. `trouble` stands in the way of every fund."""

    person: PersonRecord
    session: SessionLine
    able: Sequence[FundChoice]
    unable: Sequence[FundChoice]
    trouble: DomainError | None
    wish: Wish
    ways: Sequence[Way]
    transport_pence: int | None

    @property
    def facts(self) -> BookingFacts | None:
        """What is the same for every fund: the price of the chosen support, the seat, the journey."""
        return next((each.facts for each in [*self.able, *self.unable]), None)

    @property
    def price_pence(self) -> int | None:
        """The price of the chosen support with its journey; the activity's usual one without any fund."""
        return self.facts.price_pence if self.facts else self.session.price_pence

    @property
    def in_plan(self) -> bool:
        """Whether the plan holds it, or somebody has said why it is booked; without any money it does not matter."""
        return all(choice.in_plan for choice in self.able)

    @property
    def runs_out_before(self) -> bool:
        """Whether something that a council requires of the provider runs out before the day."""
        return any(choice.runs_out_before for choice in self.able)

    def of(self, fund_id: str) -> FundChoice | None:
        """The choice with this id, able or not."""
        return next((each for each in [*self.able, *self.unable] if str(each.fund.id) == fund_id), None)


_SESSION = """
    SELECT s.id, s.activity_id, a.title, a.easy_read, a.category, pr.name AS provider_name, pr.slug AS provider_slug,
           v.name AS venue, v.town, s.starts_at, s.ends_at, s.service_on,
           s.capacity - s.places_taken - s.places_offered + (own_line.offered_until IS NOT NULL)::int AS places_left,
           activity_price_on(a.id, s.service_on, session_minutes(s.starts_at, s.ends_at)) AS price_pence,
           a.notice_hours, a.charge_percent, a.refill_waives_charge, own.id AS booked_id,
           own_line.id AS waitlist_id, own_line.offered_until, busy.title AS busy_with
      FROM activity_session s JOIN activity a ON a.id = s.activity_id JOIN provider pr ON pr.id = s.provider_id
      LEFT JOIN venue v ON v.id = coalesce(s.venue_id, a.venue_id)
      LEFT JOIN LATERAL (
          SELECT b.id FROM booking b WHERE b.person_id = $2 AND b.activity_session_id = s.id
             AND b.state IN ('held', 'confirmed', 'delivered', 'missed') LIMIT 1) own ON true
      LEFT JOIN LATERAL (
          SELECT w.id, CASE WHEN w.state = 'offered' AND w.expires_at > $3 THEN w.expires_at END AS offered_until
            FROM waitlist_entry w WHERE w.person_id = $2 AND w.activity_session_id = s.id
             AND w.state IN ('waiting', 'offered')) own_line ON true
      LEFT JOIN LATERAL (
          SELECT ba.title FROM booking b JOIN activity_session bs ON bs.id = b.activity_session_id
            JOIN activity ba ON ba.id = bs.activity_id
           WHERE b.person_id = $2 AND b.state IN ('held', 'confirmed', 'delivered', 'missed')
             AND tstzrange(b.starts_at, b.ends_at) && tstzrange(s.starts_at, s.ends_at) LIMIT 1) busy ON true
     WHERE s.id = $1 AND a.state <> 'draft'
"""


async def read_choice(
    actor: Actor, person_id: UUID, session_id: UUID, side: Side, wish: Wish = AS_USUAL
) -> Choice:
    """What can be chosen; the view of the person is audited. Raises NotFound for either."""
    record = await person(actor, person_id)
    row = await db.fetch_one(_SESSION, session_id, person_id, clock.now())
    if row is None:
        raise NotFound
    session = msgspec.convert(row, SessionLine)
    funds = {fund.id: fund for fund in await funds_of(actor, person_id)}
    facts = (await facts_by_fund(actor, person_id, [session_id], wish)).get(session_id, {})
    choices = [
        _choice(funds[fund_id], its, side)
        for fund_id, its in sorted(facts.items(), key=lambda item: order_of(item[1]))
        if fund_id in funds and runs_on(its.fund_starts_on, its.fund_ends_on, session.service_on)
    ]
    able = [choice for choice in choices if choice.refusal is None]
    unable = [choice for choice in choices if choice.refusal is not None]
    ways, transport = await ways_of(session_id)
    return Choice(record, session, able, unable, _trouble(session), wish, ways, transport)


def _choice(fund: FundMoney, facts: BookingFacts, side: Side) -> FundChoice:
    after = facts.available_pence - facts.price.pence
    refusal = refusal_of(facts, side, clock.now())
    if refusal is None and after < 0:
        refusal = FundExhausted(Money(-after))
    return FundChoice(fund, after, facts, refusal, facts.in_plan, facts.runs_out_before)


def _trouble(session: SessionLine) -> DomainError | None:
    if session.booked_id is None:
        if session.busy_with is not None:
            return PersonBusy()
        if session.places_left <= 0:
            return SessionFull()
    return None
