"""A one-off session at the council's own service: off unless it is turned on, by two people, never paid (row D4)."""

import asyncio
from dataclasses import replace
from datetime import time, timedelta
from uuid import UUID, uuid4

import asyncpg
import pytest

from isf.ledger import commands as ledger
from isf.ledger.rules import Account
from isf.ledger.verify import verify
from marketplace.bookings.commands import book
from marketplace.bookings.exceptions.commands import (
    Question,
    approve_exception,
    ask_exception,
    refuse_exception,
    withdraw_exception,
)
from marketplace.bookings.exceptions.queries import exception, exceptions_to_decide
from marketplace.bookings.exceptions.rules import (
    ExceptionsOff,
    ExceptionState,
    NothingToNet,
    NotTheirOwnService,
    TooManyExceptions,
)
from marketplace.identity.rules import Role
from marketplace.kernel import clock, db
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.errors import (
    Conflict,
    Forbidden,
    InHouseBlocked,
    Invalid,
    NotFound,
    SessionFull,
    StateConflict,
)
from marketplace.kernel.ids import reference
from marketplace.kernel.money import Money
from marketplace.kernel.routes_of_money import Route
from providers.ownership.commands import OwnershipBlocked, end_ownership
from tests.marketplace.bookings.exceptions.asking import WHY, YES, allow, approved, asked, at_vivo, woodwork
from tests.world import World, balances, persona

pytestmark = pytest.mark.row("D4")


async def state_of(exception_id: UUID) -> str:
    return str(await db.fetch_value("SELECT state FROM in_house_exception WHERE id = $1", exception_id))


async def test_nobody_can_ask_as_long_as_the_council_has_not_turned_it_on(world: World) -> None:
    session = await at_vivo(world)
    with pytest.raises(ExceptionsOff):
        await asked(world, session)
    with pytest.raises(NotFound):
        await exceptions_to_decide(world.finance_officer)
    with pytest.raises(asyncpg.CheckViolationError, match="allows no one-off"):
        await _ask_by_sql(world, session)


async def test_asked_by_one_and_approved_by_another_it_is_a_booking_that_nobody_is_paid_for(
    world: World,
) -> None:
    await allow(world)
    session = await at_vivo(world)
    before = await balances(world.dan_direct)
    made = await asked(world, session)
    assert [line.id for line in await exceptions_to_decide(world.finance_officer)] == [made]
    assert await balances(world.dan_direct) == before
    booked = await approve_exception(world.finance_officer, made, YES)
    row = await db.fetch_one(
        "SELECT payment, state, exception_id, price_pence FROM booking WHERE id = $1", booked.id
    )
    assert row == {"payment": "netted", "state": "confirmed", "exception_id": made, "price_pence": 3850}
    after = await balances(world.dan_direct)
    assert (after["available"], after["committed"]) == (before["available"] - 3850, 3850)
    line = await exception(world.care_manager, made)
    assert (line.state, line.booking_id, line.because) == (ExceptionState.APPROVED, booked.id, YES)
    assert line.decided_by_name == "Fiona Finance"
    assert await exceptions_to_decide(world.finance_officer) == []
    assert await verify() == []


async def test_who_asked_never_decides_by_the_command_or_by_sql(world: World) -> None:
    await allow(world)
    made = await asked(world, await at_vivo(world))
    with pytest.raises(Forbidden):
        await approve_exception(world.care_manager, made, YES)
    with pytest.raises(asyncpg.CheckViolationError, match="two_people"):
        await db.execute(
            "UPDATE in_house_exception SET state = 'approved', decided_by = asked_by, decided_at = now(),"
            " because = 'yes' WHERE id = $1",
            made,
        )
    assert await state_of(made) == "asked"


async def test_an_officer_who_is_care_manager_too_cannot_approve_what_they_asked_for(world: World) -> None:
    await allow(world)
    both = replace(world.care_manager, roles=world.care_manager.roles | world.finance_officer.roles)
    made = await asked(world, await at_vivo(world))
    for decide in (approve_exception, refuse_exception):
        with pytest.raises(Forbidden, match="you asked for it"):
            await decide(both, made, YES)


async def test_a_decision_says_why_is_made_once_and_is_of_the_council(world: World) -> None:
    await allow(world)
    made = await asked(world, await at_vivo(world))
    with pytest.raises(Invalid):
        await approve_exception(world.finance_officer, made, " ")
    with pytest.raises(Invalid):
        await refuse_exception(world.finance_officer, made, "")
    with pytest.raises(Forbidden):
        await approve_exception(world.other_care_manager, made, YES)
    with pytest.raises(NotFound):
        await withdraw_exception(world.other_care_manager, made)
    await refuse_exception(world.finance_officer, made, "The garden group has room that day.")
    for again in (approve_exception, refuse_exception):
        with pytest.raises(StateConflict):
            await again(world.finance_officer, made, YES)
    told = await db.fetch_all("SELECT subject FROM sent_notice WHERE person_id = $1", world.dan)
    assert "A session at the council’s own service was not allowed" in {row["subject"] for row in told}
    assert await db.fetch_value("SELECT count(*) FROM booking") == 0


async def test_a_question_is_taken_back_before_it_is_decided_and_asked_anew(world: World) -> None:
    await allow(world)
    session = await at_vivo(world)
    made = await asked(world, session)
    with pytest.raises(Conflict):
        await asked(world, session)
    await withdraw_exception(world.care_manager, made)
    with pytest.raises(StateConflict):
        await approve_exception(world.finance_officer, made, YES)
    assert await asked(world, session) != made


async def test_it_is_asked_by_the_council_for_a_personal_budget_and_its_own_service_only(
    world: World,
) -> None:
    await allow(world)
    session = await at_vivo(world)
    for actor in (world.dan_user, world.broker, world.finance_officer, world.commissioner):
        with pytest.raises(Forbidden):
            await ask_exception(actor, world.dan, Question(session, world.dan_direct, WHY))
    with pytest.raises(NotFound):
        await ask_exception(world.other_care_manager, world.dan, Question(session, world.dan_direct, WHY))
    with pytest.raises(NotFound):  # The fund is another person's.
        await asked(world, session, world.emma_isf, world.dan)
    with pytest.raises(Invalid):
        await ask_exception(world.care_manager, world.dan, Question(session, world.dan_direct, "  "))
    with pytest.raises(NotTheirOwnService):
        await asked(world, await world.session())
    with pytest.raises(NotTheirOwnService):
        await asked(world, session, world.emma_managed, world.emma)


async def test_over_the_limit_is_refused_until_the_weeks_are_over(world: World) -> None:
    await allow(world, 1, 4)
    activity, today = await woodwork(world), clock.today()
    await approved(world, await at_vivo(world, today + timedelta(days=3), activity=activity))
    soon = await asked(world, await at_vivo(world, today + timedelta(days=30), activity=activity))
    with pytest.raises(TooManyExceptions):
        await approve_exception(world.finance_officer, soon, YES)
    assert await state_of(soon) == "asked"
    late = await at_vivo(world, today + timedelta(days=31), activity=activity)
    assert (await approved(world, late)).state == "confirmed"


async def test_two_approvals_at_once_for_one_person_stay_within_the_limit(world: World) -> None:
    await allow(world, 1, 26)
    activity, today = await woodwork(world), clock.today()
    made = [
        await asked(world, await at_vivo(world, today + timedelta(days=offset), activity=activity))
        for offset in (3, 4, 5)
    ]
    came = await asyncio.gather(
        *(approve_exception(world.finance_officer, each, YES) for each in made), return_exceptions=True
    )
    assert sorted(type(each).__name__ for each in came) == [
        "Booked",
        "TooManyExceptions",
        "TooManyExceptions",
    ]
    assert await db.fetch_value("SELECT count(*) FROM booking WHERE payment = 'netted'") == 1


async def test_turned_off_from_a_day_on_it_is_not_approved_for_that_day(world: World) -> None:
    await allow(world)
    made = await asked(world, await at_vivo(world))
    await allow(world, 0, since=-1)
    with pytest.raises(ExceptionsOff):
        await approve_exception(world.finance_officer, made, YES)
    assert await state_of(made) == "asked"


async def test_a_full_session_refuses_and_leaves_the_question(world: World) -> None:
    await allow(world)
    session = await at_vivo(world)
    made = await asked(world, session)
    await db.execute("UPDATE activity_session SET places_taken = capacity WHERE id = $1", session)
    with pytest.raises(SessionFull):
        await approve_exception(world.finance_officer, made, YES)
    await db.execute("UPDATE activity_session SET places_taken = 0 WHERE id = $1", session)
    assert await state_of(made) == "asked"
    assert (await approve_exception(world.finance_officer, made, YES)).price_pence == 3850


async def test_more_than_the_council_still_pays_in_cannot_be_netted(world: World) -> None:
    await allow(world, 5)
    dear = await woodwork(world, price="260.00")
    today = clock.today()
    await approved(world, await at_vivo(world, today + timedelta(days=3), activity=dear))
    # £500.00 is to come and £260.00 of it is netted already: £240.00 is left to net from, and to book.
    with pytest.raises(Conflict) as refused:
        await asked(world, await at_vivo(world, today + timedelta(days=4), activity=dear))
    assert refused.value.code in ("fund_exhausted", NothingToNet.code)


async def test_what_is_paid_in_already_cannot_be_netted(world: World) -> None:
    await allow(world)
    await ledger.pay_in(
        SYSTEM, world.dan_direct, Account.FUNDING, Money(48_000), clock.today(), reference="all-at-once",
        subject_id=None,
    )  # fmt: skip
    with pytest.raises(NothingToNet, match=r"only £20\.00 is still to be paid"):
        await asked(world, await at_vivo(world))


async def test_the_service_cannot_become_somebody_elses_under_a_netted_booking(world: World) -> None:
    await allow(world)
    await approved(world, await at_vivo(world))
    owned = await db.fetch_value("SELECT id FROM ownership WHERE provider_id = $1", world.vivo)
    with pytest.raises(OwnershipBlocked, match="nobody is paid for them"):
        await end_ownership(world.commissioner, owned, clock.today() + timedelta(days=1))


async def _ask_by_sql(world: World, session: UUID, *, state: str = "asked") -> UUID:
    made = uuid4()
    await db.execute(
        "INSERT INTO in_house_exception (id, person_id, fund_id, council_id, route, activity_session_id, service_on,"
        " price_pence, state, why, asked_by, asked_at, because, decided_by, decided_at)"
        " VALUES ($1, $2, $3, $4, 'direct_payment', $5, current_date, 3850, $6::text, 'x', $7, now(),"
        "         CASE $6::text WHEN 'asked' THEN '' ELSE 'y' END,"
        "         CASE $6::text WHEN 'asked' THEN NULL ELSE $8::uuid END,"
        "         CASE $6::text WHEN 'asked' THEN NULL ELSE now() END)",
        made, world.dan, world.dan_direct, world.council, session, state, world.care_manager.user_id,
        world.finance_officer.user_id,
    )  # fmt: skip
    return made


async def _book_by_sql(
    world: World,
    session: UUID,
    *,
    person: UUID | None = None,
    fund: UUID | None = None,
    route: str = "direct_payment",
    payment: str = "netted",
    exception_id: UUID | None = None,
    price: int = 3850,
) -> None:
    await db.execute(
        "INSERT INTO booking (id, reference, person_id, fund_id, activity_session_id, provider_id, council_id, route,"
        " owner_council_id, state, payment, starts_at, ends_at, service_on, price_pence, vat_category,"
        " vat_rate_basis_points, notice_hours, charge_percent, refill_waives_charge, exception_id)"
        " SELECT $1, $2, $3, $4, s.id, s.provider_id, $6, $7, s.owner_council_id, 'confirmed', $8, s.starts_at,"
        "        s.ends_at, s.service_on, $9, 'exempt', 0, 48, 50, true, $10 FROM activity_session s WHERE s.id = $5",
        uuid4(), reference("BK"), person or world.dan, fund or world.dan_direct, session, world.council, route,
        payment, price, exception_id,
    )  # fmt: skip


async def test_sql_cannot_book_in_house_without_an_exception_that_is_exactly_for_it(world: World) -> None:
    await allow(world, 5)
    activity, today = await woodwork(world), clock.today()
    session = await at_vivo(world, today + timedelta(days=3), activity=activity)
    other = await at_vivo(world, today + timedelta(days=4), activity=activity)
    with pytest.raises(InHouseBlocked):
        await book(world.dan_user, session, world.dan_direct)
    with pytest.raises(asyncpg.CheckViolationError, match="booking_not_in_house"):
        await _book_by_sql(world, session, payment="invoice")
    with pytest.raises(asyncpg.CheckViolationError, match="no approved exception"):
        await _book_by_sql(world, session)
    made = await asked(world, session)
    with pytest.raises(asyncpg.CheckViolationError, match="no approved exception"):
        await _book_by_sql(world, session, exception_id=made)
    with pytest.raises(asyncpg.CheckViolationError, match="answered once"):
        await _ask_by_sql(world, other, state="approved")
    await approve_exception(world.finance_officer, made, YES)
    # It is used; and it is nobody else's, no other money's, no other session's, and at no other price.
    with pytest.raises((asyncpg.UniqueViolationError, asyncpg.ExclusionViolationError)):
        await _book_by_sql(world, session, exception_id=made)
    await db.execute("UPDATE booking SET state = 'cancelled' WHERE exception_id = $1", made)
    with pytest.raises(asyncpg.UniqueViolationError, match="booking_one_for_each_exception"):
        await _book_by_sql(world, session, exception_id=made)
    with pytest.raises(asyncpg.CheckViolationError, match="no approved exception"):
        await _book_by_sql(world, session, exception_id=made, price=100)
    with pytest.raises(asyncpg.CheckViolationError, match="booking_netted_by_exception"):
        await _book_by_sql(world, session, exception_id=made, payment="invoice")


async def test_sql_cannot_lend_an_exception_to_another_person_fund_or_session(world: World) -> None:
    await allow(world, 5)
    activity, today = await woodwork(world), clock.today()
    session = await at_vivo(world, today + timedelta(days=3), activity=activity)
    other = await at_vivo(world, today + timedelta(days=4), activity=activity)
    async with db.unit_of_work():
        made = await asked(world, session)
        # Approved, and not booked yet: what a crafted statement would like to use.
        await db.execute(
            "UPDATE in_house_exception SET state = 'approved', decided_by = $2, decided_at = now(), because = 'x'"
            " WHERE id = $1",
            made,
            world.finance_officer.user_id,
        )
    lent = asyncpg.ForeignKeyViolationError
    with pytest.raises(lent, match="booking_of_exception"):
        await _book_by_sql(
            world, session, person=world.emma, fund=world.emma_isf, route="isf", exception_id=made
        )
    with pytest.raises(lent, match="booking_of_exception"):
        await _book_by_sql(world, other, exception_id=made)
    _, fund = await world.person_with_fund("Fred Fund", Route.DIRECT_PAYMENT, "500.00")
    with pytest.raises(lent):
        await _book_by_sql(world, session, fund=fund, exception_id=made)
    with pytest.raises(asyncpg.CheckViolationError, match="never changed"):
        await db.execute("UPDATE in_house_exception SET fund_id = $2 WHERE id = $1", made, fund)
    await _book_by_sql(world, session, exception_id=made)
    for change in ("payment = 'invoice'", "exception_id = NULL, payment = 'card'", "price_pence = 1"):
        with pytest.raises(asyncpg.CheckViolationError):
            await db.execute(f"UPDATE booking SET {change} WHERE exception_id = $1", made)


async def test_sql_cannot_make_a_usual_booking_a_netted_one(world: World) -> None:
    await allow(world)
    usual = await book(world.dan_user, await world.session(at=time(14)), world.dan_direct)
    made = await asked(world, await at_vivo(world))
    with pytest.raises(asyncpg.CheckViolationError, match="never changes"):
        await db.execute(
            "UPDATE booking SET payment = 'netted', exception_id = $2 WHERE id = $1", usual.id, made
        )


async def test_a_second_officer_may_decide_and_a_stranger_sees_nothing(world: World) -> None:
    await allow(world)
    made = await asked(world, await at_vivo(world))
    for actor in (world.stranger, world.other_care_manager):
        with pytest.raises(NotFound):
            await exception(actor, made)
    frank = await persona("Frank Finance", Role.FINANCE_OFFICER, world.council)
    assert (await approve_exception(frank, made, YES)).state == "confirmed"
