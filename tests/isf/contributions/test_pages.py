"""The pages and the API about contributions, asked over HTTP."""

import re
from collections.abc import Awaitable, Callable
from uuid import uuid4

import httpx
import pytest

from isf.contributions import queries
from isf.contributions.commands import assess_person, charge_contributions
from isf.contributions.rules.assessment import Figures, Way
from isf.rules import Collection
from marketplace.kernel import clock, db
from marketplace.kernel.audit import SYSTEM
from tests.asking import send, sign_in
from tests.isf.contributions.conftest import Payer
from tests.world import World, balances

Client = httpx.AsyncClient
Pay = Callable[..., Awaitable[Payer]]
FULL = Figures(way=Way.FULL, benefits=20_000, savings=1_450_001, mobility=7_590, earnings=3_000)


def hidden(text: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', text)
    assert found is not None
    return found[1]


def today(name: str) -> dict[str, str]:
    day = clock.today()
    return {f"{name}-day": str(day.day), f"{name}-month": str(day.month), f"{name}-year": str(day.year)}


@pytest.mark.row("F6")
async def test_an_assessment_is_worked_out_first_then_kept_and_every_step_reads(
    client: Client, world: World, payer: Pay
) -> None:
    pat = await payer()
    await sign_in(client, world.finance_officer)
    path = f"/people/{pat.person}/contribution/assess"
    fields = {"way": "full", "household": "single_25_or_older", "benefits": "200", "savings": "14,500.01",
              "mobility": "75.90", **today("starts_on")}  # fmt: skip
    looked = await send(client, path, **fields, do="work_out")
    assert looked.status_code == 200
    assert "£89.50 a week" in looked.text
    assert await db.fetch_value("SELECT count(*) FROM financial_assessment") == 0
    kept = await send(client, path, **fields)
    assert kept.status_code == 303, kept.text
    shown = (await client.get(f"/people/{pat.person}/contribution")).text
    for words in (
        "£89.50 a week", "Benefits count.", "Money for getting about does not count.", "Kept for living (Single, 25",
        "Savings of £14,500.01 are above £14,250.00", "The budget says something else",
        "Every figure of this assessment",
    ):  # fmt: skip
        assert words in shown
    for banned in ("commitment", "successfully", "please", "!</"):
        assert banned not in shown.lower()
    assert "style=" not in shown


@pytest.mark.row("F6")
async def test_what_was_typed_stays_and_the_error_says_what_to_type(
    client: Client, world: World, payer: Pay
) -> None:
    pat = await payer()
    await sign_in(client, world.finance_officer)
    path = f"/people/{pat.person}/contribution/assess"
    answer = await send(client, path, way="full", benefits="a lot", savings="120", **today("starts_on"))
    assert answer.status_code == 422
    assert "Enter an amount in pounds, like 80.00, or nothing" in answer.text
    assert "Choose how the person lives" in answer.text
    assert 'value="a lot"' in answer.text
    assert 'value="120"' in answer.text
    for path in ("contribution/free/new", "contribution/pay", "top-ups"):
        answer = await send(client, f"/people/{pat.person}/{path}")
        assert answer.status_code == 422
        assert "There is a problem" in answer.text


@pytest.mark.row("F6")
@pytest.mark.row("A2")
async def test_the_person_reads_it_in_plain_words_in_easy_read_and_on_paper(
    client: Client, world: World
) -> None:
    await charge_contributions(SYSTEM)
    await assess_person(world.finance_officer, world.emma, FULL, clock.today(), key=uuid4())
    await sign_in(client, world.emma_user)
    path = f"/people/{world.emma}/contribution"
    plain = (await client.get(path)).text
    assert "How much does Emma pay?" in plain
    assert "Support goes on, whether this is paid or not." in plain
    easy = (await client.get(path, params={"easy": "on"})).text
    assert "We count your benefits." in easy
    assert "Your support goes on." in easy
    paper = (await client.get(path + "/print")).text
    assert "How it was worked out" in paper
    assert "fairday-header" not in paper


@pytest.mark.row("A3")
async def test_a_brokerage_sees_the_amount_and_not_the_income(client: Client, world: World) -> None:
    made = await assess_person(world.finance_officer, world.emma, FULL, clock.today(), key=uuid4())
    await sign_in(client, world.broker)
    path = f"/people/{world.emma}/contribution"
    shown = (await client.get(path)).text
    assert "Income and savings are only for Emma" in shown
    assert "£200.00" not in shown
    assert (await client.get(f"{path}/assessments/{made}")).status_code == 404
    headers = {"Authorization": f"Bearer {await world.token(world.broker)}"}
    told = (await client.get(f"/api/v1{path}", headers=headers)).json()
    assert (told["assessment"], told["lines"]) == (None, [])
    await sign_in(client, world.stranger)
    for each in (path, f"{path}/print", f"/people/{world.emma}/top-ups"):
        assert (await client.get(each)).status_code == 404


@pytest.mark.row("F6")
async def test_a_bill_is_paid_taken_back_and_lowered_on_its_pages(
    client: Client, world: World, payer: Pay
) -> None:
    pat = await payer()
    await charge_contributions(SYSTEM)
    await sign_in(client, world.finance_officer)
    here = f"/people/{pat.person}/contribution"
    answer = await send(client, here + "/pay", amount="80", **today("received_on"))
    assert answer.status_code == 303, answer.text
    (payment,) = await queries.payments_of(world.finance_officer, pat.person)
    assert (
        await send(client, f"{here}/payments/{payment.id}/take-back", because="It bounced")
    ).status_code == 303
    (first, *_rest) = reversed(await queries.bills_of(world.finance_officer, pat.person))
    bill = f"{here}/bills/{first.id}"
    assert (await send(client, bill, amount="80.01", because="Hospital")).status_code == 422
    assert (await send(client, bill, amount="30", because="Hospital")).status_code == 303
    shown = (await client.get(bill)).text
    assert "Less is asked for" in shown
    assert "£50.00" in shown
    assert "As the budget says" in shown


@pytest.mark.row("F6")
async def test_a_free_support_is_noted_and_ended(client: Client, world: World, payer: Pay) -> None:
    pat = await payer()
    await sign_in(client, world.finance_officer)
    here = f"/people/{pat.person}/contribution"
    answer = await send(client, here + "/free/new", kind="reablement", covers="all", what="Cooking again",
                        **today("starts_on"))  # fmt: skip
    assert answer.status_code == 303, answer.text
    shown = (await client.get(here)).text
    assert "Day 1 of 42." in shown
    assert "£0.00 a week" in shown
    (line,) = await queries.exempt_of(world.finance_officer, pat.person)
    assert (await send(client, f"{here}/free/{line.id}/end", **today("ends_on"))).status_code == 303
    refused = await send(client, here + "/free/new", kind="aids", price="1000.01", **today("starts_on"))
    assert "Only up to £1,000.00 each is free" in refused.text


@pytest.mark.row("F6")
async def test_the_same_top_up_form_sent_twice_posts_once(client: Client, world: World, payer: Pay) -> None:
    pat = await payer()
    await sign_in(client, world.broker)
    path = f"/people/{pat.person}/top-ups"
    shown = (await client.get(path)).text
    fields = {"_csrf_token": hidden(shown, "_csrf_token"), "key": hidden(shown, "key"), "way": "in",
              "fund": str(pat.fund), "amount": "12.34", **today("on")}  # fmt: skip
    for _ in range(2):
        assert (await client.post(path, data=fields, follow_redirects=False)).status_code == 303
    assert (await balances(pat.fund))["top_up"] == -1_234
    shown = (await client.get(path)).text
    assert "£12.34" in shown
    too_much = await send(client, path, way="back", fund=str(pat.fund), amount="12.35", **today("on"))
    assert "Enter £12.34 or less" in too_much.text


@pytest.mark.row("F6")
async def test_finance_sees_who_owes_what_and_takes_a_spreadsheet(
    client: Client, world: World, payer: Pay
) -> None:
    pat = await payer()
    await db.execute("UPDATE person SET name = '=1+1' WHERE id = $1", pat.person)
    await charge_contributions(SYSTEM)
    await sign_in(client, world.finance_officer)
    shown = (await client.get("/council/charges", params={"search": "=1"})).text
    assert "3 bills: <strong>£240.00</strong> asked for, <strong>£240.00</strong> to be paid" in shown
    file = await client.get("/council/charges.csv", params={"search": "=1"})
    assert file.headers["content-type"].startswith("text/csv")
    assert file.text.count("'=1+1") == 3
    assert (
        "no bills"
        in (await client.get("/council/charges", params={"age": "older", "shown": "x"})).text.lower()
    )
    await sign_in(client, world.care_manager)
    assert (await client.get("/council/charges")).status_code == 403


@pytest.mark.row("F6")
async def test_the_holder_sees_what_to_collect(client: Client, world: World, payer: Pay) -> None:
    await payer(Collection.HOLDER)
    await payer(Collection.GROSS)
    await charge_contributions(SYSTEM)
    await sign_in(client, world.broker)
    shown = (await client.get("/holder/contributions")).text
    assert "3 bills" in shown


@pytest.mark.row("X3")
async def test_the_api_moves_money_once_for_each_key(client: Client, world: World, payer: Pay) -> None:
    pat = await payer()
    headers = {"Authorization": f"Bearer {await world.token(world.broker)}", "Idempotency-Key": "one"}
    body = {"fund_id": str(pat.fund), "amount_pence": 700, "on": str(clock.today())}
    path = f"/api/v1/people/{pat.person}/top-ups"
    first, again = [await client.post(path, json=body, headers=headers) for _ in range(2)]
    assert (first.status_code, first.json()) == (201, again.json())
    assert (await client.get(path, headers=headers)).json()["funds"][0]["own_left_pence"] == 700
    finance = {"Authorization": f"Bearer {await world.token(world.finance_officer)}"}
    path = f"/api/v1/people/{pat.person}/contribution"
    made = await client.post(
        path + "/assessments",
        json={"figures": {"way": "light_touch", "agreed_weekly": 1500}, "starts_on": str(clock.today())},
        headers=finance,
    )
    assert made.status_code == 201, made.text
    told = (await client.get(path, headers=finance)).json()
    assert (told["weekly_pence"], told["why"]) == (1500, "assessed")
    await charge_contributions(SYSTEM)
    paid = await client.post(
        path + "/payments", json={"amount_pence": 100, "received_on": str(clock.today())}, headers=finance
    )
    assert paid.status_code == 201, paid.text
    bills = (await client.get(path + "/bills", headers=finance)).json()
    assert bills["payments"][0]["amount_pence"] == 100
    listed = await client.get("/api/v1/council/charges", params={"search": "Pat"}, headers=finance)
    assert listed.json()["owed_pence"] == sum(bill["owed_pence"] for bill in bills["bills"])


@pytest.mark.row("F6")
async def test_the_number_of_queries_of_the_list_does_not_grow_with_its_rows(
    world: World, payer: Pay
) -> None:
    for _ in range(3):
        await payer()
    await charge_contributions(SYSTEM)
    found = await queries.bills_of_council(world.finance_officer, page_size=2)
    assert len(found.items) == 2
    assert found.total > 8
    assert found.owed_pence > sum(item.owed_pence for item in found.items)
