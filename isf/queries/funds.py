"""Reads about budgets and funds, with the money as the ledger has it now."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

import msgspec

from isf.burn import Facts, Standing, standing
from isf.parameters.rules import Parameter
from isf.rules import FundState, fund_title, last_day, runs_on
from marketplace.identity.access import (
    SCOPES_SQL,
    Actor,
    check_scope,
    record_view,
    require,
    require_person,
    scopes_from,
)
from marketplace.identity.rules import Permission, Scope
from marketplace.kernel import clock, db, formats
from marketplace.kernel.money import Money
from marketplace.kernel.routes_of_money import Route


class FundMoney(msgspec.Struct, frozen=True, kw_only=True):
    """A fund and its money in pence: *left* is available, *booked* committed, *used* payable, paid and fee together.

    `ends_on` is the first day without it. `spent_by_today_pence` is what was used or booked for days up to today, and
    `planned_by_today_pence` what was planned for them. The council says by how many per cent of the whole money may
    run ahead of time (None: it has not said).
    `to_come_pence` is what was agreed and is not paid in yet (below zero: paid in too much); `top_up_pence` is the
    person's own money on top. While `locked`, nothing can be booked: the support plan is not agreed yet.
    """

    id: UUID
    person_id: UUID
    person_name: str
    council_name: str
    council_email: str
    council_id: UUID
    route: Route
    holder: str
    holder_email: str
    """Of the organisation that holds it; a user's own address is not shown."""
    holder_user_id: UUID | None
    holder_organisation_id: UUID | None
    amount_pence: int
    council_share_pence: int
    contribution_pence: int
    available_pence: int
    committed_pence: int
    payable_pence: int
    paid_pence: int
    fee_pence: int
    returned_pence: int
    top_up_pence: int
    from_council_pence: int
    from_person_pence: int
    paid_in_pence: int
    to_come_pence: int
    locked: bool
    spent_by_today_pence: int
    planned_by_today_pence: int
    margin_percent: int | None
    starts_on: date
    ends_on: date
    state: FundState

    @property
    def title(self) -> str:
        """What people call it: `ISF with Harbour`."""
        return fund_title(self.route, self.holder)

    @property
    def used_pence(self) -> int:
        """Delivered, whether it is paid already or not, and the holder's fee."""
        return self.payable_pence + self.paid_pence + self.fee_pence

    @property
    def last_day(self) -> date:
        """The last day on which it can be used."""
        return last_day(self.ends_on)

    @property
    def card(self) -> dict[str, object]:
        """What `templates/components/fund_card.html` shows."""
        return {
            "id": self.id,
            "title": self.title,
            "href": f"/funds/{self.id}",
            "left_pence": self.available_pence,
            "booked_pence": self.committed_pence,
            "used_pence": self.used_pence,
            "period": f"until {formats.full_date(self.last_day)}",
            "note": f"{self.standing.words}.",
            "pace": self.standing.kind,
        }

    @property
    def current(self) -> bool:
        """Whether it is open and runs today."""
        return self.state is FundState.OPEN and runs_on(self.starts_on, self.ends_on, clock.today())

    @property
    def from_council(self) -> Money:
        """What the council has paid in so far."""
        return Money(self.from_council_pence)

    @property
    def from_person(self) -> Money:
        """What the person has paid in so far of their part of the budget."""
        return Money(self.from_person_pence)

    @property
    def to_come(self) -> Money:
        """What was agreed and is not paid in yet."""
        return Money(self.to_come_pence)

    @property
    def on_top(self) -> Money:
        """The person's own money on top of the budget."""
        return Money(self.top_up_pence)

    @property
    def returned(self) -> Money:
        """What went back to the council, or on to the next holder."""
        return Money(self.returned_pence)

    @property
    def whole_pence(self) -> int:
        """Everything it can be used for, or was: what is left, booked and used together."""
        return self.available_pence + self.committed_pence + self.used_pence

    @property
    def standing(self) -> Standing:
        """How money and time go together today."""
        facts = Facts(
            whole=Money(self.whole_pence),
            planned=Money(self.planned_by_today_pence),
            used=Money(self.spent_by_today_pence),
            margin_percent=self.margin_percent,
            starts_on=self.starts_on,
            ends_on=self.ends_on,
            locked=self.locked,
        )
        return standing(facts, clock.today())


class BudgetLine(msgspec.Struct, frozen=True, kw_only=True):
    """One of a person's budgets; `ends_on` is the first day without it."""

    id: UUID
    version: int
    council_share_pence: int
    contribution_pence: int
    starts_on: date
    ends_on: date

    @property
    def last_day(self) -> date:
        """The last day of it."""
        return last_day(self.ends_on)

    @property
    def current(self) -> bool:
        """Whether it runs today."""
        return runs_on(self.starts_on, self.ends_on, clock.today())


# $1 user, $2 organisation, $3 today (as SCOPES_SQL), $4 what is asked for.
# By how many per cent of the whole the council of a fund `f` lets money run ahead of time; $3 today.
MARGIN_SQL = f"""
    (SELECT value FROM council_parameter WHERE council_id = f.council_id AND name = '{Parameter.BURN_MARGIN_PERCENT}'
        AND starts_on <= $3::date ORDER BY starts_on DESC LIMIT 1)
"""

_FUNDS = f"""
    SELECT f.id, f.person_id, p.name AS person_name, f.council_id, c.name AS council_name,
           c.email AS council_email, coalesce(o.email, '') AS holder_email, f.route,
           coalesce(o.name, u.name) AS holder, f.holder_user_id, f.holder_organisation_id, f.amount_pence,
           sh.council_share AS council_share_pence, sh.contribution AS contribution_pence,
           a.available AS available_pence, a.committed AS committed_pence, a.payable AS payable_pence,
           a.paid AS paid_pence, a.fee AS fee_pence, a.returned AS returned_pence, -a.top_up AS top_up_pence,
           -a.funding - a.contribution AS paid_in_pence, -a.promised AS to_come_pence, a.locked,
           -a.funding AS from_council_pence, -a.contribution AS from_person_pence,
           a.spent - coalesce(s.pence, 0)::bigint AS spent_by_today_pence,
           sh.planned + planned_by(a.available + a.spent - f.amount_pence, NULL, f.starts_on, f.ends_on, $3::date + 1)
               AS planned_by_today_pence,
           {MARGIN_SQL} AS margin_percent, f.starts_on, f.ends_on, f.state,
           ARRAY({SCOPES_SQL})::text[] AS scopes
      FROM fund f JOIN person p ON p.id = f.person_id
      JOIN organisation c ON c.id = f.council_id
      LEFT JOIN organisation o ON o.id = f.holder_organisation_id
      LEFT JOIN app_user u ON u.id = f.holder_user_id
      JOIN LATERAL (
          SELECT coalesce(max(balance_pence) FILTER (WHERE kind = 'funding'), 0) AS funding,
                 coalesce(max(balance_pence) FILTER (WHERE kind = 'contribution'), 0) AS contribution,
                 coalesce(max(balance_pence) FILTER (WHERE kind = 'top_up'), 0) AS top_up,
                 coalesce(max(balance_pence) FILTER (WHERE kind = 'promised'), 0) AS promised,
                 coalesce(max(balance_pence) FILTER (WHERE kind = 'available'), 0) AS available,
                 coalesce(max(balance_pence) FILTER (WHERE kind = 'committed'), 0) AS committed,
                 coalesce(max(balance_pence) FILTER (WHERE kind = 'payable'), 0) AS payable,
                 coalesce(max(balance_pence) FILTER (WHERE kind = 'paid'), 0) AS paid,
                 coalesce(max(balance_pence) FILTER (WHERE kind = 'fee'), 0) AS fee,
                 coalesce(max(balance_pence) FILTER (WHERE kind = 'returned'), 0) AS returned,
                 coalesce(sum(balance_pence) FILTER (WHERE kind IN ('committed', 'payable', 'paid', 'fee')), 0)::bigint
                     AS spent,
                 bool_or(locked) AS locked
            FROM account WHERE fund_id = f.id) a ON true
      JOIN LATERAL (
          SELECT coalesce(sum(council_share_pence), 0)::bigint AS council_share,
                 coalesce(sum(contribution_pence), 0)::bigint AS contribution,
                 coalesce(sum(planned_by(council_share_pence, council_weekly_pence, starts_on, ends_on, $3::date + 1)
                    + planned_by(contribution_pence, contribution_weekly_pence, starts_on, ends_on, $3::date + 1)), 0
                 )::bigint AS planned
            FROM fund_share WHERE fund_id = f.id) sh ON true
      LEFT JOIN LATERAL (
          SELECT sum(e.amount_pence) AS pence FROM journal j JOIN entry e ON e.journal_id = j.id
           WHERE j.fund_id = f.id AND j.occurred_on > $3::date
             AND e.account IN ('committed', 'payable', 'paid', 'fee')) s ON true
"""  # noqa: S608


def _fund(row: db.Row) -> FundMoney:
    return msgspec.convert({name: row[name] for name in FundMoney.__struct_fields__}, FundMoney)


async def funds_of(actor: Actor, person_id: UUID) -> list[FundMoney]:
    """A person's funds, the newest budget first. Raises NotFound when the person is not the actor's to see."""
    await require_person(actor, person_id, Scope.SEE)
    rows = await db.fetch_all(
        _FUNDS + " WHERE f.person_id = $4 ORDER BY f.starts_on DESC,"
        " array_position(ARRAY['isf', 'direct_payment'], f.route::text), f.id",
        actor.user_id,
        actor.organisation_id,
        clock.today(),
        person_id,
    )
    return [_fund(row) for row in rows]


async def running_funds(actor: Actor, person_ids: Sequence[UUID]) -> dict[UUID, list[FundMoney]]:
    """The funds that run today of several people, by person; one statement. Only of people whom the actor may see."""
    require(actor, Permission.PERSON_SEE)
    rows = await db.fetch_all(
        _FUNDS + " WHERE f.person_id = ANY ($4) AND f.state = 'open' AND f.starts_on <= $3 AND f.ends_on > $3"
        " ORDER BY array_position(ARRAY['isf', 'direct_payment'], f.route::text), f.starts_on, f.id",
        actor.user_id,
        actor.organisation_id,
        clock.today(),
        list(person_ids),
    )
    found: dict[UUID, list[FundMoney]] = {}
    for row in rows:
        if Scope.SEE in scopes_from(actor, row):
            found.setdefault(row["person_id"], []).append(_fund(row))
    return found


async def fund(actor: Actor, fund_id: UUID) -> FundMoney:
    """One fund; the view is audited. Raises NotFound when its person is not the actor's to see."""
    require(actor, Permission.PERSON_SEE)
    row = await db.fetch_one(
        _FUNDS + " WHERE f.id = $4", actor.user_id, actor.organisation_id, clock.today(), fund_id
    )
    check_scope(scopes_from(actor, row), Scope.SEE)
    assert row is not None  # noqa: S101 - check_scope refuses None
    await record_view(actor, "fund", fund_id)
    return _fund(row)


async def budgets_of(actor: Actor, person_id: UUID) -> list[BudgetLine]:
    """A person's budgets, the newest first. Raises NotFound."""
    await require_person(actor, person_id, Scope.SEE)
    rows = await db.fetch_all(
        "SELECT id, version, council_share_pence, contribution_pence, starts_on, ends_on"
        "  FROM personal_budget WHERE person_id = $1 ORDER BY starts_on DESC",
        person_id,
    )
    return [msgspec.convert(row, BudgetLine) for row in rows]
