"""Makes any text fit to print in a document that promises to be readable for decades (PDF/A-3a, PDF/UA-1).

Both standards refuse a character that the fonts in the document cannot draw. We print with the fonts that
come inside Typst, so such a character is printed by its name: 🎵 becomes `[musical note]`. Pure.
"""

import unicodedata
from bisect import bisect_right
from typing import Final

# What Libertinus Serif, with DejaVu Sans Mono and New Computer Modern behind it, draws without a gap: first
# and last character. A test prints every one of them, so a new Typst with other fonts is noticed.
DRAWABLE: Final = (
    (0x0020, 0x04FF),  # Latin, phonetic letters, combining marks, Greek, Cyrillic
    (0x05D0, 0x05EA),  # Hebrew letters
    (0x060C, 0x060C),
    (0x0621, 0x063A),  # Arabic letters
    (0x0640, 0x0652),
    (0x0660, 0x066D),
    (0x06F0, 0x06F9),
    (0x0900, 0x097F),  # Devanagari
    (0x1E00, 0x1FFF),  # more Latin (Welsh, Vietnamese), more Greek
    (0x2010, 0x2027),  # dashes, quotation marks
    (0x2030, 0x205E),
    (0x20A0, 0x20BF),  # currencies
    (0x2100, 0x2151),
    (0x2190, 0x22FF),  # arrows, mathematics
    (0x2500, 0x25FF),  # lines and shapes
)
_FIRSTS: Final = [first for first, _ in DRAWABLE]


def drawable(character: str) -> bool:
    """Whether the fonts inside Typst have this character."""
    place = bisect_right(_FIRSTS, ord(character)) - 1
    return place >= 0 and ord(character) <= DRAWABLE[place][1] and unicodedata.category(character)[0] != "C"


def printable(text: str) -> str:
    """The text with each gap in it one space, what cannot be seen left out, and what cannot be drawn named.

    Invisible characters go, because they can hide text or turn the reading direction of figures beside them.
    """
    return " ".join("".join(map(_printed, unicodedata.normalize("NFC", text))).split())


def _printed(character: str) -> str:
    if character.isspace():
        return " "
    if drawable(character):
        return character
    if unicodedata.category(character) in ("Cc", "Cf", "Mn"):
        return ""
    name = unicodedata.name(character, "")
    return f"[{name.lower()}]" if name else f"[U+{ord(character):04X}]"
