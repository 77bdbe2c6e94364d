"""Open Referral registers: a list of services, or a page of an Open Referral UK feed that holds one."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Final

from marketplace.directory.imports.reading import (
    MAX_ID,
    MAX_NAME,
    Json,
    cut,
    day_of,
    email_of,
    first_of,
    int_of,
    kind_of,
    line_of,
    lines_of,
    object_of,
    objects,
    read_json,
    text_of,
    unique,
    url_of,
)
from marketplace.directory.imports.records import (
    BrokenFile,
    Coverage,
    Deleted,
    ImportedOrganisation,
    ImportedService,
    ParsedFile,
    Record,
    Rejected,
    SourceFormat,
)
from marketplace.directory.imports.text import html_to_text

_LISTS: Final = ("contents", "content", "services")
_NOT_OFFERED: Final = {"inactive", "defunct", "temporarily closed"}


def parse_open_referral(source: Path | bytes) -> ParsedFile:
    """Read a register as published, in the order of the file.

    Raises BrokenFile, before anything is handed on, where the file is not a whole Open Referral register.
    A single service that cannot be used is a `Rejected` with its reason.
    """
    top = read_json(source)
    services = objects(_services_in(top), what="services")
    _refuse_what_is_no_register(services)
    newest = _newest_rows(services)
    records: list[Record] = []
    for row_number, service in enumerate(services, start=1):
        source_id = line_of(service.get("id"))
        kept = newest.get(source_id or "", row_number)
        if kept != row_number:
            reason = f"row {kept} has the same id and was changed later, so that one is used"
            records.append(Rejected(row_number, source_id, reason, service))
        else:
            records.append(_record(row_number, source_id, service))
    return ParsedFile(
        format=SourceFormat.OPEN_REFERRAL,
        coverage=_coverage(top),
        records=tuple(records),
        licence=text_of(top.get("license") or top.get("licence")) if isinstance(top, dict) else None,
    )


def _services_in(top: object) -> object:
    if isinstance(top, dict):
        if isinstance(top.get("items"), list):
            raise BrokenFile(
                where="The file",
                problem="this looks like a page of an OpenActive feed",
                remedy="Use `marketplace import openactive` for it.",
            )
        for key in _LISTS:
            if key in top:
                return top[key]
    if not isinstance(top, list):
        raise BrokenFile(
            where="The file",
            problem=f"it holds {kind_of(top)} without a list of services",
            remedy="Export the services as a JSON list, or as a page with “contents”, and import that.",
        )
    return top


def _refuse_what_is_no_register(services: list[dict[str, object]]) -> None:
    if services and not any("id" in service and "name" in service for service in services):
        raise BrokenFile(
            where=f"Items 1 to {len(services)}",
            problem="none of them has an “id” and a “name”, so they are not Open Referral services",
            remedy="Check that this is the file you meant.",
        )


def _coverage(top: object) -> Coverage:
    pages = int_of(first_of(top, "total_pages", "totalPages")) if isinstance(top, dict) else 1
    return Coverage.WHOLE if (pages or 1) == 1 else Coverage.PAGE


def _newest_rows(services: Iterable[Json]) -> dict[str, int]:
    """For each id the row that was changed last; of two changed on the same day, the later row."""
    newest: dict[str, tuple[str, int]] = {}
    for row_number, service in enumerate(services, start=1):
        source_id = line_of(service.get("id"))
        if source_id:
            changed = str(_modified_on(service) or "")
            newest[source_id] = max(newest.get(source_id, ("", 0)), (changed, row_number))
    return {source_id: row_number for source_id, (_, row_number) in newest.items()}


def _modified_on(service: Json) -> date | None:
    metadata = object_of(service.get("pc_metadata"))
    return day_of((text_of(metadata.get("date_modified") or service.get("last_modified")) or "")[:10])


def _record(row_number: int, source_id: str | None, service: dict[str, object]) -> Record:
    if not source_id:
        return Rejected(row_number, None, "it has no id", service)
    if len(source_id) > MAX_ID:
        return Rejected(row_number, source_id[:MAX_ID], f"its id is longer than {MAX_ID} characters", service)
    status = line_of(service.get("status"))
    if (status or "").lower() in _NOT_OFFERED:
        return Deleted(row_number, source_id, f"its status is “{status}”")
    name = line_of(service.get("name"))
    if not name:
        return Rejected(row_number, source_id, "it has no name", service)
    return _service(row_number, source_id, name, service)


def _service(row_number: int, source_id: str, name: str, service: Json) -> ImportedService:
    organisation = _organisation(object_of(service.get("organization") or service.get("organisation")))
    metadata = object_of(service.get("pc_metadata"))
    audiences = service.get("pc_targetAudience")
    return ImportedService(
        row_number=row_number,
        source_id=source_id,
        name=cut(name, MAX_NAME),
        description=html_to_text(text_of(service.get("description"))),
        url=url_of(service.get("url")),
        email=email_of(service.get("email")),
        fees_text=html_to_text(text_of(first_of(service, "fees", "fees_description"))),
        organisation=organisation,
        status=line_of(service.get("status")),
        categories=lines_of(service.get("deliverable_type")),
        audiences=unique(
            label
            for audience in (audiences if isinstance(audiences, list) else [])
            if (label := line_of(object_of(audience).get("audienceType")))
        ),
        attending_types=lines_of(service.get("attending_type")),
        attending_access=lines_of(service.get("attending_access")),
        access_information=html_to_text(text_of(service.get("pc_attendingAccess_additionalInfo"))),
        accreditations=html_to_text(text_of(service.get("accreditations"))),
        modified_on=_modified_on(service),
        assured_on=day_of(metadata.get("date_assured") or service.get("assured_date")),
        notes=tuple(_notes(service, name, organisation)),
    )


def _organisation(published: Json) -> ImportedOrganisation | None:
    source_id, name = line_of(published.get("id")), line_of(published.get("name"))
    if not source_id or not name or len(source_id) > MAX_ID:
        return None
    return ImportedOrganisation(
        source_id=source_id,
        name=cut(name, MAX_NAME),
        description=html_to_text(text_of(published.get("description"))),
        url=url_of(published.get("url")),
    )


def _notes(service: Json, name: str, organisation: ImportedOrganisation | None) -> Iterable[str]:
    """What was left out although something stood there."""
    if len(name) > MAX_NAME:
        yield "name shortened"
    if text_of(service.get("url")) and not url_of(service.get("url")):
        yield "web address left out: it is not an address"
    if text_of(service.get("email")) and not email_of(service.get("email")):
        yield "e-mail address left out: it reaches nobody"
    if text_of(service.get("description")) and not html_to_text(text_of(service.get("description"))):
        yield "description left out: there are no words in it"
    if not organisation:
        yield "no organisation is named"
