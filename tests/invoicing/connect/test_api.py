"""Card payments and payouts for programs: what the pages show, to the seller alone (rows V7, X3)."""

from typing import Any

import pytest
from litestar.testing import AsyncTestClient

from marketplace.kernel import clock
from tests.invoicing.cards.table import ACCOUNT, ALL, PRICE, Table
from tests.invoicing.cards.test_by_transfer import owed
from tests.invoicing.cards.test_refunds import paid_booking

pytestmark = [pytest.mark.row("V7"), pytest.mark.row("X3")]

Client = AsyncTestClient[Any]
CARDS, PAYOUTS = "/api/v1/provider/card-payments", "/api/v1/provider/payouts"


async def test_a_program_of_the_seller_reads_its_card_payments_and_enters_a_transfer_once(
    table: Table, client: Client
) -> None:
    world, payment = table.world, await owed(table)
    headers = {"Authorization": f"Bearer {await world.token(world.manager)}"}
    (listed,) = (await client.get(CARDS, headers=headers)).json()
    assert (listed["state"], listed["owed_pence"], listed["back_pence"]) == ("refund_failed", PRICE, 0)
    one = f"{CARDS}/{payment}"
    assert (await client.get(one, headers=headers)).json() == listed
    for actor, status in ((world.in_house_manager, 404), (world.broker, 403), (world.dan_user, 403)):
        stranger = {"Authorization": f"Bearer {await world.token(actor)}"}
        assert (await client.get(one, headers=stranger)).status_code == status

    wrong = await client.post(
        f"{one}/paid-back", json={"paid_on": "2020-01-01", "bank_reference": "X"}, headers=headers
    )
    assert (wrong.status_code, await table.money()) == (422, (ALL - PRICE, 0, PRICE))
    told = {"paid_on": clock.today().isoformat(), "bank_reference": "BACK"}
    answers = [await client.post(f"{one}/paid-back", json=told, headers=headers) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 409]
    assert (answers[0].json()["state"], answers[0].json()["back_pence"]) == ("refunded", PRICE)
    assert (await client.post(f"{one}/refund-again", headers=headers)).status_code == 409
    assert await table.money() == (ALL, 0, 0)


async def test_a_program_reads_payouts_whose_parts_come_to_them(table: Table, client: Client) -> None:
    await paid_booking(table)
    payout = table.server.control("payouts", account=ACCOUNT)["id"]
    table.server.control(f"payouts/{payout}/fail", reason="no_account")
    headers = {"Authorization": f"Bearer {await table.world.token(table.world.manager)}"}
    (listed,) = (await client.get(PAYOUTS, headers=headers)).json()
    assert (listed["id"], listed["state"]) == (payout, "failed")
    assert listed["why"] == "There is no account with this sort code and number."
    told = (await client.get(f"{PAYOUTS}/{payout}", headers=headers)).json()
    assert told["payout"] == listed
    assert sum(part["net_pence"] for part in told["parts"]) == listed["amount_pence"]
    assert (await client.get(f"{PAYOUTS}/po_1Other", headers=headers)).status_code == 404
