"""Reads about bookings; each takes the actor and shows only what is theirs to see."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote
from uuid import UUID

from marketplace.bookings.outside.rules import IN_PLAN_SQL
from marketplace.bookings.rules import BookingFacts, giving_up_charge
from marketplace.identity.access import SCOPES_SQL, Actor, check_scope, require, scopes_from
from marketplace.identity.rules import Permission, Scope
from marketplace.kernel import clock, db
from marketplace.kernel.errors import NotFound
from marketplace.kernel.money import Money
from marketplace.kernel.routes_of_money import Route
from providers.rules import SupportRatio, Terms

_FACTS_SELECT = f"""
    SELECT s.id AS session_id, f.id AS fund_id,
           a.title, pr.name AS provider_name, pr.email AS provider_email, s.state AS session_state,
           a.state AS activity_state, s.starts_at, s.ends_at, s.service_on,
           s.capacity - s.places_taken - s.places_offered AS places_left,
           s.owner_council_id, a.routes_accepted,
           coalesce(seat.share_pence, own.pence) + coalesce(t.price_pence, 0) AS price_pence,
           CASE WHEN r.split = 'shared' THEN own.pence END AS worker_pence,
           coalesce($6::text, a.support_ratio) AS ratio, $7::boolean AS transport_wanted,
           t.price_pence AS transport_pence, t.vat_category AS transport_vat_category,
           t.vat_rate_basis_points AS transport_vat_rate_basis_points, r.vat_category, r.vat_rate_basis_points,
           a.notice_hours, a.charge_percent, a.refill_waives_charge,
           f.person_id, f.council_id AS fund_council_id, f.route, f.state AS fund_state,
           f.starts_on AS fund_starts_on, f.ends_on AS fund_ends_on, m.balance_pence AS available_pence,
           m.locked,
           p.council_id, ARRAY({SCOPES_SQL})::text[] AS scopes,
           EXISTS (SELECT 1 FROM commission c WHERE c.provider_id = s.provider_id AND c.council_id = f.council_id
                    AND c.state = 'approved' AND c.starts_on <= s.service_on
                    AND (c.ends_on IS NULL OR c.ends_on > s.service_on)) AS commissioned,
           NOT accreditation_lapsed(s.provider_id, f.council_id, $3) AS accredited,
           accreditation_lapsed(s.provider_id, f.council_id, s.service_on) AS runs_out_before,
           relative_bars(f.person_id, s.provider_id, s.service_on) AS relative_bars,
           person_paused(f.person_id, s.activity_id, s.service_on) AS paused,
           person_ended(f.person_id, s.service_on) AS ended,
           {IN_PLAN_SQL} AS in_plan, communication_line(p.id) AS communication_line,
           provider_suspended(s.provider_id) AS suspended,
           (SELECT w.expires_at FROM waitlist_entry w WHERE w.activity_session_id = s.id AND w.person_id = f.person_id
               AND w.state = 'offered') AS offered_until
      FROM activity_session s
      JOIN activity a ON a.id = s.activity_id
      JOIN provider pr ON pr.id = s.provider_id
      LEFT JOIN LATERAL rate_on(a.id, coalesce($6::text, a.support_ratio), s.service_on) r ON true
      LEFT JOIN LATERAL (SELECT rate_price(r.price_pence, r.unit, r.minimum_pence,
                                           session_minutes(s.starts_at, s.ends_at)) AS pence) own ON true
      LEFT JOIN LATERAL (SELECT n.share_pence FROM next_seat(s.id, r.ratio, own.pence) n
                          WHERE r.split = 'shared') seat ON true
      LEFT JOIN LATERAL (SELECT o.* FROM transport_rate_on(a.id, s.service_on) o WHERE $7::boolean) t ON true
      CROSS JOIN fund f
      JOIN account m ON m.fund_id = f.id AND m.kind = 'available'
      JOIN person p ON p.id = f.person_id
"""  # noqa: S608
_FACTS = _FACTS_SELECT + " WHERE s.id = $4 AND f.id = $5"
_FACTS_OF_DATES = _FACTS_SELECT + " WHERE s.id = ANY ($4) AND f.id = $5 ORDER BY s.starts_at, s.id"
_FACTS_OF_FUNDS = _FACTS_SELECT + " WHERE s.id = $4 AND f.id = ANY ($5)"
_FACTS_OF_PERSON = _FACTS_SELECT + " WHERE s.id = ANY ($4) AND f.person_id = $5 ORDER BY f.starts_on, f.id"

_FACT_FIELDS = (
    *("title", "provider_name", "provider_email", "session_state", "activity_state", "starts_at", "ends_at"),
    *("service_on", "places_left", "owner_council_id", "routes_accepted", "commissioned", "in_plan"),
    *("price_pence", "vat_category", "vat_rate_basis_points", "person_id", "fund_council_id", "fund_state"),
    *("fund_starts_on", "fund_ends_on", "available_pence", "communication_line", "locked", "relative_bars"),
    *(
        "suspended",
        "paused",
        "ended",
        "accredited",
        "runs_out_before",
        "worker_pence",
        "ratio",
        "transport_wanted",
    ),
    *("transport_pence", "transport_vat_category", "transport_vat_rate_basis_points"),
)


@dataclass(frozen=True, slots=True)
class Wish:
    """How somebody wants to be supported: the activity's own ratio when not said; with transport or without."""

    ratio: SupportRatio | None = None
    transport: bool = False
    at_most: Money | None = None
    """What was shown: the next seat may cost a penny more by now, and nobody is asked for that unseen."""

    @property
    def arguments(self) -> tuple[str | None, bool]:
        """For the statement of the facts."""
        return str(self.ratio) if self.ratio else None, self.transport


AS_USUAL = Wish()


def query_of(wish: Wish) -> str:
    """The wish as the rest of an address; empty for the usual."""
    told = f"&ratio={quote(str(wish.ratio))}" if wish.ratio else ""
    return told + ("&transport=on" if wish.transport else "")


def wish_typed(ratio: str, transport: str) -> Wish:
    """How somebody wants to be supported, as an address or a form says it; what is unknown is as usual."""
    known = SupportRatio(ratio) if ratio in set(SupportRatio) else None
    return Wish(known, transport == "on")


# Whether the direct payment may not pay this booking, because of a close relative.
BARRED_SQL = (
    "b.route = 'direct_payment' AND relative_bars(b.person_id, b.provider_id, b.service_on) AS relative_bars"
)


def support_price(row: db.Row) -> Money:
    """What a booking in a row costs without the journey, which is not charged when nobody is driven."""
    return Money(row["price_pence"] - row["transport_pence"])


def cancel_charge(row: db.Row) -> Money:
    """What giving a booking up now costs, on a page as by the command; the row says `relative_bars` (`BARRED_SQL`)."""
    return giving_up_charge(
        terms_of(row), Money(row["price_pence"]), transport=Money(row["transport_pence"]),
        barred=row["relative_bars"], at=clock.now(), starts_at=row["starts_at"],
    )  # fmt: skip


def terms_of(row: db.Row) -> Terms:
    """The terms in a row of an activity or a booking."""
    return Terms(row["notice_hours"], row["charge_percent"], row["refill_waives_charge"])


async def booking_facts(
    actor: Actor, session_id: UUID, fund_id: UUID, scope: Scope = Scope.BOOK, wish: Wish = AS_USUAL
) -> BookingFacts:
    """Everything that decides whether the actor can book the session from the fund; one statement.

    Raises NotFound when the session or the fund is not there or not the actor's to see, Forbidden without the scope.
    """
    require(actor, Permission.PERSON_SEE)
    asked = (session_id, fund_id, *wish.arguments)
    row = await db.fetch_one(_FACTS, actor.user_id, actor.organisation_id, clock.today(), *asked)
    check_scope(scopes_from(actor, row), scope)
    assert row is not None  # noqa: S101 - check_scope refuses None
    return _facts(row)


async def facts_of_dates(
    actor: Actor,
    session_ids: Sequence[UUID],
    fund_id: UUID,
    scope: Scope = Scope.BOOK,
    wish: Wish = AS_USUAL,
) -> dict[UUID, BookingFacts]:
    """The same for any number of sessions, earliest first; one statement. What is not there is left out.

    Raises NotFound when none of it is there or the fund is not the actor's to see, Forbidden without the scope.
    """
    require(actor, Permission.PERSON_SEE)
    asked = (list(session_ids), fund_id, *wish.arguments)
    rows = await db.fetch_all(_FACTS_OF_DATES, actor.user_id, actor.organisation_id, clock.today(), *asked)
    check_scope(scopes_from(actor, rows[0] if rows else None), scope)
    return {row["session_id"]: _facts(row) for row in rows}


def _facts(row: db.Row) -> BookingFacts:
    facts = BookingFacts(
        **{name: row[name] for name in _FACT_FIELDS},
        terms=terms_of(row),
        route=Route(row["route"]),
        offered_until=row["offered_until"],
    )
    if facts.offered_until is not None and facts.offered_until > clock.now():
        return replace(facts, places_left=facts.places_left + 1)  # The one that is kept for them.
    return replace(facts, offered_until=None)


async def facts_of_funds(session_id: UUID, fund_ids: Sequence[UUID]) -> dict[UUID, BookingFacts]:
    """For each fund what decides whether it can book the session: for what happens by itself, without an actor."""
    asked = (session_id, list(fund_ids), *AS_USUAL.arguments)
    rows = await db.fetch_all(_FACTS_OF_FUNDS, None, None, clock.today(), *asked)
    return {row["fund_id"]: _facts(row) for row in rows}


async def facts_by_fund(
    actor: Actor, person_id: UUID, session_ids: Sequence[UUID], wish: Wish = AS_USUAL
) -> dict[UUID, dict[UUID, BookingFacts]]:
    """For each of the sessions and each of the person's funds what decides whether it can be booked; one statement.

    By session, then by fund, the oldest fund first. Only of people whom the actor may see; empty for others.
    """
    require(actor, Permission.PERSON_SEE)
    rows = await db.fetch_all(
        _FACTS_OF_PERSON,
        actor.user_id,
        actor.organisation_id,
        clock.today(),
        list(session_ids),
        person_id,
        *wish.arguments,
    )
    found: dict[UUID, dict[UUID, BookingFacts]] = {}
    for row in rows:
        if Scope.SEE in scopes_from(actor, row):
            found.setdefault(row["session_id"], {})[row["fund_id"]] = _facts(row)
    return found


async def booking_for_change(booking_id: UUID) -> db.Row:
    """A booking with its session and provider; locks session, then booking, in the global order.

    Only inside a unit of work. Raises NotFound.
    """
    session_id = await db.fetch_value("SELECT activity_session_id FROM booking WHERE id = $1", booking_id)
    if session_id is None:
        raise NotFound
    await db.execute("SELECT 1 FROM activity_session WHERE id = $1 FOR NO KEY UPDATE", session_id)
    row = await db.fetch_one(
        "SELECT b.*, a.title, pr.name AS provider_name, pr.email AS provider_email,"
        f" {BARRED_SQL},"
        " kept_percent(b.id) AS kept_percent, price_at_delivery(b.id) AS price_at_delivery,"
        " pr.organisation_id AS provider_organisation_id"
        " FROM booking b JOIN activity_session s ON s.id = b.activity_session_id"
        " JOIN activity a ON a.id = s.activity_id"
        " JOIN provider pr ON pr.id = b.provider_id WHERE b.id = $1 FOR NO KEY UPDATE OF b",
        booking_id,
    )
    if row is None:
        raise NotFound
    return row


async def booking(actor: Actor, booking_id: UUID) -> db.Row:
    """One booking with its session, for those who may see the person or deliver it. Raises NotFound."""
    row = await db.fetch_one(
        f"""SELECT b.*, {BARRED_SQL}, a.id AS activity_id, a.title, pr.name AS provider_name, pr.slug AS provider_slug,
                   pr.organisation_id AS provider_organisation_id, v.name AS venue, v.town,
                   t.outcome, t.charge_pence, t.note, p.council_id, p.name AS person_name, p.preferred_name,
                   coalesce(ho.name, hu.name) AS holder, a.category, a.easy_read,
                   ARRAY({SCOPES_SQL})::text[] AS scopes
              FROM booking b JOIN person p ON p.id = b.person_id JOIN fund f ON f.id = b.fund_id
              LEFT JOIN organisation ho ON ho.id = f.holder_organisation_id
              LEFT JOIN app_user hu ON hu.id = f.holder_user_id
              JOIN activity_session s ON s.id = b.activity_session_id JOIN activity a ON a.id = s.activity_id
              JOIN provider pr ON pr.id = b.provider_id LEFT JOIN venue v ON v.id = coalesce(s.venue_id, a.venue_id)
              LEFT JOIN attendance t ON t.booking_id = b.id WHERE b.id = $4""",  # noqa: S608
        actor.user_id,
        actor.organisation_id,
        clock.today(),
        booking_id,
    )
    if row is None:
        raise NotFound
    delivers = Permission.ATTENDANCE_RECORD in actor.permissions
    if not (delivers and row["provider_organisation_id"] == actor.organisation_id):
        check_scope(scopes_from(actor, row), Scope.SEE)
    return row
