"""OpenActive pages, odd ones of our own and the real one."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from marketplace.directory.imports.openactive import parse_openactive
from marketplace.directory.imports.openactive_event import price_pence_of
from marketplace.directory.imports.records import (
    BrokenFile,
    Coverage,
    Deleted,
    ImportedActivity,
    ImportedOrganisation,
    ImportedSession,
    ImportedVenue,
    ParsedFile,
    Rejected,
)

pytestmark = pytest.mark.row("X2")
CC_BY = "https://creativecommons.org/licenses/by/4.0/"


def activities(parsed: ParsedFile) -> dict[str, ImportedActivity]:
    return {record.source_id: record for record in parsed if isinstance(record, ImportedActivity)}


@pytest.fixture
def page(odd: Path) -> ParsedFile:
    return parse_openactive(odd / "openactive-odd.json")


def test_the_page_keeps_its_licence_and_its_next_address(page: ParsedFile) -> None:
    assert (page.licence, page.coverage) == (CC_BY, Coverage.PAGE)
    assert page.next_url == "https://feeds.northbeck-leisure.org.uk/sessions?afterChangeNumber=20"


def test_an_activity_is_read_as_published(page: ParsedFile) -> None:
    swim = activities(page)["swim"]
    assert (swim.name, swim.description) == ("Gentle swim", "Warm water & music\nAll welcome")
    assert (swim.activity_types, swim.categories) == (("Swimming",), ("Pool", "Adults"))
    assert (swim.access_features, swim.access_information) == (("Mobility impairment",), "Pool hoist")
    assert (swim.min_age, swim.max_age, swim.gender) == (None, None, "FemaleOnly")
    assert swim.organiser == ImportedOrganisation(
        "https://northbeck-leisure.org.uk/", "Northbeck Leisure", None, None
    )
    assert swim.image_url == "https://northbeck-leisure.org.uk/swim.jpg"
    assert swim.url == "https://northbeck-leisure.org.uk/book?Site=1&section=2"


def test_a_venue_is_mended_but_not_completed(page: ParsedFile) -> None:
    swim = activities(page)["swim"]
    assert swim.venue == ImportedVenue(
        source_id="0001",
        name="Northbeck Pool",
        street="Mill Lane",
        town=None,  # only a region is published
        region="Northbeck",
        postcode="CH1 2HJ",
        latitude=None,  # published the wrong way round
        longitude=None,
        phone="01632 960 001",
        url="https://northbeck-leisure.org.uk/pool",
    )
    assert "latitude and longitude left out: they are not in Great Britain" in swim.notes


def test_prices_are_whole_pence_or_left_out(page: ParsedFile) -> None:
    swim = activities(page)["swim"]
    assert [(offer.name, offer.price_pence, offer.min_age, offer.max_age) for offer in swim.offers] == [
        ("Adult", 595, None, None),
        ("Member", 410, None, None),
        ("Senior", 820, 60, None),
        ("Junior", 200, None, 15),
    ]
    assert "offer left out: its price is no amount in pounds" in swim.notes


def test_the_adult_price_is_the_dearest_that_shuts_no_adult_out(page: ParsedFile) -> None:
    offer = activities(page)["swim"].adult_offer
    assert offer
    assert offer.price_pence == 595


def test_what_is_published_as_free_costs_nothing(page: ParsedFile) -> None:
    assert [offer.price_pence for offer in activities(page)["walk"].offers] == [0]
    assert activities(page)["lost"].offers == ()


def test_sessions_have_zones_ends_and_places(page: ParsedFile) -> None:
    first = ImportedSession(
        "11", datetime(2020, 1, 6, 19, tzinfo=UTC), datetime(2020, 1, 6, 20, 30, tzinfo=UTC), 3, 10
    )
    summer = ImportedSession(
        "12", datetime(2020, 7, 6, 18, tzinfo=UTC), datetime(2020, 7, 6, 19, 30, tzinfo=UTC), 4, 10
    )
    overfull = ImportedSession(
        "swim@20200217T1900Z",
        datetime(2020, 2, 17, 19, tzinfo=UTC),
        datetime(2020, 2, 17, 20, 30, tzinfo=UTC),
        None,
        10,
    )
    impossible = ImportedSession(
        "18", datetime(2020, 2, 24, 19, tzinfo=UTC), datetime(2020, 2, 24, 20, 30, tzinfo=UTC), None, None
    )
    assert activities(page)["swim"].sessions == (first, overfull, impossible, summer)


def test_sessions_that_cannot_be_used_are_rejected_and_the_others_kept(page: ParsedFile) -> None:
    reasons = [r.reason for r in page if isinstance(r, Rejected) and r.source_id == "swim"]
    assert reasons == [
        "session: it has no start with date, time and time zone",
        "session: it ends before it starts",
        "session: its end is no date and time with a time zone",
        "session: it has no start with date, time and time zone",
        "session: cancelled by its publisher",
        "session: another one of this activity has the same id",
        "session: it is no object",
    ]


def test_an_event_without_end_or_length_keeps_its_name_and_loses_its_date(page: ParsedFile) -> None:
    assert activities(page)["walk"].sessions == ()
    assert [r.reason for r in page if isinstance(r, Rejected) and r.source_id == "walk"] == [
        "session: neither an end nor a length is published"
    ]


def test_people_are_not_taken_for_organisations(page: ParsedFile) -> None:
    assert activities(page)["walk"].organiser is None


def test_online_is_no_venue_and_a_loose_address_is_one(page: ParsedFile) -> None:
    assert activities(page)["walk"].venue is None
    lost = activities(page)["lost"].venue
    assert lost
    assert (lost.street, lost.name, lost.latitude) == ("Behind the station", None, None)


def test_deletions_and_cancellations_are_told_apart_from_rejections(page: ParsedFile) -> None:
    assert [record for record in page if isinstance(record, Deleted)] == [
        Deleted(1, "gone", "deleted by its publisher"),
        Deleted(11, "off", "cancelled by its publisher"),
    ]
    assert [
        (r.row_number, r.source_id, r.reason) for r in page if isinstance(r, Rejected) and r.row_number > 3
    ] == [
        (4, "nameless", "it has no name"),
        (5, "empty", "it is updated, but has no data"),
        (6, "paused", "its state is “paused”, neither updated nor deleted"),
        (7, "slot", "a ScheduledSession is not something this import reads"),
        (9, "twice", "row 8 has the same id and is newer, so that one is used"),
        (10, None, "it has no id"),
    ]


@pytest.mark.parametrize(
    ("file", "where", "problem"),
    [
        ("openactive-truncated.json", "Line 4, column 64", "the file ends in the middle"),
        ("openactive-items-no-list.json", "The file", "“items” is an object, not a list"),
        ("no-list.json", "The file", "it holds an object without “items”"),
        ("open-referral-odd.json", "The file", "this looks like an Open Referral register"),
        ("web-page.json", "Line 1, column 1", "this is a web page"),
    ],
)
def test_a_broken_page_says_where_it_broke(odd: Path, file: str, where: str, problem: str) -> None:
    with pytest.raises(BrokenFile) as broken:
        parse_openactive(odd / file)
    assert broken.value.where == where
    assert broken.value.problem.startswith(problem)


@pytest.mark.parametrize(
    ("price", "pence"),
    [
        *[
            ("5.95", 595),
            (2, 200),
            ("0", 0),
            ("1e2", 10_000),
            ("", None),
            (None, None),
            (True, None),
            ("-1", None),
        ],
        *[("3.333", None), ("NaN", None), ("1e400", None), ("£5", None), ("100000.01", None)],
    ],
)
def test_a_price_is_exact_or_nothing(price: object, pence: int | None) -> None:
    assert price_pence_of(price) == pence


def test_the_published_page_is_read_whole(published: Path) -> None:
    file = published / "openactive-feed-page-2020.json"
    if not file.is_file():
        pytest.skip(f"{file.name} is not in the folder of published files")
    parsed = parse_openactive(file)
    found = list(activities(parsed).values())
    assert Counter(type(record) for record in parsed) == {ImportedActivity: 250, Deleted: 250}
    assert parsed.licence == CC_BY
    assert sum(len(activity.sessions) for activity in found) == 453
    assert sum(len(activity.offers) for activity in found) == 492
    assert all(not activity.notes and activity.venue and activity.organiser is None for activity in found)
    assert sum(activity.venue.latitude is None for activity in found if activity.venue) == 4
    assert sum(activity.venue.town is None for activity in found if activity.venue) == 24
    assert sum(activity.is_for_adults for activity in found) == 180
    assert Counter(activity.adult_offer.name if activity.adult_offer else None for activity in found) == {
        "Oxygen - Adult": 181,
        None: 69,
    }
    lengths = {session.ends_at - session.starts_at for activity in found for session in activity.sessions}
    assert all(length % timedelta(minutes=1) == timedelta(0) for length in lengths)
