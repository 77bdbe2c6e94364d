"""Reads about billing runs: what one would make, and what those did that were made; each side sees its own invoices."""

from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

import msgspec

from invoicing import billing
from invoicing.queries import Sides, sides_of
from invoicing.runs.commands import own_provider_to_bill
from invoicing.runs.issued import Skipped
from invoicing.runs.rules import Draft, RunState, Scope, Writer, check_scope, fingerprint, sort_out
from marketplace.identity.access import Actor
from marketplace.kernel import clock, db
from marketplace.kernel.errors import NotFound
from marketplace.kernel.money import Money, total

PAGE_SIZE: Final = 50


@dataclass(frozen=True, slots=True)
class Preview:
    """Exactly the invoices that a run would make now, and what it would leave out."""

    scope: Scope
    drafts: list[Draft]
    left_out: list[Skipped]
    disputed: int
    disputed_pence: int

    @property
    def gross(self) -> Money:
        """What the invoices come to."""
        return total(draft.gross for draft in self.drafts)

    @property
    def fingerprint(self) -> str:
        """The same for another preview of exactly the same invoices."""
        return fingerprint(self.drafts)


async def preview(actor: Actor, scope: Scope) -> Preview:
    """What a run of the actor's own provider would make. Raises Forbidden, NotFound, Invalid."""
    scope = replace(scope, provider_id=await own_provider_to_bill(actor))
    check_scope(scope, clock.today())
    waiting = await billing.batches(scope)
    owed = await billing.read_owed(each for batch in waiting for each in batch.booking_ids)
    told = sort_out(owed, Writer.SUPPLIER)
    held = await billing.disputed_in(scope)
    return Preview(scope, told.drafts, told.left_out, held["count"], held["pence"])


@dataclass(frozen=True, slots=True)
class Run:
    """A run as one side of it sees it: `invoices`, `lines` and `gross` are those of that side."""

    row: dict[str, Any]
    left_out: list[Skipped]

    @property
    def scope(self) -> Scope:
        """What it covers."""
        return Scope(
            self.row["starts_on"],
            self.row["ends_on"],
            self.row["provider_id"],
            self.row["payer_id"],
            self.row["purchase_order_id"],
        )

    @property
    def running(self) -> bool:
        """Whether it is still at work."""
        return bool(self.row["state"] == RunState.RUNNING)


# A run is seen by the seller whose it is, and by whoever stands on a side of an invoice that it made.
_SEEN: Final = """
    SELECT r.id, r.reference, r.provider_id, pr.name AS provider_name, r.payer_id, r.purchase_order_id, r.starts_on,
           r.ends_on, r.state, r.lines_expected, r.lines_made, r.started_at, r.finished_at,
           r.left_out::text AS left_out, u.name AS asked_by_name, coalesce(mine.own, false) AS own,
           count(i.id) AS invoices, coalesce(sum(i.gross_pence), 0)::bigint AS gross_pence
      FROM billing_run r
      LEFT JOIN provider pr ON pr.id = r.provider_id
      LEFT JOIN app_user u ON u.id = r.asked_by
      LEFT JOIN LATERAL (SELECT pr.organisation_id = $1 AS own) mine ON true
      LEFT JOIN (invoice i JOIN provider ip ON ip.id = i.provider_id) ON i.run_id = r.id
       AND (ip.organisation_id = $1 OR i.payer_organisation_id = $2 OR i.payer_user_id = $3)
     WHERE {where} AND (i.id IS NOT NULL OR mine.own)
     GROUP BY r.id, pr.name, u.name, mine.own ORDER BY r.started_at DESC, r.id LIMIT {most} OFFSET $4
"""


def _sides(sides: Sides) -> tuple[UUID | None, UUID | None, UUID | None]:
    return sides.seller_organisation, sides.payer_organisation, sides.payer_user


async def runs(actor: Actor, page: int = 1) -> list[Run]:
    """The runs that made invoices of the actor's sides, the newest first. Raises Forbidden."""
    rows = await db.fetch_all(
        _SEEN.format(where="true", most=PAGE_SIZE), *_sides(sides_of(actor)), (page - 1) * PAGE_SIZE
    )
    return [_run(row) for row in rows]


async def run(actor: Actor, run_id: UUID) -> Run:
    """One run. Raises NotFound when none of it is the actor's."""
    row = await db.fetch_one(_SEEN.format(where="r.id = $5", most=1), *_sides(sides_of(actor)), 0, run_id)
    if row is None:
        raise NotFound
    return _run(row)


def _run(row: db.Row) -> Run:
    told = msgspec.json.decode(row.pop("left_out"), type=list[Skipped])
    # Who else could not be billed is nobody's business but the seller's.
    return Run(row, told if row["own"] else [])


async def invoices_of_run(actor: Actor, run_id: UUID) -> list[db.Row]:
    """The invoices of the actor's sides that a run made, by number."""
    return await db.fetch_all(
        """SELECT i.id, i.number, '/invoices/' || i.id AS href, i.gross_pence,
                  i.state, pr.name AS provider_name, po.number AS purchase_order,
                  coalesce(o.name, u.name) AS payer_name,
                  (SELECT count(*) FROM invoice_line l WHERE l.invoice_id = i.id) AS lines
             FROM invoice i JOIN provider pr ON pr.id = i.provider_id
             LEFT JOIN organisation o ON o.id = i.payer_organisation_id
             LEFT JOIN app_user u ON u.id = i.payer_user_id
             LEFT JOIN purchase_order po ON po.id = i.purchase_order_id
            WHERE i.run_id = $4 AND (pr.organisation_id = $1 OR i.payer_organisation_id = $2 OR i.payer_user_id = $3)
            ORDER BY i.number LIMIT 500""",
        *_sides(sides_of(actor)),
        run_id,
    )
