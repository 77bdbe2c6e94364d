"""Everybody signs for one side, once, exactly what was shown to them (rows I2, F7)."""

import asyncio
from datetime import timedelta

import asyncpg
import pytest

from isf.agreements import queries
from isf.agreements.commands import (
    declare_account,
    draft_agreement,
    edit_agreement,
    offer_agreement,
    sign_agreement,
    take_back,
    withdraw_agreement,
)
from isf.agreements.commands.signing import NOT_BY_DRAFTER, TWO_PARTIES, WaitsForAccount
from isf.agreements.records import find
from isf.agreements.rules import Acknowledged, AgreementState, Party, Terms
from isf.agreements.waiting import agreements_waiting, todos_of
from isf.agreements.wording import fingerprint
from isf.commands import give_authority
from marketplace.identity.rules import AuthorityKind, Scope
from marketplace.kernel import clock, db
from marketplace.kernel.errors import Conflict, Forbidden, Invalid, NotFound, StateConflict
from tests.isf.agreements.agreed import (
    agreed_direct_payment,
    agreed_isf,
    offered,
    shown,
    sign_all,
    supply,
    terms,
)
from tests.world import World, actor_again


@pytest.mark.row("I2")
async def test_an_isf_agreement_is_in_force_when_all_three_have_signed(world: World) -> None:
    agreement_id = await offered(world, world.emma_isf, terms(world.starts_on))
    for actor in (world.emma_user, world.care_manager):
        await sign_agreement(actor, agreement_id, await shown(agreement_id))
        assert await queries.signed_agreement(world.emma_isf, clock.today()) is None
    await sign_agreement(world.broker, agreement_id, await shown(agreement_id))
    signed = await queries.signed_agreement(world.emma_isf, clock.today())
    assert signed is not None
    assert (signed.notice_days, signed.version) == (28, 1)


@pytest.mark.row("I2")
async def test_a_signature_keeps_name_role_time_and_exactly_what_was_shown(world: World) -> None:
    agreement_id = await agreed_isf(world)
    view = await queries.agreement(world.emma_user, agreement_id)
    emma = next(each for each in view.signatures if each.party is Party.PERSON)
    assert (emma.name, emma.role) == ("Emma Example", "for themselves")
    assert emma.words == view.record.document.full_words
    assert emma.sha256 == fingerprint(emma.words) == view.full_sha256
    with pytest.raises(asyncpg.PostgresError):
        await db.execute("UPDATE agreement_signature SET name = 'Somebody else'")


@pytest.mark.row("I2")
async def test_signing_the_easy_read_words_keeps_the_easy_read_words(world: World) -> None:
    agreement_id = await offered(world, world.emma_isf, terms(world.starts_on))
    easy = (await find(agreement_id)).document.easy_words
    await sign_agreement(world.emma_user, agreement_id, fingerprint(easy))
    view = await queries.agreement(world.emma_user, agreement_id)
    assert (view.signatures[0].shown_as, view.signatures[0].words) == ("easy", easy)


@pytest.mark.row("I2")
async def test_terms_that_changed_while_somebody_read_are_read_again(world: World) -> None:
    agreement_id = await offered(world, world.emma_isf, terms(world.starts_on))
    read = await shown(agreement_id)
    await take_back(world.care_manager, agreement_id)
    edit = (await find(agreement_id)).edit
    await edit_agreement(world.care_manager, agreement_id, edit, terms(world.starts_on, notice_days=7))
    await offer_agreement(world.care_manager, agreement_id)
    with pytest.raises(StateConflict, match="Read them again"):
        await sign_agreement(world.emma_user, agreement_id, read)
    await sign_all(world, agreement_id)
    assert (await find(agreement_id)).state is AgreementState.SIGNED


@pytest.mark.row("I2")
async def test_a_signature_on_earlier_terms_does_not_count(world: World) -> None:
    agreement_id = await offered(world, world.emma_isf, terms(world.starts_on))
    await sign_agreement(world.emma_user, agreement_id, await shown(agreement_id))
    await take_back(world.care_manager, agreement_id)
    await offer_agreement(world.care_manager, agreement_id)
    view = await queries.agreement(world.care_manager, agreement_id)
    assert [each.counts for each in view.signatures] == [False]
    assert view.waits_for == [Party.PERSON, Party.COUNCIL, Party.HOLDER]


@pytest.mark.row("I2")
async def test_signing_twice_at_once_signs_once(world: World) -> None:
    agreement_id = await offered(world, world.emma_isf, terms(world.starts_on))
    words = await shown(agreement_id)
    ids = await asyncio.gather(*(sign_agreement(world.emma_user, agreement_id, words) for _ in range(3)))
    assert len(set(ids)) == 1
    assert await db.fetch_value("SELECT count(*) FROM agreement_signature") == 1


@pytest.mark.row("I2")
async def test_the_last_two_signatures_at_once_put_it_in_force_once(world: World) -> None:
    agreement_id = await offered(world, world.emma_isf, terms(world.starts_on))
    words = await shown(agreement_id)
    await asyncio.gather(
        *(
            sign_agreement(actor, agreement_id, words)
            for actor in (world.emma_user, world.care_manager, world.broker)
        )
    )
    assert (await find(agreement_id)).state is AgreementState.SIGNED


@pytest.mark.row("I2")
async def test_nobody_signs_for_two_sides(world: World) -> None:
    """Brenda is Harbour's broker, and Emma lets her act as a representative too."""
    await give_authority(
        world.care_manager, world.emma, AuthorityKind.REPRESENTATIVE, [Scope.SEE, Scope.PAY],
        user_id=world.broker.user_id, starts_on=clock.today(),
    )  # fmt: skip
    agreement_id = await offered(world, world.emma_isf, terms(world.starts_on))
    await sign_agreement(world.broker, agreement_id, await shown(agreement_id))
    await db.execute(
        "UPDATE role_grant SET ends_on = starts_on WHERE user_id = $1 AND role = 'broker'",
        world.broker.user_id,
    )
    for_herself = await actor_again(world.broker.user_id)
    assert for_herself.organisation_id is None
    with pytest.raises(Forbidden, match=TWO_PARTIES[:30]):
        await sign_agreement(for_herself, agreement_id, await shown(agreement_id))


@pytest.mark.row("I2")
async def test_the_database_refuses_a_second_side_and_the_drafter(world: World) -> None:
    agreement_id = await offered(world, world.emma_isf, terms(world.starts_on))
    await sign_agreement(world.broker, agreement_id, await shown(agreement_id))
    copy = (
        "INSERT INTO agreement_signature (agreement_id, edit, party, user_id, name, role, words, sha256, signed_at)"
        " SELECT agreement_id, edit, 'person', $1, name, role, words, sha256, now() FROM agreement_signature"
    )
    with pytest.raises(asyncpg.ExclusionViolationError):
        await db.execute(copy, world.broker.user_id)
    with pytest.raises(asyncpg.CheckViolationError, match="drafted"):
        await db.execute(copy, world.care_manager.user_id)


@pytest.mark.row("I2")
async def test_who_drafted_it_signs_for_nobody_but_the_council(world: World) -> None:
    """Carol drafts it for the council; later she acts as Emma's representative, and may not sign as her."""
    agreement_id = await offered(world, world.emma_isf, terms(world.starts_on))
    await give_authority(
        world.care_manager, world.emma, AuthorityKind.REPRESENTATIVE, [Scope.SEE, Scope.PAY],
        user_id=world.care_manager.user_id, starts_on=clock.today(),
    )  # fmt: skip
    await db.execute(
        "UPDATE role_grant SET ends_on = starts_on WHERE user_id = $1 AND role = 'care_manager'",
        world.care_manager.user_id,
    )
    carol = await actor_again(world.care_manager.user_id)
    with pytest.raises(Forbidden, match=NOT_BY_DRAFTER[:40]):
        await sign_agreement(carol, agreement_id, await shown(agreement_id))


@pytest.mark.row("I2")
async def test_strangers_and_those_without_a_side_cannot_sign(world: World) -> None:
    agreement_id = await offered(world, world.emma_isf, terms(world.starts_on))
    words = await shown(agreement_id)
    with pytest.raises(NotFound):
        await sign_agreement(world.stranger, agreement_id, words)
    with pytest.raises(NotFound):
        await sign_agreement(world.dan_user, agreement_id, words)
    with pytest.raises(Forbidden):  # Her sister may see and book, not pay.
        await sign_agreement(world.sister, agreement_id, words)
    with pytest.raises(Forbidden):
        await sign_agreement(world.finance_officer, agreement_id, words)


@pytest.mark.row("I2")
async def test_a_new_version_needs_all_signatures_again_and_ends_the_old_one(world: World) -> None:
    first = await agreed_isf(world)
    change = clock.today() + timedelta(days=10)
    second = await offered(world, world.emma_isf, terms(change, notice_days=14))
    assert (await find(first)).state is AgreementState.SIGNED
    await sign_all(world, second)
    old = await find(first)
    assert (old.state, old.terms.ends_on) == (AgreementState.SUPERSEDED, change)
    before = await queries.signed_agreement(world.emma_isf, change - timedelta(days=1))
    after = await queries.signed_agreement(world.emma_isf, change)
    assert before is not None
    assert after is not None
    assert (before.id, after.id) == (first, second)
    assert (await queries.agreement(world.emma_user, first)).signatures


@pytest.mark.row("I2")
async def test_one_version_is_on_its_way_at_a_time(world: World) -> None:
    agreement_id = await offered(world, world.emma_isf, terms(world.starts_on))
    with pytest.raises(StateConflict, match="on its way"):
        await draft_agreement(world.care_manager, world.emma_isf, terms(world.starts_on))
    await withdraw_agreement(world.care_manager, agreement_id)
    await draft_agreement(world.care_manager, world.emma_isf, terms(world.starts_on))


@pytest.mark.row("I2")
async def test_of_two_who_edit_at_once_one_is_told(world: World) -> None:
    agreement_id = await draft_agreement(world.care_manager, world.emma_isf, terms(world.starts_on))
    answers = await asyncio.gather(
        *(
            edit_agreement(world.care_manager, agreement_id, 1, terms(world.starts_on, notice_days=days))
            for days in (7, 14)
        ),
        return_exceptions=True,
    )
    assert sorted(type(each).__name__ for each in answers) == ["NoneType", "StateConflict"]


@pytest.mark.row("I3")
async def test_the_person_acknowledges_what_the_holder_sells(world: World) -> None:
    agreement_id = await offered(world, world.emma_isf, terms(world.starts_on, services=supply()))
    words = await shown(agreement_id)
    with pytest.raises(Invalid) as refused:
        await sign_agreement(world.emma_user, agreement_id, words)
    assert "acknowledged" in refused.value.fields
    await sign_agreement(world.emma_user, agreement_id, words, acknowledged=Acknowledged.YES)
    assert "Garden group: £38.50" in (await find(agreement_id)).document.full_words


@pytest.mark.row("I3")
async def test_nobody_is_recorded_as_acknowledging_what_they_were_not_shown(world: World) -> None:
    """Sent along by a program, or for another side, a tick that was on no page is not kept."""
    nothing = await agreed_isf(world)
    view = await queries.agreement(world.emma_user, nothing)
    assert [each.acknowledged for each in view.signatures] == [False, False, False]
    later = clock.today() + timedelta(days=3)
    sells = await offered(world, world.emma_isf, terms(later, services=supply()))
    await sign_all(world, sells)
    view = await queries.agreement(world.emma_user, sells)
    assert {each.party: each.acknowledged for each in view.signatures} == {
        Party.PERSON: True, Party.COUNCIL: False, Party.HOLDER: False,
    }  # fmt: skip


@pytest.mark.row("F7")
async def test_a_direct_payment_needs_a_declared_account_before_the_person_signs(world: World) -> None:
    agreement_id = await offered(world, world.dan_direct, Terms(starts_on=world.starts_on))
    with pytest.raises(WaitsForAccount):
        await sign_agreement(world.dan_user, agreement_id, await shown(agreement_id))
    await withdraw_agreement(world.care_manager, agreement_id)
    done = await agreed_direct_payment(world)
    words = (await find(done)).document.full_words
    assert "account at Weaver Bank that ends in 4821" in words
    assert "Receipts and bank statements are kept" in words
    assert await queries.signed_agreement(world.dan_direct, clock.today()) is not None


@pytest.mark.row("F7")
@pytest.mark.parametrize(
    ("bank", "digits", "field"),
    [
        ("Weaver Bank", "12345678", "account_last_four"),
        ("Weaver Bank", "12 34", "account_last_four"),
        ("Weaver 12-34-56", "4821", "bank_name"),
        ("", "4821", "bank_name"),
    ],
)
async def test_a_whole_account_number_is_never_kept(world: World, bank: str, digits: str, field: str) -> None:
    agreement_id = await offered(world, world.dan_direct, Terms(starts_on=world.starts_on))
    with pytest.raises(Invalid) as refused:
        await declare_account(world.dan_user, agreement_id, 1, bank, digits)
    assert field in refused.value.fields
    for column, value in (("bank_name", "Weaver 12-34-56"), ("account_last_four", "12345678")):
        with pytest.raises(asyncpg.PostgresError):
            await db.execute(
                f"UPDATE agreement SET {column} = $2, edit = edit + 1 WHERE id = $1", agreement_id, value
            )


@pytest.mark.row("F7")
async def test_a_declared_account_changes_the_terms_so_the_council_signs_again(world: World) -> None:
    agreement_id = await offered(world, world.dan_direct, Terms(starts_on=world.starts_on))
    await sign_agreement(world.care_manager, agreement_id, await shown(agreement_id))
    await declare_account(world.dan_user, agreement_id, 1, "Weaver Bank", "4821")
    view = await queries.agreement(world.dan_user, agreement_id)
    assert view.waits_for == [Party.PERSON, Party.COUNCIL]


@pytest.mark.row("I2")
async def test_council_managed_money_needs_no_agreement(world: World) -> None:
    with pytest.raises(Conflict, match="needs no agreement"):
        await draft_agreement(world.care_manager, world.emma_managed, terms(world.starts_on))


@pytest.mark.row("I2")
async def test_only_the_persons_council_writes_it_and_sees_the_draft(world: World) -> None:
    with pytest.raises(NotFound):
        await draft_agreement(world.other_care_manager, world.emma_isf, terms(world.starts_on))
    with pytest.raises(Forbidden):
        await draft_agreement(world.broker, world.emma_isf, terms(world.starts_on))
    agreement_id = await draft_agreement(world.care_manager, world.emma_isf, terms(world.starts_on))
    with pytest.raises(NotFound):
        await queries.agreement(world.emma_user, agreement_id)


@pytest.mark.row("I2")
async def test_the_words_of_what_is_offered_stand_in_the_database(world: World) -> None:
    agreement_id = await agreed_isf(world)
    for change in ("fee_pence = 1", "document = '{}'", "notice_days = 0", "edit = edit + 1"):
        with pytest.raises(asyncpg.CheckViolationError):
            await db.execute(f"UPDATE agreement SET {change} WHERE id = $1", agreement_id)


@pytest.mark.row("I2")
async def test_what_waits_for_a_signature_stands_on_the_lists(world: World) -> None:
    agreement_id = await offered(world, world.emma_isf, terms(world.starts_on))
    assert [todo.href for todo in await todos_of(world.emma_user, world.emma)] == [
        f"/agreements/{agreement_id}/sign"
    ]
    assert await todos_of(world.sister, world.emma) == []
    for actor in (world.broker, world.care_manager, world.emma_user):
        assert [each.id for each in await agreements_waiting(actor)] == [agreement_id], actor.name
    assert await agreements_waiting(world.stranger) == []
    await sign_all(world, agreement_id)
    for actor in (world.broker, world.care_manager, world.emma_user):
        assert await agreements_waiting(actor) == []
