"""What was asked for and is not paid yet: payments pay the oldest bill first, and the sums tie."""

from datetime import date
from enum import StrEnum
from uuid import UUID

import msgspec

from isf.contributions.rules.charges import Part
from isf.rules import Collection, last_day
from marketplace.identity.access import Actor, require, require_person
from marketplace.identity.rules import Permission, Scope
from marketplace.kernel import clock, db
from marketplace.kernel.errors import NotFound

PAGE_SIZE = 50


class BillLine(msgspec.Struct, frozen=True, kw_only=True):
    """A bill with its changes, in pence; `owed_pence` is what is not paid. Half-open dates."""

    id: UUID
    reference: str
    person_id: UUID
    person_name: str
    person_reference: str
    starts_on: date
    ends_on: date
    issued_on: date
    due_on: date
    collection: Collection
    amount_pence: int
    owed_pence: int

    @property
    def last_day(self) -> date:
        """The last day that it is for."""
        return last_day(self.ends_on)

    @property
    def days_late(self) -> int:
        """For how many days it could have been paid by now; 0 when it is paid or not due."""
        return max(0, (clock.today() - self.due_on).days) if self.owed_pence else 0

    @property
    def state(self) -> str:
        """The key of its tag (`templates/components/state_tag.html`)."""
        if not self.owed_pence:
            return "paid" if self.amount_pence else "ended"
        return "overdue" if self.days_late else "pending"


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """The charge itself (sequence 0), or a later change of it, in pence."""

    kind: str
    sequence: int
    amount_pence: int
    because: str
    issued_on: date
    parts: list[Part]


class Bill(msgspec.Struct, frozen=True, kw_only=True):
    """One bill with how its amount came about."""

    line: BillLine
    changes: list[Change]


class Age(StrEnum):
    """How old a debt is."""

    NOT_DUE = "not_due"
    TO_28 = "to_28"
    TO_84 = "to_84"
    OLDER = "older"

    @property
    def words(self) -> str:
        """What it is called on pages."""
        return {
            Age.NOT_DUE: "Not due yet",
            Age.TO_28: "1 to 28 days late",
            Age.TO_84: "29 to 84 days late",
            Age.OLDER: "More than 84 days late",
        }[self]


# {only}: which rows, by $1. A payment pays the oldest bill first; $2 is today.
_BILLS = """
    WITH bill AS (
        SELECT c.person_id, c.starts_on, max(c.ends_on) AS ends_on, sum(c.amount_pence)::bigint AS amount_pence,
               (max(c.id::text) FILTER (WHERE c.sequence = 0))::uuid AS id,
               max(c.reference) FILTER (WHERE c.sequence = 0) AS reference,
               max(c.issued_on) FILTER (WHERE c.sequence = 0) AS issued_on,
               max(c.due_on) FILTER (WHERE c.sequence = 0) AS due_on,
               max(c.collection) FILTER (WHERE c.sequence = 0) AS collection
          FROM contribution_charge c WHERE {only} GROUP BY c.person_id, c.starts_on),
    paid AS (
        SELECT c.person_id, sum(c.amount_pence)::bigint AS pence FROM contribution_payment c
         WHERE {only} GROUP BY c.person_id),
    stand AS (
        SELECT b.*, p.name AS person_name, p.reference AS person_reference, p.user_id,
               greatest(0, least(b.amount_pence, sum(b.amount_pence) OVER (PARTITION BY b.person_id
                   ORDER BY b.starts_on) - coalesce(paid.pence, 0)))::bigint AS owed_pence
          FROM bill b JOIN person p ON p.id = b.person_id LEFT JOIN paid ON paid.person_id = b.person_id),
    aged AS (
        SELECT *, CASE WHEN owed_pence = 0 THEN '' WHEN due_on >= $2 THEN 'not_due'
                       WHEN $2 - due_on <= 28 THEN 'to_28' WHEN $2 - due_on <= 84 THEN 'to_84' ELSE 'older' END AS age
          FROM stand)
"""
_OF_PERSON = _BILLS.format(only="c.person_id = $1")
_OF_COUNCIL = _BILLS.format(only="c.council_id = $1")
# Whoever holds a person's ISF collects it, while the holder's authority lasts.
_OF_HOLDER = _BILLS.format(
    only="c.collection = 'holder' AND c.person_id IN (SELECT a.person_id FROM authority a WHERE a.organisation_id = $1"
    " AND a.kind = 'isf_holder' AND a.starts_on <= $2 AND (a.ends_on IS NULL OR a.ends_on > $2))"
)


async def bills_of(actor: Actor, person_id: UUID) -> list[BillLine]:
    """A person's bills, the newest first. Raises NotFound."""
    await require_person(actor, person_id, Scope.SEE)
    rows = await db.fetch_all(
        _OF_PERSON + "SELECT * FROM aged ORDER BY starts_on DESC", person_id, clock.today()
    )
    return [msgspec.convert(row, BillLine) for row in rows]


async def bill(actor: Actor, person_id: UUID, charge_id: UUID) -> Bill:
    """One bill. Raises NotFound."""
    await require_person(actor, person_id, Scope.SEE)
    row = await db.fetch_one(
        _OF_PERSON + "SELECT * FROM aged WHERE id = $3", person_id, clock.today(), charge_id
    )
    if row is None:
        raise NotFound
    line = msgspec.convert(row, BillLine)
    changes = await db.fetch_all(
        "SELECT kind, sequence, amount_pence, because, issued_on, parts FROM contribution_charge"
        " WHERE person_id = $1 AND starts_on = $2 ORDER BY sequence",
        person_id,
        line.starts_on,
    )
    told = [
        msgspec.convert({**change, "parts": msgspec.json.decode(change["parts"])}, Change, strict=False)
        for change in changes
    ]
    return Bill(line=line, changes=told)


async def balance_of(person_id: UUID) -> int:
    """What a person has to pay in pence: everything asked for less everything paid; below zero: paid too much."""
    owed: int = await db.fetch_value(
        "SELECT (SELECT coalesce(sum(amount_pence), 0) FROM contribution_charge WHERE person_id = $1)"
        "     - (SELECT coalesce(sum(amount_pence), 0) FROM contribution_payment WHERE person_id = $1)",
        person_id,
    )
    return int(owed)


class Shown(StrEnum):
    """Which bills a list shows."""

    UNPAID = "unpaid"
    LATE = "late"
    PAID = "paid"
    ALL = "all"


class Ages(msgspec.Struct, frozen=True, kw_only=True):
    """What is owed of one age: how many bills, and how much in pence."""

    age: Age
    bills: int
    owed_pence: int


class Bills(msgspec.Struct, frozen=True, kw_only=True):
    """One page of bills, with the sums of the whole list (not only of the page) in pence, and what is owed by age."""

    items: list[BillLine]
    page: int
    page_size: int
    total: int
    amount_pence: int
    owed_pence: int
    ages: list[Ages]


_WHERE = {
    Shown.UNPAID: "owed_pence > 0",
    Shown.LATE: "owed_pence > 0 AND due_on < $2",
    Shown.PAID: "owed_pence = 0 AND amount_pence > 0",
    Shown.ALL: "true",
}


async def bills_of_council(
    actor: Actor,
    shown: Shown = Shown.UNPAID,
    *,
    age: Age | None = None,
    collection: Collection | None = None,
    search: str = "",
    page: int = 1,
    page_size: int = PAGE_SIZE,
) -> Bills:
    """Every bill of the actor's council, the oldest unpaid first. Needs CONTRIBUTION_MANAGE. Raises Forbidden.

    `search` is part of a person's name or reference, or of the bill's.
    """
    require(actor, Permission.CONTRIBUTION_MANAGE)
    return await _bills(_OF_COUNCIL, actor.council_id, shown, age, collection, search, page, page_size)


async def bills_of_holder(
    actor: Actor, shown: Shown = Shown.UNPAID, *, search: str = "", page: int = 1, page_size: int = PAGE_SIZE
) -> Bills:
    """What the actor's organisation collects as holder. Needs CLIENT_ACCOUNT_DECLARE. Raises Forbidden."""
    require(actor, Permission.CLIENT_ACCOUNT_DECLARE)
    return await _bills(_OF_HOLDER, actor.organisation_id, shown, None, None, search, page, page_size)


async def _bills(
    source: str,
    owner: UUID | None,
    shown: Shown,
    age: Age | None,
    collection: Collection | None,
    search: str,
    page: int,
    page_size: int,
) -> Bills:
    wanted = search.strip()
    pattern = "%" + wanted.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_") + "%"
    matching = (
        f" {_WHERE[shown]} AND ($3 = '' OR age = $3) AND ($4 = '' OR collection = $4)"
        " AND ($5 = '' OR person_name ILIKE $6 OR person_reference ILIKE $6 OR reference ILIKE $6)"
    )
    args = (owner, clock.today(), str(age or ""), str(collection or ""), wanted, pattern)
    rows = await db.fetch_all(
        source + f"SELECT *, count(*) OVER () AS total, (sum(amount_pence) OVER ())::bigint AS all_amount,"
        f" (sum(owed_pence) OVER ())::bigint AS all_owed FROM aged WHERE {matching}"
        " ORDER BY owed_pence = 0, due_on, person_name, starts_on, id LIMIT $7 OFFSET $8",
        *args,
        page_size,
        (page - 1) * page_size,
    )
    ages = await db.fetch_all(
        source + "SELECT age, count(*) AS bills, sum(owed_pence)::bigint AS owed_pence FROM aged"
        " WHERE owed_pence > 0 GROUP BY age",
        owner,
        clock.today(),
    )
    by_age = {row["age"]: row for row in ages}
    first = rows[0] if rows else {"total": 0, "all_amount": 0, "all_owed": 0}
    return Bills(
        items=[msgspec.convert(row, BillLine) for row in rows],
        page=page,
        page_size=page_size,
        total=first["total"],
        amount_pence=first["all_amount"],
        owed_pence=first["all_owed"],
        ages=[
            Ages(
                age=each,
                bills=by_age[each]["bills"] if each in by_age else 0,
                owed_pence=by_age[each]["owed_pence"] if each in by_age else 0,
            )
            for each in Age
        ],
    )
