"""Making, changing, showing and pricing activities (requirement P3)."""

from collections.abc import Mapping
from dataclasses import fields, replace
from uuid import UUID

from marketplace.identity.access import Actor
from marketplace.kernel import audit, clock, db, states
from marketplace.kernel.errors import Invalid
from marketplace.kernel.ids import new_id
from marketplace.kernel.versions import EditedMeanwhile, mark_of
from providers.access import own_provider, require_activity
from providers.offers.drafts import ActivityDraft, check, columns_of, draft_of, missing_to_publish
from providers.offers.queries import own_activity
from providers.offers.steps import Step
from providers.rules import ACTIVITY_TRANSITIONS, ActivityState


async def _check_venue(provider_id: UUID, draft: ActivityDraft) -> None:
    if draft.venue_id is None:
        return
    known = await db.fetch_value(
        "SELECT 1 FROM venue WHERE id = $1 AND provider_id = $2", draft.venue_id, provider_id
    )
    if known is None:
        raise Invalid({"venue_id": "Choose one of your places"})


async def create_activity(actor: Actor, draft: ActivityDraft) -> UUID:
    """A new activity of the actor's provider, as a draft that nobody else sees.

    Raises NotSignedIn, Forbidden, NotFound (no provider) or Invalid.
    """
    check(draft)
    async with db.unit_of_work():
        provider_id = await own_provider(actor)
        await _check_venue(provider_id, draft)
        activity_id = new_id()
        columns = columns_of(draft)
        marks = ", ".join(f"${number}" for number in range(4, len(columns) + 4))
        await db.execute(
            f"INSERT INTO activity (id, provider_id, updated_at, {', '.join(columns)}) VALUES ($1, $2, $3, {marks})",
            activity_id,
            provider_id,
            clock.now(),
            *columns.values(),
        )
        await audit.record(
            actor, "activity.created", "activity", activity_id, after={"provider": provider_id, **columns}
        )
    return activity_id


async def edit_activity(actor: Actor, activity_id: UUID, draft: ActivityDraft) -> None:
    """Change everything that an activity says: see `change_activity`."""
    await change_activity(
        actor, activity_id, {part.name: getattr(draft, part.name) for part in fields(draft)}
    )


async def change_activity(actor: Actor, activity_id: UUID, changes: Mapping[str, object]) -> None:
    """Change some parts of what an activity says (fields of `ActivityDraft`); the others stay as they are.

    Bookings keep the terms and price that they were made with. A published activity stays complete.
    Raises NotFound (another's) or Invalid.
    """
    async with db.unit_of_work():
        before = await require_activity(actor, activity_id)
        draft = replace(draft_of(before), **changes)  # type: ignore[arg-type]
        check(draft)
        await _check_venue(before["provider_id"], draft)
        columns = columns_of(draft)
        if before["state"] == ActivityState.PUBLISHED:
            await _check_complete(activity_id, columns)
        sets = ", ".join(f"{name} = ${number}" for number, name in enumerate(columns, start=3))
        await db.execute(
            f"UPDATE activity SET updated_at = $2, {sets} WHERE id = $1",
            activity_id,
            clock.now(),
            *columns.values(),
        )
        changed = [name for name, value in columns.items() if before[name] != value]
        await audit.record(
            actor,
            "activity.edited",
            "activity",
            activity_id,
            before={name: before[name] for name in changed},
            after={name: columns[name] for name in changed},
        )


async def keep_step(
    actor: Actor, activity_id: UUID, step: Step, changes: Mapping[str, object], seen: str
) -> None:
    """Keep what was typed in one step of the editor, unless somebody changed the same step after it was shown.

    `seen` is the mark of what the page said. Two who are at different steps do not meet. Raises what
    `change_activity` raises, and EditedMeanwhile.
    """
    async with db.unit_of_work():
        await require_activity(actor, activity_id)
        now = step.filled(await own_activity(actor, activity_id))
        if mark_of(now) != seen:
            raise EditedMeanwhile({**now, "version": mark_of(now)})
        await change_activity(actor, activity_id, changes)


async def _check_complete(activity_id: UUID, columns: dict[str, object]) -> None:
    """Raises Invalid with everything that people would miss."""
    rate = await db.fetch_one(
        "SELECT min(starts_on) AS first_on, max(price_pence) AS price_pence FROM rate"
        " WHERE activity_id = $1 AND ratio = $2",
        activity_id,
        columns["support_ratio"],
    )
    assert rate is not None  # noqa: S101 - aggregates always answer a row
    lacks = missing_to_publish(columns, rate["first_on"], rate["price_pence"])
    if lacks:
        raise Invalid(lacks, "You cannot publish this yet, because people would miss something.")


async def _move(actor: Actor, activity_id: UUID, to: ActivityState, because: str) -> None:
    async with db.unit_of_work():
        row = await require_activity(actor, activity_id)
        if to is ActivityState.PUBLISHED:
            await _check_complete(activity_id, row)
        await states.transition(
            actor,
            "activity",
            activity_id,
            ActivityState(row["state"]),
            to,
            ACTIVITY_TRANSITIONS,
            action=f"activity.{to}",
            because=because,
            also={"updated_at": clock.now()},
        )


async def publish_activity(actor: Actor, activity_id: UUID) -> None:
    """Show an activity to everybody; a draft or an archived one. Raises NotFound, Invalid or StateConflict."""
    await _move(actor, activity_id, ActivityState.PUBLISHED, "")


async def archive_activity(actor: Actor, activity_id: UUID, because: str = "") -> None:
    """Take an activity out of the directory; what is booked stays booked. Raises NotFound or StateConflict."""
    await _move(actor, activity_id, ActivityState.ARCHIVED, because)
