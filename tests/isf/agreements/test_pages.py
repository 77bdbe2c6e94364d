"""The pages and the API of agreements and exits, as each reader meets them (rows I2, I6, F7; rule 26)."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from isf.agreements.commands import draft_agreement, offer_agreement
from isf.agreements.queries import agreement, signed_agreement
from isf.agreements.rules import Terms
from marketplace.identity.access import Actor
from marketplace.identity.credentials import begin_session
from marketplace.kernel import clock, db
from tests.isf.agreements.agreed import agreed_isf, offered, shown, sign_all, supply, terms
from tests.pdf_tools import facts_of, text_of
from tests.world import World


class Reader:
    """Somebody at the pages, signed in, sending forms as a browser does."""

    def __init__(self, client: httpx.AsyncClient, session: str, form_token: str) -> None:
        self.client, self.cookies = client, {"fairday_session": session, "fairday_form": form_token}
        self.form_token = form_token

    async def get(self, path: str) -> httpx.Response:
        self.client.cookies.clear()
        return await self.client.get(path, cookies=self.cookies)

    async def send(self, path: str, **fields: Any) -> httpx.Response:
        self.client.cookies.clear()
        return await self.client.post(
            path, cookies=self.cookies, data={"_csrf_token": self.form_token, **fields}
        )


async def reader(client: httpx.AsyncClient, actor: Actor) -> Reader:
    """A signed-in reader."""
    token = (await client.get("/sign-in")).cookies["fairday_form"]
    return Reader(client, await begin_session(actor.user_id), token)


def form_of(starts_on: Any, **fields: str) -> dict[str, str]:
    """The terms as a care manager types them."""
    return {
        "starts_on-day": str(starts_on.day), "starts_on-month": str(starts_on.month),
        "starts_on-year": str(starts_on.year), "fee_kind": "percent", "fee_percent": "4.5", "fee_vat": "20",
        "payment_weeks": "4", "surplus_times": "8", "surplus_weeks": "4", "notice_days": "28", "sells": "no",
    } | fields  # fmt: skip


@pytest.mark.row("I2")
async def test_from_the_form_to_three_signatures(world: World, client: httpx.AsyncClient) -> None:
    carol = await reader(client, world.care_manager)
    made = await carol.send(
        f"/people/{world.emma}/agreements/new", fund=str(world.emma_isf), **form_of(world.starts_on)
    )
    assert made.status_code == 303, made.text
    path = made.headers["location"]
    assert "Only the council sees it" in (await carol.get(path)).text
    assert (await carol.send(f"{path}/offer")).status_code == 303
    agreement_id = await db.fetch_value("SELECT id FROM agreement")
    words = await shown(agreement_id)
    for actor in (world.emma_user, world.care_manager, world.broker):
        who = await reader(client, actor)
        page = await who.get(f"{path}/sign")
        assert words in page.text
        assert "takes 4.5% of what is paid in" in page.text
        nothing = await who.send(f"{path}/sign", shown=words)
        assert nothing.status_code == 422
        assert "Tick that you agree" in nothing.text
        assert (await who.send(f"{path}/sign", shown=words, agree="yes")).status_code == 303
    assert await signed_agreement(world.emma_isf, clock.today()) is not None
    assert "Everybody has agreed to this" in (await carol.get(path)).text


@pytest.mark.row("I2")
async def test_what_was_typed_is_kept_when_it_is_wrong(world: World, client: httpx.AsyncClient) -> None:
    carol = await reader(client, world.care_manager)
    fields = form_of(world.starts_on, fee_percent="lots", exit_words="Give the keys back")
    answer = await carol.send(f"/people/{world.emma}/agreements/new", fund=str(world.emma_isf), **fields)
    assert answer.status_code == 422
    assert "Give the keys back" in answer.text
    assert "Enter a percentage, like 4.5" in answer.text


@pytest.mark.row("I2")
async def test_of_two_editors_the_second_is_told_and_loses_nothing(
    world: World, client: httpx.AsyncClient
) -> None:
    carol = await reader(client, world.care_manager)
    draft = await draft_agreement(world.care_manager, world.emma_isf, terms(world.starts_on))
    first = form_of(world.starts_on, edit="1", exit_words="First")
    assert (await carol.send(f"/agreements/{draft}/edit", **first)).status_code == 303
    second = await carol.send(
        f"/agreements/{draft}/edit", **form_of(world.starts_on, edit="1", exit_words="Second")
    )
    assert second.status_code == 409
    assert "The terms changed while you had them open" in second.text
    assert "Second" in second.text


@pytest.mark.row("I2")
async def test_terms_that_changed_while_read_are_shown_anew(world: World, client: httpx.AsyncClient) -> None:
    agreement_id = await offered(world, world.emma_isf, terms(world.starts_on))
    emma = await reader(client, world.emma_user)
    answer = await emma.send(f"/agreements/{agreement_id}/sign", shown="0" * 64, agree="yes")
    assert answer.status_code == 409
    assert "Read them again" in answer.text
    assert await shown(agreement_id) in answer.text


@pytest.mark.row("I2")
@pytest.mark.row("A2")
async def test_the_document_is_a_tagged_pdf_in_full_and_in_easy_read(
    world: World, client: httpx.AsyncClient
) -> None:
    agreement_id = await agreed_isf(world, terms(world.starts_on, services=supply()))
    emma = await reader(client, world.emma_user)
    full = (await emma.get(f"/agreements/{agreement_id}/document.pdf?easy=off")).content
    assert facts_of(full).marked
    text = text_of(full)
    view = await agreement(world.emma_user, agreement_id)
    for section in view.record.document.sections:
        assert section.heading in text
    assert "Brenda Broker" in text
    easy = (await emma.get(f"/agreements/{agreement_id}/document.pdf?easy=on")).content
    assert facts_of(easy).marked
    assert "The money is only for Emma." in text_of(easy)
    page = await emma.get(f"/agreements/{agreement_id}?easy=on")
    assert "/static/fairday/pictures/money_in.svg" in page.text


@pytest.mark.row("F7")
async def test_a_typed_account_number_is_not_shown_again(world: World, client: httpx.AsyncClient) -> None:
    agreement_id = await draft_agreement(
        world.care_manager, world.dan_direct, Terms(starts_on=world.starts_on)
    )
    await offer_agreement(world.care_manager, agreement_id)
    dan = await reader(client, world.dan_user)
    assert "First say in which account" in (await dan.get(f"/agreements/{agreement_id}/sign")).text
    fields = {"edit": "1", "bank_name": "Weaver Bank", "account_last_four": "87654321", "separate": "yes"}
    refused = await dan.send(f"/agreements/{agreement_id}/account", **fields)
    assert refused.status_code == 422
    assert "87654321" not in refused.text
    fields["account_last_four"] = "4321"
    assert (await dan.send(f"/agreements/{agreement_id}/account", **fields)).status_code == 303
    await sign_all(world, agreement_id, world.dan_user)


@pytest.mark.row("I6")
async def test_an_exit_is_checked_announced_and_finished_by_another(
    world: World, client: httpx.AsyncClient
) -> None:
    carol, last = await reader(client, world.care_manager), clock.today() + timedelta(days=9)
    path = f"/funds/{world.emma_isf}/exit"
    assert "When and why does this fund end?" in (await carol.get(path)).text
    answers = {
        "last_day-day": str(last.day), "last_day-month": str(last.month), "last_day-year": str(last.year),
        "reason": "person_wish", "because": "She wishes it", "to": str(world.emma_managed),
    }  # fmt: skip
    check = await carol.send(path, **answers)
    assert check.status_code == 200
    assert "Is this right?" in check.text
    assert await db.fetch_value("SELECT count(*) FROM fund_exit") == 0
    assert (await carol.send(path, **answers, do="announce")).status_code == 303
    assert "Announced" in (await carol.get(path)).text
    again = await carol.send(path, **answers, do="announce")
    assert again.status_code in (409, 422)
    await db.execute("UPDATE fund_exit SET ends_on = $1", clock.today())
    fiona = await reader(client, world.finance_officer)
    assert "Send the money on" in (await fiona.get(path)).text
    assert (await fiona.send(f"{path}/finish")).status_code == 303
    assert "Where the money went" in (await fiona.get(path)).text
    assert "No fund is ending" in (await fiona.get("/council/exits")).text


@pytest.mark.row("I6")
async def test_the_api_signs_and_ends_by_the_same_commands(world: World, client: httpx.AsyncClient) -> None:
    agreement_id = await offered(world, world.emma_isf, terms(world.starts_on))
    emma = {"Authorization": f"Bearer {await world.token(world.emma_user)}"}
    told = (await client.get(f"/api/v1/agreements/{agreement_id}", headers=emma)).json()
    body = {"shown": told["shown"]}
    first = await client.post(f"/api/v1/agreements/{agreement_id}/sign", headers=emma, json=body)
    again = await client.post(f"/api/v1/agreements/{agreement_id}/sign", headers=emma, json=body)
    assert first.json() == again.json()
    carol = {"Authorization": f"Bearer {await world.token(world.care_manager)}", "Idempotency-Key": "one"}
    ending = {"last_day": str(clock.today() - timedelta(days=1)), "reason": "died", "because": "She died"}
    made = await client.post(f"/api/v1/funds/{world.emma_isf}/exit", headers=carol, json=ending)
    assert made.status_code == 201, made.text
    same = await client.post(f"/api/v1/funds/{world.emma_isf}/exit", headers=carol, json=ending)
    assert same.json() == made.json()
    fiona = {"Authorization": f"Bearer {await world.token(world.finance_officer)}"}
    done = await client.post(f"/api/v1/funds/{world.emma_isf}/exit/finish", headers=fiona)
    assert done.json()["state"] == "completed"
