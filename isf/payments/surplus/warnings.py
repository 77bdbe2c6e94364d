"""Telling person, holder and council in time that money will be left over: once for each crossing of the limit."""

from collections.abc import Sequence
from uuid import UUID

from isf.endings.letters import mail_to_the_living
from isf.payments.surplus.queries import FundSurplus, surpluses_of_council
from isf.payments.surplus.rules import SurplusState, surplus_words
from marketplace.kernel import audit, clock, db
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import Money
from marketplace.kernel.settings import settings

_TELL = (SurplusState.SOON, SurplusState.OVER)


async def warn_of_surpluses(who: audit.Who) -> int:
    """Write to everybody concerned about each fund that nears or passes its limit, unless they were told; answers how
    many funds were told about. A fund that is well within again can be told about anew later."""
    told = 0
    for council in await db.fetch_all("SELECT id FROM council"):
        found = await surpluses_of_council(council["id"])
        for each in found:
            if each.surplus.state in _TELL:
                told += await _warn(who, each)
        await _end([each.fund_id for each in found if each.surplus.state not in _TELL])
    return told


async def _warn(who: audit.Who, each: FundSurplus) -> int:
    found = each.surplus
    async with db.unit_of_work():
        made = await db.execute(
            "INSERT INTO surplus_warning (id, fund_id, passes_on, limit_pence, unspent_pence, over_pence, warned_at)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (fund_id) WHERE ended_at IS NULL DO NOTHING",
            new_id(),
            each.fund_id,
            found.passes_on,
            found.limit.amount.pence,
            found.unused.pence,
            found.over.pence,
            clock.now(),
        )
        if made != "INSERT 0 1":
            return 0
        await _write(each)
        await audit.record(
            who,
            "surplus.warned",
            "fund",
            each.fund_id,
            after={"passes_on": found.passes_on, "limit": found.limit.amount, "unused": found.unused},
        )
    return 1


async def _end(fund_ids: Sequence[UUID]) -> None:
    await db.execute(
        "UPDATE surplus_warning SET ended_at = $2 WHERE fund_id = ANY ($1::uuid[]) AND ended_at IS NULL",
        fund_ids,
        clock.now(),
    )


async def _write(each: FundSurplus) -> None:
    row = await db.fetch_one(
        "SELECT pu.email AS person, coalesce(o.email, hu.email) AS holder, c.email AS council"
        "  FROM fund f JOIN person p ON p.id = f.person_id LEFT JOIN app_user pu ON pu.id = p.user_id"
        "  LEFT JOIN organisation o ON o.id = f.holder_organisation_id LEFT JOIN app_user hu"
        "    ON hu.id = f.holder_user_id JOIN organisation c ON c.id = f.council_id WHERE f.id = $1",
        each.fund_id,
    )
    assert row is not None  # noqa: S101 - the fund was read a moment ago
    words = "\n".join(surplus_words(each.surplus))
    link = f"{settings().base_url}/funds/{each.fund_id}\n"
    person = row["person"] or ""
    await mail_to_the_living(
        person,
        "Some of your money is not used",
        f"This is about your money: {each.title}.\n\n{words}\n\n"
        f"You can talk with {each.holder if each.route == 'isf' else 'your council'} about what you would like to do."
        f"\n\nSee it: {link}",
    )
    for address in {row["holder"] or "", row["council"] or ""} - {person}:
        await mail_to_the_living(
            address,
            f"Unused money of {each.person_reference}: {Money(each.surplus.unused.pence)}",
            f"{each.person_reference}, {each.title}.\n\n{words}\n\nTalk with the person about how it can be used."
            f" Their page says how they like to be told things.\n\nSee it: {link}",
        )
