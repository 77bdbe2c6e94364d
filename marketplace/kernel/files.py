"""Evidence that people send: known by its content, kept outside every web root, told only to those who may see it.

A row and its bytes belong together: the bytes are whole on the disk before the row is written, and whatever lies there
without a row (a refused change, a crash) is swept away a day later.
"""

import hashlib
import os
import re
import tempfile
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

import anyio
from litestar.datastructures import UploadFile
from litestar.response import File

from marketplace.kernel import audit, clock, db
from marketplace.kernel.errors import Invalid
from marketplace.kernel.ids import new_id
from marketplace.kernel.pictures import jpeg_size, png_size
from marketplace.kernel.settings import settings

MOST_BYTES = 10 * 1024 * 1024
BODY_MOST = 32 * 1024 * 1024
"""What a form with a file may weigh in all (`request_max_body_size`): a file that is too big is read and refused with
words beside what was typed, and only far beyond that is the whole request refused."""
CHUNK = 64 * 1024
MOST_SIDE, MOST_PIXELS = 20_000, 120_000_000
KEPT_WITHOUT_ROW = timedelta(days=1)

CHOOSE_AGAIN = "Choose the file again. It was not kept, because something else has to change first"


class FileKind(StrEnum):
    """What a file may be."""

    PDF = "application/pdf"
    JPEG = "image/jpeg"
    PNG = "image/png"

    @property
    def ending(self) -> str:
        """How the name of such a file ends."""
        return {"application/pdf": ".pdf", "image/jpeg": ".jpg", "image/png": ".png"}[self.value]


_SAME = {
    "application/x-pdf": FileKind.PDF,
    "image/jpg": FileKind.JPEG,
    "image/pjpeg": FileKind.JPEG,
    "image/x-png": FileKind.PNG,
}
_SAYS_NOTHING = frozenset({"", "application/octet-stream", "binary/octet-stream"})


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A kept file, about a person or an organisation; `path` is where its bytes lie."""

    id: UUID
    person_id: UUID | None
    organisation_id: UUID | None
    purpose: str
    name: str
    kind: FileKind
    size_bytes: int
    sha256: str

    @property
    def path(self) -> Path:
        """Where the bytes lie."""
        return path_of(self.id)


def folder() -> Path:
    """The folder of all kept files: beside the data, never below anything that is served as static files."""
    return settings().var_dir / "files"


def path_of(file_id: UUID) -> Path:
    """Where the bytes of a file lie."""
    return folder() / str(file_id)[:2] / str(file_id)


async def keep(
    who: audit.Who,
    upload: UploadFile,
    *,
    person_id: UUID | None = None,
    organisation_id: UUID | None = None,
    purpose: str,
    field: str = "file",
) -> UUID:
    """Keep a PDF, JPEG or PNG of at most 10 MB about a person or an organisation; joins the open unit of work.

    One of the two is said: the database refuses both or neither. Whether `who` may is asked by the command that calls
    this. Raises Invalid at `field` for anything else.
    """
    file_id = new_id()
    draft = await receive(upload, field)
    try:
        kind = await anyio.to_thread.run_sync(_checked_kind, draft.path, field)
        _check_declared(upload, kind, field)
        async with db.unit_of_work():
            await anyio.to_thread.run_sync(_settle, draft.path, path_of(file_id))
            await db.execute(
                "INSERT INTO stored_file (id, person_id, organisation_id, purpose, name, kind, size_bytes, sha256,"
                " kept_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
                file_id,
                person_id,
                organisation_id,
                purpose,
                harmless_name(upload.filename, kind),
                str(kind),
                draft.size_bytes,
                draft.sha256,
                who.user_id,
            )
            about = {"person": person_id} if person_id else {"organisation": organisation_id}
            await audit.record(who, "file.kept", "stored_file", file_id, after={**about, "purpose": purpose})
    finally:
        draft.path.unlink(missing_ok=True)
    return file_id


async def find(file_id: UUID) -> StoredFile | None:
    """A kept file. Whether somebody may see whom it is about is asked by whoever calls this."""
    row = await db.fetch_one(
        "SELECT id, person_id, organisation_id, purpose, name, kind, size_bytes, sha256 FROM stored_file WHERE id = $1",
        file_id,
    )
    return None if row is None else StoredFile(**{**row, "kind": FileKind(row["kind"])})


def given_back(stored: StoredFile) -> File:
    """The answer that gives a file to somebody who may see it: to save, never to run in the page or to be cached."""
    return File(
        stored.path,
        filename=stored.name,
        media_type=str(stored.kind),
        content_disposition_type="attachment",
        headers={
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "Cache-Control": "private, no-store",
        },
    )


async def sweep() -> int:
    """Remove what lies in the folder for a day without a row; answers how many files went."""
    cut = (clock.now() - KEPT_WITHOUT_ROW).timestamp()
    old = await anyio.to_thread.run_sync(_older_than, cut)
    known = {
        row["id"]
        for row in await db.fetch_all(
            "SELECT id FROM stored_file WHERE id = ANY ($1::uuid[])",
            [file_id for file_id in old.values() if file_id],
        )
    }
    gone = [path for path, file_id in old.items() if file_id not in known]
    for path in gone:
        path.unlink(missing_ok=True)
    return len(gone)


def harmless_name(typed: str, kind: FileKind) -> str:
    """A file's name as it may be shown and given back: no path, no odd characters, its true ending."""
    stem = re.split(r"[/\\]", typed)[-1]
    stem = re.sub(r"\.(pdf|jpe?g|png)$", "", stem, flags=re.IGNORECASE)
    stem = re.sub(r"[^\w \-]+", "-", stem).strip(" -_")[:80].strip()
    return (stem or "file") + kind.ending


@dataclass(frozen=True, slots=True)
class Draft:
    """What was sent, whole on the disk under a name that nobody knows; whoever received it removes it."""

    path: Path
    size_bytes: int
    sha256: str


async def receive(upload: UploadFile, field: str) -> Draft:
    """The bytes under a temporary name, read piece by piece, never more of them than may be kept.

    Raises Invalid at `field` when it is too big or empty.
    """
    incoming = folder() / "incoming"
    await anyio.to_thread.run_sync(_make_private, incoming)
    handle, name = tempfile.mkstemp(dir=incoming)  # 0600, and nobody else's.
    told, size = hashlib.sha256(), 0
    try:
        with os.fdopen(handle, "wb") as out:
            await upload.seek(0)
            while piece := await upload.read(CHUNK):
                size += len(piece)
                if size > MOST_BYTES:
                    raise Invalid({field: "This file is too big. Choose one of 10 MB or less"})
                told.update(piece)
                await anyio.to_thread.run_sync(out.write, piece)
            await anyio.to_thread.run_sync(_flush, out)
        if not size:
            raise Invalid({field: "This file is empty. Choose another one"})
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return Draft(Path(name), size, told.hexdigest())


def _make_private(path: Path) -> None:
    path.mkdir(mode=0o700, parents=True, exist_ok=True)


def _flush(out: BinaryIO) -> None:
    out.flush()
    os.fsync(out.fileno())


def _settle(draft: Path, target: Path) -> None:
    _make_private(target.parent)
    draft.chmod(0o600)
    draft.rename(target)


def _checked_kind(path: Path, field: str) -> FileKind:
    """What the bytes are. Only headers are read: nothing is unpacked. Raises Invalid."""
    with path.open("rb") as file:
        start = file.read(16)
        if start.startswith(b"%PDF-"):
            return FileKind.PDF
        if start.startswith(b"\x89PNG\r\n\x1a\n"):
            kind, size = FileKind.PNG, png_size(file)
        elif start.startswith(b"\xff\xd8\xff"):
            kind, size = FileKind.JPEG, jpeg_size(file)
        else:
            raise Invalid({field: "Choose a PDF, or a picture (JPEG or PNG). This file is none of them"})
    if size is None or not all(size):
        raise Invalid({field: "This picture is damaged. Choose another one"})
    if max(size) > MOST_SIDE or size[0] * size[1] > MOST_PIXELS:
        raise Invalid({field: "This picture has too many dots. Choose a smaller one"})
    return kind


def _check_declared(upload: UploadFile, kind: FileKind, field: str) -> None:
    """A file that says it is something else than it is, is refused. Raises Invalid."""
    said = upload.content_type.partition(";")[0].strip().lower()
    if upload.headers and "content-type" not in {name.lower() for name in upload.headers}:
        said = ""  # The sender said nothing; the framework filled the gap.
    if said not in _SAYS_NOTHING and _SAME.get(said, said) != kind:
        raise Invalid({field: "This file is not what it says it is. Choose a PDF, JPEG or PNG"})


def _older_than(cut: float) -> dict[Path, UUID | None]:
    found: dict[Path, UUID | None] = {}
    for path in folder().glob("*/*"):
        try:
            if path.stat().st_mtime >= cut:
                continue
        except FileNotFoundError:
            continue
        try:
            found[path] = UUID(path.name)
        except ValueError:
            found[path] = None
    return found
