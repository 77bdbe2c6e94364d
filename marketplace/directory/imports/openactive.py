"""One page of an OpenActive feed: events with their sessions, and what the publisher deleted."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from marketplace.directory.imports.openactive_event import read_event
from marketplace.directory.imports.reading import (
    MAX_ID,
    Json,
    first_of,
    int_of,
    kind_of,
    line_of,
    objects,
    read_json,
    text_of,
)
from marketplace.directory.imports.records import (
    BrokenFile,
    Coverage,
    Deleted,
    ParsedFile,
    Record,
    Rejected,
    SourceFormat,
)

_READ: Final = {
    "Event",
    "SessionSeries",
    "Course",
    "CourseInstance",
    "EventSeries",
    "HeadlineEvent",
    "OnDemandEvent",
}


def parse_openactive(source: Path | bytes) -> ParsedFile:
    """Read a feed page as published, in the order of the page.

    Raises BrokenFile, before anything is handed on, where the page is not whole. An item or a session that
    cannot be used is a `Rejected` with its reason; a session's comes right after its activity.
    """
    top = read_json(source)
    items = objects(_items_in(top), what="items")
    newest = _newest_rows(items)
    records: list[Record] = []
    for row_number, item in enumerate(items, start=1):
        source_id = line_of(item.get("id"))
        kept = newest.get(source_id or "", row_number)
        if kept != row_number:
            reason = f"row {kept} has the same id and is newer, so that one is used"
            records.append(Rejected(row_number, source_id, reason, item))
        else:
            records.extend(_records(row_number, source_id, item))
    page = top if isinstance(top, dict) else {}
    return ParsedFile(
        format=SourceFormat.OPENACTIVE,
        coverage=Coverage.PAGE,
        records=tuple(records),
        licence=text_of(page.get("license")),
        next_url=text_of(page.get("next")),
    )


def _items_in(top: object) -> object:
    if isinstance(top, list) and top and isinstance(top[0], dict) and "name" in top[0]:
        raise BrokenFile(
            where="The file",
            problem="this looks like an Open Referral register",
            remedy="Use `marketplace import open-referral` for it.",
        )
    if not isinstance(top, dict) or "items" not in top:
        raise BrokenFile(
            where="The file",
            problem=f"it holds {kind_of(top)} without “items”, so it is no page of an OpenActive feed",
            remedy="Get a page of the feed itself (of sessions or session series) and import that.",
        )
    return top["items"]


def _newest_rows(items: Iterable[Json]) -> dict[str, int]:
    """For each id the row with the highest change number; of two alike, the later row."""
    newest: dict[str, tuple[int, int]] = {}
    for row_number, item in enumerate(items, start=1):
        source_id = line_of(item.get("id"))
        if source_id:
            changed = int_of(item.get("modified")) or 0
            newest[source_id] = max(newest.get(source_id, (0, 0)), (changed, row_number))
    return {source_id: row_number for source_id, (_, row_number) in newest.items()}


def _records(row_number: int, source_id: str | None, item: dict[str, object]) -> Iterable[Record]:
    data = item.get("data")
    reason = _reason_to_reject(source_id, item)
    if reason is None and source_id and item["state"] == "updated" and isinstance(data, dict):
        reason = _reason_to_reject_event(data)
        if reason is None and "cancelled" in str(data.get("eventStatus") or "").lower():
            yield Deleted(row_number, source_id, "cancelled by its publisher")
        elif reason is None:
            yield from read_event(row_number, source_id, int_of(item.get("modified")), data)
    elif reason is None and source_id:
        yield Deleted(row_number, source_id, "deleted by its publisher")
    if reason:
        yield Rejected(row_number, source_id[:MAX_ID] if source_id else None, reason, item)


def _reason_to_reject(source_id: str | None, item: Json) -> str | None:
    state = item.get("state")
    if not source_id:
        return "it has no id"
    if len(source_id) > MAX_ID:
        return f"its id is longer than {MAX_ID} characters"
    if state not in ("updated", "deleted"):
        return f"its state is “{line_of(state) or 'missing'}”, neither updated nor deleted"
    if state == "updated" and not isinstance(item.get("data"), dict):
        return "it is updated, but has no data"
    return None


def _reason_to_reject_event(data: Json) -> str | None:
    kinds = first_of(data, "type", "@type")
    names = [str(kind).rpartition("/")[2] for kind in (kinds if isinstance(kinds, list) else [kinds]) if kind]
    if names and not _READ.intersection(names):
        return f"a {' and '.join(names)} is not something this import reads"
    return None if line_of(data.get("name")) else "it has no name"
