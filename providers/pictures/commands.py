"""Adding, describing, ordering and removing the pictures of an activity (requirement P3)."""

import shutil
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import anyio
from litestar.datastructures import UploadFile

from marketplace.identity.access import Actor
from marketplace.kernel import audit, clock, db, files
from marketplace.kernel.errors import Invalid, NotFound
from marketplace.kernel.ids import new_id
from marketplace.kernel.settings import settings
from providers.access import require_activity
from providers.pictures.making import Made, make
from providers.pictures.queries import pictures_of
from providers.pictures.rules import MOST_PICTURES, NOT_A_PICTURE, Picture, check_alt

ENOUGH = f"There are {MOST_PICTURES} pictures already. Remove one first"
_SAID = frozenset({"image/jpeg", "image/jpg", "image/pjpeg", "image/png", "image/x-png", "image/webp"})
_SAYS_NOTHING = frozenset({"", "application/octet-stream", "binary/octet-stream"})


KEPT_WITHOUT_ROW = timedelta(days=1)


def _all_pictures() -> Path:
    return settings().var_dir / "pictures"


def folder_of(picture_id: UUID) -> Path:
    """Where the copies of a picture lie: beside the data, never below anything that is served as static files."""
    return _all_pictures() / str(picture_id)[:2] / str(picture_id)


def copy_of(picture_id: UUID, width: int) -> Path:
    """Where one copy lies."""
    return folder_of(picture_id) / f"{width}.jpg"


async def add_picture(actor: Actor, activity_id: UUID, upload: UploadFile | None, alt: str) -> UUID:
    """Make a picture anew from a file, as the last one of an activity.

    Raises Invalid at `picture` or `alt`; NotFound when the activity is another's.
    """
    async with db.unit_of_work():
        await require_activity(actor, activity_id)
        await _check_room(activity_id)
    alt = check_alt(alt)
    if upload is None or not upload.filename:
        raise Invalid({"picture": "Choose a picture"})
    said = upload.content_type.partition(";")[0].strip().lower()
    if said not in _SAID | _SAYS_NOTHING:
        raise Invalid({"picture": NOT_A_PICTURE})
    draft = await files.receive(upload, "picture")
    try:
        made = await anyio.to_thread.run_sync(make, draft.path)
    finally:
        draft.path.unlink(missing_ok=True)
    return await _keep(actor, activity_id, made, alt)


async def _check_room(activity_id: UUID) -> int:
    kept: int = await db.fetch_value("SELECT count(*) FROM picture WHERE activity_id = $1", activity_id)
    if kept >= MOST_PICTURES:
        raise Invalid({"picture": ENOUGH})
    return kept


async def _keep(actor: Actor, activity_id: UUID, made: Made, alt: str) -> UUID:
    picture_id = new_id()
    try:
        async with db.unit_of_work():
            await require_activity(actor, activity_id)
            kept = await _check_room(activity_id)
            await anyio.to_thread.run_sync(_write, picture_id, made)
            await db.execute(
                "INSERT INTO picture (id, activity_id, position, alt, sha256, width, height, widths, added_at)"
                " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
                picture_id,
                activity_id,
                kept + 1,
                alt,
                made.sha256,
                made.width,
                made.height,
                sorted(made.copies),
                clock.now(),
            )
            await audit.record(
                actor, "picture.added", "activity", activity_id, after={"picture": picture_id, "alt": alt}
            )
    except BaseException:
        # Without its row nobody would ever find it.
        shutil.rmtree(folder_of(picture_id), ignore_errors=True)
        raise
    return picture_id


def _write(picture_id: UUID, made: Made) -> None:
    folder_of(picture_id).mkdir(mode=0o700, parents=True)
    for width, content in made.copies.items():
        copy_of(picture_id, width).write_bytes(content)


async def _own(actor: Actor, activity_id: UUID, picture_id: UUID) -> tuple[list[Picture], Picture]:
    """The pictures of the actor's own activity, which is locked, and the one that is meant. Raises NotFound."""
    await require_activity(actor, activity_id)
    pictures = await pictures_of(activity_id)
    found = next((picture for picture in pictures if picture.id == picture_id), None)
    if found is None:
        raise NotFound
    return pictures, found


async def describe_picture(actor: Actor, activity_id: UUID, picture_id: UUID, alt: str) -> None:
    """Change the words for those who cannot see it. Raises Invalid or NotFound."""
    alt = check_alt(alt)
    async with db.unit_of_work():
        _, found = await _own(actor, activity_id, picture_id)
        await db.execute("UPDATE picture SET alt = $2 WHERE id = $1", picture_id, alt)
        await audit.record(
            actor,
            "picture.described",
            "activity",
            activity_id,
            before={"picture": picture_id, "alt": found.alt},
            after={"alt": alt},
        )


async def place_picture(actor: Actor, activity_id: UUID, picture_id: UUID, position: int) -> None:
    """Move a picture to a place, from 1: the first is the main one. Raises NotFound."""
    async with db.unit_of_work():
        pictures, found = await _own(actor, activity_id, picture_id)
        order = [picture.id for picture in pictures if picture.id != picture_id]
        order.insert(max(0, position - 1), picture_id)
        await _write_order(order)
        await audit.record(
            actor,
            "picture.moved",
            "activity",
            activity_id,
            before={"picture": picture_id, "position": found.position},
            after={"position": order.index(picture_id) + 1},
        )


async def remove_picture(actor: Actor, activity_id: UUID, picture_id: UUID) -> None:
    """Take a picture away for good; the others move up. Raises NotFound."""
    async with db.unit_of_work():
        pictures, found = await _own(actor, activity_id, picture_id)
        await db.execute("DELETE FROM picture WHERE id = $1", picture_id)
        await _write_order([picture.id for picture in pictures if picture.id != picture_id])
        await audit.record(
            actor,
            "picture.removed",
            "activity",
            activity_id,
            before={"picture": picture_id, "alt": found.alt},
        )
    await anyio.to_thread.run_sync(lambda: shutil.rmtree(folder_of(picture_id), ignore_errors=True))


async def _write_order(order: list[UUID]) -> None:
    await db.execute(
        "UPDATE picture p SET position = n.position FROM unnest($1::uuid[]) WITH ORDINALITY AS n (id, position)"
        " WHERE p.id = n.id AND p.position <> n.position",
        order,
    )


async def sweep_pictures() -> int:
    """Remove folders that lie there for a day without a row, after a crash between the two; answers how many went."""
    cut = (clock.now() - KEPT_WITHOUT_ROW).timestamp()
    old = await anyio.to_thread.run_sync(_older_than, cut)
    known = await db.fetch_all("SELECT id FROM picture WHERE id = ANY ($1::uuid[])", list(old))
    gone = [old[picture_id] for picture_id in old.keys() - {row["id"] for row in known}]
    await anyio.to_thread.run_sync(_remove, gone)
    return len(gone)


def _older_than(cut: float) -> dict[UUID, Path]:
    """The folders of pictures, and only those: whatever else somebody put there is not ours to remove."""
    found: dict[UUID, Path] = {}
    for path in _all_pictures().glob("*/*"):
        try:
            if path.is_dir() and path.stat().st_mtime < cut:
                found[UUID(path.name)] = path
        except (FileNotFoundError, ValueError):
            continue
    return found


def _remove(folders: list[Path]) -> None:
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
