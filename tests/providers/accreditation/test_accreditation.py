"""What sellers prove: who decides, what a lapse stops and what it keeps, and reminders that come once."""

import asyncio
import itertools
from datetime import UTC, datetime, time, timedelta
from uuid import UUID

import asyncpg
import pytest

from marketplace.bookings.commands import book
from marketplace.bookings.lapses.queries import lacking
from marketplace.bookings.queries import booking_facts
from marketplace.identity.access import Actor
from marketplace.kernel import clock, db
from marketplace.kernel.clock import FixedClock, use_clock
from marketplace.kernel.errors import AccreditationLapsed, Forbidden, Invalid, NotFound, StateConflict
from providers.accreditation.commands import (
    Verdict,
    decide_accreditation,
    require_kind,
    say_whether_employing,
    send_accreditation,
    stop_requiring,
)
from providers.accreditation.jobs import remind
from providers.accreditation.queries import own_standing
from providers.accreditation.rules import Draft, Kind, reminder_due, suiting
from providers.commands import end_commission
from providers.rules import SellerType
from tests.asking import Client, day, follow, send, sign_in, words_of
from tests.providers.accreditation.living import proved
from tests.providers.commissions.living import PDF, pdf
from tests.world import World

pytestmark = pytest.mark.row("P2")


async def _renewal(world: World, kind: Kind = Kind.PUBLIC_LIABILITY, *, begins_in: int = 0) -> UUID:
    today = clock.today()
    draft = Draft(kind, today + timedelta(days=begins_in), today + timedelta(days=begins_in + 365))
    return await send_accreditation(world.manager, draft, pdf())


async def test_what_is_asked_is_the_same_in_the_rule_and_in_the_database(database: str) -> None:
    for kind, seller, employs in itertools.product(Kind, SellerType, (True, False)):
        found = await db.fetch_value(
            "SELECT accreditation_suits($1, $2, $3)", str(kind), str(seller), employs
        )
        assert found == (kind in suiting(seller, employs=employs)), (kind, seller, employs)


@pytest.mark.row("D2")
async def test_a_neighbour_is_asked_for_their_own_papers_and_no_policies(world: World) -> None:
    await db.execute("UPDATE provider SET seller_type = 'individual' WHERE id = $1", world.pettypool)
    assert [row["kind"] for row in await own_standing(world.manager)] == [Kind.OWN_INSURANCE, Kind.OWN_DBS]
    with pytest.raises(Invalid) as refused:
        await _renewal(world, Kind.DBS_POLICY)
    assert set(refused.value.fields) == {"kind"}


async def test_employers_insurance_is_asked_only_of_those_who_employ(world: World) -> None:
    await require_kind(world.commissioner, Kind.EMPLOYERS_LIABILITY, clock.today())
    session = await world.session()
    with pytest.raises(AccreditationLapsed):
        await book(world.broker, session, world.emma_isf)
    await say_whether_employing(world.manager, employs=False)
    await book(world.broker, session, world.emma_isf)


async def test_nothing_is_required_until_a_council_says_so(world: World) -> None:
    await book(world.broker, await world.session(), world.emma_isf)
    with pytest.raises(Invalid):
        await require_kind(world.commissioner, Kind.PUBLIC_LIABILITY, clock.today() - timedelta(days=1))
    with pytest.raises(Forbidden):
        await require_kind(world.manager, Kind.PUBLIC_LIABILITY, clock.today())


async def test_another_councils_requirement_stops_nothing_here(world: World) -> None:
    await require_kind(world.other_commissioner, Kind.PUBLIC_LIABILITY, clock.today())
    await book(world.broker, await world.session(), world.emma_isf)


async def test_a_lapse_stops_new_bookings_on_the_day_and_keeps_what_is_booked(world: World) -> None:
    await require_kind(world.commissioner, Kind.PUBLIC_LIABILITY, clock.today())
    proof = await proved(world, days=1)
    activity = await world.activity()
    first, second = [await world.session(activity, at=time(hour)) for hour in (10, 14)]
    kept = await book(world.broker, first, world.emma_isf)
    await db.execute("UPDATE accreditation SET expires_on = $2 WHERE id = $1", proof, clock.today())
    for actor, fund in ((world.broker, world.emma_isf), (world.care_manager, world.emma_managed)):
        with pytest.raises(AccreditationLapsed):
            await book(actor, second, fund)
    with pytest.raises(AccreditationLapsed):
        await book(world.dan_user, second, world.dan_direct)
    assert await db.fetch_value("SELECT state FROM booking WHERE id = $1", kept.id) == "confirmed"
    renewal = await _renewal(world)
    with pytest.raises(AccreditationLapsed):
        await book(world.broker, second, world.emma_isf)
    await decide_accreditation(world.commissioner, renewal, Verdict.ACCEPT)
    await book(world.broker, second, world.emma_isf)


async def test_the_database_itself_takes_no_booking_where_a_proof_is_missing(world: World) -> None:
    session = await world.session()
    made = await book(world.broker, session, world.emma_isf)
    await require_kind(world.commissioner, Kind.PUBLIC_LIABILITY, clock.today())
    with pytest.raises(asyncpg.CheckViolationError, match="a required proof"):
        await db.execute(
            "INSERT INTO booking SELECT (jsonb_populate_record(b, jsonb_build_object('id', gen_random_uuid(),"
            " 'reference', 'BK-AAAAAA', 'state', 'lapsed'))).* FROM booking b WHERE id = $1",
            made.id,
        )


async def test_a_councils_own_service_needs_no_proof_for_its_own_money(world: World) -> None:
    await require_kind(world.commissioner, Kind.PUBLIC_LIABILITY, clock.today())
    session = await world.session(
        await world.activity(world.in_house_manager), manager=world.in_house_manager
    )
    await book(world.care_manager, session, world.emma_managed)


async def test_a_direct_payment_can_pay_a_seller_whom_the_council_has_never_asked(world: World) -> None:
    await require_kind(world.commissioner, Kind.PUBLIC_LIABILITY, clock.today())
    session = await world.session()
    with pytest.raises(AccreditationLapsed):
        await book(world.dan_user, session, world.dan_direct)
    approval = await db.fetch_value("SELECT id FROM commission WHERE provider_id = $1", world.pettypool)
    await end_commission(world.commissioner, approval, clock.today(), "Agreed")
    await book(world.dan_user, session, world.dan_direct)


async def test_a_date_beyond_the_end_can_be_booked_and_is_warned_about(world: World, client: Client) -> None:
    await require_kind(world.commissioner, Kind.PUBLIC_LIABILITY, clock.today())
    await proved(world, days=10)
    activity = await world.activity()
    near = await world.session(activity, day=clock.today() + timedelta(days=9))
    beyond = await world.session(activity, day=clock.today() + timedelta(days=10))
    assert [
        (await booking_facts(world.broker, each, world.emma_isf)).runs_out_before for each in (near, beyond)
    ] == [False, True]
    await sign_in(client, world.broker)
    warning = "Something of the provider runs out before this day"
    assert warning not in await words_of(client, f"/people/{world.emma}/book/{near}")
    assert warning in await words_of(client, f"/people/{world.emma}/book/{beyond}")
    await book(world.broker, beyond, world.emma_isf)
    missing, row = await lacking(world.commissioner)
    assert (missing.provider_name, missing.ends_on, missing.over(clock.today())) == ("1st Enable", None, True)
    assert (row.provider_name, row.kind, row.bookings) == ("Pettypool", Kind.PUBLIC_LIABILITY, 1)
    assert not row.over(clock.today())
    await sign_in(client, world.manager)
    assert "1 booking beyond" in await words_of(client, "/provider/accreditation")
    council = {"Authorization": f"Bearer {await world.token(world.commissioner)}"}
    told = (await client.get("/api/v1/council/accreditation-lapses", headers=council)).json()
    assert [(each["provider_name"], each["over"], each["bookings"]) for each in told] == [
        ("1st Enable", True, 0),
        ("Pettypool", False, 1),
    ]


async def test_a_renewal_that_begins_later_leaves_no_gap(world: World) -> None:
    await require_kind(world.commissioner, Kind.PUBLIC_LIABILITY, clock.today())
    await proved(world, days=10)
    renewal = await _renewal(world, begins_in=10)
    await decide_accreditation(world.commissioner, renewal, Verdict.ACCEPT)
    lapsed = [
        await db.fetch_value(
            "SELECT accreditation_lapsed($1, $2, $3)",
            world.pettypool,
            world.council,
            clock.today() + timedelta(days=days),
        )
        for days in (0, 9, 10, 374, 375)
    ]
    assert lapsed == [False, False, False, False, True]


async def test_a_council_with_nothing_to_do_with_a_provider_decides_nothing(world: World) -> None:
    made = await _renewal(world)
    for actor, error in (
        (world.other_commissioner, NotFound),
        (world.care_manager, Forbidden),
        (world.manager, Forbidden),
    ):
        with pytest.raises(error):
            await decide_accreditation(actor, made, Verdict.ACCEPT)
    with pytest.raises(Invalid):
        await decide_accreditation(world.commissioner, made, Verdict.REFUSE, " ")
    await decide_accreditation(world.commissioner, made, Verdict.REFUSE, "It is not signed.")
    assert "It is not signed." in await db.fetch_value(
        "SELECT body FROM outbox_message WHERE body LIKE '%signed%'"
    )


async def test_two_commissioners_decide_a_proof_at_once_and_one_is_told(world: World) -> None:
    made = await _renewal(world)
    answers = await asyncio.gather(
        decide_accreditation(world.commissioner, made, Verdict.ACCEPT),
        decide_accreditation(world.commissioner, made, Verdict.REFUSE, "No"),
        return_exceptions=True,
    )
    assert [type(answer) for answer in answers if answer is not None] == [StateConflict]


async def test_the_file_is_seen_by_those_who_decide(world: World, client: Client) -> None:
    made = await _renewal(world)
    file_id = await db.fetch_value("SELECT file_id FROM accreditation WHERE id = $1", made)

    async def status(actor: Actor) -> int:
        await sign_in(client, actor)
        return (await client.get(f"/evidence/{file_id}")).status_code

    assert [await status(who) for who in (world.manager, world.commissioner)] == [200, 200]
    for who in (world.other_commissioner, world.other_manager, world.staff, world.care_manager):
        assert await status(who) == 404


@pytest.mark.parametrize(
    ("left", "sent", "due"),
    [
        (61, set(), None),
        (60, set(), 60),
        (59, {60}, None),
        (30, {60}, 30),
        (20, set(), 30),
        (7, {60, 30}, 7),
        (3, set(), 7),
        (0, {60, 30}, 7),
        (0, {7}, None),
        (-1, set(), None),
    ],
)
def test_one_reminder_at_a_time_and_the_nearest(left: int, sent: set[int], due: int | None) -> None:
    today = clock.today()
    assert reminder_due(today + timedelta(days=left), today, sent) == due


async def test_reminders_come_once_and_after_missed_days_one_by_one(world: World) -> None:
    await proved(world, days=60)
    noon = datetime.combine(clock.today(), time(12), UTC)

    async def on_day(later: int) -> int:
        with use_clock(FixedClock(noon + timedelta(days=later))):
            return await remind()

    assert [await on_day(later) for later in (0, 0, 1)] == [1, 0, 0]
    # Nobody ran the job for 55 days: one letter, not two.
    assert [await on_day(later) for later in (55, 55, 56, 61)] == [1, 0, 0, 0]
    letters = await db.fetch_all("SELECT recipient, subject FROM outbox_message WHERE subject LIKE '%left'")
    assert {row["subject"] for row in letters} == {
        "Public liability insurance: 60 days left",
        "Public liability insurance: 5 days left",
    }
    assert {row["recipient"] for row in letters} == {"bookings@pettypool.example"}


async def test_reminders_run_by_many_at_once_come_once(world: World) -> None:
    await proved(world, days=29)
    assert sum(await asyncio.gather(*(remind() for _ in range(6)))) == 1
    assert await db.fetch_value("SELECT count(*) FROM outbox_message WHERE subject LIKE '%29 days left'") == 1


async def test_nobody_is_reminded_of_what_is_renewed(world: World) -> None:
    await proved(world, days=29)
    await decide_accreditation(world.commissioner, await _renewal(world, begins_in=29), Verdict.ACCEPT)
    assert await remind() == 0


async def test_a_proof_by_pages_from_the_file_to_the_booking(world: World, client: Client) -> None:
    session = await world.session()
    await sign_in(client, world.commissioner)
    required = await send(
        client, "/council/accreditation/required", kind="public_liability", **day("starts_on", clock.today())
    )
    assert required.status_code == 303
    page = await words_of(client, "/council/accreditation")
    assert "Pettypool Public liability insurance" in page
    assert "2 proofs missing, run out or near their end" in await words_of(client, "/council")

    await sign_in(client, world.broker)
    told = await words_of(client, f"/people/{world.emma}/book/{session}")
    assert (
        "something that the council requires of the provider, like insurance, is missing or has run out"
        in told
    )

    await sign_in(client, world.manager)
    path = "/provider/accreditation/public_liability"
    unsaid = await send(client, path)
    for words in ("Choose the file that proves it", "Enter the first day", "Enter the last day"):
        assert words in unsaid.text
    dates = {**day("valid_from", clock.today()), **day("expires_on", clock.today() + timedelta(days=364))}
    lying = await send(client, path, files={"file": ("p.pdf", b"PK\x03\x04", "application/pdf")}, **dates)
    assert "This file is none of them" in lying.text
    sent = await send(client, path, files={"file": ("p.pdf", PDF, "application/pdf")}, **dates)
    assert "Being looked at" in await follow(client, sent)

    await sign_in(client, world.commissioner)
    assert "1 proof of a provider to look at" in await words_of(client, "/council")
    made = await db.fetch_value("SELECT id FROM accreditation")
    decided = await send(client, f"/council/accreditation/{made}", verdict="accept")
    assert decided.status_code == 303
    await book(world.broker, session, world.emma_isf)
    requirement = await db.fetch_value("SELECT id FROM accreditation_requirement")
    with pytest.raises(NotFound):
        await stop_requiring(world.other_commissioner, requirement)
    stopped = await send(
        client, "/council/accreditation/required", f"/council/accreditation/required/{requirement}/end"
    )
    assert "You require nothing yet" in await follow(client, stopped)


async def test_proofs_for_programs(world: World, client: Client) -> None:
    manager = {"Authorization": f"Bearer {await world.token(world.manager)}"}
    council = {"Authorization": f"Bearer {await world.token(world.commissioner)}"}
    today = clock.today()
    required = await client.post(
        "/api/v1/council/accreditation-requirements",
        headers=council,
        json={"kind": "public_liability", "starts_on": today.isoformat()},
    )
    assert required.status_code == 201
    made = await client.post(
        "/api/v1/provider/accreditations",
        headers=manager,
        data={
            "kind": "public_liability",
            "valid_from": today.isoformat(),
            "expires_on": (today + timedelta(days=365)).isoformat(),
        },
        files={"file": ("p.pdf", PDF, "application/pdf")},
    )
    assert made.status_code == 201, made.text
    (waiting,) = (await client.get("/api/v1/council/accreditations", headers=council)).json()
    decided = await client.post(
        f"/api/v1/council/accreditations/{waiting['id']}/decision",
        headers=council,
        json={"verdict": "accept"},
    )
    assert decided.json()["state"] == "accepted"
    (shown,) = (await client.get("/api/v1/provider/accreditations", headers=manager)).json()
    assert (shown["kind"], shown["state"]) == ("public_liability", "accepted")


async def test_a_proof_that_was_refused_says_so_until_another_is_sent(world: World, client: Client) -> None:
    draft = Draft(Kind.PUBLIC_LIABILITY, clock.today(), clock.today() + timedelta(days=300), "PL 77")
    sent = await send_accreditation(world.manager, draft, pdf())
    await decide_accreditation(world.commissioner, sent, Verdict.REFUSE, "It is another company’s.")
    await sign_in(client, world.manager)

    async def said() -> str:
        return (await words_of(client, "/provider/accreditation")).split("What you have sent")[0]

    assert "Not accepted" in await said()
    await send_accreditation(world.manager, draft, pdf())
    assert "Not accepted" not in await said()
    assert "Being looked at" in await said()
