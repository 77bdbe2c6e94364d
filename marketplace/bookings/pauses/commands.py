"""Pausing a person's support, changing when it ends, and coming back (`rules.md` 17; row B7; hard case 4)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from isf.notices import Notice, ToPerson, ToProvider
from isf.parameters import Parameter, parameter
from isf.pauses.rules import PauseKind, contribution_stop
from isf.rules import last_day
from marketplace.bookings.commands import book, give_back
from marketplace.bookings.news.commands import (
    as_one_change,
    tell_people_of_change,
    tell_providers_of_change,
)
from marketplace.bookings.pauses.locking import lock_inside
from marketplace.bookings.pauses.queries import answers, pause_with_places
from marketplace.bookings.pauses.rules import DateAnswer, Fate, PauseDraft, Retainer, cost_of
from marketplace.bookings.rules import Reason
from marketplace.bookings.waitlist.offers import leave_lines
from marketplace.bookings.waitlist.rules import Ended
from marketplace.identity.access import Actor, require, require_person
from marketplace.identity.rules import Permission, Scope
from marketplace.kernel import audit, clock, db, formats
from marketplace.kernel.errors import Conflict, DomainError, Invalid, NotFound
from marketplace.kernel.ids import new_id, reference
from marketplace.kernel.money import Money

db.explain_constraint(
    "pause_one_at_a_time",
    Conflict("There is a pause on some of these days already. You can change when that one ends."),
)


async def pause(actor: Actor, person_id: UUID, draft: PauseDraft, *, shown: Money | None = None) -> UUID:
    """Pause a person's support: keep places where agreed, give the others back under the frozen terms.

    `shown` is what it was said to cost: it is refused when it costs more by now. Needs BOOK for the person. Raises
    NotFound, Forbidden, Invalid, Conflict for days that a pause covers already.
    """
    require(actor, Permission.BOOK)
    await require_person(actor, person_id, Scope.BOOK)
    _check(draft)
    pause_id = new_id()
    async with db.unit_of_work():
        await lock_inside(person_id, draft.starts_on, draft.ends_on, list(draft.activity_ids))
        found = await answers(person_id, draft)
        _check_cost(cost_of(found), shown)
        await _write(actor, pause_id, person_id, draft)
        await _apply(actor, pause_id, found)
        days = (draft.starts_on, draft.ends_on)
        waits = await leave_lines(actor, person_id, days, Ended.PERSON_PAUSED, list(draft.activity_ids))
        await audit.record(
            actor, "pause.made", "pause", pause_id,
            after={"person": person_id, "starts_on": draft.starts_on, "ends_on": draft.ends_on,
                   "kept": _count(found, Fate.KEPT), "given_back": _count(found, Fate.GIVEN_BACK),
                   "cost": cost_of(found)},
            because=draft.because.strip(),
        )  # fmt: skip
        await _tell(person_id, draft, found, waits)
    return pause_id


def _check(draft: PauseDraft) -> None:
    wrong = {}
    if draft.ends_on is not None and draft.ends_on <= draft.starts_on:
        wrong["ends_on"] = "The last day must be on or after the first day"
    if draft.agreed is not None:
        if not 1 <= draft.agreed.percent <= 100:
            wrong["agreed_percent"] = "Enter a number from 1 to 100"
        if not 1 <= draft.agreed.weeks <= 52:
            wrong["agreed_weeks"] = "Enter a number from 1 to 52"
        if not draft.agreed_with.strip():
            wrong["agreed_with"] = "Enter who agreed to it for the providers"
    if wrong:
        raise Invalid(wrong)


def _check_cost(cost: Money, shown: Money | None) -> None:
    if shown is not None and cost.pence > shown.pence:
        raise Conflict(f"This costs {cost} by now, not {shown}. Look at the dates again.")


async def _write(actor: Actor, pause_id: UUID, person_id: UUID, draft: PauseDraft) -> None:
    council_id = await db.fetch_value("SELECT council_id FROM person WHERE id = $1", person_id)
    today = clock.today()
    stops_on = contribution_stop(
        draft.starts_on,
        # What rests in part is still support: the contribution goes on.
        stops=not draft.activity_ids
        and bool(await parameter(council_id, Parameter.PAUSE_STOPS_CONTRIBUTION, today)),
        after_days=await parameter(council_id, Parameter.PAUSE_CONTRIBUTION_DAYS, today),
    )
    await db.execute(
        "INSERT INTO pause (id, reference, person_id, kind, starts_on, ends_on, activity_ids, keep, agreed_percent,"
        " agreed_weeks, agreed_with, because, contribution_stops_on, made_by, made_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
        pause_id,
        reference("PZ"),
        person_id,
        str(draft.kind),
        draft.starts_on,
        draft.ends_on,
        list(draft.activity_ids),
        draft.keep,
        draft.agreed.percent if draft.agreed else None,
        draft.agreed.weeks if draft.agreed else None,
        draft.agreed_with.strip(),
        draft.because.strip(),
        stops_on,
        actor.user_id,
        clock.now(),
    )


async def _apply(actor: Actor, pause_id: UUID, found: Sequence[DateAnswer]) -> None:
    for each in found:
        if each.fate is Fate.GIVEN_BACK:
            await give_back(actor, each.dated.booking_id, Reason.PAUSED, each.charge)
    await db.execute_many(
        "INSERT INTO pause_place (id, pause_id, booking_id, kept, retainer_percent, charge_pence)"
        " VALUES ($1, $2, $3, $4, $5, $6)",
        [
            (
                new_id(),
                pause_id,
                each.dated.booking_id,
                each.fate is Fate.KEPT,
                each.percent,
                each.charge.pence,
            )
            for each in found
        ],
    )


def _count(found: Sequence[DateAnswer], fate: Fate) -> int:
    return sum(each.fate is fate for each in found)


async def _tell(
    person_id: UUID, draft: PauseDraft, found: Sequence[DateAnswer], waits: Sequence[str]
) -> None:
    """The person, and each provider that keeps places, once and of the whole. Others hear what they get back."""
    until = f" to {formats.full_date(last_day(draft.ends_on))}" if draft.ends_on else ", until further notice"
    days = f"From {formats.full_date(draft.starts_on)}{until}"
    kept, back = _count(found, Fate.KEPT), _count(found, Fate.GIVEN_BACK)
    notice = Notice(
        "A pause is recorded",
        f"{days}. {formats.count(kept, 'place')} kept, {formats.count(back, 'place')} given back."
        + " ".join((f" It costs {cost_of(found)}.", *waits)),
        f"/people/{person_id}/pauses",
    )
    await tell_people_of_change([ToPerson(person_id, notice)])
    keepers = {each.dated.provider_id for each in found if each.fate is Fate.KEPT}
    await tell_providers_of_change(
        [
            ToProvider(
                provider_id,
                _to_keeper(days, [each for each in found if each.dated.provider_id == provider_id]),
                person_id,
            )
            for provider_id in keepers
        ]
    )


def _to_keeper(days: str, found: Sequence[DateAnswer]) -> Notice:
    kept, back = _count(found, Fate.KEPT), _count(found, Fate.GIVEN_BACK)
    words = (
        f"{days} somebody who books with you pauses. {formats.count(kept, 'place')} kept as agreed;"
        " your share is charged for each date."
    )
    if back:
        words += f" {formats.count(back, 'place is', 'places are')} given back and free again."
    return Notice("Places are kept during a pause", words, "/provider")


async def move_end(
    actor: Actor, pause_id: UUID, ends_on: date | None, *, shown: Money | None = None
) -> Sequence[DateAnswer]:
    """Change the first day after a pause: earlier, because they came back; later; or none.

    Places that were kept for days after the new end are the person's again. Bookings on further days are kept or given
    back like the others; answers those. Needs BOOK for the person. Raises NotFound, Invalid, Conflict.
    """
    require(actor, Permission.BOOK)
    person_id = await db.fetch_value("SELECT person_id FROM pause WHERE id = $1", pause_id)
    if person_id is None:
        raise NotFound
    await require_person(actor, person_id, Scope.BOOK)
    async with db.unit_of_work():
        row = await db.fetch_one("SELECT * FROM pause WHERE id = $1 FOR UPDATE", pause_id)
        assert row is not None  # noqa: S101 - pauses are never deleted
        if ends_on is not None and ends_on < row["starts_on"]:
            raise Invalid({"ends_on": "They cannot be back before it began"})
        further: list[DateAnswer] = []
        waits: list[str] = []
        await lock_inside(person_id, row["ends_on"] or row["starts_on"], ends_on, row["activity_ids"])
        before = row["ends_on"]
        await db.execute("UPDATE pause SET ends_on = $2 WHERE id = $1", pause_id, ends_on)
        if before is not None and (ends_on is None or ends_on > before):
            further = await _further(person_id, row, before, ends_on)
            _check_cost(cost_of(further), shown)
            await _apply(actor, pause_id, further)
            waits = await leave_lines(
                actor, person_id, (before, ends_on), Ended.PERSON_PAUSED, row["activity_ids"]
            )
        await audit.record(
            actor, "pause.moved", "pause", pause_id,
            before={"ends_on": before}, after={"ends_on": ends_on},
        )  # fmt: skip
        await _tell_of_end(person_id, ends_on, waits)
    return further


async def _further(person_id: UUID, row: db.Row, since: date, ends_on: date | None) -> list[DateAnswer]:
    """What the days that a pause goes on do; a retainer's weeks count from its first day as before."""
    draft = draft_of(row)
    known = {
        each["booking_id"]
        for each in await db.fetch_all("SELECT booking_id FROM pause_place WHERE pause_id = $1", row["id"])
    }
    found = await answers(person_id, replace(draft, ends_on=ends_on))
    return [each for each in found if each.dated.service_on >= since and each.dated.booking_id not in known]


def draft_of(row: db.Row) -> PauseDraft:
    """A pause as it was asked for."""
    agreed = Retainer(row["agreed_percent"], row["agreed_weeks"]) if row["agreed_percent"] else None
    return PauseDraft(
        PauseKind(row["kind"]), row["starts_on"], row["ends_on"], row["keep"], agreed, row["agreed_with"],
        row["because"], tuple(row["activity_ids"]),
    )  # fmt: skip


async def _tell_of_end(person_id: UUID, ends_on: date | None, waits: Sequence[str]) -> None:
    words = (
        f"It ends on {formats.full_date(last_day(ends_on))}. What was kept after that day is booked as before."
        if ends_on
        else "It goes on until further notice."
    )
    notice = Notice("The pause was changed", " ".join((words, *waits)), f"/people/{person_id}/pauses")
    await tell_people_of_change([ToPerson(person_id, notice)])


@dataclass(frozen=True, slots=True)
class BookedAgain:
    """What came of one date that was given back: booked, or why not."""

    title: str
    when: str
    booking_id: UUID | None
    refusal: str = ""


async def book_again(actor: Actor, pause_id: UUID) -> Sequence[BookedAgain]:
    """After coming back: book what was given back and is free, each from the money that it was booked from before.

    Each is a booking like any other and answers for itself. Raises NotFound, Forbidden.
    """
    require(actor, Permission.BOOK)
    line, places = await pause_with_places(actor, pause_id)
    await require_person(actor, line.person_id, Scope.BOOK)
    done, change = [], new_id()
    for place in places:
        if not place.again:
            continue
        when = formats.when((place.starts_at, place.ends_at))
        try:
            async with db.unit_of_work():
                await as_one_change(change)
                booked = await book(actor, place.session_id, place.fund_id)
        except DomainError as refusal:
            done.append(BookedAgain(place.title, when, None, refusal.message))
        else:
            done.append(BookedAgain(place.title, when, booked.id))
    return done
