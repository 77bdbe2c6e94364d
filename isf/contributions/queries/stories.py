"""Everything that decides what is due, for many people at once: as many statements for one person as for a thousand."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from uuid import UUID

from isf.contributions.rules.charges import Able, Free, Share, Story
from isf.contributions.rules.exempt import free_until
from isf.rules import Collection, Spread
from marketplace.kernel import db
from marketplace.kernel.money import Money


async def stories_of(person_ids: Sequence[UUID]) -> Mapping[UUID, Story]:
    """The story of each of these people; whether anybody may see it is asked before."""
    shares, able, free = await _shares(person_ids), await _able(person_ids), await _free(person_ids)
    return {one: Story(shares=shares[one], able=able[one], free=free[one]) for one in person_ids}


async def _shares(person_ids: Sequence[UUID]) -> Mapping[UUID, list[Share]]:
    found: defaultdict[UUID, list[Share]] = defaultdict(list)
    rows = await db.fetch_all(
        "SELECT b.person_id, b.collection, s.council_share_pence, s.contribution_pence, s.council_weekly_pence,"
        "       s.contribution_weekly_pence, s.starts_on, s.ends_on"
        "  FROM fund_share s JOIN personal_budget b ON b.id = s.budget_id"
        " WHERE b.person_id = ANY ($1::uuid[]) AND b.kind = 'agreed' ORDER BY s.starts_on, s.id",
        list(person_ids),
    )
    for row in rows:
        found[row["person_id"]].append(
            Share(
                council=_spread(row, row["council_share_pence"], row["council_weekly_pence"]),
                contribution=_spread(row, row["contribution_pence"], row["contribution_weekly_pence"]),
                collection=Collection(row["collection"]),
            )
        )
    return found


def _spread(row: db.Row, pence: int, weekly: int | None) -> Spread:
    return Spread(Money(pence), row["starts_on"], row["ends_on"], None if weekly is None else Money(weekly))


async def _able(person_ids: Sequence[UUID]) -> Mapping[UUID, list[Able]]:
    found: defaultdict[UUID, list[Able]] = defaultdict(list)
    rows = await db.fetch_all(
        "SELECT person_id, starts_on, weekly_pence FROM financial_assessment WHERE person_id = ANY ($1::uuid[])"
        " ORDER BY starts_on, version",
        list(person_ids),
    )
    for row in rows:
        weekly = row["weekly_pence"]
        found[row["person_id"]].append(Able(row["starts_on"], None if weekly is None else Money(weekly)))
    return found


async def _free(person_ids: Sequence[UUID]) -> Mapping[UUID, list[Free]]:
    found: defaultdict[UUID, list[Free]] = defaultdict(list)
    rows = await db.fetch_all(
        # An aid is bought once, outside the weekly budget: it takes nothing from what is charged for.
        "SELECT person_id, starts_on, ends_on, free_days, weekly_pence FROM exempt_support"
        " WHERE person_id = ANY ($1::uuid[]) AND kind <> 'aids'"
        # While everything rests, nothing is asked for where the council has it so (`rules.md` 17).
        " UNION ALL SELECT person_id, contribution_stops_on, ends_on, NULL, NULL FROM pause"
        " WHERE person_id = ANY ($1::uuid[]) AND contribution_stops_on < coalesce(ends_on, 'infinity')"
        " ORDER BY starts_on",
        list(person_ids),
    )
    for row in rows:
        weekly = row["weekly_pence"]
        ends_on = free_until(row["starts_on"], row["ends_on"], row["free_days"])
        found[row["person_id"]].append(
            Free(row["starts_on"], ends_on, None if weekly is None else Money(weekly))
        )
    return found
