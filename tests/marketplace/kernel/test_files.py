"""What may be kept as evidence: told by its bytes, bounded, out of reach, and swept when nothing points at it."""

import os
import stat
import struct
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest
from litestar.datastructures import UploadFile

from marketplace.kernel import db, files
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.errors import Invalid
from marketplace.kernel.files import FileKind, harmless_name
from marketplace.kernel.ids import new_id
from marketplace.kernel.settings import ROOT, settings
from tests.asking import Client, sign_in
from tests.world import World

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"


def png(width: int, height: int) -> bytes:
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))


def jpeg(width: int, height: int, before: bytes = b"") -> bytes:
    frame = b"\x08" + struct.pack(">HH", height, width) + b"\x01\x01\x11\x00"
    return b"\xff\xd8" + before + b"\xff\xc0" + struct.pack(">H", len(frame) + 2) + frame + b"\xff\xd9"


@pytest.fixture(autouse=True)
def folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Files of a test lie in a folder of the test."""
    monkeypatch.setenv("VAR_DIR", str(tmp_path))
    settings.cache_clear()
    yield
    monkeypatch.undo()
    settings.cache_clear()


def upload(content: bytes, kind: str = "", name: str = "letter.pdf") -> UploadFile:
    return UploadFile(content_type=kind, filename=name, file_data=content)


async def kept(world: World, content: bytes, kind: str = "", name: str = "letter.pdf") -> files.StoredFile:
    file_id = await files.keep(SYSTEM, upload(content, kind, name), person_id=world.emma, purpose="test")
    found = await files.find(file_id)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("content", "declared", "kind"),
    [
        (PDF, "application/pdf", FileKind.PDF),
        (PDF, "application/octet-stream", FileKind.PDF),
        (PDF, "", FileKind.PDF),
        (png(800, 600), "image/png", FileKind.PNG),
        (jpeg(4000, 3000), "image/jpeg", FileKind.JPEG),
        (jpeg(4000, 3000, b"\xff\xe1\x00\x08Exif\x00\x00"), "image/jpg", FileKind.JPEG),
    ],
)
async def test_a_file_is_known_by_its_bytes(
    world: World, content: bytes, declared: str, kind: FileKind
) -> None:
    found = await kept(world, content, declared, "x.txt")
    assert (found.kind, found.size_bytes) == (kind, len(content))
    assert found.path.read_bytes() == content
    assert found.name == f"x-txt{kind.ending}"


@pytest.mark.parametrize(
    ("content", "declared", "words"),
    [
        (b"", "application/pdf", "empty"),
        (b"<html><script>alert(1)</script>", "application/pdf", "none of them"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/svg+xml", "none of them"),
        (b" %PDF-1.7", "application/pdf", "none of them"),
        (PDF, "text/html", "not what it says"),
        (png(1, 1), "image/jpeg", "not what it says"),
        (png(60_000, 60_000), "image/png", "too many dots"),
        (jpeg(65_000, 2), "image/jpeg", "too many dots"),
        (png(0, 10), "image/png", "damaged"),
        (b"\x89PNG\r\n\x1a\n1234", "image/png", "damaged"),
        (b"\xff\xd8\xff\xd9", "image/jpeg", "damaged"),
        (b"\xff\xd8" + b"\xff\xe1\x00\x02" * 5000, "image/jpeg", "damaged"),
        (b"\xff\xd8\xff\xe1\x00\x00", "image/jpeg", "damaged"),
        (b"%PDF-" + b"x" * (10 * 1024 * 1024 - 4), "application/pdf", "too big"),
    ],
)
async def test_anything_else_is_refused_and_leaves_nothing(
    world: World, content: bytes, declared: str, words: str
) -> None:
    with pytest.raises(Invalid) as refused:
        await files.keep(
            SYSTEM, upload(content, declared), person_id=world.emma, purpose="test", field="evidence"
        )
    assert words in refused.value.fields["evidence"]
    assert [path for path in files.folder().rglob("*") if path.is_file()] == []
    assert await db.fetch_value("SELECT count(*) FROM stored_file") == 0


async def test_ten_megabytes_to_the_byte_are_kept(world: World) -> None:
    found = await kept(world, b"%PDF-" + b"x" * (10 * 1024 * 1024 - 5))
    assert found.size_bytes == 10 * 1024 * 1024


async def test_only_the_process_itself_can_read_the_bytes_and_no_web_root_holds_them(world: World) -> None:
    found = await kept(world, PDF)
    assert stat.S_IMODE(found.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(found.path.parent.stat().st_mode) == 0o700
    for root in (ROOT / "templates/static", ROOT / "node_modules/govuk-frontend/dist/govuk"):
        assert not found.path.is_relative_to(root)


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("letter.pdf", "letter.pdf"),
        ("../../../etc/passwd", "passwd.pdf"),
        ("C:\\Users\\x\\Scan 1.PDF", "Scan 1.pdf"),
        ('a"; filename="b.html', "a- filename- b-html.pdf".replace("= ", "=")),
        ("\r\nSet-Cookie: x", "Set-Cookie- x.pdf"),
        ("", "file.pdf"),
        ("....", "file.pdf"),
        ("Brief für Zoë.pdf", "Brief für Zoë.pdf"),
        ("x" * 300, "x" * 80 + ".pdf"),
    ],
)
def test_a_name_is_made_harmless(typed: str, name: str) -> None:
    made = harmless_name(typed, FileKind.PDF)
    assert not set(made) & set('/\\"\r\n<>;:')
    assert len(made) <= 84
    if "filename" not in typed:
        assert made == name


async def test_a_refused_change_keeps_no_row_and_its_bytes_are_swept(world: World) -> None:
    async def keep_and_fail() -> None:
        async with db.unit_of_work():
            await files.keep(SYSTEM, upload(PDF), person_id=world.emma, purpose="test")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await keep_and_fail()
    standing = await kept(world, PDF)
    assert await db.fetch_value("SELECT count(*) FROM stored_file") == 1
    (orphan,) = [path for path in files.folder().glob("??/*") if path != standing.path]
    assert await files.sweep() == 0  # Somebody may be about to write its row.
    draft = files.folder() / "incoming" / "left-behind"
    draft.write_bytes(b"half")
    for path in (orphan, standing.path, draft):
        os.utime(path, (time.time() - 90_000,) * 2)
    assert await files.sweep() == 2
    assert standing.path.exists()
    assert not orphan.exists()


async def test_what_was_kept_is_never_changed(world: World) -> None:
    await kept(world, PDF)
    with pytest.raises(Exception, match="append-only"):
        await db.execute("UPDATE stored_file SET name = 'x.pdf'")


async def test_what_is_not_there_is_not_found(world: World) -> None:
    assert await files.find(new_id()) is None


async def test_a_file_is_about_a_person_or_an_organisation_and_never_both_or_neither(world: World) -> None:
    file_id = await files.keep(SYSTEM, upload(PDF), organisation_id=world.harbour, purpose="test")
    found = await files.find(file_id)
    assert found is not None
    assert (found.person_id, found.organisation_id) == (None, world.harbour)
    for person, organisation in ((None, None), (world.emma, world.harbour)):
        with pytest.raises(asyncpg.CheckViolationError):
            await files.keep(
                SYSTEM, upload(PDF), person_id=person, organisation_id=organisation, purpose="test"
            )
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        await files.keep(SYSTEM, upload(PDF), organisation_id=new_id(), purpose="test")
    assert await db.fetch_value("SELECT count(*) FROM stored_file") == 1


async def test_a_file_about_an_organisation_is_not_given_by_the_address_of_files_about_people(
    world: World, client: Client
) -> None:
    file_id = await files.keep(SYSTEM, upload(PDF), organisation_id=world.harbour, purpose="test")
    for actor in (world.care_manager, world.broker, world.commissioner):
        await sign_in(client, actor)
        assert (await client.get(f"/files/{file_id}")).status_code in (403, 404)
