"""Writing the next version of a budget: rows first, then what it moves in each fund's books.

Locks in one order, as bookings do: the person, their funds by id, then the funds' books by id. A booking that is under
way is waited for and seen; one that comes later sees the new dates and what is left.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from isf.budgets.books import FundEffect, lock_books, move, read_books
from isf.budgets.rules import NewShare, Share, Standing
from isf.commands import end_authority
from isf.commands.budgets import HELD_BY_BUDGET, let_holder_act, open_part, write_budget, write_share
from isf.rules import Collection, Parts
from marketplace.identity.access import Actor
from marketplace.kernel import audit, db
from marketplace.kernel.money import total
from marketplace.kernel.routes_of_money import Route


@dataclass(frozen=True, slots=True)
class Version:
    """The next version of a budget, ready to be written; `id` is the change's."""

    id: UUID
    starts_on: date
    ends_on: date
    shares: Sequence[NewShare]
    collection: Collection
    because: str


@dataclass(frozen=True, slots=True)
class Written:
    """The version that runs from the day on, the funds it opened, and what it did to each fund."""

    budget_id: UUID
    opened: Sequence[UUID]
    effects: Sequence[FundEffect]


async def write_version(actor: Actor, person: db.Row, standing: Standing, version: Version) -> Written:
    """End the standing version on the day and start the next; the person is locked. Joins the open unit of work.

    From the standing version's own first day on, that version itself is written anew.
    """
    funds = await _funds_that_go_on(person["id"], standing, version)
    before = await lock_books(sorted({share.fund_id for share in standing.shares} | set(funds.values())))
    budget_id = await _end_standing(actor, person["id"], standing, version)
    opened = await _start(actor, person, budget_id, version, funds, before)
    await _follow_shares(list(before), version.starts_on)
    after = await read_books(list(before))
    effects = []
    for fund_id, was in before.items():
        if (was["amount_pence"], was["ends_on"], was["state"]) != _facts(after[fund_id]):
            effects.append(await move(actor, was, after[fund_id], budget_id, version))
            await _authority_follows(actor, person, was, after[fund_id])
    return Written(budget_id, opened, effects)


def _facts(row: db.Row) -> tuple[int, date, str]:
    return row["amount_pence"], row["ends_on"], row["state"]


async def _funds_that_go_on(person_id: UUID, standing: Standing, version: Version) -> dict[int, UUID]:
    """By place in the new version: the open fund that goes on, because route and holder stay."""
    rows = await db.fetch_all(
        "SELECT f.id, f.route, coalesce(f.holder_user_id, f.holder_organisation_id) AS holder"
        "  FROM fund f JOIN fund_share s ON s.fund_id = f.id"
        " WHERE f.person_id = $1 AND f.state = 'open' AND (s.budget_id = $2 OR s.ends_on = $3)"
        " ORDER BY s.budget_id = $2, f.id",
        person_id,
        standing.budget_id,
        version.starts_on,
    )
    open_funds = {(Route(row["route"]), row["holder"]): row["id"] for row in rows}
    return {
        place: open_funds[share.fund.holder]
        for place, share in enumerate(version.shares)
        if share.fund.holder in open_funds
    }


async def _end_standing(actor: Actor, person_id: UUID, standing: Standing, version: Version) -> UUID:
    """Cut the standing version to the days before, and start the next; answers the version that has the new shares."""
    parts = [share.parts for share in version.shares]
    if version.starts_on == standing.starts_on:
        await db.execute("DELETE FROM fund_share WHERE budget_id = $1", standing.budget_id)
        await _set_budget(actor, standing, parts, version.ends_on, version.because)
        await db.execute(
            "UPDATE personal_budget SET collection = $2, because = $3 WHERE id = $1",
            standing.budget_id,
            str(version.collection),
            version.because,
        )
        return standing.budget_id
    if version.starts_on < standing.ends_on:
        for share in standing.shares:
            gone = share.before(version.starts_on)
            await db.execute(
                "UPDATE fund_share SET council_share_pence = $3, contribution_pence = $4, ends_on = $5"
                " WHERE budget_id = $1 AND fund_id = $2",
                standing.budget_id,
                share.fund_id,
                gone.council_share.pence,
                gone.contribution.pence,
                version.starts_on,
            )
        cut = [share.before(version.starts_on) for share in standing.shares]
        await _set_budget(actor, standing, cut, version.starts_on, version.because)
    return await write_budget(
        person_id, version.id, parts, version.starts_on, version.ends_on, version.collection, version.because
    )


async def _set_budget(
    actor: Actor, standing: Standing, parts: Sequence[Parts], ends_on: date, because: str
) -> None:
    council_share = total(part.council_share for part in parts)
    contribution = total(part.contribution for part in parts)
    await db.execute(
        "UPDATE personal_budget SET council_share_pence = $2, contribution_pence = $3, ends_on = $4 WHERE id = $1",
        standing.budget_id,
        council_share.pence,
        contribution.pence,
        ends_on,
    )
    await audit.record(
        actor,
        "budget.changed",
        "personal_budget",
        standing.budget_id,
        before={
            "council_share": total(share.council.amount for share in standing.shares),
            "contribution": total(share.contribution.amount for share in standing.shares),
            "ends_on": standing.ends_on,
            "funds": {str(share.fund_id): _told(share) for share in standing.shares},
        },
        after={"council_share": council_share, "contribution": contribution, "ends_on": ends_on},
        because=because,
    )


def _told(share: Share) -> dict[str, int]:
    return {"council_share": share.council.amount.pence, "contribution": share.contribution.amount.pence}


async def _start(
    actor: Actor,
    person: db.Row,
    budget_id: UUID,
    version: Version,
    funds: Mapping[int, UUID],
    before: Mapping[UUID, db.Row],
) -> list[UUID]:
    """The shares of the new version: to the funds that go on, and to new ones; answers the new ones."""
    opened = []
    for place, share in enumerate(version.shares):
        fund_id = funds.get(place)
        if fund_id is None:
            opened.append(
                await open_part(
                    actor, person, budget_id, share.fund, share.parts, version.starts_on, version.ends_on
                )
            )
            continue
        await write_share(budget_id, fund_id, share.parts, version.starts_on, version.ends_on)
        if (known := before[fund_id]["ends_on"]) < version.ends_on:
            await let_holder_act(actor, person, share.fund, known, version.ends_on)
    if budget_id == version.id:
        await audit.record(
            actor,
            "budget.created",
            "personal_budget",
            budget_id,
            after={
                "person": person["id"],
                "council_share": total(share.parts.council_share for share in version.shares),
                "contribution": total(share.parts.contribution for share in version.shares),
                "starts_on": version.starts_on,
                "ends_on": version.ends_on,
                "collection": version.collection,
            },
            because=version.because,
        )
    return opened


async def _follow_shares(fund_ids: Sequence[UUID], day: date) -> None:
    """A fund is its shares: amount and end follow them. One without any left takes no bookings any more."""
    await db.execute(
        "UPDATE fund f SET amount_pence = coalesce(s.pence, 0), ends_on = coalesce(s.ends_on, f.ends_on),"
        "       state = CASE WHEN s.pence IS NULL THEN 'closed' ELSE f.state END"
        "  FROM unnest($1::uuid[]) AS of(id)"
        "  LEFT JOIN LATERAL (SELECT sum(council_share_pence + contribution_pence)::bigint AS pence,"
        "                            max(ends_on) AS ends_on FROM fund_share WHERE fund_id = of.id) s ON true"
        " WHERE f.id = of.id",
        list(fund_ids),
    )


async def _authority_follows(actor: Actor, person: db.Row, was: db.Row, now: db.Row) -> None:
    """Whoever held a fund that ends earlier may act until then, unless they hold another part."""
    closed = now["state"] == "closed" and was["state"] == "open"
    if not closed and now["ends_on"] >= was["ends_on"]:
        return
    ends_on = was["starts_on"] if closed else now["ends_on"]
    rows = await db.fetch_all(
        "SELECT id FROM authority a WHERE person_id = $1 AND evidence LIKE $2 AND kind <> 'self'"
        "   AND (ends_on IS NULL OR ends_on > $3)"
        "   AND (organisation_id = $4 AND kind = 'isf_holder' OR user_id = $5 AND kind = 'representative')"
        "   AND NOT EXISTS (SELECT 1 FROM fund f WHERE f.person_id = $1 AND f.id <> $6 AND f.state = 'open'"
        "        AND f.ends_on > $3 AND f.route <> 'council_managed'"
        "        AND (f.holder_organisation_id = $4 OR f.holder_user_id = $5))",
        person["id"],
        HELD_BY_BUDGET + "%",
        ends_on,
        was["holder_organisation_id"] if was["route"] == Route.ISF else None,
        was["holder_user_id"],
        was["id"],
    )
    for row in rows:
        await end_authority(actor, row["id"], ends_on, because="The money went to another holder, or ended")
