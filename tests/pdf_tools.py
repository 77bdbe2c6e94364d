"""Reads a PDF as its reader does: the words page by page, and what it tells a screen reader."""

import io
from dataclasses import dataclass
from typing import Any

from pypdf import PdfReader

ZERO_WIDTH_SPACE = "\u200b"  # where a word longer than its column may break


@dataclass(frozen=True, slots=True)
class PdfFacts:
    """What a PDF says about itself; the size in millimetres, `tags` the kinds of element in its structure."""

    title: str
    language: str
    marked: bool
    tags: frozenset[str]
    size_mm: tuple[int, int]
    pages: int
    shows_title: bool


def pages_of(pdf: bytes) -> list[str]:
    """The text of each page, each run of spaces and line ends as one space."""
    texts = [page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages]
    return [" ".join(text.replace(ZERO_WIDTH_SPACE, "").split()) for text in texts]


def text_of(pdf: bytes) -> str:
    """The text of all pages."""
    return " ".join(pages_of(pdf))


def unspaced(text: str) -> str:
    """The text without any space: for words that a narrow column breaks."""
    return "".join(text.replace(ZERO_WIDTH_SPACE, "").split())


def facts_of(pdf: bytes) -> PdfFacts:
    """The facts; a KeyError tells which of them the PDF lacks."""
    reader = PdfReader(io.BytesIO(pdf))
    root = reader.root_object
    box = reader.pages[0].mediabox
    return PdfFacts(
        title=str(reader.metadata.title) if reader.metadata else "",
        language=str(root["/Lang"]),
        marked=bool(root["/MarkInfo"]["/Marked"]),  # type: ignore[index]
        tags=frozenset(_tags(root["/StructTreeRoot"])),
        size_mm=(round(float(box.width) / 72 * 25.4), round(float(box.height) / 72 * 25.4)),
        pages=len(reader.pages),
        shows_title=bool(root.get("/ViewerPreferences", {}).get("/DisplayDocTitle")),
    )


def _tags(element: Any) -> set[str]:
    """The kinds of this structure element and of all below it."""
    found: set[str] = set()
    waiting = [element]
    while waiting:
        here = waiting.pop().get_object()
        if isinstance(here, list):
            waiting.extend(child for child in here if not isinstance(child, int))
        elif "/K" in here:
            found.add(str(here.get("/S", "")))
            kids = here["/K"]
            waiting.extend([] if isinstance(kids, int) else [kids])
    return found - {""}
