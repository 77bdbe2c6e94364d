"""The two imports as the command line runs them: read, shift where asked, load, report."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Final
from urllib.parse import urljoin, urlsplit

import httpx

from marketplace.directory.imports.loader import Progress, Publication, load, quiet
from marketplace.directory.imports.open_referral import parse_open_referral
from marketplace.directory.imports.openactive import parse_openactive
from marketplace.directory.imports.records import BrokenFile, ImportedActivity, ParsedFile
from marketplace.directory.imports.report import ImportReport
from marketplace.directory.imports.shifting import earliest_start, shift_activity, shift_weeks
from marketplace.kernel import formats

MOST_PAGES: Final = 10_000
MOST_BYTES: Final = 200_000_000
NOTHING_KNOWN: Final = Publication(name="")


async def import_open_referral(
    path: Path, *, publication: Publication = NOTHING_KNOWN, progress: Progress = quiet
) -> ImportReport:
    """Import a register from a file. Without a name, the publication is known by the name of the file.

    Raises BrokenFile (nothing was changed) and OSError where the file cannot be read.
    """
    parsed = parse_open_referral(path)
    known = replace(publication, name=(publication.name or path.stem)[:200])
    report = ImportReport(f"Import of {known.name}")
    await load(parsed, known, report=report, progress=progress)
    return report


@dataclass(slots=True)
class _Shift:
    """How far the dates of a feed move: decided by its first page that has dates, the same for all."""

    to: date | None
    by: timedelta | None = None

    def move(self, parsed: ParsedFile) -> ParsedFile:
        first = earliest_start(parsed.records)
        if self.to is None or (self.by is None and first is None):
            return parsed
        if self.by is None and first is not None:
            self.by = shift_weeks(first, self.to)
        by = self.by or timedelta(0)
        moved = (
            shift_activity(one, by) if isinstance(one, ImportedActivity) else one for one in parsed.records
        )
        return replace(parsed, records=tuple(moved))

    @property
    def words(self) -> str:
        """What the pages say about it."""
        if not self.by:
            return ""
        weeks = abs(self.by) // timedelta(weeks=1)
        way = "forward" if self.by > timedelta(0) else "back"
        return f"For this demonstration its dates were moved {way} by {formats.count(weeks, 'week')}."


async def import_openactive(
    file_or_url: str,
    *,
    shift_to: date | None = None,
    publication: Publication = NOTHING_KNOWN,
    progress: Progress = quiet,
) -> ImportReport:
    """Import a page of a feed from a file, or a feed from its address, page after page to its end.

    Each page is a transaction. `shift_to` moves all dates by whole weeks, so that the first is on that day or within
    six days after it. Raises BrokenFile (the page changed nothing), OSError, and httpx.HTTPError.
    """
    shift = _Shift(shift_to)
    if urlsplit(file_or_url).scheme not in ("http", "https"):
        parsed = parse_openactive(Path(file_or_url))
        known = _feed(publication, parsed.next_url or "", Path(file_or_url).stem)
        report = ImportReport(f"Import of {known.name}")
        await _load_page(parsed, known, shift, report, progress)
        return report
    known = _feed(publication, file_or_url, file_or_url)
    report = ImportReport(f"Import of {known.name}")
    async with httpx.AsyncClient(timeout=60, follow_redirects=True) as web:
        url: str | None = file_or_url
        for _ in range(MOST_PAGES):
            if url is None:
                break
            parsed = parse_openactive(await _fetch(web, url))
            await _load_page(parsed, known, shift, report, progress)
            # The last page of a feed is empty and names itself as the next.
            following = urljoin(url, parsed.next_url) if parsed.next_url and len(parsed) else None
            url = following if following != url else None
    return report


async def _load_page(
    parsed: ParsedFile, publication: Publication, shift: _Shift, report: ImportReport, progress: Progress
) -> None:
    moved = shift.move(parsed)
    await load(moved, replace(publication, note=shift.words), report=report, progress=progress)


def _feed(publication: Publication, url: str, otherwise: str) -> Publication:
    """A feed is known by its address without the place in it, so that a saved page and the feed are one source."""
    parts = urlsplit(url)
    address = f"{parts.hostname}{parts.path}" if parts.hostname else otherwise
    return replace(
        publication,
        name=(publication.name or address)[:200],
        url=(publication.url or (f"{parts.scheme}://{address}" if parts.hostname else ""))[:500],
    )


async def _fetch(web: httpx.AsyncClient, url: str) -> bytes:
    async with web.stream("GET", url, headers={"Accept": "application/json"}) as answer:
        answer.raise_for_status()
        body = bytearray()
        async for part in answer.aiter_bytes():
            body += part
            if len(body) > MOST_BYTES:
                raise BrokenFile(
                    where=url,
                    problem=f"a page is larger than {MOST_BYTES // 1_000_000} megabytes",
                    remedy="Ask the publisher for smaller pages.",
                )
        return bytes(body)
