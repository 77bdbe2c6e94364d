"""What a bank line does not explain by itself waits until somebody says what it is (row V7)."""

import io
from uuid import UUID

import httpx
import pytest

from invoicing.reconciliation import commands, queries
from invoicing.reconciliation.giving_in import give_in
from invoicing.reconciliation.matching import look_again
from invoicing.reconciliation.rules import LineState
from marketplace.kernel import db
from marketplace.kernel.errors import NotFound, StateConflict
from tests.asking import send, sign_in, words_of
from tests.invoicing.reconciliation.bank_files import camt053, entry
from tests.world import World

pytestmark = pytest.mark.row("V7")

CHARGE = camt053(entry("12.00", reference="B1", words="Charges", who="The bank"))


async def waiting_charge(world: World) -> UUID:
    """A line of Harbour's statement about a charge of the bank."""
    await give_in(world.broker, io.BytesIO(CHARGE), "november.xml")
    found: UUID = await db.fetch_value("SELECT id FROM bank_line")
    return found


async def test_a_line_is_set_aside_with_a_reason_and_can_be_looked_at_again(world: World) -> None:
    line = await waiting_charge(world)
    await commands.set_aside(world.broker, line, "A charge of the bank")
    assert await queries.waiting(world.broker) == 0
    told = (await queries.lines(world.broker, LineState.SET_ASIDE)).rows[0]
    assert (told["because"], told["decided_by"]) == ("A charge of the bank", "Brenda Broker")
    with pytest.raises(StateConflict):
        await commands.set_aside(world.broker, line, "Again")
    await look_again(world.broker, line)
    assert await queries.waiting(world.broker) == 1


async def test_another_organisation_finds_nothing(world: World) -> None:
    line = await waiting_charge(world)
    with pytest.raises(NotFound):
        await queries.line(world.finance_officer, line)
    with pytest.raises(NotFound):
        await commands.set_aside(world.finance_officer, line, "Ours")


async def test_from_the_file_to_the_worklist_to_done(world: World, client: httpx.AsyncClient) -> None:
    await sign_in(client, world.broker)
    refused = await send(
        client, "/bank-statements/new", files={"file": ("a.csv", b"Nothing,here\n", "text/csv")}
    )
    assert refused.status_code == 422
    assert "no columns for the day and the amount" in refused.text
    taken = await send(client, "/bank-statements/new", files={"file": ("a.xml", CHARGE, "text/xml")})
    assert taken.status_code == 303
    assert "The bank" in await words_of(client, "/bank-lines")
    line = f"/bank-lines/{await db.fetch_value('SELECT id FROM bank_line')}"
    empty = await send(client, line, do="set_aside", because=" ")
    assert empty.status_code == 422
    assert "Say what this is" in empty.text
    assert (await send(client, line, do="set_aside", because="A charge")).status_code == 303
    assert "Nothing waits" in await words_of(client, "/bank-lines")
    assert "A charge" in await words_of(client, "/bank-lines?show=set-aside")


async def test_the_worklist_says_why_the_bank_sent_something_back(
    world: World, client: httpx.AsyncClient
) -> None:
    reason = "<RtrInf><Rsn><Cd>BE06</Cd></Rsn></RtrInf>"
    sent_back = camt053(entry("12.00", side="CRDT", who="Somebody", words="RETURN", more=reason))
    await give_in(world.broker, io.BytesIO(sent_back), "december.xml")
    await sign_in(client, world.broker)
    why = "the bank does not know the payee at this account (BE06)"
    assert f"Sent back: {why}. RETURN" in await words_of(client, "/bank-lines")
    line = await db.fetch_value("SELECT id FROM bank_line")
    assert f"It was sent back: {why}" in await words_of(client, f"/bank-lines/{line}")


async def test_a_direct_payment_holder_has_no_bank_statements_here(
    world: World, client: httpx.AsyncClient
) -> None:
    await sign_in(client, world.dan_user)
    assert (await client.get("/bank-statements")).status_code == 404
