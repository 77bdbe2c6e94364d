"""What a picture may be, known by its own bytes before anything is unpacked: no decoding here."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO, Final
from uuid import UUID

from marketplace.kernel.errors import Invalid
from marketplace.kernel.pictures import jpeg_size, png_size

MOST_PICTURES: Final = 6
MOST_PIXELS: Final = 50_000_000
"""Fifty megapixels unpack to 150 MB: more than any telephone takes, and all that one process may spend."""
LEAST_SIDE, MOST_SIDE = 200, 20_000
WIDTHS: Final = (320, 640, 1280)
LONGEST_ALT: Final = 300
QUALITY: Final = 82

NOT_A_PICTURE: Final = "Choose a picture: JPEG, PNG or WebP. This file is none of them"
DAMAGED: Final = "This picture is damaged. Choose another one"
MOVING: Final = "This picture moves. Choose one that stands still"


def picture_src(picture_id: UUID, sha256: str, widths: Sequence[int], width: int) -> str:
    """The address of the smallest copy that is at least that wide; the address changes with the content."""
    fits = next((each for each in widths if each >= width), widths[-1])
    return f"/pictures/{picture_id}/{sha256[:16]}-{fits}.jpg"


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of an activity, as pages show it; the first one is the main one."""

    id: UUID
    activity_id: UUID
    position: int
    alt: str
    sha256: str
    width: int
    height: int
    widths: list[int]

    def src(self, width: int) -> str:
        """The address of the smallest copy that is at least that wide; the address changes with the content."""
        return picture_src(self.id, self.sha256, self.widths, width)

    @property
    def srcset(self) -> str:
        """Every copy with its width, for browsers to choose from."""
        return ", ".join(f"{self.src(width)} {width}w" for width in self.widths)


def check_alt(alt: str) -> str:
    """The words for those who cannot see it, without spaces around. Raises Invalid."""
    alt = " ".join(alt.replace("\x00", "").split())
    if not alt:
        raise Invalid({"alt": "Say what the picture shows, for people who cannot see it"})
    if len(alt) > LONGEST_ALT:
        raise Invalid({"alt": f"Use {LONGEST_ALT} characters or fewer"})
    return alt


def known_kind(file: BinaryIO) -> str:
    """`JPEG`, `PNG` or `WEBP`, by the bytes, with a size that may be unpacked. Raises Invalid at `picture`."""
    start = file.read(16)
    if start.startswith(b"\x89PNG\r\n\x1a\n"):
        kind, size = "PNG", png_size(file)
    elif start.startswith(b"\xff\xd8\xff"):
        kind, size = "JPEG", jpeg_size(file)
    elif start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        kind, size = "WEBP", webp_size(file)
    else:
        raise Invalid({"picture": NOT_A_PICTURE})
    if size is None or not all(size):
        raise Invalid({"picture": DAMAGED})
    check_size(size)
    return kind


def check_size(size: tuple[int, int]) -> None:
    """Raises Invalid for a picture of too many or too few dots."""
    if max(size) >= MOST_SIDE or size[0] * size[1] > MOST_PIXELS:
        raise Invalid({"picture": "This picture has too many dots. Choose a smaller one"})
    if min(size) < LEAST_SIDE:
        raise Invalid(
            {"picture": f"This picture is too small. Choose one of at least {LEAST_SIDE} dots each way"}
        )


def webp_size(file: BinaryIO) -> tuple[int, int] | None:
    """Width and height in dots of a WebP, by its first chunk; None when it does not say."""
    file.seek(12)
    head = file.read(18)
    if len(head) < 18:
        return None
    chunk, body = head[:4], head[8:]
    if chunk == b"VP8X":
        return 1 + int.from_bytes(body[4:7], "little"), 1 + int.from_bytes(body[7:10], "little")
    if chunk == b"VP8L" and body[0] == 0x2F:
        bits = int.from_bytes(body[1:5], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if chunk == b"VP8 " and body[3:6] == b"\x9d\x01\x2a":
        width, height = struct.unpack("<HH", body[6:10])
        return width & 0x3FFF, height & 0x3FFF
    return None
