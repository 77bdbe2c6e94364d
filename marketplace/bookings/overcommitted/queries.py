"""Reads for the worklist of over-commitments; of the actor's own council, or of people whom they may see."""

from datetime import date, datetime
from uuid import UUID

import msgspec

from isf.budgets.words import over_commitment_words
from isf.ledger.overcommitted import OverKind, OverState
from isf.rules import fund_title
from marketplace.bookings.overcommitted.rules import Candidate
from marketplace.bookings.queries import BARRED_SQL, terms_of
from marketplace.identity.access import Actor, record_view, require, require_person
from marketplace.identity.rules import Permission, Scope, council_scopes_of
from marketplace.kernel import clock, db
from marketplace.kernel.errors import NotFound
from marketplace.kernel.money import Money
from marketplace.kernel.routes_of_money import Route


class OverCommitment(msgspec.Struct, frozen=True, kw_only=True):
    """A fund with more booked than its budget gives, as it stands now. Amounts in pence."""

    id: UUID
    fund_id: UUID
    budget_id: UUID
    person_id: UUID
    person_name: str
    route: Route
    holder: str
    kind: OverKind
    state: OverState
    starts_on: date
    ended_on: date | None
    """The first day without the fund, where everything booked from then on has to go."""
    shortfall_pence: int
    still_to_take_pence: int
    honoured_pence: int
    bookings: int
    """How many bookings of the fund from the day on can still be given up."""
    opened_at: datetime
    settled_at: datetime | None
    because: str

    @property
    def fund(self) -> str:
        """What the fund is called."""
        return fund_title(self.route, self.holder)

    @property
    def covered_pence(self) -> int:
        """What is taken back already."""
        return self.shortfall_pence - self.still_to_take_pence - self.honoured_pence

    @property
    def words(self) -> str:
        """What is the matter, in a sentence."""
        return over_commitment_words(self.kind, self.starts_on, Money(self.still_to_take_pence))


_OVER = """
    SELECT o.id, o.fund_id, o.budget_id, f.person_id, p.name AS person_name, f.route,
           coalesce(ho.name, hu.name) AS holder, o.kind, o.state, o.starts_on,
           CASE WHEN o.kind <> 'ended' THEN NULL WHEN f.state = 'closed' THEN o.starts_on
                ELSE greatest(o.starts_on, f.ends_on) END AS ended_on, o.shortfall_pence,
           o.still_to_take_pence, o.honoured_pence, o.opened_at, o.settled_at, o.because,
           (SELECT count(*) FROM booking b WHERE b.fund_id = o.fund_id AND b.state = 'confirmed'
               AND b.service_on >= o.starts_on AND b.starts_at > $1) AS bookings
      FROM over_commitment o JOIN fund f ON f.id = o.fund_id JOIN person p ON p.id = f.person_id
      LEFT JOIN organisation ho ON ho.id = f.holder_organisation_id
      LEFT JOIN app_user hu ON hu.id = f.holder_user_id
"""


async def over_commitments(actor: Actor, state: OverState = OverState.OPEN) -> list[OverCommitment]:
    """Those of the actor's council in a state, what is missing most first. Raises Forbidden."""
    require(actor, Permission.COUNCIL_WATCH)
    if Scope.SEE not in council_scopes_of(actor.roles):
        return []
    rows = await db.fetch_all(
        _OVER + " WHERE f.council_id = $2 AND o.state = $3"
        " ORDER BY o.still_to_take_pence DESC, o.opened_at DESC, o.id LIMIT 200",
        clock.now(),
        actor.council_id,
        str(state),
    )
    return [msgspec.convert(row, OverCommitment) for row in rows]


async def over_commitments_of(actor: Actor, person_id: UUID) -> list[OverCommitment]:
    """The open ones of a person, for everybody who may see them. Raises NotFound."""
    await require_person(actor, person_id, Scope.SEE)
    rows = await db.fetch_all(
        _OVER + " WHERE f.person_id = $2 AND o.state = 'open' ORDER BY o.starts_on, o.id",
        clock.now(),
        person_id,
    )
    return [msgspec.convert(row, OverCommitment) for row in rows]


async def over_commitment(actor: Actor, over_id: UUID) -> OverCommitment:
    """One of them; the view is audited. Raises NotFound when its person is not the actor's to see."""
    row = await db.fetch_one(_OVER + " WHERE o.id = $2", clock.now(), over_id)
    if row is None:
        raise NotFound
    await require_person(actor, row["person_id"], Scope.SEE)
    await record_view(actor, "over_commitment", over_id)
    return msgspec.convert(row, OverCommitment)


async def candidates(over: OverCommitment) -> list[Candidate]:
    """The bookings of the fund from the day on that can still be given up."""
    rows = await db.fetch_all(
        "SELECT b.id, b.reference, a.title, pr.name AS provider, b.starts_at, b.ends_at, b.service_on, b.price_pence,"
        "       b.transport_pence, b.notice_hours, b.charge_percent, b.refill_waives_charge,"
        f"      {BARRED_SQL}"
        "  FROM booking b JOIN activity_session s ON s.id = b.activity_session_id"
        "  JOIN activity a ON a.id = s.activity_id"
        "  JOIN provider pr ON pr.id = b.provider_id"
        " WHERE b.fund_id = $1 AND b.state = 'confirmed' AND b.service_on >= $2 AND b.starts_at > $3"
        " ORDER BY b.starts_at, b.id",
        over.fund_id,
        over.starts_on,
        clock.now(),
    )
    return [
        Candidate(
            row["id"], row["reference"], row["title"], row["provider"], row["starts_at"], row["ends_at"],
            row["service_on"], Money(row["price_pence"]), terms_of(row), Money(row["transport_pence"]),
            barred=row["relative_bars"],
        )
        for row in rows
    ]  # fmt: skip
