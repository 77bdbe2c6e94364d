"""Closed months for programs: the same queries and commands as the pages; amounts in pence."""

from datetime import date, datetime
from uuid import UUID

import msgspec
from litestar import Router, get, post

from invoicing.periods import commands, queries
from marketplace.identity.access import Actor
from marketplace.identity.rules import Permission

PAYS = {"permission": Permission.INVOICE_PAY}


class ClosedOut(msgspec.Struct, frozen=True):
    """A closed month: what moved in each account of the funds that you hold, as it was when it was closed."""

    month: date
    closed_at: datetime
    figures: dict[str, int]


class AdjustmentOut(msgspec.Struct, frozen=True):
    """What counted on `occurred_on` because `service_on` was in a closed month."""

    occurred_on: date
    service_on: date
    fund_id: UUID
    words: str
    used_pence: int
    left_pence: int


class PeriodsOut(msgspec.Struct, frozen=True):
    """Closed months, the newest first, and the adjustments after them."""

    closed: list[ClosedOut]
    adjustments: list[AdjustmentOut]


class CloseIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The month to close, by its first day; it is never opened again."""

    month: date


@get("/periods", opt=PAYS)
async def list_periods(actor: Actor) -> PeriodsOut:
    """The months that you closed, and what counted later because of it."""
    return await _told(actor)


@post("/periods", opt=PAYS, status_code=201)
async def close(actor: Actor, data: CloseIn) -> PeriodsOut:
    """Close a month of the funds that you hold."""
    await commands.close_month(actor, data.month)
    return await _told(actor)


async def _told(actor: Actor) -> PeriodsOut:
    return PeriodsOut(
        [ClosedOut(each.month, each.closed_at, each.figures) for each in await queries.closed_months(actor)],
        [
            AdjustmentOut(**{name: row[name] for name in AdjustmentOut.__struct_fields__})
            for row in await queries.adjustments(actor)
        ],
    )


router = Router("/api/v1", include_in_schema=True, route_handlers=[list_periods, close], tags=["invoices"])
