"""A version of a plan with everything in it, in one statement: what pages, documents, keys and programs read."""

from datetime import date, datetime
from uuid import UUID

import msgspec

from isf.plans.costs import Totals, cost_in, totals
from isf.plans.fingerprints import fingerprints
from isf.plans.rules import Chapter, Frequency, HelperKind, KeyKind, PaidFrom, PlanState, how_often, missing
from isf.rules import last_day
from marketplace.identity.access import Actor, record_view, require_person
from marketplace.identity.rules import Scope
from marketplace.kernel import db
from marketplace.kernel.errors import NotFound
from marketplace.kernel.money import Money
from marketplace.kernel.routes_of_money import Route
from providers.rules import Category


class WordsLine(msgspec.Struct, frozen=True, kw_only=True):
    """One of the five texts as it was written. `edit` counts its changes."""

    kind: Chapter
    words: str
    edit: int
    written_by: str
    written_at: datetime


class ItemLine(msgspec.Struct, frozen=True, kw_only=True):
    """One item. `cost_pence` is for one time; see `PlanCopy.cost_of` for what it comes to."""

    id: UUID
    line_id: UUID
    title: str
    what: str
    category: Category | None
    provider_id: UUID | None
    provider: str
    need_id: UUID | None
    need: str
    outcome_id: UUID | None
    outcome: str
    cost_pence: int
    times: int
    frequency: Frequency
    weeks: int | None
    paid_from: PaidFrom
    edit: int

    @property
    def how_often(self) -> str:
        """`2 times a week`."""
        return how_often(self.times, self.frequency, self.weeks)


class HelperLine(msgspec.Struct, frozen=True, kw_only=True):
    """Who helped with the plan, and how."""

    id: UUID
    kind: HelperKind
    name: str
    user_id: UUID | None
    how: str


class KeyLine(msgspec.Struct, frozen=True, kw_only=True):
    """A key that stands. `carried_from` is the number of the version on which it was turned, if not on this one."""

    id: UUID
    kind: KeyKind
    turned_by: UUID
    turned_by_name: str
    turned_at: datetime
    because: str
    fingerprint: str
    carried_from: int | None


class AuthorLine(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who wrote a part, here or in a version that this one was copied from."""

    user_id: UUID
    name: str


class RouteMoney(msgspec.Struct, frozen=True, kw_only=True):
    """What the budget gives to one route."""

    route: Route
    pence: int


class PlanCopy(msgspec.Struct, frozen=True, kw_only=True):
    """A version of a plan with everything in it. Half-open dates; money in pence."""

    id: UUID
    person_id: UUID
    person_name: str
    called: str
    council_id: UUID
    council_name: str
    prefers_easy_read: bool
    number: int
    state: PlanState
    budget_id: UUID
    based_on: UUID | None
    allocated_pence: int
    contribution_pence: int
    starts_on: date
    ends_on: date
    started_at: datetime
    submitted_at: datetime | None
    agreed_at: datetime | None
    sent_back_because: str
    written: list[WordsLine]
    items: list[ItemLine]
    helpers: list[HelperLine]
    keys: list[KeyLine]
    authors: list[AuthorLine]
    routes: list[RouteMoney]

    @property
    def last_day(self) -> date:
        """The last day that the plan is for."""
        return last_day(self.ends_on)

    @property
    def words(self) -> dict[Chapter, str]:
        """The texts that are not empty, by chapter."""
        return {line.kind: line.words for line in self.written if line.words}

    @property
    def totals(self) -> Totals:
        """The items against the budget, by route."""
        allocated = {line.route: Money(line.pence) for line in self.routes}
        return totals(self.items, self.starts_on, self.ends_on, allocated)

    @property
    def fingerprints(self) -> dict[KeyKind, str]:
        """What each key covers, as it is written now."""
        return fingerprints(self.words, self.items, self.budget_id, self.totals)

    @property
    def missing(self) -> dict[str, str]:
        """What stands between a draft and its keys, by the place on the page."""
        contribution = Money(self.contribution_pence)
        return missing(self.words, len(self.items), self.totals.over, contribution=contribution)

    def cost_of(self, item: ItemLine) -> Money:
        """What an item comes to in the days of the plan."""
        return cost_in(item, self.starts_on, self.ends_on)

    def key(self, kind: KeyKind) -> KeyLine | None:
        """The key of a kind, if it is turned."""
        return next((key for key in self.keys if key.kind is kind), None)

    def wrote(self, user_id: UUID) -> bool:
        """Whether somebody wrote a part or is named as having helped: they turn no key."""
        return user_id in {each.user_id for each in self.authors} | {each.user_id for each in self.helpers}


def _rows(sql: str) -> str:
    return f"(SELECT coalesce(json_agg(r ORDER BY r.place), '[]') FROM ({sql}) r)"  # noqa: S608 - no values


_VERSION = f"""
SELECT to_json(t)::text FROM (
    SELECT v.id, v.person_id, p.name AS person_name, coalesce(nullif(p.preferred_name, ''), p.name) AS called,
           p.council_id, c.name AS council_name, p.prefers_easy_read, v.number, v.state, v.budget_id, v.based_on,
           v.allocated_pence, b.contribution_pence, v.starts_on, v.ends_on, v.started_at, v.submitted_at, v.agreed_at,
           v.sent_back_because,
           {
    _rows('''SELECT w.written_at AS place, w.kind, w.words, w.edit, u.name AS written_by, w.written_at
                       FROM plan_words w JOIN app_user u ON u.id = w.written_by WHERE w.version_id = v.id''')
} AS written,
           {
    _rows('''SELECT i.position AS place, i.*, coalesce(pr.name, '') AS provider, coalesce(n.title, '') AS need,
                            coalesce(o.words, '') AS outcome
                       FROM plan_item i LEFT JOIN provider pr ON pr.id = i.provider_id
                       LEFT JOIN need n ON n.id = i.need_id LEFT JOIN outcome o ON o.id = i.outcome_id
                      WHERE i.version_id = v.id''')
} AS items,
           {
    _rows('''SELECT h.name AS place, h.id, h.kind, h.name, h.user_id, h.how
                       FROM plan_helper h WHERE h.version_id = v.id''')
} AS helpers,
           {
    _rows('''SELECT k.turned_at AS place, k.id, k.kind, k.turned_by, u.name AS turned_by_name, k.turned_at,
                            k.because, k.fingerprint, f.number AS carried_from
                       FROM approval_key k JOIN app_user u ON u.id = k.turned_by
                       LEFT JOIN approval_key o ON o.id = k.carried_from
                       LEFT JOIN plan_version f ON f.id = o.version_id
                      WHERE k.version_id = v.id AND k.fell_at IS NULL''')
} AS keys,
           {
    _rows('''SELECT u.name AS place, a.user_id, u.name FROM plan_author a JOIN app_user u ON u.id = a.user_id
                      WHERE a.version_id = v.id''')
} AS authors,
           {
    _rows('''SELECT f.route AS place, f.route, sum(s.council_share_pence + s.contribution_pence) AS pence
                       FROM fund_share s JOIN fund f ON f.id = s.fund_id WHERE s.budget_id = v.budget_id
                      GROUP BY f.route''')
} AS routes
      FROM plan_version v JOIN person p ON p.id = v.person_id JOIN organisation c ON c.id = p.council_id
      JOIN personal_budget b ON b.id = v.budget_id
     WHERE v.id = $1) t
"""  # noqa: S608


async def load(version_id: UUID) -> PlanCopy:
    """A version with everything in it, for commands that have asked who may. Raises NotFound."""
    told = await db.fetch_value(_VERSION, version_id)
    if told is None:
        raise NotFound
    return msgspec.json.decode(told, type=PlanCopy)


async def plan_copy(actor: Actor, version_id: UUID) -> PlanCopy:
    """A version with everything in it; the view is audited. Raises NotFound for a person whom the actor may not see."""
    found = await load(version_id)
    await require_person(actor, found.person_id, Scope.SEE)
    await record_view(actor, "plan_version", version_id)
    return found
