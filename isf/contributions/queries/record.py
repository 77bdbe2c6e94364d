"""A person's contribution: the week, the reasons, what is free, what was paid."""

from datetime import date
from typing import Any
from uuid import UUID

import msgspec

from isf.contributions.queries.bills import bills_of
from isf.contributions.queries.stories import stories_of
from isf.contributions.rules.assessment import Assessed, Figures, assess
from isf.contributions.rules.charges import Week, week_on
from isf.contributions.rules.exempt import ExemptKind, FreeTime, free_time
from isf.parameters import Parameter
from isf.rules import Collection, last_day
from isf.todo import Todo
from marketplace.identity.access import Actor, require_person
from marketplace.identity.rules import Scope
from marketplace.kernel import clock, db
from marketplace.kernel.errors import NotFound
from marketplace.kernel.money import Money


class AssessmentLine(msgspec.Struct, frozen=True, kw_only=True):
    """A financial assessment; `weekly_pence` is None where the whole cost is the person's."""

    id: UUID
    version: int
    starts_on: date
    figures: Figures
    parameters: dict[Parameter, int]
    weekly_pence: int | None
    because: str
    assessed_by: str

    def explained(self) -> Assessed:
        """Every step, worked out again from what was kept."""
        return assess(self.figures, self.parameters)


class ExemptLine(msgspec.Struct, frozen=True, kw_only=True):
    """Support that is never charged for. Half-open dates; amounts in pence."""

    id: UUID
    kind: ExemptKind
    what: str
    starts_on: date
    ends_on: date | None
    free_days: int | None
    weekly_pence: int | None
    price_pence: int | None

    @property
    def clock(self) -> FreeTime | None:
        """Where its clock stands today; None where none runs."""
        if self.free_days is None:
            return None
        return free_time(self.starts_on, self.ends_on, self.free_days, clock.today())

    @property
    def last_day(self) -> date | None:
        """The last day of it, if there is one."""
        return last_day(self.ends_on) if self.ends_on else None

    @property
    def open(self) -> bool:
        """Whether it goes on, or is still to come."""
        return self.ends_on is None or self.ends_on > clock.today()


class PaymentLine(msgspec.Struct, frozen=True, kw_only=True):
    """Money that was paid, in pence; below zero where one was taken back."""

    id: UUID
    amount_pence: int
    received_on: date
    note: str
    reversed: bool
    reverses_id: UUID | None


class Collecting(msgspec.Struct, frozen=True, kw_only=True):
    """How the contribution is collected, and by whom."""

    collection: Collection
    holders: list[str]
    """Who holds the ISF, where the holder collects."""

    @property
    def words(self) -> str:
        """One sentence about it."""
        match self.collection:
            case Collection.GROSS:
                return "The council pays in the whole budget, and sends a bill for the contribution."
            case Collection.NET:
                return "The council pays in its share. The contribution is paid in where the money is held."
            case Collection.HOLDER:
                who = " and ".join(self.holders) or "Whoever holds the money"
                return f"The council pays in its share. {who} collects the contribution."

    @property
    def easy(self) -> str:
        """The same in Easy Read."""
        match self.collection:
            case Collection.GROSS:
                return "The council sends you a bill. You pay the council."
            case Collection.NET:
                return "You pay your part into the account for your support."
            case Collection.HOLDER:
                return (
                    f"You pay your part to {' and '.join(self.holders) or 'the people who hold your money'}."
                )


async def week_of_person(person_id: UUID, day: date) -> Week:
    """What a person's week costs and what of it is theirs, as on a day. Whether anybody may see it is asked before."""
    return week_on((await stories_of([person_id]))[person_id], day)


def may_see_figures(actor: Actor) -> bool:
    """Income and savings are for the person, who acts for them personally, and their council: not for a brokerage."""
    return actor.organisation_id is None or actor.council_id is not None


async def assessments_of(actor: Actor, person_id: UUID) -> list[AssessmentLine]:
    """A person's financial assessments, the newest first. Raises NotFound, also for those who may not see figures."""
    await require_person(actor, person_id, Scope.SEE)
    if not may_see_figures(actor):
        raise NotFound
    rows = await db.fetch_all(
        "SELECT a.id, a.version, a.starts_on, a.figures, a.parameters, a.weekly_pence, a.because,"
        "       coalesce(u.name, '') AS assessed_by"
        "  FROM financial_assessment a LEFT JOIN app_user u ON u.id = a.assessed_by"
        " WHERE a.person_id = $1 ORDER BY a.starts_on DESC, a.version DESC",
        person_id,
    )
    return [_assessment(row) for row in rows]


def _assessment(row: db.Row) -> AssessmentLine:
    told: dict[str, Any] = {name: msgspec.json.decode(row[name]) for name in ("figures", "parameters")}
    return msgspec.convert({**row, **told}, AssessmentLine, strict=False)


def in_force(assessments: list[AssessmentLine], day: date) -> AssessmentLine | None:
    """The one that counts on a day, of a list with the newest first."""
    return next((each for each in assessments if each.starts_on <= day), None)


async def assessment(actor: Actor, person_id: UUID, assessment_id: UUID) -> AssessmentLine:
    """One financial assessment. Raises NotFound."""
    found = [each for each in await assessments_of(actor, person_id) if each.id == assessment_id]
    if not found:
        raise NotFound
    return found[0]


async def exempt_of(actor: Actor, person_id: UUID) -> list[ExemptLine]:
    """What is never charged for: what goes on first, then the newest. Raises NotFound."""
    await require_person(actor, person_id, Scope.SEE)
    rows = await db.fetch_all(
        "SELECT id, kind, what, starts_on, ends_on, free_days, weekly_pence, price_pence FROM exempt_support"
        " WHERE person_id = $1 ORDER BY coalesce(ends_on <= $2, false), starts_on DESC, id",
        person_id,
        clock.today(),
    )
    return [msgspec.convert(row, ExemptLine) for row in rows]


async def payments_of(actor: Actor, person_id: UUID) -> list[PaymentLine]:
    """What a person paid, the newest first. Raises NotFound."""
    await require_person(actor, person_id, Scope.SEE)
    rows = await db.fetch_all(
        "SELECT p.id, p.amount_pence, p.received_on, p.note, p.reverses_id,"
        "       EXISTS (SELECT 1 FROM contribution_payment r WHERE r.reverses_id = p.id) AS reversed"
        "  FROM contribution_payment p WHERE p.person_id = $1 ORDER BY p.received_on DESC, p.recorded_at DESC",
        person_id,
    )
    return [msgspec.convert(row, PaymentLine) for row in rows]


async def collecting(person_id: UUID, day: date) -> Collecting | None:
    """How the contribution of a day is collected: by the budget of that day, else the last before it; None without."""
    row = await db.fetch_one(
        "SELECT b.collection, ARRAY(SELECT DISTINCT o.name FROM fund_share s JOIN fund f ON f.id = s.fund_id"
        "         JOIN organisation o ON o.id = f.holder_organisation_id WHERE s.budget_id = b.id AND f.route = 'isf')"
        "       ::text[] AS holders"
        "  FROM personal_budget b WHERE b.person_id = $1 AND b.kind = 'agreed' AND b.starts_on <= $2"
        " ORDER BY b.starts_on DESC LIMIT 1",
        person_id,
        day,
    )
    return None if row is None else msgspec.convert(row, Collecting)


async def todos_of(actor: Actor, person_id: UUID) -> list[Todo]:
    """The contribution that is still to be paid, if any. Raises NotFound."""
    unpaid = [line for line in await bills_of(actor, person_id) if line.owed_pence]
    if not unpaid:
        return []
    owed = Money(sum(line.owed_pence for line in unpaid))
    due_on = min(line.due_on for line in unpaid)
    return [Todo(f"Pay {owed} towards your support", f"/people/{person_id}/contribution#pay", due_on)]
