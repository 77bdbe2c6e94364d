"""Prints a document: words in, a tagged PDF out (PDF/A-3a and PDF/UA-1).

The layouts are in `templates/documents/`. Everything they print reaches them as JSON, already worded, so that nothing
anybody typed can become part of their source. No font of the machine is used: the same words give the same bytes
everywhere. The pictures beside Easy Read words are the files that the pages show.
"""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from functools import cache, partial
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

import anyio
import typst

from marketplace.kernel.printable import printable
from marketplace.kernel.settings import ROOT

if TYPE_CHECKING:
    from typst import PDFStandard  # only its type stubs have it

TEMPLATES: Final = ROOT / "templates"
LAYOUTS: Final = TEMPLATES / "documents"
# Letters that look alike are drawn apart; npm installs it (`docs/decisions/0010-documents-people-can-read.md`).
FONTS: Final = ROOT / "node_modules/@expo-google-fonts/atkinson-hyperlegible"
PICTURES: Final = TEMPLATES / "static/pictures"
PDF_STANDARDS: "Final[list[PDFStandard]]" = ["a-3a", "ua-1"]

_one_at_a_time = Lock()  # a Typst compiler refuses a second caller while it works


def _printable(words: Any) -> Any:
    """Every text inside made fit to print."""
    if isinstance(words, str):
        return printable(words)
    if isinstance(words, Mapping):
        return {name: _printable(value) for name, value in words.items()}
    return [_printable(value) for value in words] if isinstance(words, list | tuple) else words


def inputs_of(data: Mapping[str, Any], *, title: str, made_on: date, language: str) -> dict[str, str]:
    """What a layout reads as `sys.inputs`: one JSON text, with `title`, `made` (year, month, day) and `language`."""
    made = [made_on.year, made_on.month, made_on.day]
    document = {**_printable(data), "title": printable(title), "made": made, "language": language}
    return {"document": json.dumps(document, ensure_ascii=False)}


@cache
def compiler(layout: str) -> typst.Compiler:
    """The compiler of one layout, fonts and sources read once for each process."""
    return typst.Compiler(LAYOUTS / layout, root=TEMPLATES, font_paths=[FONTS], ignore_system_fonts=True)


def typeset_here(
    layout: str,
    data: Mapping[str, Any],
    *,
    title: str,
    made_on: date,
    language: str = "en-GB",
    attached: str | None = None,
) -> bytes:
    """The document as PDF, made in this thread: for jobs and worker processes; handlers call `typeset`.

    `layout` is a file of `templates/documents/`. The same values give the same bytes. `attached` is a text that the
    layout puts into the PDF as a file. It keeps a processor busy for some 10 ms, more for many lines. Raises
    typst.TypstError when the layout lacks something.
    """
    inputs = inputs_of(data, title=title, made_on=made_on, language=language)
    if attached is not None:
        inputs["attached"] = attached
    noon = datetime.combine(made_on, time(12), tzinfo=UTC)
    with _one_at_a_time:
        pdf = compiler(layout).compile(
            format="pdf", sys_inputs=inputs, pdf_standards=PDF_STANDARDS, timestamp=noon
        )
    if not isinstance(pdf, bytes):
        raise TypeError("Typst gave no PDF")
    return pdf


async def typeset(
    layout: str, data: Mapping[str, Any], *, title: str, made_on: date, language: str = "en-GB"
) -> bytes:
    """The document as PDF, made beside the event loop; see `typeset_here`."""
    work = partial(typeset_here, layout, data, title=title, made_on=made_on, language=language)
    return await anyio.to_thread.run_sync(work)


def pictures() -> frozenset[str]:
    """The names of the drawings that Easy Read can show, on pages and in documents alike."""
    return frozenset(path.stem for path in PICTURES.glob("*.svg"))
