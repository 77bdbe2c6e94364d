"""Support by ratio, with a journey, and shared to the penny (rows P3, B6; `rules.md` 20)."""

import asyncio
from datetime import time, timedelta
from typing import Any
from uuid import UUID

import hypothesis.strategies as st
import pytest
from hypothesis import given

from invoicing.runs.commands import issue_invoices
from isf.ledger.verify import verify
from marketplace.bookings.commands import book, cancel_booking, record_attendance
from marketplace.bookings.queries import Wish
from marketplace.bookings.rules import Outcome, Reason
from marketplace.bookings.series.commands import SeriesDraft, book_series
from marketplace.bookings.series.rules import Mode
from marketplace.kernel import clock, db
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.errors import DomainError, NotBookable
from marketplace.kernel.money import Money, allocate
from marketplace.kernel.routes_of_money import Route
from marketplace.kernel.vat import VatCategory
from providers.commands import set_rate, set_transport_rate
from providers.rules import PriceUnit, Split, SupportRatio
from tests.asking import follow, send, sign_in, words_of
from tests.marketplace.bookings.reprovision.living import suspend
from tests.providers.vat.registered import registered_for_vat
from tests.world import World, balances

THREE = Wish(SupportRatio.ONE_TO_THREE)
PAIR = Wish(SupportRatio.ONE_TO_TWO)


async def _shared(
    world: World, price: str = "70.00", ratio: SupportRatio = SupportRatio.ONE_TO_THREE
) -> UUID:
    activity = await world.activity()
    await set_rate(
        world.manager,
        activity,
        world.starts_on,
        Money.parse(price),
        VatCategory.EXEMPT,
        ratio=ratio,
        split=Split.SHARED,
    )
    return await world.session(activity, day=clock.today() + timedelta(days=10), capacity=50)


async def _people(world: World, count: int) -> list[UUID]:
    return [(await world.person_with_fund(f"Person {n}", Route.ISF, "500.00"))[1] for n in range(count)]


async def _seats(session: UUID) -> list[tuple[int, int, int]]:
    rows = await db.fetch_all(
        "SELECT g.number, b.seat, b.price_pence FROM booking b JOIN support_group g ON g.id = b.support_group_id"
        " WHERE b.activity_session_id = $1 AND b.state = 'confirmed' ORDER BY 1, 2",
        session,
    )
    return [(row["number"], row["seat"], row["price_pence"]) for row in rows]


@pytest.mark.row("B6")
async def test_hard_case_8_three_share_seventy_pounds_and_one_drops_out(world: World) -> None:
    session = await _shared(world)
    funds = await _people(world, 4)
    made = [await book(world.broker, session, fund, wish=THREE) for fund in funds[:3]]
    assert [each.price_pence for each in made] == [2334, 2333, 2333]
    await cancel_booking(world.broker, made[1].id, Reason.CHANGED_MIND)
    assert await _seats(session) == [(1, 1, 2334), (1, 3, 2333)]  # Nobody else's price changed.
    assert [(await balances(fund))["committed"] for fund in funds[:3]] == [2334, 0, 2333]
    next_one = await book(world.broker, session, funds[3], wish=THREE)
    assert next_one.price_pence == 2333
    assert await _seats(session) == [(1, 1, 2334), (1, 2, 2333), (1, 3, 2333)]
    assert await verify() == []


@pytest.mark.row("B6")
async def test_the_first_seat_goes_to_the_next_with_exactly_its_share(world: World) -> None:
    session = await _shared(world)
    funds = await _people(world, 5)
    made = [await book(world.broker, session, fund, wish=THREE) for fund in funds[:4]]
    assert [each.price_pence for each in made] == [2334, 2333, 2333, 2334]
    await cancel_booking(world.broker, made[0].id, Reason.CHANGED_MIND)
    assert (await book(world.broker, session, funds[4], wish=THREE)).price_pence == 2334
    assert [seat[:2] for seat in await _seats(session)] == [(1, 1), (1, 2), (1, 3), (2, 1)]


@pytest.mark.row("B6")
async def test_who_takes_a_seat_at_the_same_moment_gets_one_each(world: World) -> None:
    session = await _shared(world)
    funds = await _people(world, 7)

    async def one(fund: UUID) -> Any:
        try:
            return await book(world.broker, session, fund, wish=THREE)
        except DomainError as refusal:
            return refusal

    answers = await asyncio.wait_for(asyncio.gather(*(one(fund) for fund in funds)), 60)
    assert not [answer for answer in answers if isinstance(answer, DomainError)]
    assert await _seats(session) == [
        (1, 1, 2334), (1, 2, 2333), (1, 3, 2333), (2, 1, 2334), (2, 2, 2333), (2, 3, 2333), (3, 1, 2334),
    ]  # fmt: skip
    assert await verify() == []


@pytest.mark.row("B6")
async def test_any_order_of_coming_and_going_keeps_every_price_and_fills_groups_exactly(world: World) -> None:
    session = await _shared(world, "10.01", SupportRatio.ONE_TO_TWO)
    funds = await _people(world, 5)
    booked: dict[int, tuple[UUID, int]] = {}
    # Who comes (or goes, when there already): an order in which every seat is left and taken again.
    for who in (0, 1, 2, 0, 3, 1, 1, 4, 2, 0, 3, 2, 4, 3):
        if who in booked:
            await cancel_booking(world.broker, booked.pop(who)[0], Reason.OTHER)
        else:
            made = await book(world.broker, session, funds[who], wish=PAIR)
            booked[who] = made.id, made.price_pence
        for booking, price in booked.values():
            assert await db.fetch_value("SELECT price_pence FROM booking WHERE id = $1", booking) == price
        by_group: dict[int, list[int]] = {}
        for number, _, price in await _seats(session):
            by_group.setdefault(number, []).append(price)
        assert all(sum(prices) == 1001 for prices in by_group.values() if len(prices) == 2)
    assert await verify() == []


@given(st.integers(0, 10_000_000), st.sampled_from([2, 3]))
def test_shares_by_largest_remainder_add_up(worker: int, seats: int) -> None:
    assert sum(share.pence for share in allocate(Money(worker), [1] * seats)) == worker


@pytest.mark.row("B6")
async def test_the_database_divides_as_the_rule_does(world: World) -> None:
    for worker in (0, 1, 2, 7000, 7001, 1_000_001):
        for seats in (2, 3):
            told = await db.fetch_value(
                "SELECT array_agg(seat_share($1, $2, n) ORDER BY n) FROM generate_series(1, $2::integer) n",
                worker,
                seats,
            )
            assert told == [share.pence for share in allocate(Money(worker), [1] * seats)]


@pytest.mark.row("B6")
async def test_the_provider_is_told_when_a_group_falls_below_its_number(world: World) -> None:
    session = await _shared(world)
    made = [await book(world.broker, session, fund, wish=THREE) for fund in await _people(world, 2)]
    told = "SELECT count(*) FROM outbox_message WHERE subject LIKE 'Fewer people share a worker%'"
    assert await db.fetch_value(told) == 0
    await cancel_booking(world.broker, made[0].id, Reason.CHANGED_MIND)
    assert await db.fetch_value(told) == 1
    await cancel_booking(world.broker, made[1].id, Reason.CHANGED_MIND)  # Nobody is left to be supported.
    assert await db.fetch_value(told) == 1


@pytest.mark.row("B6")
async def test_the_provider_is_told_once_when_several_leave_together(world: World) -> None:
    session = await _shared(world)
    made = [await book(world.broker, session, fund, wish=THREE) for fund in await _people(world, 3)]
    async with db.unit_of_work():
        for each in made[:2]:
            await cancel_booking(world.broker, each.id, Reason.CHANGED_MIND)
    told = "SELECT body FROM outbox_message WHERE subject LIKE 'Fewer people share a worker%'"
    (letter,) = await db.fetch_all(told)
    assert "1 of 3 people share the worker (1:3), because somebody left." in letter["body"]
    # Whoever is stopped hears that, and of no empty seats.
    later = await _shared(world)
    for fund in await _people(world, 2):
        await book(world.broker, later, fund, wish=THREE)
    await suspend(world, world.pettypool)
    assert len(await db.fetch_all(told)) == 1


@pytest.mark.row("P3")
async def test_a_price_by_the_hour_and_the_ratio_with_a_journey_is_held_together(world: World) -> None:
    activity = await world.activity()
    await set_rate(
        world.manager, activity, world.starts_on, Money(2000), VatCategory.EXEMPT, ratio=SupportRatio.ONE_TO_ONE,
        unit=PriceUnit.HOUR,
    )  # fmt: skip
    await set_transport_rate(world.manager, activity, world.starts_on, Money(600), VatCategory.ZERO)
    session = await world.session(activity, day=clock.today() + timedelta(days=1), minutes=90)
    wish = Wish(SupportRatio.ONE_TO_ONE, True)
    made = await book(world.broker, session, world.emma_isf, wish=wish)
    assert made.price_pence == 3000 + 600
    row = await db.fetch_one("SELECT * FROM booking WHERE id = $1", made.id)
    assert row is not None
    assert (row["ratio"], row["transport_pence"], row["transport_vat_category"]) == ("1:1", 600, "zero")
    # Late: half of the support, nothing of the journey, which is not driven.
    assert await cancel_booking(world.broker, made.id, Reason.CHANGED_MIND) == Money(1500)
    money = await balances(world.emma_isf)
    assert (money["available"], money["committed"], money["payable"]) == (100_000 - 1500, 0, 1500)


@pytest.mark.row("P3")
async def test_transport_that_is_not_offered_is_refused_with_what_can_be_done(world: World) -> None:
    session = await world.session()
    with pytest.raises(NotBookable, match="You can book without transport"):
        await book(world.broker, session, world.emma_isf, wish=Wish(None, True))
    with pytest.raises(NotBookable, match="no price"):
        await book(world.broker, session, world.emma_isf, wish=THREE)


@pytest.mark.row("V1")
async def test_an_attendance_with_a_journey_makes_two_lines_each_with_its_own_vat(world: World) -> None:
    activity = await world.activity(world.other_manager)
    await registered_for_vat(world.first_enable)
    await set_transport_rate(
        world.other_manager, activity, world.starts_on, Money(600), VatCategory.STANDARD, 2000
    )
    session = await world.session(
        activity, manager=world.other_manager, day=clock.today(), at=time(0, 5), minutes=1430
    )
    first, second = await _people(world, 2)
    came = (await book(world.broker, session, first, wish=Wish(None, True))).id
    missed = (await book(world.broker, session, second, wish=Wish(None, True))).id
    assert await record_attendance(world.other_manager, came, Outcome.ATTENDED) == Money(3850 + 600)
    assert await record_attendance(world.other_manager, missed, Outcome.ABSENT) == Money(2225)
    await issue_invoices(SYSTEM, clock.today().replace(day=1))
    lines = await db.fetch_all(
        "SELECT booking_id, part, gross_pence, vat_category, net_pence FROM invoice_line ORDER BY gross_pence DESC"
    )
    assert [(row["part"], row["gross_pence"], row["vat_category"]) for row in lines] == [
        ("support", 3850, "exempt"), ("support", 2225, "exempt"), ("transport", 600, "standard"),
    ]  # fmt: skip
    assert lines[2]["net_pence"] == 500
    assert await db.fetch_value("SELECT count(*) FROM claim") == 2
    assert await db.fetch_value("SELECT sum(gross_pence) FROM invoice") == 3850 + 600 + 2225
    assert await verify() == []


@pytest.mark.row("B2")
async def test_a_series_with_a_journey_at_a_ratio(world: World) -> None:
    activity = await world.activity()
    await set_rate(
        world.manager, activity, world.starts_on, Money(7000), VatCategory.EXEMPT,
        ratio=SupportRatio.ONE_TO_THREE, split=Split.SHARED,
    )  # fmt: skip
    await set_transport_rate(world.manager, activity, world.starts_on, Money(600), VatCategory.ZERO)
    sessions = [
        await world.session(activity, day=clock.today() + timedelta(days=3 + 7 * n)) for n in range(3)
    ]
    draft = SeriesDraft(world.emma_isf, sessions, Mode.WHAT_FITS, wish=Wish(SupportRatio.ONE_TO_THREE, True))
    made = await book_series(world.broker, draft)
    assert [each.price_pence for each in made.dates] == [2934] * 3
    assert await verify() == []


@pytest.mark.row("P3")
async def test_the_page_shows_each_price_before_booking(world: World, client: Any) -> None:
    session = await _shared(world)
    await sign_in(client, world.broker)
    path = f"/people/{world.emma}/book/{session}"
    assert "Your share of £70.00, at most £23.34. It stays when somebody leaves." in await words_of(
        client, path
    )
    assert "This costs £23.34" in await words_of(client, f"{path}?ratio=1:3")
    sent = await send(client, f"{path}?ratio=1:3", path, fund=str(world.emma_isf), ratio="1:3")
    words = await follow(client, sent)
    assert "Your part stays £23.34, also when somebody else leaves." in words


@pytest.mark.row("B2")
async def test_a_series_is_asked_for_at_a_ratio_on_pages(world: World, client: Any) -> None:
    session = await _shared(world)
    await sign_in(client, world.broker)
    start = f"/people/{world.emma}/series/{session}"
    assert "Your share of £70.00" in await words_of(client, start)
    shown = f"{start}?how=these&session={session}&fund={world.emma_isf}&ratio=1:3"
    assert "£23.34" in await words_of(client, shown)
    fields = {"fund": str(world.emma_isf), "how": "these", "sessions": str(session), "ratio": "1:3"}
    sent = await send(client, shown, start, mode="what_fits", shown_pence="2334", **fields)
    assert "1 date booked for £23.34." in await follow(client, sent)
    await sign_in(client, world.manager)
    assert "One worker for three people." in await words_of(client, f"/provider/sessions/{session}")


@pytest.mark.row("B6")
async def test_nobody_pays_a_penny_more_for_a_seat_than_they_were_shown(world: World, client: Any) -> None:
    session = await _shared(world)
    first, second = await _people(world, 2)
    left = await book(world.broker, session, first, wish=THREE)
    await book(world.broker, session, second, wish=THREE)
    await sign_in(client, world.broker)
    path = f"/people/{world.emma}/book/{session}"
    assert "This costs £23.33" in await words_of(client, f"{path}?ratio=1:3")
    await cancel_booking(world.broker, left.id, Reason.OTHER)  # The next seat is the one at £23.34.
    fields = {"fund": str(world.emma_isf), "ratio": "1:3", "shown_pence": "2333"}
    sent = await send(client, f"{path}?ratio=1:3", path, **fields)
    assert sent.status_code == 409
    assert "This costs £23.34 now, more than a moment ago." in sent.text
    assert len(await _seats(session)) == 1
