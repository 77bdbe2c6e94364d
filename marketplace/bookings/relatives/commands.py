"""Giving back what a direct payment may not pay, and a seller's own word about its relatives (`rules.md` 3)."""

from uuid import UUID

from isf.notices import Notice, ToPerson
from isf.relatives.commands import RelativeDraft, write_relative
from isf.relatives.queries import relative
from isf.relatives.rules import DeclaredAs
from marketplace.bookings.commands import cancel_for_relative, let_go
from marketplace.bookings.news.commands import tell_people_of_change
from marketplace.bookings.relatives.queries import barred_bookings, customers_of
from marketplace.bookings.rules import BookingState
from marketplace.identity.access import Actor, require
from marketplace.identity.rules import Permission
from marketplace.kernel import audit, db, formats
from marketplace.kernel.errors import Invalid, NotFound
from providers.access import own_provider


async def give_back_barred(actor: Actor, relative_id: UUID, because: str) -> int:
    """Give back every booking that waits because of a relative, at no cost; answers how many.

    Needs PERSON_MANAGE in the person's council. Raises NotFound, Invalid without a reason.
    """
    require(actor, Permission.PERSON_MANAGE)
    if not because.strip():
        raise Invalid({"give_back_because": "Write why they are given back"})
    line = await relative(actor, relative_id)
    if not await db.fetch_value(
        "SELECT true FROM person WHERE id = $1 AND council_id = $2", line.person_id, actor.council_id
    ):
        raise NotFound
    async with db.unit_of_work():
        await _lock_sessions(line.person_id, line.provider_id)
        waiting = await barred_bookings(line.person_id, line.provider_id)
        for booking in waiting:
            state = await db.fetch_value("SELECT state FROM booking WHERE id = $1", booking.id)
            if state == BookingState.HELD:
                await let_go(actor, booking.id, "a close relative whom the council did not agree to")
            else:
                await cancel_for_relative(actor, booking.id)
        if waiting:
            await audit.record(
                actor, "relative.given_back", "close_relative", relative_id,
                after={"bookings": len(waiting)}, because=because.strip(),
            )  # fmt: skip
            notice = Notice(
                "Bookings were given back",
                f"{formats.count(len(waiting), 'booking')} with {line.provider_name} "
                f"{'is' if len(waiting) == 1 else 'are'} given back, because the direct payment may not pay them. "
                f"That costs nothing. {because.strip().rstrip('.')}.",
                f"/people/{line.person_id}/relatives",
            )
            await tell_people_of_change([ToPerson(line.person_id, notice)])
    return len(waiting)


async def _lock_sessions(person_id: UUID, provider_id: UUID) -> None:
    await db.execute(
        "SELECT 1 FROM activity_session WHERE id IN (SELECT activity_session_id FROM booking WHERE person_id = $1"
        " AND provider_id = $2 AND route = 'direct_payment' AND state IN ('held', 'confirmed'))"
        " ORDER BY id FOR NO KEY UPDATE",
        person_id,
        provider_id,
    )


async def declare_by_seller(actor: Actor, person_id: UUID, draft: RelativeDraft) -> UUID:
    """A seller says that somebody who books with it is a relative. Needs OFFER_MANAGE; `draft` names its own provider.

    Raises NotFound for a person who does not book with it, Invalid, Conflict when it is declared already.
    """
    if draft.provider_id != await own_provider(actor):
        raise NotFound
    if person_id not in {customer.id for customer in await customers_of(actor)}:
        raise NotFound("Nobody with this record books with you.")
    return await write_relative(actor, person_id, draft, DeclaredAs.PROVIDER)
