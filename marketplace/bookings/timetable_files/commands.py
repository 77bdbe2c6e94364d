"""Reading a sheet of timetables and dates: looked at first, then done exactly like that, all of it or nothing."""

from collections.abc import Sequence

from marketplace.bookings.timetable_changes.commands import make_change
from marketplace.bookings.timetable_files import queries, sheet
from marketplace.bookings.timetable_files.fates import Fate, Outcome, counts, fates, fingerprint
from marketplace.bookings.waitlist.offers import settle_lines_of
from marketplace.identity.access import Actor
from marketplace.kernel import audit, clock, db
from marketplace.kernel.errors import Conflict, DomainError
from providers.access import own_provider
from providers.commands import add_single_session, create_timetable, end_timetable


class SheetChanged(Conflict):
    """The file, or what is there, is not what was looked at."""

    code = "sheet_changed"

    def __init__(self) -> None:
        super().__init__(
            "You cannot use this sheet like that, because the file or your dates changed since you looked. "
            "You can look at what happens now, and go on."
        )


class RowRefused(Conflict):
    """A row that looked well cannot be done."""

    code = "row_refused"

    def __init__(self, number: int, because: str) -> None:
        super().__init__(f"Nothing was done, because row {number} cannot be: {because}", row=number)


async def look_at_sheet(actor: Actor, text: str) -> Sequence[Fate]:
    """What would become of each row; nothing is changed. Raises Forbidden, NotFound, Invalid at `sheet`."""
    provider_id = await own_provider(actor)
    return fates(sheet.lines_of(text), await queries.known_of(provider_id), clock.today())


async def use_sheet(actor: Actor, text: str, shown: str) -> Sequence[Fate]:
    """Add and change what the rows say, refused ones left out; answers what was done.

    `shown` is the fingerprint of what was looked at. Raises what `look_at_sheet` raises, SheetChanged, RowRefused.
    """
    async with db.unit_of_work():
        provider_id = await own_provider(actor)
        # One sheet of a provider at a time: the second one sees what the first one did.
        await db.execute("SELECT 1 FROM provider WHERE id = $1 FOR NO KEY UPDATE", provider_id)
        told = await look_at_sheet(actor, text)
        if fingerprint(text, told) != shown:
            raise SheetChanged
        for fate in told:
            try:
                await _do(actor, fate)
            except DomainError as refusal:
                raise RowRefused(fate.number, refusal.message) from refusal
        tally = counts(told)
        await audit.record(
            actor, "dates.imported", "provider", provider_id,
            after={"sheet": shown, **{str(outcome): tally[outcome] for outcome in Outcome}},
        )  # fmt: skip
    return told


async def _do(actor: Actor, fate: Fate) -> None:
    if fate.activity_id is not None and fate.timetable is not None:
        await create_timetable(actor, fate.activity_id, fate.timetable)
    if fate.activity_id is not None and fate.single is not None:
        await add_single_session(actor, fate.activity_id, fate.single)
    if fate.asked is not None:
        await make_change(actor, fate.asked)
    if fate.ends is not None:
        await end_timetable(actor, *fate.ends)
        await settle_lines_of(await queries.dates_after(*fate.ends))
