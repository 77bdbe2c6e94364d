"""Pictures of activities: what is taken, what is made of it, who sees it, and files that lie."""

import io
import os
import struct
import zlib
from typing import Any

import httpx
import pytest
from litestar.datastructures import UploadFile
from PIL import Image, ImageCms

from marketplace.kernel import clock, db, files
from marketplace.kernel.errors import Invalid, NotFound
from marketplace.kernel.ids import new_id
from providers.commands import archive_activity
from providers.pictures.commands import (
    add_picture,
    copy_of,
    describe_picture,
    folder_of,
    place_picture,
    remove_picture,
    sweep_pictures,
)
from providers.pictures.queries import pictures_of
from tests.asking import send, sign_in
from tests.world import World

Client = httpx.AsyncClient
ALT = "People plant beans"


def drawn(kind: str = "JPEG", size: tuple[int, int] = (800, 600), **told: Any) -> bytes:
    """A picture that is red on its left and blue on its right."""
    picture = Image.new("RGB", size, "red")
    picture.paste((0, 0, 255), (size[0] // 2, 0, size[0], size[1]))
    out = io.BytesIO()
    picture.save(out, kind, **told)
    return out.getvalue()


def dot(picture: Image.Image, x: int, y: int) -> tuple[int, ...]:
    """The colours of one dot."""
    found = picture.getpixel((x, y))
    assert isinstance(found, tuple)
    return found


def sent(content: bytes, said: str = "image/jpeg", name: str = "photo.jpg") -> UploadFile:
    return UploadFile(content_type=said, filename=name, file_data=content, headers={"content-type": said})


def png(width: int, height: int, data: bytes, *more: tuple[bytes, bytes]) -> bytes:
    """A PNG of these chunks, whatever they say."""
    chunks = [
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
        *more,
        (b"IDAT", data),
        (b"IEND", b""),
    ]
    body = b"".join(
        struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        for kind, content in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + body


async def refused(world: World, content: bytes, said: str = "image/jpeg") -> str:
    activity = await world.activity()
    with pytest.raises(Invalid) as refusal:
        await add_picture(world.manager, activity, sent(content, said), ALT)
    assert await pictures_of(activity) == []
    assert not list(files.folder().glob("incoming/*"))
    return refusal.value.fields["picture"]


@pytest.mark.row("P3")
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
async def test_a_picture_is_made_anew_in_a_few_widths(world: World, kind: str) -> None:
    activity = await world.activity()
    picture_id = await add_picture(
        world.manager,
        activity,
        sent(drawn(kind, (1000, 500)), f"image/{kind.lower()}"),
        "  People\n plant  beans ",
    )
    (picture,) = await pictures_of(activity)
    assert (picture.alt, picture.width, picture.height, picture.widths) == (ALT, 1000, 500, [320, 640, 1000])
    for width in picture.widths:
        with Image.open(copy_of(picture_id, width)) as copy:
            assert (copy.format, copy.size) == ("JPEG", (width, width // 2))
            left, right = dot(copy, 5, 5), dot(copy, width - 5, 5)
            assert left[0] > 200
            assert left[2] < 50
            assert right[2] > 200
            assert right[0] < 50


@pytest.mark.row("P3")
async def test_where_and_when_it_was_taken_is_gone_and_it_stands_upright(world: World) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # lies on its side
    exif[0x010F] = "SECRET CAMERA"
    exif.get_ifd(0x8825)[2] = (53.0, 15.0, 30.0)  # latitude
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    content = drawn(exif=exif, icc_profile=profile, comment=b"SECRET WORDS")
    assert b"SECRET CAMERA" in content
    activity = await world.activity()
    picture_id = await add_picture(world.manager, activity, sent(content), ALT)
    (picture,) = await pictures_of(activity)
    assert (picture.width, picture.height) == (600, 800)
    for width in picture.widths:
        kept = copy_of(picture_id, width).read_bytes()
        assert b"SECRET" not in kept
        assert b"Exif" not in kept
        assert b"ICC_PROFILE" not in kept
        with Image.open(io.BytesIO(kept)) as copy:
            assert not copy.getexif()
            assert not {"exif", "icc_profile", "comment"} & set(copy.info)
            assert dot(copy, 5, 5)[0] > 200, "red, which was on the left, is on top"
            assert dot(copy, 5, copy.height - 5)[2] > 200


@pytest.mark.row("P3")
async def test_what_shows_through_stands_on_white(world: World) -> None:
    out = io.BytesIO()
    Image.new("RGBA", (300, 300), (0, 0, 0, 0)).save(out, "PNG")
    activity = await world.activity()
    picture_id = await add_picture(world.manager, activity, sent(out.getvalue(), "image/png"), ALT)
    with Image.open(copy_of(picture_id, 300)) as copy:
        assert dot(copy, 150, 150) == (255, 255, 255)


@pytest.mark.row("P3")
async def test_a_png_of_20000_by_20000_is_refused_before_it_is_unpacked(world: World) -> None:
    few = png(20_000, 20_000, zlib.compress(b"\0" * 100))
    assert len(few) < 200
    assert await refused(world, few, "image/png") == "This picture has too many dots. Choose a smaller one"
    long = png(19_999, 9_000, zlib.compress(b"\0" * 100))
    assert "too many dots" in await refused(world, long, "image/png")


@pytest.mark.row("P3")
async def test_a_bomb_in_a_small_picture_is_not_unpacked_beyond_its_size(world: World) -> None:
    rows = zlib.compress(b"\0" * 200_000_000, 9)
    words = b"zTXt", b"bomb\0\0" + rows
    assert len(rows) < 300_000
    assert "damaged" in await refused(world, png(300, 300, b"", words), "image/png")
    # More dots than the header says are never made: what is kept is as large as it said.
    activity = await world.activity()
    picture_id = await add_picture(world.manager, activity, sent(png(300, 300, rows), "image/png"), ALT)
    with Image.open(copy_of(picture_id, 300)) as copy:
        assert copy.size == (300, 300)


@pytest.mark.row("P3")
@pytest.mark.parametrize(
    ("content", "said", "words"),
    [
        (b"%PDF-1.7 not a picture", "image/jpeg", "This file is none of them"),
        (
            b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
            "image/png",
            "none of them",
        ),
        (drawn(), "text/html", "This file is none of them"),
        (b"\xff\xd8\xff\xe0 and then nothing", "image/jpeg", "damaged"),
        (drawn()[:4000], "image/jpeg", "damaged"),
        (drawn("PNG")[:200], "image/png", "damaged"),
        (b"RIFF\x10\0\0\0WEBPVP8X", "image/webp", "damaged"),
        (drawn(size=(199, 600)), "image/jpeg", "too small"),
    ],
)
async def test_files_that_lie_or_are_broken_are_refused_in_words(
    world: World, content: bytes, said: str, words: str
) -> None:
    assert words in await refused(world, content, said)


@pytest.mark.row("P3")
async def test_a_picture_that_moves_is_refused(world: World) -> None:
    out = io.BytesIO()
    frames = [Image.new("RGB", (300, 300), colour) for colour in ("red", "blue")]
    frames[0].save(out, "WEBP", save_all=True, append_images=frames[1:], duration=100)
    assert "moves" in await refused(world, out.getvalue(), "image/webp")


@pytest.mark.row("P3")
async def test_six_pictures_and_no_more_each_with_words(world: World) -> None:
    activity = await world.activity()
    with pytest.raises(Invalid) as wordless:
        await add_picture(world.manager, activity, sent(drawn()), "  ")
    assert list(wordless.value.fields) == ["alt"]
    for number in range(6):
        await add_picture(world.manager, activity, sent(drawn(size=(300, 300))), f"Picture {number}")
    with pytest.raises(Invalid) as full:
        await add_picture(world.manager, activity, sent(drawn()), ALT)
    assert "6 pictures already" in full.value.fields["picture"]
    order = [picture.id for picture in await pictures_of(activity)]
    await place_picture(world.manager, activity, order[5], 1)
    await remove_picture(world.manager, activity, order[0])
    assert not folder_of(order[0]).exists()
    left = await pictures_of(activity)
    assert [picture.id for picture in left] == [order[5], *order[1:5]]
    assert [picture.position for picture in left] == [1, 2, 3, 4, 5]


@pytest.mark.row("P3")
async def test_somebody_elses_pictures_are_not_there(world: World) -> None:
    activity = await world.activity()
    picture_id = await add_picture(world.manager, activity, sent(drawn()), ALT)
    mine = await world.activity(world.other_manager, title="Mine")
    for refused_one in (
        lambda: add_picture(world.other_manager, activity, sent(drawn()), ALT),
        lambda: describe_picture(world.other_manager, activity, picture_id, "Mine now"),
        lambda: remove_picture(world.other_manager, mine, picture_id),
        lambda: place_picture(world.other_manager, mine, picture_id, 1),
    ):
        with pytest.raises(NotFound):
            await refused_one()
    assert [picture.alt for picture in await pictures_of(activity)] == [ALT]


@pytest.mark.row("P3")
async def test_a_picture_is_for_everybody_while_its_activity_is_published(
    client: Client, world: World
) -> None:
    activity = await world.activity()
    await sign_in(client, world.manager)
    here = f"/provider/activities/{activity}/pictures"
    empty = await send(client, here, alt="")
    assert empty.status_code == 422
    added = await send(
        client, here, files={"picture": ("photo.jpg", drawn(), "image/jpeg")}, alt="People plant <beans>"
    )
    assert added.status_code == 303
    (picture,) = await pictures_of(activity)
    public = await client.get(f"/activities/{activity}")
    assert 'alt="People plant &lt;beans&gt;"' in public.text
    assert f'width="{picture.width}" height="{picture.height}"' in public.text
    assert picture.src(320) in (await client.get("/?q=garden")).text
    client.cookies.clear()
    shown = await client.get(picture.src(320))
    assert shown.status_code == 200
    assert shown.headers["content-type"] == "image/jpeg"
    assert shown.headers["x-content-type-options"] == "nosniff"
    assert shown.headers["cache-control"] == "public, max-age=31536000, immutable"
    for wrong in ("0000000000000000-320.jpg", f"{picture.sha256[:16]}-321.jpg", "..%2F..%2Fsecret"):
        assert (await client.get(f"/pictures/{picture.id}/{wrong}")).status_code == 404, wrong
    await archive_activity(world.manager, activity)
    assert (await client.get(picture.src(320))).status_code == 404
    await sign_in(client, world.other_manager)
    assert (await client.get(picture.src(320))).status_code == 404
    await sign_in(client, world.manager)
    own = await client.get(picture.src(320))
    assert (own.status_code, own.headers["cache-control"]) == (200, "private, no-store")


@pytest.mark.row("P3")
async def test_the_database_keeps_six_places_and_no_picture_without_words(world: World) -> None:
    activity = await world.activity()
    picture_id = await add_picture(world.manager, activity, sent(drawn()), ALT)
    for change in ("position = 7", "position = 0", "alt = ' '"):
        with pytest.raises(Exception, match="picture_"):
            await db.execute(f"UPDATE picture SET {change} WHERE id = $1", picture_id)


@pytest.mark.row("P3")
async def test_copies_that_a_crash_left_without_a_row_are_swept_a_day_later(world: World) -> None:
    await sweep_pictures()  # What an earlier run left here.
    kept = await add_picture(world.manager, await world.activity(), sent(drawn()), ALT)
    lost = new_id()
    folder_of(lost).mkdir(parents=True)
    copy_of(lost, 480).write_bytes(drawn())
    assert await sweep_pictures() == 0  # Somebody may be about to write its row.
    two_days_ago = clock.now().timestamp() - 2 * 86_400
    for each in (kept, lost):
        os.utime(folder_of(each), (two_days_ago, two_days_ago))
    assert await sweep_pictures() == 1
    assert (folder_of(kept).exists(), folder_of(lost).exists()) == (True, False)
