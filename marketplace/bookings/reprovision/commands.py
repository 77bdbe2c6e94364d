"""Stopping a provider with all that follows at once, and answering each booking that was lost (`rules.md` 15, 16)."""

from dataclasses import dataclass
from uuid import UUID

from isf.budgets.books import lock_books
from isf.notices import Notice, NoticeKind, ToPerson, ToProvider, tell_people, tell_provider
from marketplace.bookings.commands import book, give_back
from marketplace.bookings.commands.placing import Booked
from marketplace.bookings.news.commands import (
    as_one_change,
    tell_people_of_change,
    tell_providers_of_change,
)
from marketplace.bookings.reprovision import queries
from marketplace.bookings.reprovision.rules import TRANSITIONS, ItemState, told_person
from marketplace.bookings.rules import Reason
from marketplace.bookings.waiving import Because, let_off_everybody, owed_late
from marketplace.identity.access import Actor, require, require_person
from marketplace.identity.rules import Permission, Scope
from marketplace.kernel import audit, clock, db, formats
from marketplace.kernel.errors import Conflict, DomainError, Invalid, StateConflict
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import ZERO
from marketplace.kernel.states import transition
from providers.access import require_council
from providers.suspensions.commands import SuspensionDraft, close_suspension, open_suspension
from providers.suspensions.rules import SuspensionState

db.explain_constraint(
    "reprovision_item_one_answer",
    Invalid({"new_booking": "Choose a booking that does not stand in for another one already"}),
)
db.explain_constraint(
    "attendance_not_suspended",
    Conflict(
        "You cannot record that somebody came, because the provider was suspended before it began. "
        "You can record what began before."
    ),
)
_PATIENCE = 3


@dataclass(frozen=True, slots=True)
class Suspended:
    """The suspension, and how many bookings of how many people it gave back."""

    suspension_id: UUID
    bookings: int
    people: int


async def suspend_provider(actor: Actor, provider_id: UUID, draft: SuspensionDraft) -> Suspended:
    """Stop a provider everywhere and for everybody from now on, in one transaction (`rules.md` 15, 16; row P7).

    Whatever has not begun is given back at no cost and stands in the queue of those who look after the person; people,
    those who book for them and the provider are told. Raises Forbidden, NotFound, Invalid, AlreadySuspended.
    """
    require_council(actor, Permission.PROVIDER_SUSPEND)
    draft = draft.checked()
    for _ in range(_PATIENCE - 1):
        try:
            return await _suspend(actor, provider_id, draft)
        except Conflict as refusal:
            # PostgreSQL gave up between two that waited for each other; nothing was changed.
            if type(refusal) is not Conflict:
                raise
    return await _suspend(actor, provider_id, draft)


async def _suspend(actor: Actor, provider_id: UUID, draft: SuspensionDraft) -> Suspended:
    async with db.unit_of_work():
        # Sessions first. Then the provider, after which no session can be made; those made meanwhile are locked too.
        await _lock_sessions(provider_id)
        suspension_id = await open_suspension(actor, provider_id, draft)
        await _lock_sessions(provider_id)
        lost = await db.fetch_all(
            "SELECT id, person_id, fund_id FROM booking WHERE provider_id = $1 AND starts_at > $2"
            " AND state IN ('held', 'confirmed') ORDER BY fund_id, starts_at, id",
            provider_id,
            clock.now(),
        )
        late = await owed_late(await _to_come(provider_id))
        await lock_books(sorted({row["fund_id"] for row in (*lost, *late)}))
        for row in lost:
            await give_back(actor, row["id"], Reason.PROVIDER_SUSPENDED, ZERO)
        await db.execute(
            "INSERT INTO reprovision_item (id, suspension_id, booking_id, person_id, state, opened_at)"
            " SELECT gen_random_uuid(), $1, b.id, b.person_id, 'open', $3 FROM booking b WHERE b.id = ANY ($2)",
            suspension_id,
            [row["id"] for row in lost],
            clock.now(),
        )
        await let_off_everybody(actor, late, Because.PROVIDER_SUSPENDED)
        people = await _tell_people([row["person_id"] for row in lost])
        await tell_providers_of_change([ToProvider(provider_id, _to_provider(draft, len(lost)))])
    return Suspended(suspension_id, len(lost), people)


async def _to_come(provider_id: UUID) -> list[UUID]:
    """The locked dates."""
    rows = await db.fetch_all(
        "SELECT id FROM activity_session WHERE provider_id = $1 AND starts_at > $2", provider_id, clock.now()
    )
    return [row["id"] for row in rows]


async def _lock_sessions(provider_id: UUID) -> None:
    await db.execute(
        "SELECT 1 FROM (SELECT id FROM activity_session WHERE provider_id = $1 AND starts_at > $2"
        " ORDER BY id FOR NO KEY UPDATE) AS locked",
        provider_id,
        clock.now(),
    )


async def _tell_people(losses: list[UUID]) -> int:
    """Everybody once, with how many bookings of theirs were given back; answers how many people."""
    people = {person_id: losses.count(person_id) for person_id in losses}
    await tell_people_of_change(
        [
            ToPerson(
                person_id,
                Notice("Bookings were given back", told_person(many), f"/people/{person_id}/reprovision"),
            )
            for person_id, many in people.items()
        ]
    )
    return len(people)


def _to_provider(draft: SuspensionDraft, bookings: int) -> Notice:
    return Notice(
        "Nothing can be booked with you at the moment",
        f"A council has suspended you from {formats.full_date(clock.now())}, {formats.clock_time(clock.now())}. "
        f"{formats.count(bookings, 'booking')} that had not begun "
        f"{'is' if bookings == 1 else 'are'} given back at no cost. "
        "What was delivered before stays payable: fill in its registers. "
        f"Its payment waits until the suspension is released. Speak to: {draft.contact}",
        "/provider/suspension",
        kind=NoticeKind.SELLER,
    )


async def release_provider(actor: Actor, suspension_id: UUID, words: str) -> None:
    """The council has looked and the provider can be used again; what waits for payment can be paid.

    What was given back is not booked again by itself: everybody concerned is told and chooses.
    Raises Forbidden, NotFound, Invalid, StateConflict (a second time).
    """
    async with db.unit_of_work():
        row = await close_suspension(actor, suspension_id, SuspensionState.RELEASED, words)
        if await db.fetch_value("SELECT provider_suspended($1)", row["provider_id"]):
            return  # Another council still stops it.
        waiting = await db.fetch_all(
            "SELECT DISTINCT i.person_id FROM reprovision_item i JOIN booking b ON b.id = i.booking_id"
            " WHERE b.provider_id = $1 AND i.state = 'open' AND b.starts_at > $2",
            row["provider_id"],
            clock.now(),
        )
        told = (
            "This provider can be booked again. "
            "What was given back can be booked again where there is still a place."
        )
        await tell_people(
            [
                ToPerson(
                    each["person_id"],
                    Notice("You can book again", told, f"/people/{each['person_id']}/reprovision"),
                )
                for each in waiting
            ]
        )
        await tell_provider(
            row["provider_id"],
            Notice(
                "The suspension is released",
                "You are found and can be booked again, and what was delivered can be paid.",
                "/provider",
                kind=NoticeKind.SELLER,
            ),
        )


async def end_provider(actor: Actor, suspension_id: UUID, words: str) -> None:
    """The council has looked and uses the provider no more: it stays stopped, and what was delivered can be paid.

    Raises Forbidden, NotFound, Invalid, StateConflict.
    """
    async with db.unit_of_work():
        row = await close_suspension(actor, suspension_id, SuspensionState.ENDED, words)
        await tell_provider(
            row["provider_id"],
            Notice(
                "A council does not use you any more",
                f"Nothing can be booked with you. What was delivered before can be paid. Speak to: {row['contact']}",
                "/provider/suspension",
                kind=NoticeKind.SELLER,
            ),
        )


async def book_instead(actor: Actor, item_id: UUID, session_id: UUID, fund_id: UUID) -> Booked:
    """Book something else for what was lost; the booking answers the item, both or neither.

    Raises what `book` raises, NotFound, StateConflict when the item is answered already.
    """
    async with db.unit_of_work():
        item = await _item(actor, item_id)
        made = await book(actor, session_id, fund_id)
        await _close(actor, item, ItemState.BOOKED_ELSEWHERE, new_booking_id=made.id)
    return made


async def answer_with(actor: Actor, item_id: UUID, booking_id: UUID) -> None:
    """Say which later booking of the person stands in for what was lost. Raises NotFound, Invalid, StateConflict."""
    async with db.unit_of_work():
        item = await _item(actor, item_id)
        if booking_id not in {
            each["id"] for each in await queries.could_answer(item["person_id"], item["opened_at"])
        }:
            raise Invalid({"new_booking": "Choose a booking from the list"})
        await _close(actor, item, ItemState.BOOKED_ELSEWHERE, new_booking_id=booking_id)


async def not_wanted(actor: Actor, item_id: UUID, words: str = "") -> None:
    """The person wants nothing instead. Raises NotFound, Forbidden, StateConflict."""
    async with db.unit_of_work():
        item = await _item(actor, item_id)
        await _close(actor, item, ItemState.NOT_WANTED, words=words.strip()[:2000])


@dataclass(frozen=True, slots=True)
class Back:
    """What came of booking one lost session again: its reference, or why it cannot be."""

    item_id: UUID
    title: str
    reference: str = ""
    refusal: str = ""


async def book_back(actor: Actor, person_id: UUID) -> list[Back]:
    """Book again whatever a person lost that is still to come, where place and money allow; each answers for itself.

    Raises NotFound, Forbidden, and Conflict while there is nothing that could be booked back.
    """
    require(actor, Permission.BOOK)
    await require_person(actor, person_id, Scope.BOOK)
    rows = await queries.could_come_back(person_id)
    if not rows:
        raise Conflict(
            "You cannot book these again, because the provider is still stopped or their time is over. "
            "You can choose something else."
        )
    change = new_id()
    return [await _book_back(actor, row, change) for row in rows]


async def _book_back(actor: Actor, row: db.Row, change: UUID) -> Back:
    try:
        async with db.unit_of_work():
            await as_one_change(change)
            item = await _item(actor, row["id"])
            made = await book(actor, row["activity_session_id"], row["fund_id"])
            await _close(actor, item, ItemState.BOOKED_BACK, new_booking_id=made.id)
    except DomainError as refusal:
        return Back(row["id"], row["title"], refusal=refusal.message)
    return Back(row["id"], row["title"], reference=made.reference)


async def _item(actor: Actor, item_id: UUID) -> db.Row:
    require(actor, Permission.BOOK)
    item = await queries.item_for_change(item_id)
    await require_person(actor, item["person_id"], Scope.BOOK)
    if item["state"] != ItemState.OPEN:
        raise StateConflict("This is answered already. You can look at what was chosen.")
    return item


async def _close(
    who: audit.Who, item: db.Row, to: ItemState, *, new_booking_id: UUID | None = None, words: str = ""
) -> None:
    await transition(
        who, "reprovision_item", item["id"], ItemState(item["state"]), to, TRANSITIONS,
        action=f"reprovision.{to}",
        also={
            "closed_at": clock.now(), "closed_by": who.user_id, "new_booking_id": new_booking_id, "words": words,
        },
    )  # fmt: skip
