"""Reads about invoices; each takes the actor and shows what their side of it may see.

The seller's side needs INVOICE_ISSUE, the payer's side INVOICE_PAY; the payer council's own staff with INVOICE_SEE
look on. Everybody else finds nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

import msgspec

from invoicing.invoice_document import InvoiceDocument, from_stored
from invoicing.rules import InvoiceState
from invoicing.waiting import unbilled_months
from marketplace.identity.access import Actor, require
from marketplace.identity.rules import Permission
from marketplace.kernel import db
from marketplace.kernel.errors import Forbidden, NotFound
from marketplace.kernel.money import Money

PAGE_SIZE: Final = 50


class Show(StrEnum):
    """The rows of the invoices page, by side and by where the money is."""

    TO_BE_BILLED = "to-be-billed"
    BILLED = "billed"
    QUERIED = "queried"
    RECEIVED = "received"
    TO_PAY = "to-pay"
    TO_CHECK = "to-check"
    PAID = "paid"


# Each row shows a part of an invoice: an invoice that is partly paid stands in two of them, and all parts add up.
_SELLERS: Final = {Show.BILLED: "due", Show.QUERIED: "queried", Show.RECEIVED: "paid"}
_PAYERS: Final = {Show.TO_PAY: "due", Show.TO_CHECK: "queried", Show.PAID: "paid"}
_PARTS: Final = "CROSS JOIN LATERAL invoice_parts(i.id) p"
_HAS: Final = {
    "due": "(i.state IN ('issued', 'part_paid') AND p.due > 0)",
    "queried": "(i.state IN ('issued', 'part_paid') AND p.queried > 0)",
    "paid": "(p.paid > 0 OR i.state = 'credited')",
}


@dataclass(frozen=True, slots=True)
class Sides:
    """Which invoices an actor stands on which side of."""

    seller_organisation: UUID | None
    payer_organisation: UUID | None
    payer_user: UUID | None

    @property
    def sells(self) -> bool:
        """Whether the actor bills for an organisation."""
        return self.seller_organisation is not None

    @property
    def pays(self) -> bool:
        """Whether the actor sees what an organisation, or they themselves, have to pay."""
        return self.payer_organisation is not None or self.payer_user is not None


def sides_of(actor: Actor) -> Sides:
    """The sides of an actor, by role. Raises Forbidden without INVOICE_SEE."""
    require(actor, Permission.INVOICE_SEE)
    pays = Permission.INVOICE_PAY in actor.permissions
    return Sides(
        seller_organisation=actor.organisation_id if Permission.INVOICE_ISSUE in actor.permissions else None,
        payer_organisation=actor.organisation_id if pays or actor.council_id is not None else None,
        payer_user=actor.user_id if pays else None,
    )


_SELLS: Final = "pr.organisation_id = $1"
_PAYS: Final = "(i.payer_organisation_id = $2 OR i.payer_user_id = $3)"
_FROM: Final = """
      FROM invoice i JOIN provider pr ON pr.id = i.provider_id
      LEFT JOIN organisation o ON o.id = i.payer_organisation_id LEFT JOIN app_user u ON u.id = i.payer_user_id
"""
_COLUMNS: Final = """
    i.id, i.number, i.state, i.issued_on, i.due_on, i.paid_on, i.payment_reference, i.period_starts, i.period_ends,
    i.net_pence, i.vat_pence, i.gross_pence, i.provider_id, pr.name AS provider_name, pr.email AS provider_email,
    i.payer_organisation_id, i.payer_user_id, coalesce(o.name, u.name) AS payer_name,
    i.state IN ('issued', 'part_paid') AND provider_on_hold(i.provider_id) AS on_hold
"""


def _parameters(sides: Sides) -> tuple[UUID | None, UUID | None, UUID | None]:
    return sides.seller_organisation, sides.payer_organisation, sides.payer_user


# --- Lists ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Tally:
    """How many, and what they come to; the page's numbers and its rows come from the same condition."""

    count: int
    total: Money


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of invoices, the newest first, and how many there are in all."""

    rows: list[db.Row]
    whole: Tally
    page: int
    page_size: int

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.whole.count // self.page_size))


async def tallies(actor: Actor) -> dict[Show, Tally]:
    """The figures at the top of the invoices page: only those of the actor's sides."""
    sides = sides_of(actor)
    counted = ", ".join(
        f"count(*) FILTER (WHERE {has}) AS {part}_count, coalesce(sum(p.{part}), 0)::bigint AS {part}"
        for part, has in _HAS.items()
    )
    rows = await db.fetch_all(
        f"""SELECT coalesce({_SELLS}, false) AS sold, coalesce({_PAYS}, false) AS owed, {counted}
              {_FROM} {_PARTS} WHERE {_SELLS} OR {_PAYS} GROUP BY 1, 2""",
        *_parameters(sides),
    )
    told: dict[Show, Tally] = {}
    if sides.sells:
        told[Show.TO_BE_BILLED] = _sum(
            (month.count, month.total.pence) for month in await unbilled_months(actor)
        )
    for shows, side, has in ((_SELLERS, "sold", sides.sells), (_PAYERS, "owed", sides.pays)):
        for show, part in shows.items() if has else ():
            # An organisation that bills itself stands on both sides.
            told[show] = _sum((row[f"{part}_count"], row[part]) for row in rows if row[side])
    return told


def _sum(counted: Iterable[tuple[int, int]]) -> Tally:
    pairs = list(counted)
    return Tally(sum(count for count, _ in pairs), Money(sum(pence for _, pence in pairs)))


async def listing(actor: Actor, show: Show, page: int = 1) -> Listing:
    """Invoices of one side with something in one state: `part_pence`. Raises NotFound for a side not the actor's."""
    sides = sides_of(actor)
    if show in _SELLERS and sides.sells:
        return await _parts(Sides(sides.seller_organisation, None, None), _SELLERS[show], page)
    if show in _PAYERS and sides.pays:
        return await _parts(Sides(None, sides.payer_organisation, sides.payer_user), _PAYERS[show], page)
    raise NotFound


async def _parts(sides: Sides, part: str, page: int) -> Listing:
    where = f"{_FROM} {_PARTS} WHERE ({_SELLS} OR {_PAYS}) AND {_HAS[part]}"
    whole = await db.fetch_one(
        f"SELECT count(*) AS count, coalesce(sum(p.{part}), 0)::bigint AS total {where}", *_parameters(sides)
    )
    assert whole is not None  # noqa: S101 - an aggregate always answers
    rows = await db.fetch_all(
        f"SELECT {_COLUMNS}, p.{part} AS part_pence {where}"
        " ORDER BY i.issued_on DESC, i.issued_at DESC, i.number DESC LIMIT $4 OFFSET $5",
        *_parameters(sides),
        PAGE_SIZE,
        (page - 1) * PAGE_SIZE,
    )
    return Listing(rows, Tally(whole["count"], Money(whole["total"])), page, PAGE_SIZE)


async def invoices(
    actor: Actor, state: InvoiceState | None = None, page: int = 1, page_size: int = PAGE_SIZE
) -> Listing:
    """Every invoice that the actor may see, on either side; for the API."""
    return await _page(sides_of(actor), tuple(InvoiceState) if state is None else (state,), page, page_size)


async def _page(
    sides: Sides, states: Sequence[InvoiceState], page: int, page_size: int = PAGE_SIZE
) -> Listing:
    # A side that is not the actor's is null, and null equals nothing.
    where = f"{_FROM} WHERE ({_SELLS} OR {_PAYS}) AND i.state = ANY ($4::text[])"
    wanted = [str(state) for state in states]
    whole = await db.fetch_one(
        f"SELECT count(*) AS count, coalesce(sum(i.gross_pence), 0) AS total {where}",
        *_parameters(sides),
        wanted,
    )
    assert whole is not None  # noqa: S101 - an aggregate always answers
    rows = await db.fetch_all(
        f"SELECT {_COLUMNS} {where} ORDER BY i.issued_on DESC, i.issued_at DESC, i.number DESC LIMIT $5 OFFSET $6",
        *_parameters(sides),
        wanted,
        page_size,
        (page - 1) * page_size,
    )
    return Listing(rows, Tally(whole["count"], Money(int(whole["total"]))), page, page_size)


# --- One invoice ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class InvoiceView:
    """An invoice as the actor may see it: its row, and the document as it was frozen (paid: with the day)."""

    row: db.Row
    document: InvoiceDocument
    may_pay: bool

    @property
    def state(self) -> InvoiceState:
        """Where it stands."""
        return InvoiceState(self.row["state"])


async def invoice(actor: Actor, invoice_id: UUID) -> InvoiceView:
    """One invoice. Raises NotFound when the actor is on neither side of it."""
    sides = sides_of(actor)
    row = await db.fetch_one(
        f"SELECT {_COLUMNS}, i.document {_FROM} WHERE i.id = $4 AND ({_SELLS} OR {_PAYS})",
        *_parameters(sides),
        invoice_id,
    )
    if row is None:
        raise NotFound
    stored: dict[str, Any] = msgspec.json.decode(row.pop("document"))
    document = replace(from_stored(stored), paid_on=row["paid_on"])
    return InvoiceView(row, document, is_payer(actor, row))


async def open_pence(invoice_id: UUID) -> int:
    """What is still to be paid of an invoice, in pence; whether it may be seen was asked before."""
    pence: int = await db.fetch_value(
        "SELECT coalesce(sum(line_open_pence(id)), 0)::bigint FROM invoice_line WHERE invoice_id = $1",
        invoice_id,
    )
    return pence


async def payable_invoice(actor: Actor, invoice_id: UUID) -> InvoiceView:
    """One invoice, for its payer. Raises NotFound, and Forbidden for those who only see it."""
    view = await invoice(actor, invoice_id)
    if not view.may_pay:
        raise Forbidden("You cannot mark this paid, because only its payer can; you can tell the payer.")
    return view


async def invoice_for_payment(actor: Actor, invoice_id: UUID) -> db.Row:
    """One invoice's row, locked, for its payer; only inside a unit of work. Raises NotFound or Forbidden."""
    await db.execute("SELECT 1 FROM invoice WHERE id = $1 FOR NO KEY UPDATE", invoice_id)
    return (await payable_invoice(actor, invoice_id)).row


def is_payer(actor: Actor, row: db.Row) -> bool:
    """Whether the actor pays what has the payer's columns of `row`."""
    if Permission.INVOICE_PAY not in actor.permissions:
        return False
    organisation = row["payer_organisation_id"]
    return bool(
        row["payer_user_id"] == actor.user_id or (organisation and organisation == actor.organisation_id)
    )
