"""The API about suspensions and what they gave back: the same queries and commands as the pages."""

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Router, get, post

from marketplace.bookings.commands.placing import Booked
from marketplace.bookings.reprovision import commands, queries
from marketplace.bookings.reprovision.queries import Alternative, Item
from marketplace.bookings.reprovision.rules import ItemState
from marketplace.identity.access import Actor
from marketplace.identity.rules import Permission
from providers.suspensions import queries as suspensions
from providers.suspensions.commands import MOST_CONTACT, MOST_WORDS, SuspensionDraft
from providers.suspensions.queries import Standing, SuspensionView

SUSPENDS = {"permission": Permission.PROVIDER_SUSPEND}
SEES = {"permission": Permission.PERSON_SEE}
BOOKS = {"permission": Permission.BOOK}
RECORDS = {"permission": Permission.ATTENDANCE_RECORD}


class SuspendIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The grounds, for the council's own eyes, and who the provider can speak to."""

    grounds: Annotated[str, msgspec.Meta(min_length=1, max_length=MOST_WORDS)]
    contact: Annotated[str, msgspec.Meta(min_length=1, max_length=MOST_CONTACT)]


class SuspendedOut(msgspec.Struct, frozen=True):
    """The suspension, and how many bookings of how many people were given back."""

    id: UUID
    bookings: int
    people: int


class WordsIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was found and decided."""

    words: Annotated[str, msgspec.Meta(min_length=1, max_length=MOST_WORDS)]


class InsteadIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to book instead, and from which fund."""

    activity_session_id: UUID
    fund_id: UUID


class NotWantedIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why nothing is wanted instead, in the person's words."""

    words: Annotated[str, msgspec.Meta(max_length=2000)] = ""


class BackOut(msgspec.Struct, frozen=True):
    """What came of booking one lost session again: a reference, or why not."""

    item_id: UUID
    reference: str
    refusal: str


@get("/suspensions", opt=SUSPENDS)
async def list_suspensions(actor: Actor) -> list[SuspensionView]:
    """Those of your council, open ones first."""
    return await suspensions.suspensions_of(actor)


@post("/providers/{provider_id:uuid}/suspensions", opt=SUSPENDS, status_code=201)
async def suspend(actor: Actor, provider_id: UUID, data: SuspendIn) -> SuspendedOut:
    """Stop a provider from now on, everywhere; what has not begun is given back at no cost."""
    made = await commands.suspend_provider(actor, provider_id, SuspensionDraft(data.grounds, data.contact))
    return SuspendedOut(made.suspension_id, made.bookings, made.people)


@post("/suspensions/{suspension_id:uuid}/release", opt=SUSPENDS, status_code=204)
async def release(actor: Actor, suspension_id: UUID, data: WordsIn) -> None:
    """The provider can be used and paid again."""
    await commands.release_provider(actor, suspension_id, data.words)


@post("/suspensions/{suspension_id:uuid}/end", opt=SUSPENDS, status_code=204)
async def end(actor: Actor, suspension_id: UUID, data: WordsIn) -> None:
    """The provider is not used any more; what was delivered can be paid."""
    await commands.end_provider(actor, suspension_id, data.words)


@get("/provider/suspensions", opt=RECORDS)
async def own_suspensions(actor: Actor) -> list[Standing]:
    """What stops your own provider: by whom, since when, who to speak to."""
    return await suspensions.own_standing(actor)


@get("/reprovision", opt=SEES)
async def list_items(actor: Actor, item_state: ItemState = ItemState.OPEN) -> list[Item]:
    """Bookings that suspensions gave back, of everybody whom you may see, the soonest first."""
    return await queries.queue(actor, item_state)


@get("/reprovision/{lost_id:uuid}/alternatives", opt=SEES)
async def list_alternatives(actor: Actor, lost_id: UUID) -> list[Alternative]:
    """What could be booked instead from the same fund, what is most alike first."""
    lost = await queries.item(actor, lost_id)
    return await queries.alternatives(lost.booking_id)


@post("/reprovision/{lost_id:uuid}/book", opt=BOOKS, status_code=201)
async def book_instead(actor: Actor, lost_id: UUID, data: InsteadIn) -> Booked:
    """Book something else; the booking answers the item. Answered already: 409."""
    return await commands.book_instead(actor, lost_id, data.activity_session_id, data.fund_id)


@post("/reprovision/{lost_id:uuid}/not-wanted", opt=BOOKS, status_code=204)
async def want_nothing(actor: Actor, lost_id: UUID, data: NotWantedIn) -> None:
    """The person wants nothing instead."""
    await commands.not_wanted(actor, lost_id, data.words)


@post("/people/{person_id:uuid}/reprovision/back", opt=BOOKS, status_code=200)
async def book_back(actor: Actor, person_id: UUID) -> list[BackOut]:
    """After a release: book again what a person lost, where place and money allow; each answers for itself."""
    return [
        BackOut(one.item_id, one.reference, one.refusal) for one in await commands.book_back(actor, person_id)
    ]


router = Router(
    "/api/v1",
    include_in_schema=True,
    route_handlers=[
        list_suspensions,
        suspend,
        release,
        end,
        own_suspensions,
        list_items,
        list_alternatives,
        book_instead,
        want_nothing,
        book_back,
    ],
    tags=["suspensions"],
)
