"""Every route × every visitor: allowed, 403, 404 or to the sign-in page; a route that declares nothing fails."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import pytest
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute
from litestar.testing import AsyncTestClient

from invoicing.runs.commands import issue_invoices
from marketplace.app import Schedule, create_app
from marketplace.bookings.commands import book, record_attendance
from marketplace.bookings.rules import Outcome
from marketplace.identity.credentials import begin_session
from marketplace.identity.http import declared_permission
from marketplace.identity.rules import Permission
from marketplace.kernel import clock, db
from marketplace.kernel.audit import SYSTEM
from providers.commands import TimetableDraft, apply_to_lot, create_timetable
from providers.timetables.rules import Weekday
from tests.architecture.permission_table import VISITORS, rows
from tests.living import live_with_everything
from tests.world import World

# Answered by other checks than a person's sign-in, or files that are there for everybody.
NOT_FOR_PEOPLE = ("/static/", "/schema", "/webhooks/", "/healthz", "/readyz", "/metrics")


def declared_routes(app: Litestar) -> list[tuple[str, str, HTTPRouteHandler]]:
    """Method, address and handler of every route of ours."""
    found = []
    for route in app.routes:
        if not isinstance(route, HTTPRoute):
            continue
        for handler in route.route_handlers:
            found += [
                (method, route.path, handler)
                for method in handler.http_methods
                if method not in ("OPTIONS", "HEAD")
            ]
    return sorted(found, key=lambda each: (each[1], each[0]))


def test_every_route_declares_a_permission() -> None:
    undeclared = [
        f"{method} {path}"
        for method, path, handler in declared_routes(create_app(Schedule.OFF))
        if declared_permission(handler) is None
    ]
    assert undeclared == []


Fill = Callable[[], Awaitable[object]]


async def _objects(world: World) -> dict[str, Fill]:
    """What stands for each parameter of an address; made anew for each request where a request uses it up."""
    activity = await world.activity(title="Table")
    session = await world.session(activity)
    today = await world.session_today(await world.activity(title="Today", price="5.00"))
    delivered = await book(world.broker, today, world.emma_isf)
    await record_attendance(world.staff, delivered.id, Outcome.ATTENDED)
    await issue_invoices(SYSTEM, clock.today().replace(day=1))
    booking = await book(world.broker, session, world.emma_isf)
    timetable, _ = await create_timetable(
        world.manager, activity,
        TimetableDraft(frozenset({Weekday.MONDAY}), clock.now().time().replace(tzinfo=None, microsecond=0, second=0),
                       60, clock.today(), clock.today().replace(year=clock.today().year + 1)),
    )  # fmt: skip
    lot = await db.fetch_value("SELECT id FROM lot")
    commission = await apply_to_lot(world.in_house_manager, world.vivo, lot)
    values: dict[str, object] = {
        "person_id": world.emma,
        "fund_id": world.emma_isf,
        "activity_id": activity,
        "session_id": session,
        "booking_id": booking.id,
        "timetable_id": timetable,
        "commission_id": commission,
        "provider_id": world.pettypool,
        "slug": await db.fetch_value("SELECT slug FROM provider WHERE id = $1", world.pettypool),
        "venue_id": await db.fetch_value("SELECT venue_id FROM activity WHERE id = $1", activity),
        "name": await db.fetch_value("SELECT id FROM invoice"),
        "authority_id": await db.fetch_value("SELECT id FROM authority WHERE kind = 'representative'"),
        "payout_id": "po_1Nobodys",
        "ownership_id": await db.fetch_value("SELECT id FROM ownership"),
        **await live_with_everything(world, activity),
    }

    def standing(value: object) -> Fill:
        async def fill() -> object:
            return value

        return fill

    async def idea() -> UUID:
        made: UUID = await db.fetch_value(
            "INSERT INTO idea (id, person_id, activity_session_id, created_by) VALUES (gen_random_uuid(), $1, $2, $1)"
            " ON CONFLICT (person_id, activity_session_id) DO UPDATE SET created_at = now() RETURNING id",
            world.emma,
            session,
        )
        return made

    async def helper() -> UUID:
        made: UUID = await db.fetch_value(
            "INSERT INTO plan_helper (id, version_id, kind, name) VALUES (gen_random_uuid(), $1, 'friend', 'Sam')"
            " RETURNING id",
            values["version_id"],
        )
        return made

    async def term() -> UUID:
        made: UUID = await db.fetch_value(
            "INSERT INTO term (id, provider_id, name, starts_on, ends_on)"
            " SELECT gen_random_uuid(), $1, 'Term', d, d"
            " FROM (SELECT coalesce(max(ends_on), now()::date) + 1 AS d FROM term) AS free"
            " RETURNING id",
            world.pettypool,
        )
        return made

    async def owed_card_payment() -> UUID:
        made: UUID = await db.fetch_value(
            "UPDATE card_payment SET state = 'refund_failed' WHERE id = $1 RETURNING id",
            values["card_payment_id"],
        )
        return made

    used_up = {"idea_id": idea, "card_payment_id": owed_card_payment, "helper_id": helper, "term_id": term}
    return {name: standing(value) for name, value in values.items()} | used_up


async def _address(path: str, objects: dict[str, Fill], world: World) -> str:
    if "/pay/" in path:
        # Only a direct payment is paid by card, so this one is Dan's.
        return f"/people/{world.dan}/pay/{await objects['session_id']()}?fund={world.dan_direct}"
    parts = []
    for part in path.split("/"):
        if part.startswith("{"):
            parts.append(str(await objects[part.strip("{}").split(":")[0]]()))
        else:
            parts.append(part)
    return "/".join(parts)


def _letter(status: int, location: str) -> str:
    if status == 401 or location.startswith("/sign-in?"):
        return "s"
    return {403: "3", 404: "4"}.get(status, "a")


@pytest.mark.row("A3")
async def test_every_route_for_every_visitor(world: World, client: AsyncTestClient[Any]) -> None:
    objects = await _objects(world)
    found: dict[str, str] = {}
    personas = world.personas()
    cookies = {name: await begin_session(actor.user_id) for name, actor in personas.items()}
    tokens = {name: await world.token(actor) for name, actor in personas.items()}
    form_token = (await client.get("/sign-in")).cookies["fairday_form"]
    for method, path, handler in declared_routes(create_app(Schedule.OFF)):
        if path.startswith(NOT_FOR_PEOPLE) or declared_permission(handler) is Permission.MACHINE:
            continue
        letters = ""
        for visitor in VISITORS:
            headers = {"Authorization": f"Bearer {tokens[visitor]}"} if visitor in tokens else {}
            client.cookies.clear()
            client.cookies.set("fairday_form", form_token)
            if visitor in cookies:
                client.cookies.set("fairday_session", cookies[visitor])
            answer = await client.request(
                method,
                await _address(path, objects, world),
                headers=headers | {"x-csrftoken": form_token},
                json={} if path.startswith("/api/") and method == "POST" else None,
                follow_redirects=False,
            )
            assert answer.status_code < 500, f"{visitor}: {method} {path}: {answer.status_code}"
            letters += _letter(answer.status_code, answer.headers.get("location", ""))
            if path == "/sign-out" and visitor in personas:
                cookies[visitor] = await begin_session(personas[visitor].user_id)
        found[f"{method} {path}"] = letters
    expected = rows()
    told = "\n".join(f"{letters} {route}" for route, letters in found.items())
    assert found == expected, f"The table is different. As found:\n{told}"
