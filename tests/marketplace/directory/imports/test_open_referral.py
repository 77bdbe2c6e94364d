"""Open Referral registers, odd ones of our own and the real one."""

import json
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from marketplace.directory.imports.open_referral import parse_open_referral
from marketplace.directory.imports.records import (
    BrokenFile,
    Coverage,
    Deleted,
    ImportedOrganisation,
    ImportedService,
    ParsedFile,
    Rejected,
    fingerprint,
)

pytestmark = pytest.mark.row("X1")


def services(parsed: ParsedFile) -> dict[str, ImportedService]:
    return {record.source_id: record for record in parsed if isinstance(record, ImportedService)}


def test_a_service_is_read_as_published(odd: Path) -> None:
    assert services(parse_open_referral(odd / "open-referral-odd.json"))["svc-1"] == ImportedService(
        row_number=1,
        source_id="svc-1",
        name="Willow & reed weaving",
        description="Weave baskets, in company.\n\n• Tea\n• Cake",
        url="http://www.northbeck-weavers.org.uk",
        email="office@northbeck-weavers.org.uk",
        fees_text=None,
        organisation=ImportedOrganisation(
            "org-1", "Northbeck Weavers", None, "https://northbeck-weavers.org.uk/"
        ),
        status="active",
        categories=("Social activity",),
        audiences=("Carers", "Older people"),
        attending_types=("Venue",),
        attending_access=("Drop-in",),
        access_information="Level access\nAccessible toilets",
        accreditations=None,
        modified_on=date(2024, 3, 2),
        assured_on=date(2024, 3, 1),
    )


def test_what_cannot_be_used_is_rejected_with_its_row_and_reason(odd: Path) -> None:
    rejected = [
        record
        for record in parse_open_referral(odd / "open-referral-odd.json")
        if isinstance(record, Rejected)
    ]
    assert [(row.row_number, row.source_id, row.reason) for row in rejected] == [
        (2, "svc-2", "it has no name"),
        (3, "svc-3", "row 4 has the same id and was changed later, so that one is used"),
        (5, None, "it has no id"),
    ]
    assert isinstance(rejected[0].raw, dict)
    assert rejected[0].raw["description"] == "<p><br></p>"


def test_of_two_with_one_id_the_later_change_is_used(odd: Path) -> None:
    assert (
        services(parse_open_referral(odd / "open-referral-odd.json"))["svc-3"].name
        == "Tool library and repairs"
    )


def test_a_service_that_is_no_longer_offered_counts_as_deleted(odd: Path) -> None:
    deleted = [
        record
        for record in parse_open_referral(odd / "open-referral-odd.json")
        if isinstance(record, Deleted)
    ]
    assert deleted == [Deleted(6, "svc-4", "its status is “defunct”")]


def test_nothing_is_invented_and_what_is_left_out_is_said(odd: Path) -> None:
    found = services(parse_open_referral(odd / "open-referral-odd.json"))
    yoga, hello = found["svc-5"], found["svc-6"]
    assert (yoga.url, yoga.email, yoga.organisation) == (None, None, None)
    assert yoga.description == "Chair yoga\nWednesdays at 2\n\nBring water"
    assert yoga.notes == (
        "web address left out: it is not an address",
        "e-mail address left out: it reaches nobody",
        "no organisation is named",
    )
    assert (hello.name, hello.description, hello.url, hello.email) == ("Hello there", None, None, None)


def test_a_whole_list_and_a_single_page_cover_everything_and_one_of_many_does_not() -> None:
    service = [{"id": "1", "name": "One"}]
    pages = {
        pages: json.dumps({"contents": service, "total_pages": pages, "license": "OGL"}).encode()
        for pages in (1, 2)
    }
    assert parse_open_referral(json.dumps(service).encode()).coverage is Coverage.WHOLE
    assert parse_open_referral(pages[1]).coverage is Coverage.WHOLE
    assert parse_open_referral(pages[2]).coverage is Coverage.PAGE
    assert parse_open_referral(pages[1]).licence == "OGL"
    assert parse_open_referral(b"[]").licence is None


@pytest.mark.parametrize(
    ("file", "where", "problem"),
    [
        ("open-referral-truncated.json", "Line 3, column 27", "the file ends in the middle"),
        ("open-referral-latin-1.json", "Line 3, column 31", "the byte 0xE9 is not UTF-8"),
        ("open-referral-no-comma.json", "Line 3, column 3", "this is not JSON (Expecting ',' delimiter)"),
        ("open-referral-loose-item.json", "Item 2 of 2", "a text stands where an object should be"),
        ("web-page.json", "Line 1, column 1", "this is a web page, not JSON"),
        ("no-list.json", "The file", "it holds an object without a list of services"),
        ("not-services.json", "Items 1 to 2", "none of them has an “id” and a “name”"),
        ("openactive-odd.json", "The file", "this looks like a page of an OpenActive feed"),
        ("not-there.json", "not-there.json", "the file cannot be opened (No such file or directory)"),
    ],
)
def test_a_broken_file_says_where_it_broke(odd: Path, file: str, where: str, problem: str) -> None:
    with pytest.raises(BrokenFile) as broken:
        parse_open_referral(odd / file)
    assert where in broken.value.where
    assert broken.value.problem.startswith(problem)
    assert broken.value.remedy.endswith(".")
    assert broken.value.message == f"{broken.value.where}: {broken.value.problem}. {broken.value.remedy}"


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        (b"", "there is nothing in it"),
        (b" \n", "there is nothing in it"),
        ("[]".encode("utf-16"), "the text is UTF-16"),
        (b'[{"id": NaN}]', "NaN stands where a number should be"),
        (b"[" * 200_000, "brackets inside brackets go too deep"),
        (b'[{"id": ' + b"9" * 5000 + b"}]", "a number cannot be read"),
        (b'{"contents": "none"}', "“services” is a text, not a list"),
        (b"42", "it holds a number without a list"),
    ],
)
def test_a_file_that_is_no_publication_is_broken(raw: bytes, problem: str) -> None:
    with pytest.raises(BrokenFile) as broken:
        parse_open_referral(raw)
    assert broken.value.problem.startswith(problem)


def test_a_byte_order_mark_does_no_harm() -> None:
    assert len(parse_open_referral('[{"id": "1", "name": "One"}]'.encode("utf-8-sig"))) == 1


def test_the_fingerprint_is_of_what_is_published_and_not_of_its_row() -> None:
    here = parse_open_referral(b'[{"id": "1", "name": "One"}]').records[0]
    moved = parse_open_referral(b'[{"id": "0", "name": "None"}, {"id": "1", "name": "One"}]').records[1]
    changed = parse_open_referral(b'[{"id": "1", "name": "Two"}]').records[0]
    assert isinstance(here, ImportedService)
    assert isinstance(moved, ImportedService)
    assert isinstance(changed, ImportedService)
    assert fingerprint(here) == fingerprint(moved) != fingerprint(changed)
    assert len(fingerprint(here)) == 64


def test_a_name_too_long_to_show_is_cut_at_a_word() -> None:
    service = parse_open_referral(json.dumps([{"id": "1", "name": "word " * 60}]).encode()).records[0]
    assert isinstance(service, ImportedService)
    assert len(service.name) <= 200
    assert service.name.endswith("word…")
    assert "name shortened" in service.notes


def test_the_published_register_is_read_whole(published: Path) -> None:
    file = published / "open-referral-services-bristol.json"
    if not file.is_file():
        pytest.skip(f"{file.name} is not in the folder of published files")
    parsed = parse_open_referral(file)
    found = services(parsed)
    rejected = {record.row_number: record.reason for record in parsed if isinstance(record, Rejected)}
    assert (len(parsed), len(found), parsed.licence, parsed.coverage) == (819, 817, None, Coverage.WHOLE)
    assert rejected == {
        1: "it has no name",
        374: "row 811 has the same id and was changed later, so that one is used",
    }
    notes = Counter(note for service in found.values() for note in service.notes)
    assert notes == {
        "e-mail address left out: it reaches nobody": 313,
        "description left out: there are no words in it": 7,
        "no organisation is named": 6,
        "web address left out: it is not an address": 1,
    }
    assert sum(service.fees_text is not None for service in found.values()) == 0
    for service in found.values():
        text = service.description or ""
        assert "&nbsp;" not in text
        assert "\n\n\n" not in text
        assert "redacted" not in (service.email or "")
        assert len(text) < 8_000  # pictures inside the text, 145,000 characters long, are gone
