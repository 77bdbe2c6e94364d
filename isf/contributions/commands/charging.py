"""Asking for contributions: weeks that are over, once for each person, whatever was booked (`rules.md` 6)."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

import msgspec

from isf.contributions.commands.assessing import lock_own_person
from isf.contributions.queries.bills import bill
from isf.contributions.queries.stories import stories_of
from isf.contributions.rules.charges import Part, Story, parts_for, periods
from isf.parameters import Parameter, ParameterNotSet, parameter
from isf.rules import Collection
from marketplace.identity.access import Actor
from marketplace.kernel import audit, clock, db
from marketplace.kernel.errors import Invalid, NotFound
from marketplace.kernel.ids import new_id, reference
from marketplace.kernel.money import Money

log = logging.getLogger("fairday.contributions")

_LOCK = 0x63686172  # "char"
_BATCH = 500


@dataclass(frozen=True, slots=True)
class Charged:
    """What one run did."""

    charges: int = 0
    corrections: int = 0

    def __add__(self, other: "Charged") -> "Charged":
        return Charged(self.charges + other.charges, self.corrections + other.corrections)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A period that was charged, and what it came to with its corrections (not with what was waived)."""

    starts_on: date
    ends_on: date
    sequence: int
    pence: int
    collection: str


async def charge_contributions(who: audit.Who) -> Charged:
    """Ask everybody for the weeks that are over, and correct earlier ones where what counts has changed since.

    For the schedule. Weeks that were missed are caught up; running again, also at the same moment, asks for nothing
    twice. A council without the values that this needs is left out, with a line in the log.
    """
    done = Charged()
    for row in await db.fetch_all("SELECT DISTINCT council_id FROM person"):
        try:
            done += await _charge_council(who, row["council_id"])
        except ParameterNotSet as refusal:
            log.warning("no contributions charged for council %s: %s", row["council_id"], refusal.message)
    return done


async def _charge_council(who: audit.Who, council_id: UUID) -> Charged:
    today = clock.today()
    weeks = await parameter(council_id, Parameter.CHARGE_CYCLE_WEEKS, today)
    due_on = today + timedelta(days=await parameter(council_id, Parameter.CHARGE_DUE_DAYS, today))
    people = await db.fetch_all(
        "SELECT DISTINCT p.id FROM person p JOIN personal_budget b ON b.person_id = p.id"
        " WHERE p.council_id = $1 AND b.kind = 'agreed' AND b.starts_on <= $2 ORDER BY p.id",
        council_id,
        today,
    )
    done = Charged()
    for batch in _batches([row["id"] for row in people]):
        async with db.unit_of_work():
            # Of two schedules at once the second waits, and finds that everything is asked for.
            await db.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)
            done += await _charge_people(who, council_id, batch, weeks, today, due_on)
    return done


def _batches(ids: Sequence[UUID]) -> Iterator[Sequence[UUID]]:
    for first in range(0, len(ids), _BATCH):
        yield ids[first : first + _BATCH]


async def _charge_people(
    who: audit.Who, council_id: UUID, ids: Sequence[UUID], weeks: int, today: date, due_on: date
) -> Charged:
    stories, asked = await stories_of(ids), await _asked(ids)
    rows: list[tuple[object, ...]] = []
    done = Charged()
    for person_id in ids:
        story, before = stories[person_id], asked.get(person_id, [])
        head = (person_id, council_id)
        for each in before:
            if change := _correction(story, each):
                done += Charged(corrections=1)
                rows.append(_row(who, head, "correction", each, change, today, due_on))
        last = before[-1].ends_on if before else None
        for starts_on, ends_on in periods(story, last, weeks, today):
            parts = parts_for(story, starts_on, ends_on)
            done += Charged(charges=1)
            collection = next((s.collection for s in story.shares_on(starts_on)), Collection.NET)
            fresh = _Asked(starts_on, ends_on, -1, 0, str(collection))
            rows.append(_row(who, head, "charge", fresh, (_sum(parts), parts), today, due_on))
    if rows:
        await db.execute_many(_INSERT, rows)
        told = {"charges": done.charges, "corrections": done.corrections, "until": today}
        await audit.record(who, "contributions.charged", "council", council_id, after=told)
    return done


_INSERT = (
    "INSERT INTO contribution_charge (id, reference, person_id, council_id, kind, starts_on, ends_on, sequence,"
    " amount_pence, collection, parts, because, issued_on, due_on, made_by)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11::jsonb, $12, $13, $14, $15)"
)


def _row(
    who: audit.Who,
    head: tuple[UUID, UUID],
    kind: str,
    period: _Asked,
    amount: tuple[int, list[Part]],
    today: date,
    due_on: date,
    because: str = "",
) -> tuple[object, ...]:
    pence, parts = amount
    return (
        new_id(),
        _reference(),
        *head,
        kind,
        period.starts_on,
        period.ends_on,
        period.sequence + 1,
        pence,
        period.collection,
        msgspec.json.encode(parts).decode(),
        because or ("What counts for these weeks has changed" if kind == "correction" else ""),
        today,
        due_on,
        who.user_id,
    )


def _reference() -> str:
    # Longer than other references: a big council's job draws thousands at a time and none may be there already.
    return reference("CB") + reference("")[1:4]


def _sum(parts: Sequence[Part]) -> int:
    return sum(part.amount_pence for part in parts)


def _correction(story: Story, asked: _Asked) -> tuple[int, list[Part]] | None:
    parts = parts_for(story, asked.starts_on, asked.ends_on)
    difference = _sum(parts) - asked.pence
    return (difference, parts) if difference else None


async def _asked(ids: Sequence[UUID]) -> Mapping[UUID, list[_Asked]]:
    rows = await db.fetch_all(
        "SELECT person_id, starts_on, max(ends_on) AS ends_on, max(sequence) AS sequence,"
        "       max(collection) AS collection,"
        "       (sum(amount_pence) FILTER (WHERE kind <> 'waived'))::bigint AS pence"
        "  FROM contribution_charge WHERE person_id = ANY ($1::uuid[])"
        " GROUP BY person_id, starts_on ORDER BY starts_on",
        list(ids),
    )
    found: dict[UUID, list[_Asked]] = {}
    for row in rows:
        found.setdefault(row.pop("person_id"), []).append(_Asked(**row))
    return found


async def waive_charge(actor: Actor, person_id: UUID, charge_id: UUID, amount: Money, because: str) -> UUID:
    """Ask for less of a bill: an opposite beside it, with the reason; the bill itself stays as it was.

    Needs CONTRIBUTION_MANAGE in the person's council. Raises NotFound, Invalid for more than is still to be paid.
    """
    async with db.unit_of_work():
        person = await lock_own_person(actor, person_id)
        await db.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)  # No correction comes in between.
        period = await db.fetch_one(
            "SELECT starts_on, ends_on, collection, due_on FROM contribution_charge"
            " WHERE id = $1 AND person_id = $2 AND kind = 'charge'",
            charge_id,
            person_id,
        )
        if period is None:
            raise NotFound
        owed = Money((await bill(actor, person_id, charge_id)).line.owed_pence)
        wrong = {}
        if not because.strip():
            wrong["because"] = "Enter why less is asked for"
        if not 0 < amount.pence <= owed.pence:
            wrong["amount"] = f"Enter an amount from £0.01 to {owed}, which is what is still to be paid"
        if wrong:
            raise Invalid(wrong)
        sequence = await db.fetch_value(
            "SELECT max(sequence) FROM contribution_charge WHERE person_id = $1 AND starts_on = $2",
            person_id,
            period["starts_on"],
        )
        asked = _Asked(period["starts_on"], period["ends_on"], sequence, 0, period["collection"])
        row = _row(
            actor, (person_id, person["council_id"]), "waived", asked, (-amount.pence, []),
            clock.today(), period["due_on"], because.strip(),
        )  # fmt: skip
        await db.execute(_INSERT, *row)
        await audit.record(
            actor,
            "contribution.waived",
            "contribution_charge",
            charge_id,
            after={"person": person_id, "amount": amount},
            because=because.strip(),
        )
    return charge_id
