"""Reads about queries of lines: for the payer, the seller, and the council whose money it is, which looks on."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from invoicing.line_queries.rules import QueryState, Side, Step, steps_for
from invoicing.queries import is_payer, sides_of
from marketplace.identity.access import Actor
from marketplace.identity.rules import Permission
from marketplace.kernel import db
from marketplace.kernel.errors import NotFound
from marketplace.kernel.money import Money

_COLUMNS: Final = """
    q.id, q.state, q.asked_on, q.settled_on, q.wanted_pence, l.id AS line_id, l.position, l.service_on,
    l.description, l.gross_pence, b.reference AS booking_reference, p.reference AS person_reference,
    i.id AS invoice_id, i.number AS invoice_number,
    i.provider_id, pr.name AS provider_name, pr.organisation_id AS seller, coalesce(so.email, pr.email) AS seller_email,
    i.payer_organisation_id, i.payer_user_id, coalesce(o.name, u.name) AS payer_name,
    coalesce(o.email, u.email) AS payer_email
"""
_FROM: Final = """
      FROM line_query q JOIN invoice_line l ON l.id = q.invoice_line_id JOIN invoice i ON i.id = l.invoice_id
      JOIN booking b ON b.id = l.booking_id JOIN person p ON p.id = b.person_id
      JOIN provider pr ON pr.id = i.provider_id JOIN organisation so ON so.id = pr.organisation_id
      LEFT JOIN organisation o ON o.id = i.payer_organisation_id LEFT JOIN app_user u ON u.id = i.payer_user_id
"""
# $1 seller, $2 and $3 payer, $4 the council that looks on.
_MINE: Final = (
    "(pr.organisation_id = $1 OR i.payer_organisation_id = $2 OR i.payer_user_id = $3 OR l.council_id = $4)"
)


@dataclass(frozen=True, slots=True)
class QueryView:
    """One query with what was written; `side` is the actor's, none for who only looks on."""

    row: db.Row
    messages: list[db.Row]
    side: Side | None

    @property
    def state(self) -> QueryState:
        """Where it stands."""
        return QueryState(self.row["state"])

    @property
    def asked_credit(self) -> Money | None:
        """How much the payer asks to be credited, while that is to be answered."""
        wanted = self.row["wanted_pence"]
        return Money(wanted) if wanted is not None and self.state.open else None

    @property
    def steps(self) -> list[Step]:
        """What the actor can do now."""
        return steps_for(self.side, self.state)


def _mine(actor: Actor) -> tuple[UUID | None, UUID | None, UUID | None, UUID | None]:
    sides = sides_of(actor)
    return sides.seller_organisation, sides.payer_organisation, sides.payer_user, actor.council_id


async def line_queries(actor: Actor, most: int = 200) -> list[db.Row]:
    """The queries that the actor may see: open ones first, the oldest of them first. Raises Forbidden."""
    return await db.fetch_all(
        f"SELECT {_COLUMNS} {_FROM} WHERE {_MINE} ORDER BY (q.state IN ('accepted', 'credited')), q.asked_on, q.id"
        " LIMIT $5",
        *_mine(actor),
        most,
    )


async def line_query(actor: Actor, query_id: UUID) -> QueryView:
    """One query. Raises NotFound when it is not the actor's to see."""
    row = await db.fetch_one(
        f"SELECT {_COLUMNS} {_FROM} WHERE q.id = $5 AND {_MINE}", *_mine(actor), query_id
    )
    if row is None:
        raise NotFound
    messages = await db.fetch_all(
        "SELECT m.side, m.step, m.words, m.file_id, f.name AS file_name, m.written_at FROM line_query_message m"
        "  LEFT JOIN stored_file f ON f.id = m.file_id WHERE m.query_id = $1"
        " ORDER BY m.step <> 'ask', m.written_at, m.id",
        query_id,
    )
    return QueryView(row, messages, _side(actor, row))


def _side(actor: Actor, row: db.Row) -> Side | None:
    if is_payer(actor, row):
        return Side.PAYER
    if Permission.INVOICE_ISSUE in actor.permissions and row["seller"] == actor.organisation_id:
        return Side.SELLER
    return None


async def of_invoice(invoice_id: UUID) -> list[db.Row]:
    """The queries of an invoice; whether it may be seen was asked before."""
    return await db.fetch_all(f"SELECT {_COLUMNS} {_FROM} WHERE i.id = $1 ORDER BY l.position", invoice_id)


async def queriable(invoice_id: UUID) -> list[db.Row]:
    """The lines of an invoice that can be queried: not credited whole, and not queried now."""
    return await db.fetch_all(
        "SELECT l.id, l.position, l.service_on, l.description, l.gross_pence, b.reference AS booking_reference,"
        "       l.gross_pence - line_credited_pence(l.id) AS left_pence, p.reference AS person_reference"
        "  FROM invoice_line l JOIN booking b ON b.id = l.booking_id"
        "  JOIN person p ON p.id = b.person_id WHERE l.invoice_id = $1 AND NOT line_queried(l.id)"
        "   AND line_credited_pence(l.id) < l.gross_pence ORDER BY l.position",
        invoice_id,
    )


async def file_of(actor: Actor, query_id: UUID, file_id: UUID) -> UUID:
    """A file of a query, for who may see the query. Raises NotFound."""
    view = await line_query(actor, query_id)
    if file_id not in {message["file_id"] for message in view.messages}:
        raise NotFound
    return file_id
