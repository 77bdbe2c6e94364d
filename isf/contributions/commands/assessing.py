"""Financial assessments, and support that is never charged for (row F6)."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

import msgspec

from isf.contributions.rules.assessment import Figures, assess
from isf.contributions.rules.exempt import ExemptKind, check_exempt, free_days
from isf.parameters import Parameter, ParameterNotSet, parameters
from marketplace.identity.access import Actor, require, require_person
from marketplace.identity.rules import Permission, Scope
from marketplace.kernel import audit, clock, db
from marketplace.kernel.errors import Invalid, NotFound, StateConflict
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import Money

_FIRST_DAY, _LAST_DAY = date(2000, 1, 1), date(2100, 1, 1)


async def lock_own_person(actor: Actor, person_id: UUID) -> db.Row:
    """The person, locked, when the actor's council supports them. Needs CONTRIBUTION_MANAGE. Raises NotFound."""
    require(actor, Permission.CONTRIBUTION_MANAGE)
    await require_person(actor, person_id, Scope.SEE)
    person = await db.fetch_one(
        "SELECT id, council_id FROM person WHERE id = $1 AND council_id = $2 FOR NO KEY UPDATE",
        person_id,
        actor.council_id,
    )
    if person is None:
        raise NotFound
    return person


async def values_on(council_id: UUID, day: date) -> dict[Parameter, int]:
    """Every value of a council on a day. Raises ParameterNotSet for the first that is missing."""
    values = dict(await parameters(council_id, day))
    for each in Parameter:
        if each not in values:
            raise ParameterNotSet(each, day)
    return values


async def assess_person(
    actor: Actor, person_id: UUID, figures: Figures, starts_on: date, *, key: UUID, because: str = ""
) -> UUID:
    """Keep a financial assessment that counts from a day on, with the council's values of that day; answers its id.

    Needs CONTRIBUTION_MANAGE in the person's council. The same `key` again answers the first. Raises Invalid for
    figures that cannot be, ParameterNotSet when the council has no value for something.
    """
    if not _FIRST_DAY <= starts_on < _LAST_DAY:
        raise Invalid({"starts_on": "Enter the day from which it counts, between 2000 and 2100"})
    async with db.unit_of_work():
        person = await lock_own_person(actor, person_id)
        known: UUID | None = await db.fetch_value(
            "SELECT id FROM financial_assessment WHERE key = $1 AND person_id = $2", key, person_id
        )
        if known is not None:
            return known
        values = await values_on(person["council_id"], starts_on)
        found = assess(figures, values)
        assessment_id = new_id()
        await db.execute(
            "INSERT INTO financial_assessment (id, person_id, council_id, version, starts_on, figures, parameters,"
            " weekly_pence, because, key, assessed_by) SELECT $1, $2, $3, coalesce(max(version), 0) + 1, $4, $5::jsonb,"
            " $6::jsonb, $7, $8, $9, $10 FROM financial_assessment WHERE person_id = $2",
            assessment_id,
            person_id,
            person["council_id"],
            starts_on,
            msgspec.json.encode(figures, order="deterministic").decode(),
            msgspec.json.encode({str(name): value for name, value in values.items()}).decode(),
            None if found.weekly is None else found.weekly.pence,
            because.strip(),
            key,
            actor.user_id,
        )
        # The figures themselves stay in the assessment: an audit record carries ids and decisions (`rules.md` 27).
        await audit.record(
            actor,
            "contribution.assessed",
            "financial_assessment",
            assessment_id,
            after={"person": person_id, "starts_on": starts_on, "way": figures.way, "weekly": found.weekly},
            because=because.strip(),
        )
    return assessment_id


@dataclass(frozen=True, slots=True)
class ExemptDraft:
    """Support without charge to be. `ends_on` is the first day without it; `weekly` None means all of the support."""

    kind: ExemptKind
    starts_on: date
    what: str = ""
    ends_on: date | None = None
    weekly: Money | None = None
    price: Money | None = None


async def record_exempt(actor: Actor, person_id: UUID, draft: ExemptDraft) -> UUID:
    """Note support that is never charged for, with the clock that the council's values of its first day give it.

    Needs CONTRIBUTION_MANAGE in the person's council. Raises Invalid for what is charged for after all.
    """
    wrong = {}
    if not _FIRST_DAY <= draft.starts_on < _LAST_DAY:
        wrong["starts_on"] = "Enter the first day, between 2000 and 2100"
    if draft.ends_on is not None and draft.ends_on <= draft.starts_on:
        wrong["ends_on"] = "The last day must be on or after the first day"
    if wrong:
        raise Invalid(wrong)
    async with db.unit_of_work():
        person = await lock_own_person(actor, person_id)
        values = await values_on(person["council_id"], draft.starts_on)
        check_exempt(draft.kind, draft.price, values)
        exempt_id = new_id()
        await db.execute(
            "INSERT INTO exempt_support (id, person_id, council_id, kind, what, starts_on, ends_on, free_days,"
            " weekly_pence, price_pence, recorded_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
            exempt_id,
            person_id,
            person["council_id"],
            str(draft.kind),
            draft.what.strip(),
            draft.starts_on,
            draft.ends_on,
            free_days(draft.kind, values),
            None if draft.weekly is None else draft.weekly.pence,
            None if draft.price is None else draft.price.pence,
            actor.user_id,
        )
        await audit.record(
            actor,
            "exempt_support.recorded",
            "exempt_support",
            exempt_id,
            after={"person": person_id, "kind": draft.kind, "starts_on": draft.starts_on},
        )
    return exempt_id


async def end_exempt(actor: Actor, person_id: UUID, exempt_id: UUID, ends_on: date) -> None:
    """Make `ends_on` the first day without it. Needs CONTRIBUTION_MANAGE in the person's council.

    Raises NotFound, StateConflict when it has ended already, Invalid before its first day.
    """
    async with db.unit_of_work():
        await lock_own_person(actor, person_id)
        told = await db.fetch_one(
            "SELECT starts_on, ends_on FROM exempt_support WHERE id = $1 AND person_id = $2 FOR UPDATE",
            exempt_id,
            person_id,
        )
        if told is None:
            raise NotFound
        if told["ends_on"] is not None and told["ends_on"] <= clock.today():
            raise StateConflict("This has ended already. Look at the dates again.")
        if ends_on <= told["starts_on"]:
            raise Invalid({"ends_on": "The last day must be on or after the first day"})
        await db.execute("UPDATE exempt_support SET ends_on = $2 WHERE id = $1", exempt_id, ends_on)
        await audit.record(
            actor,
            "exempt_support.ended",
            "exempt_support",
            exempt_id,
            before={"ends_on": told["ends_on"]},
            after={"person": person_id, "ends_on": ends_on},
        )
