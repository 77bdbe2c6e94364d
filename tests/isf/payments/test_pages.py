"""The pages and the API of payments into funds, client accounts and unused money, asked over HTTP."""

import csv
import io
import re
from datetime import timedelta

import httpx
import pytest

from isf.payments.paying_in.export import as_csv
from isf.payments.paying_in.queries import BankRow
from isf.payments.surplus.warnings import warn_of_surpluses
from marketplace.jobs import JOBS
from marketplace.kernel import clock, db
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.ids import new_id
from marketplace.kernel.routes_of_money import Route
from tests.asking import day, send, sign_in
from tests.isf.payments.making import line_of, on, paid_into, proposed, second_officer
from tests.world import World

Client = httpx.AsyncClient
LIST = "/council/payments-in"


@pytest.mark.row("I1")
@pytest.mark.row("F3")
async def test_one_officer_looks_and_another_approves_on_the_pages(client: Client, world: World) -> None:
    frank = await second_officer(world)
    await sign_in(client, frank)
    shown = await client.get(LIST)
    assert "Nothing was proposed yet" in shown.text
    answer = await send(client, LIST)
    assert answer.status_code == 303
    path = answer.headers["location"]
    shown = await client.get(path)
    assert "Is this payment right?" in shown.text
    assert "First payment into this fund, for 84 days." in shown.text
    assert "Stays with the council" in shown.text
    assert (await send(client, path, do="check")).status_code == 303
    shown = await client.get(path)
    assert "You cannot approve this, because you checked or proposed it." in shown.text
    refused = await send(client, path, do="approve")
    assert refused.status_code == 403
    assert "because you checked it" in refused.text
    await sign_in(client, world.finance_officer)
    assert "Approve it" in (await client.get(LIST)).text
    assert (await send(client, path, do="approve")).status_code == 303
    shown = await client.get(path)
    assert "What was paid in?" in shown.text
    assert "£443.32 in 3 funds" in shown.text
    assert await paid_into(world.emma_isf) == 20_416
    file = await client.get(f"{path}/bank.csv")
    assert file.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(file.text)))
    assert sorted(row["Amount"] for row in rows) == ["116.66", "204.16"]
    assert (await send(client, LIST)).status_code == 409


async def test_a_line_is_kept_back_and_let_go_on_its_page(client: Client, world: World) -> None:
    payment = await proposed(world)
    line = (await line_of(payment, world.emma_isf))["id"]
    await sign_in(client, world.finance_officer)
    path = f"{LIST}/{payment}/lines/{line}"
    empty = await send(client, path, do="hold", because="")
    assert empty.status_code == 422
    assert "Say why" in empty.text
    assert (await send(client, path, do="hold", because="The holder changes banks")).status_code == 303
    shown = await client.get(f"{LIST}/{payment}?show=held")
    assert "The holder changes banks" in shown.text
    assert (await send(client, path, do="let_go")).status_code == 303
    assert (await send(client, f"{LIST}/{payment}", do="refuse", because="Wrong day")).status_code == 303
    assert "Fiona Finance: Wrong day" in (await client.get(f"{LIST}/{payment}")).text


@pytest.mark.row("SP3")
async def test_funds_that_wait_for_the_plan_are_listed(client: Client, world: World) -> None:
    await world.person_with_locked_fund("Lena Locked", Route.ISF, "360.00")
    await sign_in(client, world.finance_officer)
    shown = await client.get(LIST)
    assert "Waiting for the support plan" in shown.text
    assert "£84.00" in shown.text


async def test_another_rhythm_is_set_with_a_reason(client: Client, world: World) -> None:
    await sign_in(client, world.finance_officer)
    path = f"{LIST}/schedule/{world.emma_isf}"
    assert "Every 4 weeks, 7 days before the weeks begin" in (await client.get(path)).text
    wrong = await send(client, path, often="daily", advance_days="-1", because="")
    assert wrong.status_code == 422
    answer = await send(client, path, often="monthly", advance_days="3", because="The holder asked")
    assert answer.status_code == 303
    assert "Every month, 3 days before the month begins" in (await client.get(path)).text


@pytest.mark.row("I1")
async def test_the_holder_declares_and_the_council_sees_the_same_difference(
    client: Client, world: World
) -> None:
    await sign_in(client, world.broker)
    path = "/holder/client-account"
    shown = await client.get(path)
    assert "Emma Example" in shown.text
    wrong = await send(client, path, balance="a lot", **day("day", clock.today()))
    assert wrong.status_code == 422
    assert "Enter the balance in pounds" in wrong.text
    answer = await send(
        client, path, balance="1.01", note="Statement 12", **day("day", clock.today()),
        **{f"part-{world.emma_isf}": "1.01"},
    )  # fmt: skip
    assert answer.status_code == 303
    assert "£1.01 more than its funds" in (await client.get(path)).text
    await sign_in(client, world.commissioner)
    shown = await client.get("/council/ring-fence")
    assert "Too much" in shown.text
    link = re.search(r'href="(/council/ring-fence/[0-9a-f-]+)"', shown.text)
    assert link is not None
    one = await client.get(link[1])
    assert "£1.01 more than the books" in one.text
    assert "Emma" not in one.text, "a commissioner knows references"


@pytest.mark.row("I4")
async def test_the_council_sees_whose_money_is_not_used(client: Client, world: World) -> None:
    await sign_in(client, world.commissioner)
    shown = await client.get("/council/surplus?show=later")
    assert "Whose money is not used?" in shown.text
    reference = await db.fetch_value("SELECT reference FROM person WHERE id = $1", world.emma)
    assert reference in "".join(
        [(await client.get(f"/council/surplus?show={show}")).text for show in ("to_watch", "later", "within")]
    )


async def _headers(world: World, actor: object, key: str = "") -> dict[str, str]:
    told = {"Authorization": f"Bearer {await world.token(actor)}"}  # type: ignore[arg-type]
    return told | ({"Idempotency-Key": key} if key else {})


@pytest.mark.row("X3")
@pytest.mark.row("I1")
async def test_programs_propose_check_and_approve_with_the_same_rules(client: Client, world: World) -> None:
    frank = await second_officer(world)
    first, second = await _headers(world, frank, "one"), await _headers(world, world.finance_officer, "two")
    made = await client.post("/api/v1/payments-in", headers=first)
    assert made.status_code == 201
    path = f"/api/v1/payments-in/{made.json()['id']}"
    assert (await client.post("/api/v1/payments-in", headers=first)).json() == made.json()
    told = (await client.get(path, headers=first)).json()
    assert told["payment"]["amount_pence"] == sum(line["amount_pence"] for line in told["lines"])
    first["Idempotency-Key"] = "three"
    assert (await client.post(f"{path}/check", headers=first)).status_code == 200
    first["Idempotency-Key"] = "four"
    assert (await client.post(f"{path}/approve", headers=first)).status_code == 403
    for _ in range(2):
        answer = await client.post(f"{path}/approve", headers=second)
        assert (answer.status_code, answer.json()["state"]) == (200, "approved")
    assert (await client.get(path, headers=first)).json()["payment"]["state"] == "paid"
    assert await paid_into(world.emma_isf) == 20_416


@pytest.mark.row("X3")
async def test_programs_hold_refuse_declare_and_read(client: Client, world: World) -> None:
    payment = await proposed(world)
    finance, broker = await _headers(world, world.finance_officer), await _headers(world, world.broker)
    line = (await line_of(payment, world.emma_isf))["id"]
    path = f"/api/v1/payments-in/{payment}"
    held = await client.post(f"{path}/lines/{line}/hold", headers=finance, json={"because": "A question"})
    assert held.status_code == 204
    assert (await client.post(f"{path}/lines/{line}/let-go", headers=finance)).status_code == 204
    refused = await client.post(f"{path}/refuse", headers=finance, json={"because": "Wrong day"})
    assert refused.json()["state"] == "refused"
    declared = await client.post(
        "/api/v1/client-account",
        headers=broker,
        json={"day": clock.today().isoformat(), "balance_pence": 5},
    )
    assert declared.status_code == 201
    check = declared.json()["check_id"]
    assert (await client.get(f"/api/v1/ring-fence/{check}", headers=finance)).json()["difference_pence"] == 5
    assert (await client.get("/api/v1/ring-fence", headers=finance)).json()[0]["state"] == "over"
    assert (await client.get("/api/v1/client-account", headers=broker)).json()[0]["declared_pence"] == 5
    surplus = await client.get(f"/api/v1/funds/{world.emma_isf}/surplus", headers=broker)
    assert surplus.json()["unused_pence"] == 0
    assert len((await client.get("/api/v1/surplus", headers=finance)).json()) == 2
    assert (
        await client.get(f"/api/v1/funds/{world.emma_managed}/surplus", headers=finance)
    ).status_code == 404


def test_a_name_in_the_bank_file_is_never_a_formula() -> None:
    row = BankRow(
        payment="PI-234567", person="PN-234567", holder='=cmd("calc")', fund_id=new_id(),
        covers_from=clock.today(), last_day=clock.today(), amount_pence=5, paid_on=None,
    )  # fmt: skip
    (told,) = csv.DictReader(io.StringIO(as_csv([row])))
    assert (told["Holder"], told["Amount"]) == ('\'=cmd("calc")', "0.05")


async def test_the_jobs_say_what_they_did(world: World) -> None:
    assert await JOBS["payments-in"].run() == "1 proposal made"
    assert await JOBS["payments-in"].run() == "0 proposals made"
    async with on(clock.today() + timedelta(days=1)):
        assert (await JOBS["payments-in-finish"].run()).startswith("0 lines")
        assert (await JOBS["ring-fence"].run()).startswith("0 client accounts")
        await warn_of_surpluses(SYSTEM)
        assert (await JOBS["surplus-warnings"].run()) == "0 funds told about"
