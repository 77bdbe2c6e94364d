"""The person's own money on top of a fund, and how much of it is still theirs to take back."""

from datetime import date
from uuid import UUID

import msgspec

from isf.contributions.holding import decides, holds
from isf.rules import fund_title
from marketplace.identity.access import Actor, require_person
from marketplace.identity.rules import Scope
from marketplace.kernel import db
from marketplace.kernel.routes_of_money import Route


class TopUpLine(msgspec.Struct, frozen=True, kw_only=True):
    """Own money into a fund, in pence; below zero where it went back to the person."""

    id: UUID
    fund_id: UUID
    fund: str
    amount_pence: int
    paid_on: date
    note: str
    recorded_by: str


class OwnMoney(msgspec.Struct, frozen=True, kw_only=True):
    """A fund with the person's own money in it, in pence. Half-open dates."""

    fund_id: UUID
    title: str
    topped_up_pence: int
    own_left_pence: int
    state: str
    starts_on: date
    ends_on: date
    may_note: bool
    """Whether the actor notes what comes in, as far as this fund goes."""


async def own_money_left(fund_id: UUID) -> int:
    """How much of what is left in a fund is the person's own, in pence: the council can never take it back.

    The budget's money is used first (`rules.md` 6), so it is the smaller of what is left and what was topped up.
    """
    pence: int | None = await db.fetch_value(
        "SELECT least(max(balance_pence) FILTER (WHERE kind = 'available'),"
        "             -max(balance_pence) FILTER (WHERE kind = 'top_up')) FROM account WHERE fund_id = $1",
        fund_id,
    )
    return max(0, pence or 0)


async def own_money_of(actor: Actor, person_id: UUID) -> list[OwnMoney]:
    """Each fund of a person with their own money in it, the newest first. Raises NotFound."""
    await require_person(actor, person_id, Scope.SEE)
    rows = await db.fetch_all(
        "SELECT f.id AS fund_id, f.council_id, f.holder_organisation_id, f.route,"
        "       coalesce(o.name, u.name) AS holder, f.state, f.starts_on, f.ends_on,"
        "       -t.balance_pence AS topped_up_pence,"
        "       greatest(0, least(a.balance_pence, -t.balance_pence)) AS own_left_pence"
        "  FROM fund f JOIN account t ON t.fund_id = f.id AND t.kind = 'top_up'"
        "  JOIN account a ON a.fund_id = f.id AND a.kind = 'available'"
        "  LEFT JOIN organisation o ON o.id = f.holder_organisation_id LEFT JOIN app_user u ON u.id = f.holder_user_id"
        " WHERE f.person_id = $1 ORDER BY f.state DESC, f.starts_on DESC, f.id",
        person_id,
    )
    return [
        msgspec.convert(
            {
                **row,
                "title": fund_title(Route(row["route"]), row["holder"]),
                "may_note": decides(actor, row["council_id"])
                or holds(actor, Route(row["route"]), row["holder_organisation_id"]),
            },
            OwnMoney,
        )
        for row in rows
    ]


async def top_ups_of(actor: Actor, person_id: UUID) -> list[TopUpLine]:
    """Everything that a person put on top or took back, the newest first. Raises NotFound."""
    await require_person(actor, person_id, Scope.SEE)
    rows = await db.fetch_all(
        "SELECT t.id, t.fund_id, f.route, coalesce(o.name, h.name) AS holder, t.amount_pence, t.paid_on, t.note,"
        "       coalesce(u.name, '') AS recorded_by"
        "  FROM top_up t JOIN fund f ON f.id = t.fund_id LEFT JOIN organisation o ON o.id = f.holder_organisation_id"
        "  LEFT JOIN app_user h ON h.id = f.holder_user_id LEFT JOIN app_user u ON u.id = t.recorded_by"
        " WHERE t.person_id = $1 ORDER BY t.paid_on DESC, t.recorded_at DESC",
        person_id,
    )
    return [
        msgspec.convert({**row, "fund": fund_title(Route(row["route"]), row["holder"])}, TopUpLine)
        for row in rows
    ]
