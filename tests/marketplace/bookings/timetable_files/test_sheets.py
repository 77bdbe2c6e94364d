"""The sheet of timetables and dates: every row's fate before anything is done, then exactly that, and out again."""

import re
from collections.abc import Sequence
from datetime import date, time, timedelta
from html import unescape

import httpx
import pytest

from marketplace.bookings.commands import book
from marketplace.bookings.timetable_files.commands import RowRefused, SheetChanged, look_at_sheet, use_sheet
from marketplace.bookings.timetable_files.fates import Fate, fingerprint
from marketplace.bookings.timetable_files.queries import rows_of
from marketplace.bookings.timetable_files.sheet import MOST_BYTES, lines_of, text_of, written
from marketplace.kernel import clock, db
from marketplace.kernel.errors import Forbidden, Invalid
from providers.commands import TimetableDraft, Weekday, create_timetable
from providers.timetables.rules import InTerms
from providers.timetables.terms.commands import TermDraft, add_term
from tests.asking import plain, send, sign_in
from tests.world import World

pytestmark = [pytest.mark.row("P4"), pytest.mark.row("X5")]

HEAD = "activity,rule,first_day,last_day,start,minutes,places,place\n"


def later(days: int) -> date:
    return clock.today() + timedelta(days=days)


def fates_of(told: Sequence[Fate]) -> list[tuple[int, str]]:
    return [(fate.number, str(fate.outcome)) for fate in told]


async def used(world: World, text: str) -> Sequence[Fate]:
    told = await look_at_sheet(world.manager, text)
    return await use_sheet(world.manager, text, fingerprint(text, told))


async def test_every_row_has_its_fate_and_using_the_sheet_does_exactly_that(world: World) -> None:
    garden = await world.activity()
    there = await world.session(garden, day=later(9), at=time(10), minutes=60, capacity=8)
    await world.session(garden, day=later(10), at=time(10), minutes=60, capacity=8)
    await book(world.broker, there, world.emma_isf)
    text = HEAD + "\n".join(
        [
            f"Garden group,FREQ=MONTHLY;BYDAY=1TU,{later(3)},,10:00,90,6,The Hall",
            f"garden group,,{later(9)},,10:00,60,5,",
            f"Garden group,,{later(10):%d/%m/%Y},,10.00,60,8,",
            f"Garden group,,{later(12)},,18:30,45,,",
            "",
            f"Unknown group,,{later(12)},,18:30,45,4,",
            f"Garden group,FREQ=SECONDLY,{later(3)},,10:00,90,6,",
            f"Garden group,,{later(12)},,18:30,50,9,",
            f"Garden group,,{later(-2)},,10:00,60,4,",
            "Garden group,,soon,,10:00,60,4,",
            f"Garden group,,{later(20)},,10:00,60,4,The Moon",
        ]
    )
    told = await look_at_sheet(world.manager, text)
    assert fates_of(told) == [
        (2, "added"), (3, "changed"), (4, "unchanged"), (5, "added"), (7, "refused"), (8, "refused"), (9, "refused"),
        (10, "refused"), (11, "refused"), (12, "refused"),
    ]  # fmt: skip
    words = {fate.number: fate.words for fate in told}
    assert words[3] == "8 places become 5"
    assert words[7] == "You have no activity of this name"
    assert "Use DAILY, WEEKLY or MONTHLY" in words[8]
    assert words[9] == "This date is in the sheet twice"
    assert words[10] == "The day is over"
    assert "Write it like 2026-11-24" in words[11]
    assert "no place called “The Moon”" in words[12]
    assert await db.fetch_value("SELECT count(*) FROM timetable") == 0
    await use_sheet(world.manager, text, fingerprint(text, told))
    assert await db.fetch_value("SELECT rule FROM timetable") == "FREQ=MONTHLY;BYDAY=1TU"
    assert await db.fetch_value("SELECT capacity FROM activity_session WHERE id = $1", there) == 5
    again = await look_at_sheet(world.manager, text)
    assert fates_of(again)[:4] == [(2, "unchanged"), (3, "unchanged"), (4, "unchanged"), (5, "unchanged")]


async def test_a_sheet_that_was_not_looked_at_is_not_used(world: World) -> None:
    await world.activity()
    text = HEAD + f"Garden group,,{later(9)},,10:00,60,8,\n"
    shown = fingerprint(text, await look_at_sheet(world.manager, text))
    for other in (text.replace("10:00", "11:00"), text + " "):
        with pytest.raises(SheetChanged):
            await use_sheet(world.manager, other, shown)
    await use_sheet(world.manager, text, shown)
    with pytest.raises(SheetChanged):
        await use_sheet(world.manager, text, shown)
    assert await db.fetch_value("SELECT count(*) FROM activity_session") == 1


async def test_a_row_that_cannot_be_done_undoes_the_whole_sheet_and_is_named(world: World) -> None:
    session = await world.session(capacity=8)
    await book(world.broker, session, world.emma_isf)
    await book(world.dan_user, session, world.dan_direct)
    starts = await db.fetch_value("SELECT starts_at FROM activity_session WHERE id = $1", session)
    day = starts.astimezone(clock.LONDON).date()
    text = HEAD + f"Garden group,,{later(30)},,10:00,60,8,\nGarden group,,{day},,10:00,120,1,\n"
    with pytest.raises(RowRefused) as refused:
        await used(world, text)
    assert "row 3" in refused.value.message
    assert await db.fetch_value("SELECT count(*) FROM activity_session") == 1


async def test_what_goes_out_comes_in_unchanged(world: World) -> None:
    garden = await world.activity()
    await add_term(world.commissioner, TermDraft("Term", later(0), later(90)))
    weekly = TimetableDraft(
        frozenset({Weekday.TUESDAY}), time(10), 120, later(2), except_on=frozenset({later(30)})
    )
    await create_timetable(world.manager, garden, weekly)
    await create_timetable(
        world.manager, garden,
        TimetableDraft(frozenset({Weekday.MONDAY}), time(9, 30), 60, later(1), later(60), in_terms=InTerms.TERM_TIME,
                       terms_council_id=world.council, also_on=frozenset({later(40)})),
    )  # fmt: skip
    await world.session(garden, day=later(5), at=time(19))
    text = written(await rows_of(world.pettypool))
    told = await look_at_sheet(world.manager, text)
    assert fates_of(told) == [(2, "unchanged"), (3, "unchanged"), (4, "unchanged")]


async def test_a_timetable_that_is_there_changes_its_places_and_ends_earlier(world: World) -> None:
    garden = await world.activity()
    first = later(2)
    day = Weekday(first.weekday())
    await create_timetable(world.manager, garden, TimetableDraft(frozenset({day}), time(10), 120, first))
    row = f"Garden group,FREQ=WEEKLY;BYDAY={day.code},{first},{later(30)},10:00,120,12,\n"
    told = await used(world, HEAD + row)
    assert told[0].words == f"8 places become 12, ends on {later(30)}"
    rows = await db.fetch_all("SELECT DISTINCT capacity FROM activity_session WHERE state = 'scheduled'")
    assert [each["capacity"] for each in rows] == [12]
    assert await db.fetch_value("SELECT ends_on FROM timetable") == later(30)


async def test_names_that_look_like_formulas_leave_harmless_and_come_back(world: World) -> None:
    garden = await world.activity(title="=1+1 club")
    await world.session(garden, day=later(5))
    text = written(await rows_of(world.pettypool))
    assert "'=1+1 club" in text
    assert fates_of(await look_at_sheet(world.manager, text)) == [(2, "unchanged")]


async def test_two_activities_of_one_name_are_told_apart_by_their_ids(world: World) -> None:
    one, other = await world.activity(), await world.activity()
    await world.session(one, day=later(5))
    told = await look_at_sheet(world.manager, HEAD + f"Garden group,,{later(9)},,10:00,60,8,\n")
    assert "write its id" in told[0].words
    text = written(await rows_of(world.pettypool))
    told = await look_at_sheet(world.manager, text)
    assert (fates_of(told), told[0].words) == ([(2, "unchanged")], "")
    told = await used(world, HEAD + f"{other},,{later(9)},,10:00,60,8,\n")
    assert fates_of(told) == [(2, "added")]


@pytest.mark.parametrize("coding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_sheet_is_read_however_it_was_saved(coding: str) -> None:
    text = "activity;first_day;start;minutes\r\nCafé d’été;2026-12-01;10:00;60\r\n"
    (line,) = lines_of(text_of(text.encode(coding)))
    assert line.cell("activity") == "Café d’été"


@pytest.mark.parametrize(
    ("content", "because"),
    [
        (b"", "empty"),
        (b"a" * (MOST_BYTES + 1), "too big"),
        (b"PK\x03\x04\x00\x00\x00", "no text"),
        (b"activity,start\n", "Missing: first_day, minutes"),
        (b"activity,first_day,start,minutes,colour\nx,2026-12-01,10:00,60,red\n", "not known: colour"),
        (b"activity,first_day,start,minutes\n", "no row"),
        (b"activity,first_day,start,minutes\n" + b"x,2026-12-01,10:00,60\n" * 501, "500 rows or fewer"),
        (b'activity,first_day,start,minutes\n"x,2026-12-01\n', "cannot be read"),
    ],
)
def test_files_that_are_no_sheet_are_refused_in_words(content: bytes, because: str) -> None:
    with pytest.raises(Invalid) as refused:
        lines_of(text_of(content))
    assert because in refused.value.fields["sheet"]


async def test_the_pages_show_the_rows_and_then_use_the_same_file(
    client: httpx.AsyncClient, world: World
) -> None:
    await world.activity()
    await sign_in(client, world.manager)
    text = HEAD + f"Garden group,,{later(9)},,10:00,60,8,\nNobody’s,,{later(9)},,10:00,60,8,\n"
    path = "/provider/dates/sheet"
    shown = await send(client, path, files={"sheet": ("dates.csv", text.encode(), "text/csv")}, do="show")
    words = plain(shown.text)
    assert "Added: 1. Changed: 0. Unchanged: 0. Refused: 1." in words
    kept = re.search(r'<textarea name="text" hidden>\n(.*?)</textarea>', shown.text, re.DOTALL)
    seen = re.search(r'name="shown" value="(\w+)"', shown.text)
    assert kept is not None
    assert seen is not None
    done = await send(client, path, do="use", text=unescape(kept[1]), shown=seen[1])
    assert done.status_code == 303, plain(done.text)
    assert await db.fetch_value("SELECT count(*) FROM activity_session") == 1
    out = await client.get("/provider/dates.csv")
    assert out.headers["content-type"].startswith("text/csv")
    assert "Garden group" in out.text
    wrong = await send(client, path, files={"sheet": ("x.csv", b"\x89PNG\r\n\x00", "text/csv")}, do="show")
    assert wrong.status_code == 422
    assert "This file is no text" in plain(wrong.text)


async def test_programs_look_and_use_a_sheet(client: httpx.AsyncClient, world: World) -> None:
    await world.activity()
    headers = {"Authorization": f"Bearer {await world.token(world.manager)}"}
    text = HEAD + f"Garden group,,{later(9)},,10:00,60,8,\n"
    looked = (await client.post("/api/v1/dates/sheet", json={"text": text}, headers=headers)).json()
    assert (looked["used"], looked["rows"][0]["outcome"]) == (False, "added")
    body = {"text": text, "shown": looked["shown"]}
    assert (await client.post("/api/v1/dates/sheet", json=body, headers=headers)).json()["used"]
    assert (await client.post("/api/v1/dates/sheet", json=body, headers=headers)).status_code == 409
    assert "Garden group" in (await client.get("/api/v1/dates/sheet", headers=headers)).text
    with pytest.raises(Forbidden):
        await look_at_sheet(world.staff, text)
