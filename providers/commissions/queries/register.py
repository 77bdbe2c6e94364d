"""The public register: who is approved, by whom, for what, from when to when and on which conditions."""

from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from marketplace.kernel import clock, db

PAGE_SIZE: Final = 50


@dataclass(frozen=True, slots=True)
class Approved:
    """One approval; `ends_on` is the first day without it."""

    provider_id: UUID
    provider_name: str
    slug: str
    seller_type: str
    council_name: str
    framework_name: str
    lot_name: str
    starts_on: date
    ends_on: date | None
    conditions: str
    suspended: bool
    """The provider is stopped on safeguarding grounds: nothing new can be booked."""


_FROM: Final = """
      FROM commission c JOIN provider p ON p.id = c.provider_id JOIN lot l ON l.id = c.lot_id
      JOIN framework f ON f.id = l.framework_id JOIN organisation o ON o.id = c.council_id
     WHERE c.state = 'approved' AND p.state = 'listed' AND (c.ends_on IS NULL OR c.ends_on > $1)
       AND NOT EXISTS (SELECT 1 FROM unnest($2::text[]) word
            WHERE concat_ws(' ', p.name, l.name, f.name, o.name, p.description) NOT ILIKE '%' || word || '%')
"""


async def registered(words: str = "", page: int | None = 1) -> tuple[list[Approved], int]:
    """A page of approvals that run or are to begin, every word found in each, and how many there are; public.

    Without a page number, all of them.
    """
    asked = (clock.today(), words.replace("\\", "").replace("%", "").replace("_", " ").split())
    rows = await db.fetch_all(
        "SELECT p.id AS provider_id, p.name AS provider_name, p.slug, p.seller_type, o.name AS council_name,"
        " f.name AS framework_name, l.name AS lot_name, c.starts_on, c.ends_on, c.conditions,"
        " provider_suspended(p.id) AS suspended"
        f"{_FROM} ORDER BY p.name, o.name, l.name, c.starts_on, c.id LIMIT $3 OFFSET $4",
        *asked,
        PAGE_SIZE if page else None,
        PAGE_SIZE * ((page or 1) - 1),
    )
    return [Approved(**row) for row in rows], await db.fetch_value(f"SELECT count(*) {_FROM}", *asked)
