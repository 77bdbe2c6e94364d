"""Writing a draft: the person's words, the items, who helped (rows SP1, SP2). Two at once: one wins, one is told."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from isf.plans.commands.versions import draft_to_write, locked_draft, note_author
from isf.plans.costs import weeks_in
from isf.plans.queries.covering import possible_helpers
from isf.plans.rules import Chapter, HelperKind, ItemDraft, PaidFrom, check_item
from marketplace.identity.access import Actor
from marketplace.kernel import audit, clock, db
from marketplace.kernel.errors import Conflict, Invalid, NotFound
from marketplace.kernel.ids import new_id

_WORDS_MOST = 5000


class EditedMeanwhile(Conflict):
    """Somebody changed the same part since it was shown. `edit` is what to send to change it all the same."""

    code = "edited_meanwhile"

    def __init__(self, who: str, edit: int) -> None:
        super().__init__(
            f"{who} changed this while you were writing. What you typed is kept below, beside what is there now.",
            edit=edit,
        )
        self.edit = edit


async def write_words(
    actor: Actor, version_id: UUID, words: Mapping[Chapter, str], *, seen: Mapping[Chapter, int] | None = None
) -> None:
    """Write one or more of the five texts of a draft.

    `seen` has the edit number that the writer saw of each text (0 for none). Raises EditedMeanwhile when there is a
    newer one, Invalid when a text is too long, and as `draft_to_write`.
    """
    too_long = {
        str(kind): f"Use {_WORDS_MOST} characters or fewer"
        for kind, text in words.items()
        if len(text) > _WORDS_MOST
    }
    if too_long:
        raise Invalid(too_long)
    async with db.unit_of_work():
        await locked_draft(actor, version_id)
        rows = await db.fetch_all(
            "SELECT w.kind, w.words, w.edit, u.name FROM plan_words w JOIN app_user u ON u.id = w.written_by"
            " WHERE w.version_id = $1",
            version_id,
        )
        known = {row["kind"]: row for row in rows}
        changed = {}
        for kind, typed in words.items():
            text = typed.strip()
            there = known.get(str(kind), {"words": "", "edit": 0, "name": ""})
            if there["words"] == text:
                continue
            if seen is not None and seen.get(kind, there["edit"]) != there["edit"]:
                raise EditedMeanwhile(there["name"], there["edit"])
            changed[kind] = text
        if changed:
            await note_author(version_id, actor.user_id)
            await _write(actor, version_id, changed)
            await audit.record(
                actor,
                "plan.words_written",
                "plan_version",
                version_id,
                after={"texts": [str(k) for k in changed]},
            )


async def _write(actor: Actor, version_id: UUID, texts: Mapping[Chapter, str]) -> None:
    await db.execute(
        "INSERT INTO plan_words AS w (id, version_id, kind, words, edit, written_by, written_at)"
        " SELECT gen_random_uuid(), $1, t.kind, t.words, 1, $4, $5"
        "   FROM unnest($2::text[], $3::text[]) AS t(kind, words)"
        " ON CONFLICT (version_id, kind) DO UPDATE SET words = excluded.words, edit = w.edit + 1,"
        " written_by = excluded.written_by, written_at = excluded.written_at",
        version_id,
        [str(kind) for kind in texts],
        list(texts.values()),
        actor.user_id,
        clock.now(),
    )


async def add_item(actor: Actor, version_id: UUID, draft: ItemDraft) -> UUID:
    """Add something to do to a draft, at the end. Raises Invalid field by field, and as `draft_to_write`."""
    item_id = new_id()
    async with db.unit_of_work():
        version = await draft_to_write(actor, version_id)
        await _check(version, draft)
        values = _values(draft)
        names = ", ".join(values)
        places = ", ".join(f"${index}" for index in range(4, 4 + len(values)))
        await db.execute(
            f"INSERT INTO plan_item (id, version_id, line_id, position, {names})"  # noqa: S608 - names are ours
            " SELECT $1, $2, $3, coalesce(max(position), 0) + 1, "
            + places
            + " FROM plan_item WHERE version_id = $2",
            item_id,
            version_id,
            new_id(),
            *values.values(),
        )
        await _tell(actor, "plan.item_added", version_id, after={"item": item_id, **values})
    return item_id


async def change_item(actor: Actor, item_id: UUID, draft: ItemDraft, *, seen: int | None = None) -> None:
    """Change an item of a draft. `seen` is the edit number that was shown; EditedMeanwhile if there is a newer."""
    async with db.unit_of_work():
        version, before = await _item(actor, item_id, seen)
        await _check(version, draft)
        values = _values(draft)
        sets = ", ".join(f"{name} = ${index}" for index, name in enumerate(values, start=2))
        await db.execute(
            f"UPDATE plan_item SET {sets}, edit = edit + 1 WHERE id = $1",  # noqa: S608 - names are ours
            item_id,
            *values.values(),
        )
        await _tell(
            actor,
            "plan.item_changed",
            version["id"],
            before={"item": item_id, **{name: before[name] for name in values}},
            after={"item": item_id, **values},
        )


async def remove_item(actor: Actor, item_id: UUID, *, seen: int | None = None) -> None:
    """Take an item out of a draft. Raises as `change_item`."""
    async with db.unit_of_work():
        version, before = await _item(actor, item_id, seen)
        await db.execute("DELETE FROM plan_item WHERE id = $1", item_id)
        await _tell(
            actor, "plan.item_removed", version["id"], before={"item": item_id, "title": before["title"]}
        )


async def name_helper(
    actor: Actor, version_id: UUID, kind: HelperKind, name: str, how: str, *, user_id: UUID | None = None
) -> UUID:
    """Record who helped with the plan (row SP2). A user who helped turns none of its keys.

    Raises Invalid without a name or for a user who has nothing to do with the person, and as `draft_to_write`.
    """
    if not name.strip():
        raise Invalid({"name": "Enter who helped"})
    helper_id = new_id()
    async with db.unit_of_work():
        version = await draft_to_write(actor, version_id)
        if user_id is not None and user_id not in dict(await possible_helpers(version["person_id"])):
            raise Invalid({"user": "Choose from the list"})
        await db.execute(
            "INSERT INTO plan_helper (id, version_id, kind, name, user_id, how) VALUES ($1, $2, $3, $4, $5, $6)",
            helper_id,
            version_id,
            str(kind),
            name.strip(),
            user_id,
            how.strip(),
        )
        await _tell(
            actor, "plan.helper_named", version_id, after={"helper": helper_id, "kind": kind, "user": user_id}
        )
    return helper_id


async def forget_helper(actor: Actor, helper_id: UUID) -> None:
    """Somebody did not help after all. Raises NotFound, and as `draft_to_write`."""
    async with db.unit_of_work():
        version_id = await db.fetch_value("SELECT version_id FROM plan_helper WHERE id = $1", helper_id)
        if version_id is None:
            raise NotFound
        await draft_to_write(actor, version_id)
        await db.execute("DELETE FROM plan_helper WHERE id = $1", helper_id)
        await _tell(actor, "plan.helper_removed", version_id, before={"helper": helper_id})


async def _item(actor: Actor, item_id: UUID, seen: int | None) -> tuple[db.Row, db.Row]:
    """The draft and its item, both locked. Raises NotFound and EditedMeanwhile."""
    version_id = await db.fetch_value("SELECT version_id FROM plan_item WHERE id = $1", item_id)
    if version_id is None:
        raise NotFound
    version = await draft_to_write(actor, version_id)
    item = await db.fetch_one("SELECT * FROM plan_item WHERE id = $1", item_id)
    if item is None:
        raise NotFound("Somebody took this out of the plan a moment ago.")
    if seen is not None and seen != item["edit"]:
        raise EditedMeanwhile("Somebody else", item["edit"])
    return version, item


async def _check(version: db.Row, draft: ItemDraft) -> None:
    check_item(draft, weeks_in(version["starts_on"], version["ends_on"]))
    if draft.provider_id is None and draft.need_id is None and draft.outcome_id is None:
        return
    told = await db.fetch_one(
        "SELECT $2::uuid IS NULL OR EXISTS (SELECT 1 FROM provider WHERE id = $2) AS provider,"
        "       $3::uuid IS NULL OR EXISTS (SELECT 1 FROM need WHERE id = $3 AND person_id = $1) AS need,"
        "       $4::uuid IS NULL OR EXISTS (SELECT 1 FROM outcome WHERE id = $4 AND person_id = $1) AS outcome,"
        "       EXISTS (SELECT 1 FROM ownership w WHERE w.provider_id = $2 AND w.council_id = $5"
        "                AND daterange(w.starts_on, w.ends_on) && daterange($6, $7)) AS in_house",
        version["person_id"],
        draft.provider_id,
        draft.need_id,
        draft.outcome_id,
        version["council_id"],
        version["starts_on"],
        version["ends_on"],
    )
    assert told is not None  # noqa: S101 - a row without FROM
    wrong = {
        name: words
        for name, words in (
            ("provider", "Choose a provider from the list"),
            ("need", "Choose one of the person’s needs"),
            ("outcome", "Choose one of the person’s outcomes"),
        )
        if not told[name]
    }
    if told["in_house"] and draft.paid_from in (PaidFrom.DIRECT_PAYMENT, PaidFrom.ISF):
        # A council cannot pay itself (`rules.md` 1): better said while the plan is written than at the first booking.
        wrong["paid_from"] = (
            "You cannot pay this from a direct payment or an ISF, because the service belongs to the council."
            " You can choose the money that the council manages"
        )
    if wrong:
        raise Invalid(wrong)


def _values(draft: ItemDraft) -> dict[str, Any]:
    return {
        "need_id": draft.need_id,
        "outcome_id": draft.outcome_id,
        "title": draft.title.strip(),
        "what": draft.what.strip(),
        "category": None if draft.category is None else str(draft.category),
        "provider_id": draft.provider_id,
        "cost_pence": draft.cost.pence,
        "times": draft.times,
        "frequency": str(draft.frequency),
        "weeks": draft.weeks,
        "paid_from": str(draft.paid_from),
    }


async def _tell(
    actor: Actor,
    action: str,
    version_id: UUID,
    *,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    await audit.record(actor, action, "plan_version", version_id, before=before, after=after)
