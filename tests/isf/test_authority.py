"""Who may act for people: kinds, evidence, history, and an end that bites at the very next request (rows F4, A3)."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from isf import queries
from isf.commands import change_person, end_authority, give_authority
from isf.commands.people import PersonChange
from isf.rules.authorities import Known, held_on
from marketplace.identity.access import require_person
from marketplace.identity.commands import Capacity
from marketplace.identity.rules import (
    HELD_BY_ORGANISATION,
    HELD_BY_USER,
    SCOPES_OF_KIND,
    AuthorityKind,
    Scope,
)
from marketplace.kernel import clock, db
from marketplace.kernel.clock import FixedClock, from_wall, use_clock
from marketplace.kernel.errors import Invalid, NotFound, StateConflict
from marketplace.kernel.settings import settings
from marketplace.kernel.versions import EditedMeanwhile
from tests.asking import day, send, sign_in
from tests.world import World

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"
DAY = timedelta(days=1)
NOON = time(12)


@pytest.fixture(autouse=True)
def folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Evidence of a test lies in a folder of the test."""
    monkeypatch.setenv("VAR_DIR", str(tmp_path))
    settings.cache_clear()
    yield
    monkeypatch.undo()
    settings.cache_clear()


async def give(world: World, kind: AuthorityKind, scopes: list[Scope], **changes: Any) -> UUID:
    """An authority for Dan, held as its kind asks."""
    holder: dict[str, Any] = {"user_id": world.sister.user_id}
    if kind in HELD_BY_ORGANISATION:
        holder = {"organisation_id": world.lighthouse}
    if kind is AuthorityKind.AUTHORISED_PERSON:
        holder["capacity"] = Capacity("Dr Green, mental capacity assessor", clock.today())
    return await give_authority(
        world.care_manager, world.dan, kind, scopes, starts_on=clock.today(), **holder | changes
    )


@pytest.mark.row("F4")
@pytest.mark.parametrize("kind", list(AuthorityKind))
async def test_every_kind_has_its_scopes_and_no_more(world: World, kind: AuthorityKind) -> None:
    for scope in Scope:
        if scope in SCOPES_OF_KIND[kind]:
            await give(world, kind, [scope])
        else:
            with pytest.raises(Invalid) as refused:
                await give(world, kind, [scope])
            assert "scopes" in refused.value.fields


@pytest.mark.row("F4")
@pytest.mark.parametrize("kind", sorted(HELD_BY_USER | HELD_BY_ORGANISATION))
async def test_a_kind_for_people_is_not_an_organisations_and_the_other_way_round(
    world: World, kind: AuthorityKind
) -> None:
    other: dict[str, Any] = {"user_id": world.sister.user_id, "organisation_id": None}
    if kind in HELD_BY_USER:
        other = {"user_id": None, "organisation_id": world.lighthouse}
    with pytest.raises(Invalid):
        await give(world, kind, [], **other)


@pytest.mark.row("F4")
async def test_an_authorised_person_needs_who_decided_and_when(world: World) -> None:
    kind = AuthorityKind.AUTHORISED_PERSON
    tomorrow = clock.today() + DAY
    for capacity in (None, Capacity(" ", clock.today()), Capacity("Dr Green", tomorrow)):
        with pytest.raises(Invalid) as refused:
            await give(world, kind, [Scope.PAY], capacity=capacity)
        assert set(refused.value.fields) <= {"capacity_decided_by", "capacity_decided_on"}
    await give(world, kind, [Scope.PAY])
    (line,) = [
        each for each in await queries.authorities_of(world.care_manager, world.dan) if each.kind is kind
    ]
    assert line.capacity_decided_by == "Dr Green, mental capacity assessor"


@pytest.mark.row("F4")
@pytest.mark.row("A3")
async def test_an_end_bites_at_the_very_next_request(world: World, client: httpx.AsyncClient) -> None:
    authority = await give(world, AuthorityKind.NOMINATED_PERSON, [Scope.BOOK, Scope.PAY])
    await sign_in(client, world.sister)
    bearer = {"Authorization": f"Bearer {await world.token(world.sister)}"}
    pages = [
        f"/people/{world.dan}{page}" for page in ("", "/week", "/needs", "/authority", "/circle", "/record")
    ]
    pages.append(f"/funds/{world.dan_direct}")
    api = [f"/api/v1/people/{world.dan}{end}" for end in ("", "/funds", "/authorities", "/needs", "/circle")]
    for path in pages:
        assert (await client.get(path)).status_code == 200, path
    for path in api:
        assert (await client.get(path, headers=bearer)).status_code == 200, path
    # The same open browser and the same token, no sign-out and no waiting.
    await end_authority(world.care_manager, authority, clock.today(), because="Dan asked")
    for path in pages:
        assert (await client.get(path)).status_code == 404, path
    for path in api:
        assert (await client.get(path, headers=bearer)).status_code == 404, path
    with pytest.raises(StateConflict):
        await end_authority(world.care_manager, authority, clock.today())


@pytest.mark.row("F4")
async def test_one_person_can_have_several_and_the_end_of_one_leaves_the_others(world: World) -> None:
    first = await give(world, AuthorityKind.NOMINATED_PERSON, [Scope.PAY])
    await give(world, AuthorityKind.REPRESENTATIVE, [Scope.BOOK])
    await require_person(world.sister, world.dan, Scope.PAY)
    await end_authority(world.care_manager, first, clock.today())
    await require_person(world.sister, world.dan, Scope.BOOK)
    assert Scope.PAY not in (await queries.person(world.sister, world.dan)).scopes


@pytest.mark.row("F4")
async def test_who_could_do_what_on_a_past_day_is_what_was_true_then(world: World) -> None:
    given_on, ended_on = date(2025, 3, 3), date(2025, 3, 20)
    with use_clock(FixedClock(from_wall(given_on, NOON))):
        authority = await give_authority(
            world.care_manager, world.dan, AuthorityKind.REPRESENTATIVE, [Scope.BOOK],
            user_id=world.sister.user_id, starts_on=date(2025, 3, 1),
        )  # fmt: skip
    with use_clock(FixedClock(from_wall(ended_on, NOON))):
        await end_authority(world.care_manager, authority, date(2025, 3, 15), because="Moved away")

    async def on(day: date) -> list[tuple[bool, bool]]:
        lines = await queries.authorities_on(world.care_manager, world.dan, day)
        return [(line.could, line.changed_later) for line in lines if line.authority_id == authority]

    # Given on the 3rd with effect from the 1st: on the 2nd nobody could act by it, whatever the record says now.
    assert await on(date(2025, 3, 2)) == [(False, True)]
    assert await on(date(2025, 3, 10)) == [(True, False)]
    # Ended on the 20th with effect from the 15th: on the 17th it was still in force.
    assert await on(date(2025, 3, 17)) == [(True, True)]
    assert await on(date(2025, 3, 21)) == []
    assert await on(date(2025, 2, 28)) == []

    (line,) = [
        each
        for each in await queries.authorities_on(world.care_manager, world.dan, ended_on)
        if each.authority_id == authority
    ]
    assert (line.since, line.until) == (None, datetime(2025, 3, 20, 12, tzinfo=UTC))
    assert (line.changed_by, line.because, line.scopes) == (
        "Carol Manager",
        "Moved away",
        [Scope.SEE, Scope.BOOK],
    )
    (line,) = [
        each
        for each in await queries.authorities_on(world.care_manager, world.dan, given_on)
        if each.authority_id == authority
    ]
    assert (line.since, line.until) == (datetime(2025, 3, 3, 12, tzinfo=UTC), None)


@pytest.mark.row("F4")
async def test_the_page_and_the_api_tell_the_same_of_a_day(world: World, client: httpx.AsyncClient) -> None:
    authority = await give(world, AuthorityKind.NOMINATED_PERSON, [Scope.PAY])
    await end_authority(world.care_manager, authority, clock.today(), because="Dan asked")
    today = clock.today().isoformat()
    await sign_in(client, world.care_manager)
    shown = (await client.get(f"/people/{world.dan}/authority/on?day={today}")).text
    assert "Sally Sister" in shown
    assert "when it was ended by Carol Manager: Dan asked" in shown
    headers = {"Authorization": f"Bearer {await world.token(world.care_manager)}"}
    answer = await client.get(f"/api/v1/people/{world.dan}/authorities/on?day={today}", headers=headers)
    told = [line for line in answer.json()["authorities"] if line["authority_id"] == str(authority)]
    assert [(line["could"], line["because"], line["scopes"]) for line in told] == [
        (True, "Dan asked", ["see", "pay"])
    ]
    assert (await client.get(f"/people/{world.dan}/authority/on?day=31-31")).status_code == 422


@pytest.mark.row("F4")
async def test_the_history_is_the_databases_own_and_nobody_rewrites_it(world: World) -> None:
    authority = await give(world, AuthorityKind.REPRESENTATIVE, [Scope.BOOK])
    await db.execute("UPDATE authority SET ends_on = $2 WHERE id = $1", authority, clock.today() + 9 * DAY)
    kept = await db.fetch_one("SELECT ends_on_before, ends_on_after FROM authority_change")
    assert kept == {"ends_on_before": None, "ends_on_after": clock.today() + 9 * DAY}
    for statement in (
        "UPDATE authority SET scopes = '{see,plan,book,pay}' WHERE id = $1",
        "UPDATE authority SET starts_on = starts_on - 30 WHERE id = $1",
        "DELETE FROM authority WHERE id = $1",
        "DELETE FROM authority_change WHERE authority_id = $1",
        "UPDATE authority_change SET because = 'x' WHERE authority_id = $1",
    ):
        with pytest.raises(Exception, match=r"append-only|never rewritten"):
            await db.execute(statement, authority)


def test_a_day_is_a_london_day_also_in_summer() -> None:
    given = datetime(2026, 6, 30, 23, 30, tzinfo=UTC)  # Half past midnight of 1 July in London.
    known = [Known(given, None)]
    assert not held_on(date(2026, 6, 1), known, date(2026, 6, 30)).could
    assert held_on(date(2026, 6, 1), known, date(2026, 7, 1)).since == given
    assert held_on(date(2026, 6, 1), known, date(2026, 7, 2)).since is None


@pytest.mark.row("F4")
async def test_evidence_is_kept_and_given_only_to_those_who_see_the_person(
    world: World, client: httpx.AsyncClient
) -> None:
    await sign_in(client, world.care_manager)
    path = f"/people/{world.dan}/authority/new"
    fields: dict[str, Any] = {
        "kind": "authorised_person", "email": "sally@example.com", "scopes": ["book", "pay"],
        "capacity_decided_by": "Dr Green", "evidence": "Order of 3 March", **day("starts_on", clock.today()),
    }  # fmt: skip
    letter = {"evidence_file": ("../../etc/<order> of\r\n court.pdf.exe", PDF, "application/pdf")}
    answer = await send(client, path, files=letter, **fields)
    assert answer.status_code == 422
    for words in (
        "Enter the day on which that was decided",
        "Choose the file again",
        "Order of 3 March",
        "Dr Green",
    ):
        assert words in answer.text
    assert await db.fetch_value("SELECT count(*) FROM stored_file") == 0
    answer = await send(client, path, files=letter, **fields, **day("capacity_decided_on", clock.today()))
    assert answer.status_code == 303, answer.text
    (file,) = await db.fetch_all("SELECT id, name FROM stored_file")
    assert file["name"] == "-order- of- court-pdf-exe.pdf".lstrip("-")
    assert f"/files/{file['id']}" in (await client.get(f"/people/{world.dan}/authority")).text
    for actor, status in (
        (world.care_manager, 200), (world.dan_user, 200), (world.sister, 200), (world.broker, 404),
        (world.stranger, 404), (world.other_care_manager, 404), (world.manager, 403),
    ):  # fmt: skip
        await sign_in(client, actor)
        answer = await client.get(f"/files/{file['id']}")
        assert answer.status_code == status, actor.name
    await sign_in(client, world.care_manager)
    answer = await client.get(f"/files/{file['id']}")
    assert answer.content == PDF
    assert answer.headers["content-disposition"].startswith("attachment")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert await db.fetch_value("SELECT count(*) FROM audit_record WHERE action = 'stored_file.viewed'") == 4


@pytest.mark.row("F4")
async def test_a_refused_file_loses_nothing_typed(world: World, client: httpx.AsyncClient) -> None:
    await sign_in(client, world.care_manager)
    path = f"/people/{world.dan}/authority/new"
    fields: dict[str, Any] = {
        "kind": "representative", "email": "sally@example.com", "scopes": ["book"], "evidence": "Agreed at home",
        **day("starts_on", clock.today()),
    }  # fmt: skip
    big = b"%PDF-1.7\n" + b"0" * (10 * 1024 * 1024)
    for content, kind, words in (
        (b"MZ" + b"\0" * 99, "application/pdf", "This file is none of them"),
        (PDF, "image/png", "not what it says it is"),
        (big, "application/pdf", "too big"),
    ):
        answer = await send(client, path, files={"evidence_file": ("letter.pdf", content, kind)}, **fields)
        assert answer.status_code == 422
        assert words in answer.text
        assert "Agreed at home" in answer.text
    assert await db.fetch_value("SELECT count(*) FROM stored_file") == 0
    assert [each for each in (settings().var_dir / "files").rglob("*") if each.is_file()] == []


@pytest.mark.row("A3")
async def test_of_two_who_save_a_record_at_once_one_wins_and_the_other_is_told(world: World) -> None:
    def change(name: str) -> PersonChange:
        return PersonChange(name, "", None, "", False, world.dan_user.user_id)

    done = await asyncio.gather(
        *(change_person(world.care_manager, world.dan, 1, change(f"Dan {number}")) for number in range(6)),
        return_exceptions=True,
    )
    assert sorted(type(each).__name__ for each in done) == ["EditedMeanwhile"] * 5 + ["int"]
    refused = next(each for each in done if isinstance(each, EditedMeanwhile))
    assert refused.newer["name"] == (await queries.person(world.care_manager, world.dan)).name
    assert refused.newer["version"] == 2


@pytest.mark.row("A3")
async def test_whoever_signed_in_as_the_person_stops_when_another_is_linked(world: World) -> None:
    change = PersonChange("Dan Example", "Dan", None, "", False, world.sister.user_id)
    await change_person(world.care_manager, world.dan, 1, change)
    await require_person(world.sister, world.dan, Scope.PLAN)
    kinds = {
        (line.kind, line.holder, line.over)
        for line in await queries.authorities_of(world.care_manager, world.dan)
        if line.kind is AuthorityKind.SELF
    }
    assert (AuthorityKind.SELF, "Sally Sister", False) in kinds
    assert not {holder for _, holder, over in kinds if holder == "Dan Example" and not over}


@pytest.mark.row("A3")
async def test_another_council_changes_no_record_here(world: World) -> None:
    change = PersonChange("X", "", None, "", False, None)
    with pytest.raises(NotFound):
        await change_person(world.other_care_manager, world.dan, 1, change)
