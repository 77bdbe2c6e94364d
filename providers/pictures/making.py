"""A picture made anew from what was sent: upright, in a few widths, with nothing of the sender’s but its dots."""

import hashlib
import io
import struct
import threading
import warnings
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from marketplace.kernel.errors import Invalid
from providers.pictures.rules import DAMAGED, MOST_PIXELS, MOVING, QUALITY, WIDTHS, check_size, known_kind

if TYPE_CHECKING:
    from PIL.Image import Image as Pixels

# What unpacking takes is bounded for one picture, and so is how many are unpacked at once.
_AT_ONCE = threading.BoundedSemaphore(2)
_BROKEN = (OSError, SyntaxError, ValueError, EOFError, KeyError, IndexError, struct.error, zlib.error)


@dataclass(frozen=True, slots=True)
class Made:
    """The copies of a picture by width, and what is known of the widest."""

    copies: dict[int, bytes]
    width: int
    height: int

    @property
    def sha256(self) -> str:
        """The hash of every copy together: another content, another address."""
        return hashlib.sha256(b"".join(self.copies[width] for width in sorted(self.copies))).hexdigest()


def make(path: Path) -> Made:
    """Make the copies of a picture that lies at a path. Raises Invalid at `picture`, in words.

    Blocking, and heavy: call it in a thread.
    """
    with path.open("rb") as file:
        kind = known_kind(file)
    with _AT_ONCE:
        pixels = _decoded(path, kind)
        copies = {width: _encoded(pixels, width) for width in _widths(pixels.width)}
    widest = max(copies)
    return Made(copies, widest, max(1, round(pixels.height * widest / pixels.width)))


def _widths(own: int) -> list[int]:
    """The widths to make: never wider than the picture itself is."""
    return (
        [*(width for width in WIDTHS if width < own), min(own, WIDTHS[-1])]
        if own < WIDTHS[-1]
        else list(WIDTHS)
    )


def _decoded(path: Path, kind: str) -> "Pixels":
    from PIL import Image, ImageOps

    try:
        # Headers may say one thing and the dots another: both are measured, and a warning is a refusal.
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path, formats=[kind]) as opened:
                check_size(opened.size)
                if getattr(opened, "n_frames", 1) > 1:
                    raise Invalid({"picture": MOVING})
                opened.draft("RGB", (WIDTHS[-1] * 2, WIDTHS[-1] * 2))
                opened.load()
                upright = ImageOps.exif_transpose(opened)
                return _flat(_in_srgb(upright))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Invalid(
            {"picture": f"This picture has more than {MOST_PIXELS // 1_000_000} million dots"}
        ) from None
    except _BROKEN as failure:
        raise Invalid({"picture": DAMAGED}) from failure


def _in_srgb(pixels: "Pixels") -> "Pixels":
    """Colours as every screen understands them; what cannot be translated stays as it is."""
    from PIL import ImageCms

    profile = pixels.info.get("icc_profile")
    if not profile or pixels.mode not in ("RGB", "RGBA", "CMYK", "L"):
        return pixels
    try:
        own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        mode = "RGBA" if pixels.mode == "RGBA" else "RGB"
        turned = ImageCms.profileToProfile(pixels, own, ImageCms.createProfile("sRGB"), outputMode=mode)
    except (ImageCms.PyCMSError, *_BROKEN):
        return pixels
    return turned or pixels


def _flat(pixels: "Pixels") -> "Pixels":
    """On white, in three colours: nothing shows through."""
    from PIL import Image

    if pixels.mode in ("RGBA", "LA", "PA") or "transparency" in pixels.info:
        clear = pixels.convert("RGBA")
        white = Image.new("RGB", clear.size, "white")
        white.paste(clear, mask=clear.getchannel("A"))
        return white
    return pixels.convert("RGB")


def _encoded(pixels: "Pixels", width: int) -> bytes:
    from PIL import Image

    height = max(1, round(pixels.height * width / pixels.width))
    small = pixels if width == pixels.width else pixels.resize((width, height), Image.Resampling.LANCZOS)
    clean = Image.frombytes("RGB", small.size, small.tobytes())  # dots only: no profile, no place, no words
    out = io.BytesIO()
    clean.save(out, "JPEG", quality=QUALITY, progressive=True, optimize=True)
    return out.getvalue()
