"""How large a picture says it is: read from its header, so that nothing has to be unpacked to find out."""

import struct
from typing import BinaryIO

# Start-of-frame markers: every coding of JPEG, without the tables (C4), the extension (C8) and arithmetic (CC).
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_ALONE = frozenset({0x01, *range(0xD0, 0xD8)})
_MOST_SEGMENTS = 2000


def png_size(file: BinaryIO) -> tuple[int, int] | None:
    """Width and height in dots of a PNG, or None when its first chunk does not say."""
    file.seek(8)
    header = file.read(16)
    if len(header) < 16 or header[4:8] != b"IHDR":
        return None
    width, height = struct.unpack(">II", header[8:16])
    return width, height


def jpeg_size(file: BinaryIO) -> tuple[int, int] | None:
    """Width and height in dots of a JPEG, or None when no frame is found."""
    file.seek(2)
    for _ in range(_MOST_SEGMENTS):
        marker = _marker(file)
        if marker is None or marker in (0xD9, 0xDA):
            return None
        if marker in _ALONE:
            continue
        length = file.read(2)
        if len(length) < 2:
            return None
        rest = struct.unpack(">H", length)[0] - 2
        if marker in _FRAMES:
            frame = file.read(5)
            if len(frame) < 5:
                return None
            height, width = struct.unpack(">HH", frame[1:5])
            return width, height
        if rest < 0:
            return None
        file.seek(rest, 1)
    return None


def _marker(file: BinaryIO) -> int | None:
    """The next marker; fill bytes before it are skipped."""
    if file.read(1) != b"\xff":
        return None
    for _ in range(_MOST_SEGMENTS):
        byte = file.read(1)
        if byte != b"\xff":
            return byte[0] if byte else None
    return None
