"""Brings a parsed publication into the directory: one transaction a file, set by set, and again without doubles.

What is imported can be found and read here, but not booked: it takes no budget. Bookings, and prices that are paid,
belong to providers who have registered here.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from marketplace.directory.imports.mapping import ActivityRow, activity_row, service_row
from marketplace.directory.imports.records import (
    BrokenFile,
    Coverage,
    Deleted,
    ImportedActivity,
    ImportedService,
    ParsedFile,
    Rejected,
    SourceFormat,
)
from marketplace.directory.imports.report import ImportReport, Outcome
from marketplace.directory.imports.writing import (
    cancel_dates_gone,
    write_activities,
    write_facts,
    write_prices,
    write_providers,
    write_sessions,
    write_venues,
)
from marketplace.kernel import audit, clock, db
from marketplace.kernel.ids import new_id

BATCH: Final = 200
_THINGS: Final = {SourceFormat.OPEN_REFERRAL: "services", SourceFormat.OPENACTIVE: "activities"}

Progress = Callable[[int, int], None]
"""Told after each batch: how many records are done, of how many."""


def quiet(_done: int, _of: int) -> None:
    """Tells nobody."""


@dataclass(frozen=True, slots=True)
class Publication:
    """What is known about a publication besides what stands in it. `name` is what makes imports repeatable."""

    name: str
    publisher: str = ""
    licence: str = ""
    url: str = ""
    note: str = ""


@dataclass(slots=True)
class _Sorted:
    """The records of a file by what is to be done with them."""

    rows: list[ActivityRow] = field(default_factory=list)
    gone: set[str] = field(default_factory=set)
    deleted: dict[str, str] = field(default_factory=dict)
    kept_as_they_are: set[str] = field(default_factory=set)


async def load(
    parsed: ParsedFile, publication: Publication, *, report: ImportReport, progress: Progress = quiet
) -> None:
    """Write a whole file, or nothing of it, and count what happened in the report.

    What the publisher deleted, and (where the file is a whole register) what is not in it any more, is archived and
    its dates to come are cancelled. Raises BrokenFile when a register would vanish as a whole.
    """
    records = _sort(parsed, report)
    things = _THINGS[parsed.format]
    async with db.unit_of_work():
        # Two imports of one source take turns.
        await db.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended('import ' || $1, 0))", publication.name
        )
        source_id = await _write_source(parsed, publication)
        known = await _known(source_id)
        _refuse_to_empty(parsed, records, known)
        changed = [row for row in records.rows if known.get(row.key) != row.version]
        report.count(things, Outcome.UNCHANGED, len(records.rows) - len(changed))
        progress(len(records.rows) - len(changed), len(records.rows))
        for start in range(0, len(changed), BATCH):
            batch = changed[start : start + BATCH]
            await _write(batch, source_id, publication, known, report, things)
            progress(len(records.rows) - len(changed) + start + len(batch), len(records.rows))
        for key, because in records.deleted.items():
            if key not in known:
                report.skip(f"{because}, and not listed here")
        await _remove(source_id, _gone(parsed, records, known), report, things)
        await audit.record(
            audit.SYSTEM,
            "import.finished",
            "source",
            source_id,
            after={"added": report.added, "updated": report.updated, "removed": report.removed},
        )


def _sort(parsed: ParsedFile, report: ImportReport) -> _Sorted:
    found = _Sorted()
    for record in parsed:
        match record:
            case Rejected():
                report.reject(record)
                # Something stands there, only we cannot read it: that is no reason to take down what we have.
                found.kept_as_they_are.add(record.source_id or "")
            case Deleted():
                found.gone.add(record.source_id)
                found.deleted[record.source_id] = record.because
            case ImportedActivity() if not record.is_for_adults:
                report.skip("for children only, by the ages that the publisher gives")
                found.gone.add(record.source_id)
            case ImportedActivity():
                report.note(*record.notes)
                found.rows.append(activity_row(record))
            case ImportedService():
                report.note(*record.notes)
                found.rows.append(service_row(record))
    return found


def _refuse_to_empty(parsed: ParsedFile, records: _Sorted, known: dict[str, str]) -> None:
    absent = _absent(parsed, records, known)
    if known and len(absent) == len(known):
        raise BrokenFile(
            where="The file",
            problem=f"it says nothing of any of the {len(known)} services that are listed now",
            remedy="Nothing was changed. If they are all gone, let the publisher mark them as inactive.",
        )


async def _write_source(parsed: ParsedFile, publication: Publication) -> UUID:
    source_id: UUID = await db.fetch_value(
        "INSERT INTO source (id, name, kind, publisher, licence, url, note, imported_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
        " ON CONFLICT (name) DO UPDATE SET kind = excluded.kind, licence = excluded.licence, note = excluded.note,"
        "   publisher = coalesce(nullif(excluded.publisher, ''), source.publisher),"
        "   url = coalesce(nullif(excluded.url, ''), source.url), imported_at = excluded.imported_at"
        " RETURNING id",
        new_id(),
        publication.name,
        str(parsed.format),
        publication.publisher,
        parsed.licence or publication.licence,
        publication.url,
        publication.note,
        clock.now(),
    )
    return source_id


async def _known(source_id: UUID) -> dict[str, str]:
    """The version of each listing of the source that is published now, by its key there."""
    rows = await db.fetch_all(
        "SELECT source_key, source_version FROM activity WHERE source_id = $1 AND state = 'published'",
        source_id,
    )
    return {row["source_key"]: row["source_version"] for row in rows}


async def _write(
    batch: Sequence[ActivityRow],
    source_id: UUID,
    publication: Publication,
    known: dict[str, str],
    report: ImportReport,
    things: str,
) -> None:
    nobody = publication.publisher or "Provider not named"
    providers = await write_providers(batch, source_id, nobody, report)
    venues = await write_venues(batch, providers, report)
    activities = await write_activities(batch, source_id, providers, venues)
    added = sum(row.key not in known for row in batch)
    report.count(things, Outcome.ADDED, added)
    report.count(things, Outcome.UPDATED, len(batch) - added)
    await write_prices(batch, activities)
    await write_sessions(batch, activities, report)
    await write_facts(batch, activities)


def _absent(parsed: ParsedFile, records: _Sorted, known: dict[str, str]) -> set[str]:
    """What a whole register does not speak of any more; a page of a feed says nothing by silence."""
    if parsed.coverage is not Coverage.WHOLE:
        return set()
    return known.keys() - {row.key for row in records.rows} - records.gone - records.kept_as_they_are


def _gone(parsed: ParsedFile, records: _Sorted, known: dict[str, str]) -> list[str]:
    return sorted((records.gone & known.keys()) | _absent(parsed, records, known))


async def _remove(source_id: UUID, keys: Sequence[str], report: ImportReport, things: str) -> None:
    rows = await db.fetch_all(
        "UPDATE activity SET state = 'archived', updated_at = $3"
        " WHERE source_id = $1 AND source_key = ANY ($2) AND state = 'published' RETURNING id",
        source_id,
        list(keys),
        clock.now(),
    )
    report.count(things, Outcome.REMOVED, len(rows))
    await cancel_dates_gone([row["id"] for row in rows], [], report)
