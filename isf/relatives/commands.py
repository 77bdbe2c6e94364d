"""Declaring a close relative who sells support, and what the council says to it (`rules.md` 3; row Y4)."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from isf.notices import Notice, NoticeKind, tell_council, tell_person
from isf.relatives.rules import CloseRelativeNotAgreed, DeclaredAs, Kind, needs_agreement
from marketplace.identity.access import Actor, require, require_person
from marketplace.identity.rules import Permission, Scope
from marketplace.kernel import audit, clock, db, formats
from marketplace.kernel.errors import Conflict, Invalid, NotFound, StateConflict
from marketplace.kernel.ids import new_id

db.explain_constraint(
    "close_relative_once",
    Conflict("This relative is declared already. You can look at the list, and end it there."),
)
db.explain_constraint(
    "relative_decision_two_people",
    Conflict("You declared this relative, so somebody else has to agree. You can ask a colleague."),
)
for _constraint in ("booking_not_to_relative", "attendance_not_to_relative", "invoice_line_not_to_relative"):
    db.explain_constraint(_constraint, CloseRelativeNotAgreed())


@dataclass(frozen=True, slots=True)
class RelativeDraft:
    """A relative who sells, or runs a seller; `starts_on` is the first day on which it is so."""

    provider_id: UUID
    name: str
    kind: Kind
    same_household: bool
    starts_on: date
    evidence: str = ""
    circle_member_id: UUID | None = None


async def declare_relative(actor: Actor, person_id: UUID, draft: RelativeDraft) -> UUID:
    """Say that a seller is a close relative; from then on a direct payment waits for the council where it must.

    Needs scope BOOK. Raises NotFound, Forbidden, Invalid, Conflict when it is declared already.
    """
    await require_person(actor, person_id, Scope.BOOK)
    said_as = DeclaredAs.COUNCIL if actor.council_id else DeclaredAs.PERSON
    return await write_relative(actor, person_id, draft, said_as)


async def write_relative(actor: Actor, person_id: UUID, draft: RelativeDraft, said_as: DeclaredAs) -> UUID:
    """Write what was declared; asks no permission: the caller has. Raises Invalid, NotFound, Conflict."""
    await _check(person_id, draft)
    relative_id = new_id()
    async with db.unit_of_work():
        await db.execute(
            "INSERT INTO close_relative (id, person_id, provider_id, circle_member_id, name, kind, same_household,"
            " evidence, starts_on, declared_by, declared_as, declared_at)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
            relative_id,
            person_id,
            draft.provider_id,
            draft.circle_member_id,
            draft.name.strip(),
            str(draft.kind),
            draft.same_household,
            draft.evidence.strip(),
            draft.starts_on,
            actor.user_id,
            str(said_as),
            clock.now(),
        )
        await audit.record(
            actor,
            "relative.declared",
            "close_relative",
            relative_id,
            after={"person": person_id, "provider": draft.provider_id, "kind": str(draft.kind),
                   "same_household": draft.same_household, "starts_on": draft.starts_on},
        )  # fmt: skip
        if needs_agreement(draft.kind, draft.same_household):
            council_id = await db.fetch_value("SELECT council_id FROM person WHERE id = $1", person_id)
            await tell_council(
                council_id,
                Permission.PERSON_MANAGE,
                Notice(
                    "A relative who sells support waits for a decision",
                    "A direct payment may not pay them until the council agrees.",
                    f"/council/relatives/{relative_id}",
                ),
                about=person_id,
            )
    return relative_id


async def _check(person_id: UUID, draft: RelativeDraft) -> None:
    wrong = {}
    if not draft.name.strip():
        wrong["name"] = "Enter the relative’s name"
    if draft.starts_on > clock.today():
        wrong["starts_on"] = "Enter today or an earlier day"
    if wrong:
        raise Invalid(wrong)
    if not await db.fetch_value("SELECT true FROM provider WHERE id = $1", draft.provider_id):
        raise NotFound
    if draft.circle_member_id is not None and not await db.fetch_value(
        "SELECT true FROM circle_member WHERE id = $1 AND person_id = $2", draft.circle_member_id, person_id
    ):
        raise NotFound


@dataclass(frozen=True, slots=True)
class DecisionDraft:
    """What the council decides for which days (half-open, open-ended without an end), and why."""

    agreed: bool
    starts_on: date
    ends_on: date | None
    because: str


async def decide_relative(actor: Actor, relative_id: UUID, draft: DecisionDraft) -> None:
    """Agree, or not, that a direct payment pays a relative on these days; a later decision counts before this one.

    Needs PERSON_MANAGE in the person's council. Raises NotFound, Invalid, StateConflict when the relationship ended,
    Conflict when the actor declared it themselves.
    """
    require(actor, Permission.PERSON_MANAGE)
    wrong = {}
    if not draft.because.strip():
        wrong["because"] = "Write why the council decides so"
    if draft.ends_on is not None and draft.ends_on <= draft.starts_on:
        wrong["ends_on"] = "The last day must be on or after the first day"
    if wrong:
        raise Invalid(wrong)
    async with db.unit_of_work():
        relative = await _standing(actor, relative_id)
        await db.execute(
            "INSERT INTO relative_decision (id, relative_id, number, agreed, starts_on, ends_on, because, decided_by,"
            " decided_at) SELECT $1, $2, coalesce(max(number), 0) + 1, $3, $4, $5, $6, $7, $8"
            " FROM relative_decision WHERE relative_id = $2",
            new_id(),
            relative_id,
            draft.agreed,
            draft.starts_on,
            draft.ends_on,
            draft.because.strip(),
            actor.user_id,
            clock.now(),
        )
        await audit.record(
            actor,
            "relative.agreed" if draft.agreed else "relative.not_agreed",
            "close_relative",
            relative_id,
            after={"starts_on": draft.starts_on, "ends_on": draft.ends_on},
            because=draft.because.strip(),
        )
        may = "may" if draft.agreed else "may not"
        await tell_person(
            relative["person_id"],
            Notice(
                "The council decided about paying a relative",
                f"From {formats.full_date(draft.starts_on)} the direct payment {may} pay {relative['provider_name']}.",
                f"/people/{relative['person_id']}/relatives",
                kind=NoticeKind.MONEY,
            ),
            spoken_by=relative["declared_by"] if relative["declared_as"] == DeclaredAs.PERSON else None,
        )


async def end_relative(actor: Actor, relative_id: UUID, ended_on: date, because: str) -> None:
    """It is not so any more from a day on: they moved out, or sell no more. Nothing is barred by it after that day.

    Needs PERSON_MANAGE in the person's council: an end frees money. Raises NotFound, Invalid, StateConflict.
    """
    require(actor, Permission.PERSON_MANAGE)
    if not because.strip():
        raise Invalid({"ended_because": "Write what changed"})
    async with db.unit_of_work():
        relative = await _standing(actor, relative_id)
        if not relative["starts_on"] <= ended_on <= clock.today():
            raise Invalid({"ended_on": "Enter today or an earlier day, after it began"})
        await db.execute(
            "UPDATE close_relative SET ended_on = $2, ended_because = $3, ended_by = $4 WHERE id = $1",
            relative_id,
            ended_on,
            because.strip(),
            actor.user_id,
        )
        await audit.record(
            actor, "relative.ended", "close_relative", relative_id,
            after={"ended_on": ended_on}, because=because.strip(),
        )  # fmt: skip


async def _standing(actor: Actor, relative_id: UUID) -> db.Row:
    row = await db.fetch_one(
        "SELECT r.*, pr.name AS provider_name FROM close_relative r JOIN person p ON p.id = r.person_id"
        " JOIN provider pr ON pr.id = r.provider_id WHERE r.id = $1 AND p.council_id = $2 FOR NO KEY UPDATE OF r",
        relative_id,
        actor.council_id,
    )
    if row is None:
        raise NotFound
    if row["ended_on"] is not None:
        raise StateConflict("This has ended already. Look at the list again.")
    return row
