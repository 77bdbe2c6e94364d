"""A week's register as a sheet: out, in, and every row's fate before anything is saved (row P5)."""

import csv
import io
from datetime import time
from typing import Any
from uuid import UUID

import pytest

from invoicing.runs.commands import issue_invoices
from marketplace.bookings.commands import Times, book, cancel_booking, record_attendance
from marketplace.bookings.register.commands import save_sheet
from marketplace.bookings.register.sheet import Fate, fates, lines_of, references_of, written
from marketplace.bookings.register.sheet_queries import known_in_week, known_rows
from marketplace.bookings.rules import Outcome, Reason
from marketplace.identity.access import Actor
from marketplace.kernel import clock, db
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.clock import week_of
from marketplace.kernel.errors import Invalid
from tests.asking import Client, follow, send, sign_in, words_of
from tests.world import World

pytestmark = pytest.mark.row("P5")


async def two(world: World) -> tuple[UUID, UUID]:
    session = await world.session_today()
    emma = (await book(world.broker, session, world.emma_isf)).id
    return emma, (await book(world.dan_user, session, world.dan_direct)).id


async def sheet_of(actor: Actor, **changes: dict[str, str]) -> str:
    """The week's sheet, filled in by the first name of each person."""
    rows = list(csv.DictReader(io.StringIO(written(await known_in_week(actor, week_of(clock.today()))))))
    for row in rows:
        row.update(changes.get(row["person"].split()[0].lower(), {}))
    told = io.StringIO()
    writer = csv.DictWriter(told, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return told.getvalue()


async def fates_of(actor: Actor, text: str) -> list[Fate]:
    lines = lines_of(text)
    return fates(lines, await known_rows(actor, references_of(lines)), clock.today())


async def test_a_sheet_goes_out_and_comes_back_filled_in(world: World) -> None:
    emma, dan = await two(world)
    filled = await sheet_of(
        world.staff,
        emma={"outcome": "attended", "came": "10:05", "note": "=HYPERLINK()"},
        dan={"outcome": "absent"},
    )
    told = await fates_of(world.staff, filled)
    assert [(each.who.split()[0], each.words) for each in told] == [
        ("Dan", "Recorded: did not come"),
        ("Emma", "Recorded: attended"),
    ]
    saved = await save_sheet(world.staff, told)
    assert set(saved.recorded) == {emma, dan}
    row = await db.fetch_one("SELECT outcome, arrived_at, note FROM attendance WHERE booking_id = $1", emma)
    assert row == {"outcome": "attended", "arrived_at": time(10, 5), "note": "=HYPERLINK()"}
    again = written(await known_in_week(world.staff, week_of(clock.today())))
    assert "'=HYPERLINK()" in again
    assert [each.words for each in await fates_of(world.staff, again)] == ["Nothing changes"] * 2


async def test_every_row_that_cannot_be_saved_says_why(world: World) -> None:
    emma, dan = await two(world)
    later = await world.session()
    await book(world.broker, later, world.emma_isf)
    given_up = (await book(world.dan_user, await world.session(), world.dan_direct)).id
    await cancel_booking(world.dan_user, given_up, Reason.CHANGED_MIND)
    await record_attendance(world.staff, emma, Outcome.ATTENDED)
    await issue_invoices(SYSTEM, clock.today().replace(day=1))
    known = {row["id"]: row["reference"] for row in await db.fetch_all("SELECT id, reference FROM booking")}
    future = next(reference for each, reference in known.items() if each not in (emma, dan, given_up))
    lines = [
        f"{known[emma]},absent,", f"{known[dan]},perhaps,", f"{future},attended,", f"{known[given_up]},attended,",
        "BK-NOBODY,attended,", f"{known[dan]},attended,", f"{known[emma]},attended,late",
    ]  # fmt: skip
    told = await fates_of(world.staff, "Booking,Outcome,came\n" + "\n".join(lines))
    assert all(each.refused for each in told)
    starts = [each.words.split()[0:4] for each in told]
    assert starts[0] == ["It", "is", "on", "an"]
    assert starts[1] == ["The", "outcome", "must", "be"]
    assert "not before that day" in told[2].words
    assert starts[3] == ["There", "is", "no", "place"]
    assert starts[4] == ["There", "is", "no", "such"]
    assert "twice" in told[5].words


async def test_another_provider_finds_none_of_these_bookings(world: World) -> None:
    await two(world)
    told = await fates_of(world.other_manager, await sheet_of(world.staff, emma={"outcome": "attended"}))
    assert {each.words for each in told} == {"There is no such booking on your registers"}


async def test_a_sheet_without_our_columns_is_refused() -> None:
    with pytest.raises(Invalid):
        lines_of("name;date\nEmma;today\n")


async def test_the_dry_run_saves_nothing_and_the_button_saves_it(world: World, client: Client) -> None:
    await two(world)
    await sign_in(client, world.staff)
    filled = await sheet_of(world.staff, emma={"outcome": "attended"})
    files: Any = {"sheet": ("week.csv", filled.encode(), "text/csv")}
    path = "/provider/registers/import"
    shown = await send(client, path, files=files)
    assert "1 row would be saved." in shown.text
    assert await db.fetch_value("SELECT count(*) FROM attendance") == 0
    assert "1 row saved." in await follow(client, await send(client, path, save="yes", text=filled))
    assert await db.fetch_value("SELECT outcome FROM attendance") == "attended"
    assert "Choose the CSV file" in (await send(client, path)).text


async def test_everybody_else_came_and_times_are_kept(world: World, client: Client) -> None:
    emma, dan = await two(world)
    session = await db.fetch_value("SELECT activity_session_id FROM booking WHERE id = $1", emma)
    await sign_in(client, world.staff)
    page = f"/provider/sessions/{session}"
    fields = {f"attendance-{dan}": "absent", f"came-{emma}": "10:05", "everybody": "yes"}
    await follow(client, await send(client, page, f"{page}/register", **fields))
    rows = await db.fetch_all("SELECT booking_id, outcome, arrived_at FROM attendance")
    assert {row["booking_id"]: (row["outcome"], row["arrived_at"]) for row in rows} == {
        emma: ("attended", time(10, 5)),
        dan: ("absent", None),
    }
    await record_attendance(world.staff, emma, Outcome.ATTENDED, "", Times(time(10, 5)))
    assert 'value="10:05"' in (await client.get(page)).text
    assert "Came at" in await words_of(client, page)


async def test_rows_that_the_dry_run_refused_are_told_again_when_the_others_are_saved(
    world: World, client: Client
) -> None:
    await two(world)
    await sign_in(client, world.staff)
    filled = await sheet_of(world.staff, emma={"outcome": "attended"}, dan={"outcome": "perhaps"})
    filled += "BK-NOBODY,,,,,,attended,,,\n" * 6
    path = "/provider/registers/import"
    shown = await follow(client, await send(client, path, save="yes", text=filled))
    assert "1 row saved." in shown
    assert "7 rows not saved. Row 2: The outcome must be attended or absent." in shown
    assert "And 2 more rows." in shown
