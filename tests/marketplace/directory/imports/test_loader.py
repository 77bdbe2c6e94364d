"""Importing into the real database: all of a file or nothing, again without doubles, deletions applied."""

import http.server
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from marketplace.directory.imports.commands import import_open_referral, import_openactive
from marketplace.directory.imports.loader import Publication
from marketplace.directory.imports.records import BrokenFile
from marketplace.directory.imports.report import Outcome
from marketplace.directory.queries import find_spot, search
from marketplace.directory.rules import SearchQuery
from marketplace.kernel import clock, db
from providers.rules import Category

Json = dict[str, Any]
SOON = (clock.now() + timedelta(days=5)).replace(minute=0, second=0, microsecond=0)


def service(number: int, **more: Any) -> Json:
    """A service of an Open Referral register."""
    return {
        "id": f"s{number}",
        "name": f"Service {number}",
        "description": "<p>Tea and <b>talk</b>.</p><p>Every week.</p>",
        "status": "active",
        "organization": {
            "id": "o1",
            "name": "The Shed",
            "description": "",
            "url": "https://shed.example.org",
        },
        **more,
    }


def event(number: int, **more: Any) -> Json:
    """An updated item of an OpenActive feed, with one session in five days."""
    data = {
        "type": "Event",
        "name": f"Swim {number}",
        "description": "Lanes for everybody.",
        "activity": [{"prefLabel": "Swimming"}],
        "location": {
            "type": "Place", "identifier": "v1", "name": "City Baths",
            "address": {"streetAddress": "Pool Lane", "addressLocality": "Chester", "postalCode": "CH1 2HJ"},
        },
        "offers": [{"identifier": "a", "name": "Adult", "price": "5.20", "priceCurrency": "GBP"}],
        "subEvent": [dated(f"e{number}-1", 0)],
        **more,
    }  # fmt: skip
    return {"state": "updated", "kind": "Event", "id": f"e{number}", "modified": 1, "data": data}


def dated(key: str, days_later: int, **more: Any) -> Json:
    """A session of an event."""
    starts = SOON + timedelta(days=days_later)
    return {
        "type": "Event",
        "identifier": key,
        "startDate": starts.isoformat(),
        "endDate": (starts + timedelta(hours=1)).isoformat(),
        "remainingAttendeeCapacity": 3,
        "maximumAttendeeCapacity": 20,
        **more,
    }


def feed(*items: Json, following: str = "https://feed.example.org/sessions?after=1") -> Json:
    """A page of a feed."""
    return {
        "next": following,
        "license": "https://creativecommons.org/licenses/by/4.0/",
        "items": list(items),
    }


@pytest.fixture
def saved(tmp_path: Path) -> Any:
    """Writes a publication to a file of the same name each time."""

    def write(content: object, name: str = "register.json") -> Path:
        path = tmp_path / name
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return path

    return write


async def everything() -> list[tuple[object, ...]]:
    """Every row that an import can touch, to compare before with after."""
    rows: list[tuple[object, ...]] = []
    for table in (
        "organisation",
        "provider",
        "venue",
        "activity",
        "activity_session",
        "rate",
        "published_fact",
        "listing",
    ):
        rows += [
            tuple(row.values())
            for row in await db.fetch_all(f"SELECT t.*, '{table}' FROM {table} t ORDER BY 1")
        ]
    return rows


@pytest.mark.row("X1")
async def test_a_register_becomes_listings_that_are_found_and_cannot_be_booked(
    database: str, saved: Any
) -> None:
    report = await import_open_referral(
        saved([service(1), service(2, email="hello@shed.org.uk")]),
        publication=Publication(
            "Shedshire", publisher="Shedshire Council", licence="Open Government Licence"
        ),
    )
    assert report.counts["services", Outcome.ADDED] == 2
    page = await search(SearchQuery(words="tea talk"))
    assert [group.title for group in page.groups] == ["Service 1", "Service 2"]
    first = page.groups[0]
    assert (first.provider_name, first.routes_accepted, first.sessions) == ("The Shed", (), [])
    assert (first.publisher, first.licence) == ("Shedshire Council", "Open Government Licence")
    assert await db.fetch_value("SELECT count(*) FROM provider") == 1
    assert (
        await db.fetch_value("SELECT text FROM published_fact WHERE label = 'E-mail'") == "hello@shed.org.uk"
    )


@pytest.mark.row("X1")
async def test_importing_twice_changes_nothing(database: str, saved: Any) -> None:
    path = saved([service(1), service(2)])
    await import_open_referral(path)
    before = await everything()
    again = await import_open_referral(path)
    assert await everything() == before
    assert (again.added, again.updated, again.removed, again.unchanged) == (0, 0, 0, 2)


@pytest.mark.row("X1")
async def test_a_later_register_updates_adds_and_takes_down(database: str, saved: Any) -> None:
    await import_open_referral(saved([service(1), service(2), service(3)]))
    later = [service(1), service(2, name="Renamed"), service(4)]
    report = await import_open_referral(saved(later))
    assert {key: number for key, number in report.counts.items() if number} == {
        ("services", Outcome.UNCHANGED): 1,
        ("services", Outcome.UPDATED): 1,
        ("services", Outcome.ADDED): 1,
        ("services", Outcome.REMOVED): 1,
    }
    found = await search(SearchQuery())
    assert [group.title for group in found.groups] == ["Renamed", "Service 1", "Service 4"]
    await import_open_referral(saved([*later, service(3)]))
    assert (await search(SearchQuery())).total == 4


@pytest.mark.row("X1")
async def test_an_inactive_service_is_taken_down_and_an_unreadable_one_stays(
    database: str, saved: Any
) -> None:
    await import_open_referral(saved([service(1), service(2)]))
    report = await import_open_referral(saved([service(1, status="inactive"), service(2, name="")]))
    assert [rejected.source_id for rejected in report.rejected] == ["s2"]
    assert report.removed == 1
    assert [group.title for group in (await search(SearchQuery())).groups] == ["Service 2"]


@pytest.mark.row("X1")
async def test_a_register_never_vanishes_as_a_whole(database: str, saved: Any) -> None:
    await import_open_referral(saved([service(1), service(2)]))
    with pytest.raises(BrokenFile):
        await import_open_referral(saved([]))
    assert (await search(SearchQuery())).total == 2


@pytest.mark.row("X1")
@pytest.mark.parametrize(
    "broken", ["{", '[{"id": "s1", "name": "Service 1"}, {', "<html></html>", '{"items": []}', "[1, 2]"]
)
async def test_a_broken_file_changes_nothing_and_says_where(database: str, saved: Any, broken: str) -> None:
    await import_open_referral(saved([service(1)]))
    before = await everything()
    with pytest.raises(BrokenFile) as refused:
        await import_open_referral(saved(broken))
    assert refused.value.where
    assert await everything() == before


@pytest.mark.row("X1")
async def test_a_failure_half_way_changes_nothing(
    database: str, saved: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    await import_open_referral(saved([service(1)]))
    before = await everything()
    calls: list[int] = []

    def fail(done: int, of: int) -> None:
        calls.append(done)
        if done > 200:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await import_open_referral(saved([service(number) for number in range(500)]), progress=fail)
    assert calls == [1, 201]
    assert await everything() == before


@pytest.mark.row("X2")
async def test_a_feed_becomes_dated_sessions_with_place_price_and_places_left(
    database: str, saved: Any
) -> None:
    await import_openactive(str(saved(feed(event(1)))))
    spot = await find_spot("chester")
    assert spot is not None
    [group] = (await search(SearchQuery(words="swimming", spot=spot, within_miles=1, most_pence=520))).groups
    assert (group.category, group.venue_name, group.routes_accepted) == (Category.SWIMMING, "City Baths", ())
    [session] = group.sessions
    assert (session.starts_at, session.price_pence, session.places_left) == (SOON, 520, 3)
    source = await db.fetch_one("SELECT * FROM source")
    assert source is not None
    assert source["licence"] == "https://creativecommons.org/licenses/by/4.0/"
    assert (source["name"], source["note"]) == ("feed.example.org/sessions", "")


@pytest.mark.row("X2")
async def test_deleted_items_go_and_unknown_ones_are_told(database: str, saved: Any) -> None:
    await import_openactive(str(saved(feed(event(1), event(2)))))
    gone = [{"state": "deleted", "kind": "Event", "id": f"e{number}", "modified": 2} for number in (2, 9)]
    report = await import_openactive(str(saved(feed(*gone))))
    assert report.counts["activities", Outcome.REMOVED] == 1
    assert report.counts["sessions", Outcome.REMOVED] == 1
    assert report.skipped == {"deleted by its publisher, and not listed here": 1}
    # A page is not the whole feed: what is not on it stays.
    assert [group.title for group in (await search(SearchQuery())).groups] == ["Swim 1"]


@pytest.mark.row("X2")
async def test_dates_that_are_moved_added_or_withdrawn_follow(database: str, saved: Any) -> None:
    first = [dated("a", 0), dated("b", 1), dated("c", 2)]
    await import_openactive(str(saved(feed(event(1, subEvent=first)))))
    later = [dated("a", 0), dated("b", 8, remainingAttendeeCapacity=0), dated("d", 9)]
    report = await import_openactive(str(saved(feed(event(1, subEvent=later)))))
    told = {outcome: report.counts["sessions", outcome] for outcome in Outcome}
    assert told == {Outcome.ADDED: 1, Outcome.UPDATED: 1, Outcome.REMOVED: 1, Outcome.UNCHANGED: 1}
    [group] = (await search(SearchQuery())).groups
    assert [session.starts_at for session in group.sessions] == [
        SOON + timedelta(days=days) for days in (0, 8, 9)
    ]
    assert [session.places_left for session in group.sessions] == [3, 0, 3]


@pytest.mark.row("X2")
async def test_a_new_price_takes_the_place_of_the_old(database: str, saved: Any) -> None:
    await import_openactive(str(saved(feed(event(1)))))
    dearer = [{"identifier": "a", "name": "Adult", "price": "6.00", "priceCurrency": "GBP"}]
    await import_openactive(str(saved(feed(event(1, offers=dearer)))))
    [group] = (await search(SearchQuery())).groups
    assert (group.sessions[0].price_pence, group.published_price) == (600, "Adult: £6.00")


@pytest.mark.row("X2")
async def test_where_places_left_are_not_published_nothing_is_said(database: str, saved: Any) -> None:
    quiet = dated("a", 0)
    del quiet["remainingAttendeeCapacity"]
    await import_openactive(str(saved(feed(event(1, subEvent=[quiet])))))
    [group] = (await search(SearchQuery())).groups
    assert group.sessions[0].places_left is None


@pytest.mark.row("X2")
async def test_what_is_for_children_only_is_skipped_with_the_reason(database: str, saved: Any) -> None:
    report = await import_openactive(str(saved(feed(event(1, ageRange={"minValue": 5, "maxValue": 11})))))
    assert sum(report.skipped.values()) == 1
    assert (await search(SearchQuery())).total == 0


@pytest.mark.row("X2")
async def test_old_dates_move_by_whole_weeks_only_when_asked_and_the_page_says_so(
    database: str, saved: Any
) -> None:
    old = {"identifier": "old", "startDate": "2020-01-06T19:00:00Z", "endDate": "2020-01-06T20:00:00Z"}
    path = str(saved(feed(event(1, subEvent=[old]))))
    await import_openactive(path)
    assert (await search(SearchQuery())).total_dates == 0
    monday = date(2027, 6, 7)  # in summer: 19:00 in London stays 19:00
    await import_openactive(path, shift_to=monday)
    [group] = (await search(SearchQuery())).groups
    wall = group.sessions[0].starts_at.astimezone(clock.LONDON)
    assert (wall.date(), wall.hour) == (monday, 19)
    assert group.source_note == "For this demonstration its dates were moved forward by 387 weeks."
    assert await db.fetch_value("SELECT count(*) FROM activity_session") == 1


@contextmanager
def served(pages: dict[str, Json]) -> Iterator[str]:
    """A feed on a web server of this machine; answers its address."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps(pages[self.path]).encode()
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.row("X2")
async def test_a_feed_is_followed_from_its_address_to_its_end(database: str) -> None:
    pages = {
        "/feed": feed(event(1), following="/feed?after=1"),
        "/feed?after=1": feed(event(2), following="/feed?after=2"),
        "/feed?after=2": feed(following="/feed?after=2"),
    }
    with served(pages) as address:
        report = await import_openactive(f"{address}/feed")
    assert report.counts["activities", Outcome.ADDED] == 2
    assert (await search(SearchQuery())).total == 2
    assert await db.fetch_value("SELECT count(*) FROM source") == 1


@pytest.mark.row("X1")
async def test_the_published_register_comes_in_whole_and_twice_without_doubles(
    database: str, published: Path
) -> None:
    path = published / "open-referral-services-bristol.json"
    told: list[tuple[int, int]] = []
    report = await import_open_referral(path, progress=lambda done, of: told.append((done, of)))
    assert (report.counts["services", Outcome.ADDED], len(report.rejected)) == (817, 2)
    assert told[-1] == (817, 817)
    assert (await search(SearchQuery())).total == 817
    again = await import_open_referral(path)
    assert (again.added, again.updated, again.removed) == (0, 0, 0)
    assert (await search(SearchQuery(words="gardening"))).total > 20


@pytest.mark.row("X2")
async def test_the_published_feed_comes_in_and_is_found_by_place_and_price(
    database: str, published: Path
) -> None:
    path = str(published / "openactive-feed-page-2020.json")
    report = await import_openactive(path, shift_to=clock.today() + timedelta(days=1))
    assert report.counts["activities", Outcome.ADDED] == 180
    assert report.counts["sessions", Outcome.ADDED] == 319
    assert sum(report.skipped.values()) == 250 + 70
    spot = await find_spot("plymouth")
    assert spot is not None
    assert (await search(SearchQuery(spot=spot, within_miles=5, most_pence=600))).total_dates > 0
    again = await import_openactive(path, shift_to=clock.today() + timedelta(days=1))
    assert (again.added, again.updated, again.removed) == (0, 0, 0)
