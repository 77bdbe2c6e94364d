"""The demonstration council shows people at every stage of the managed budget."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from fixtures.demonstration import make_demonstration
from fixtures.demonstration.told import CARE
from isf.contributions.rules.assessment import assess
from isf.ledger.verify import verify
from isf.parameters.rules import usual_values
from marketplace.kernel import clock, db
from tests.database import empty_database


@pytest_asyncio.fixture(scope="module")
async def demonstration(dsn: str) -> AsyncIterator[None]:
    """The council, made once for this file: nothing here changes it."""
    assert await make_demonstration() is True
    yield
    await empty_database()


async def counted(sql: str, *args: object) -> int:
    """The number that a query answers."""
    number: int = await db.fetch_value(f"SELECT count(*) FROM {sql}", *args)
    return number


async def states(sql: str) -> set[str]:
    """What a query of one column answers."""
    return {str(next(iter(row.values()))) for row in await db.fetch_all(sql)}


async def person(name: str) -> object:
    """The id of somebody of the story."""
    return await db.fetch_value("SELECT id FROM person WHERE preferred_name = $1", name)


@pytest.mark.row("F1")
async def test_everybody_has_needs_and_a_circle_and_carers_have_their_own_record(demonstration: None) -> None:
    for table in ("communication_need", "assessment", "need", "outcome", "circle_member"):
        without = f"person p WHERE NOT EXISTS (SELECT 1 FROM {table} t WHERE t.person_id = p.id)"
        assert await counted(without) == 0, table
    assert await counted("carer_assessment WHERE assessment_id IS NOT NULL") == 1, "Tom’s, with his mother’s"
    assert (
        await counted("carer_link l JOIN person p ON p.id = l.person_id WHERE p.name = 'Margaret Ellis'") == 1
    )
    today = clock.today()
    assert await counted("communication_need WHERE review_on < $1", today) > 0, "one is overdue"
    soon = "communication_need WHERE review_on BETWEEN $1 AND $1 + 14"
    assert await counted(soon, today) > 0, "one is due soon"


@pytest.mark.row("F2")
async def test_budgets_went_up_go_down_and_are_not_there_yet(demonstration: None) -> None:
    assert await counted("personal_budget WHERE person_id = $1", await person("Reece")) >= 3
    assert await counted("over_commitment o WHERE o.state = 'open' AND o.kind = 'reduction'") == 1
    agreed = "personal_budget WHERE person_id = $1 AND kind = 'agreed'"
    assert await counted(agreed, await person("Hassan")) == 0


@pytest.mark.row("SP3")
async def test_plans_are_drafts_sent_back_waiting_agreed_and_locked(demonstration: None) -> None:
    told = await states("SELECT DISTINCT state FROM plan_version")
    assert told == {"draft", "waiting_for_keys", "agreed", "superseded"}
    assert await counted("plan_version WHERE state = 'draft' AND sent_back_because <> ''") == 1
    keys = (
        "approval_key k JOIN plan_version v ON v.id = k.version_id"
        " WHERE v.person_id = $1 AND k.fell_at IS NULL"
    )
    assert await counted(keys, await person("Winston")) == 2
    assert await counted(keys, await person("Ivy")) == 4
    locked = (
        "SELECT DISTINCT p.preferred_name FROM person p JOIN fund f ON f.person_id = p.id"
        " JOIN account a ON a.fund_id = f.id"
    )
    assert await states(f"{locked} WHERE a.locked") == {"Bethan", "Winston"}
    assert (
        await counted("approval_key k JOIN plan_author a USING (version_id) WHERE a.user_id = k.turned_by")
        == 0
    )


@pytest.mark.row("SP1")
async def test_every_need_of_an_agreed_plan_has_something_in_it(demonstration: None) -> None:
    unmet = (
        "need n JOIN plan_version v ON v.person_id = n.person_id AND v.state = 'agreed'"
        " WHERE NOT EXISTS (SELECT 1 FROM plan_item i WHERE i.version_id = v.id AND i.need_id = n.id)"
    )
    assert await counted(unmet) == 0
    assert await counted("plan_item WHERE paid_from = 'free'") > 0


@pytest.mark.row("F6")
async def test_what_people_pay_is_assessed_asked_for_paid_and_owed(demonstration: None) -> None:
    values = {name: usual.value for name, usual in usual_values().items()}
    for told in CARE.values():
        if told.figures is not None:
            assert assess(told.figures, values).weekly is not None
    differs = (
        "financial_assessment a JOIN personal_budget b USING (person_id) JOIN fund_share s ON s.budget_id = b.id"
        " GROUP BY a.id, b.id HAVING sum(s.contribution_weekly_pence) <> max(a.weekly_pence)"
    )
    assert await db.fetch_all(f"SELECT 1 FROM {differs}") == [], "the budget says what the assessment says"
    assert await states("SELECT DISTINCT collection FROM personal_budget") == {"gross", "net", "holder"}
    owed = (
        "contribution_charge c JOIN person p ON p.id = c.person_id WHERE p.preferred_name = $1"
        " AND c.amount_pence > 0 AND c.due_on < $2"
        " AND NOT EXISTS (SELECT 1 FROM contribution_payment y WHERE y.person_id = p.id)"
    )
    assert await counted(owed, "Grace", clock.today()) > 0
    assert await counted("contribution_payment") >= 3
    assert await counted("exempt_support WHERE free_days = 42") == 1
    assert await counted("top_up WHERE amount_pence > 0") == 1


@pytest.mark.row("I2")
async def test_agreements_are_signed_by_all_and_wait_for_some(demonstration: None) -> None:
    assert await states("SELECT DISTINCT state FROM agreement") >= {"draft", "offered", "signed", "ended"}
    assert await states("SELECT DISTINCT kind FROM agreement WHERE state = 'signed'") == {
        "isf",
        "direct_payment",
    }
    assert await states("SELECT DISTINCT kind FROM agreement WHERE state = 'offered'") == {
        "isf",
        "direct_payment",
    }
    unsigned = (
        "agreement a WHERE a.state = 'signed' AND (SELECT count(*) FROM agreement_signature s"
        " WHERE s.agreement_id = a.id AND s.edit = a.edit) <> CASE a.kind WHEN 'isf' THEN 3 ELSE 2 END"
    )
    assert await counted(unsigned) == 0
    assert await counted("holder_fee WHERE state = 'taken' AND gross_pence > 0") > 0


@pytest.mark.row("I3")
async def test_a_holder_sells_something_itself_and_says_so(demonstration: None) -> None:
    own = (
        "booking b JOIN fund f ON f.id = b.fund_id JOIN provider p ON p.id = b.provider_id"
        " WHERE p.organisation_id = f.holder_organisation_id"
    )
    assert await counted(own) > 0
    assert await counted("agreement WHERE sells_too AND state = 'signed'") > 0


@pytest.mark.row("I1")
async def test_money_is_paid_in_by_two_officers_and_one_proposal_waits(demonstration: None) -> None:
    assert await states("SELECT DISTINCT state FROM payment_in") == {"paid", "checked"}
    assert await counted("payment_in WHERE state = 'checked'") == 1
    assert await counted("payment_in WHERE checked_by = approved_by OR proposed_by = approved_by") == 0
    newest = (
        "SELECT d.declared_pence - c.books_pence FROM client_account_declaration d JOIN ring_fence_check c"
        " ON c.declaration_id = d.id JOIN organisation o ON o.id = d.organisation_id WHERE o.name LIKE $1"
        " ORDER BY d.day DESC, c.checked_at DESC LIMIT 1"
    )
    assert await db.fetch_value(newest, "Harbour%") == 0
    assert await db.fetch_value(newest, "Quayside%") == -1240


@pytest.mark.row("F5")
@pytest.mark.row("I6")
async def test_one_fund_was_wound_up_and_its_money_went_on(demonstration: None) -> None:
    assert await states("SELECT DISTINCT state FROM fund_exit") == {"completed"}
    assert (
        await counted(
            "account a JOIN fund_exit x ON x.fund_id = a.fund_id"
            " WHERE a.kind IN ('available', 'committed', 'payable', 'promised') AND a.balance_pence <> 0"
        )
        == 0
    )


@pytest.mark.row("W2")
@pytest.mark.row("SP4")
@pytest.mark.row("SP6")
async def test_something_waits_for_the_care_manager(demonstration: None) -> None:
    today = clock.today()
    assert await counted("reported_change WHERE state = 'reported'") == 1
    due = "disagreement WHERE state = 'raised' AND answer_due_on BETWEEN $1 AND $1 + 7"
    assert await counted(due, today) == 1
    assert (
        await counted("urgent_support WHERE state = 'running' AND ends_on BETWEEN $1 AND $1 + 7", today) == 1
    )
    assert await counted("outside_plan WHERE seen_at IS NULL") == 1


@pytest.mark.row("I5")
async def test_every_fund_has_a_statement_for_every_month_that_is_over(demonstration: None) -> None:
    this_month = clock.today().replace(day=1)
    without = (
        "fund f WHERE f.starts_on < $1 AND NOT EXISTS (SELECT 1 FROM statement s WHERE s.fund_id = f.id)"
    )
    assert await counted("statement") > 0
    assert await counted(without, this_month) == 0
    assert await verify() == []


@pytest.mark.row("V7")
async def test_sellers_are_paid_in_runs_by_two_people_and_one_run_of_each_payer_waits(
    demonstration: None,
) -> None:
    runs = await db.fetch_all("SELECT state, proposed_by, approved_by FROM payment_run ORDER BY proposed_at")
    assert sorted(run["state"] for run in runs) == ["proposed", "proposed", "sent", "sent"]
    assert all(run["proposed_by"] != run["approved_by"] for run in runs)
    paid = await states("SELECT DISTINCT state FROM payment WHERE payment_run_id IS NOT NULL")
    assert paid == {"sent", "returned", "left_out", "proposed"}
    told = "bank_details WHERE state = 'confirmed' AND usable_from <= $1"
    assert await counted(told, clock.now()) == 10
    assert await counted("bank_details WHERE confirmed_by = proposed_by") == 0
    how = await states("SELECT confirmed_how FROM bank_details WHERE state = 'confirmed'")
    assert how == {"second_person", "call_back"}
    assert await counted("bank_details WHERE state = 'proposed'") == 1, "Waterside Friends wait for a call"


@pytest.mark.row("V7")
async def test_the_bank_explains_all_but_its_charges_and_sent_one_payment_back(demonstration: None) -> None:
    assert await counted("bank_line WHERE state = 'open'") == 2, "one of each payer"
    assert await counted("bank_line WHERE state = 'open' AND words NOT LIKE 'Charges%'") == 0
    assert await counted("bank_line WHERE meaning = 'return'") == 1
    again = (
        "payment b JOIN payment p ON p.provider_id = b.provider_id AND p.state = 'proposed'"
        " AND p.payer_organisation_id = b.payer_organisation_id WHERE b.state = 'returned'"
    )
    assert await counted(again) == 1, "what came back waits to be paid again"


@pytest.mark.row("V3")
@pytest.mark.row("V5")
@pytest.mark.row("V6")
async def test_a_line_is_credited_one_is_queried_and_a_sellers_own_invoice_is_read(
    demonstration: None,
) -> None:
    assert await counted("credit_note") == 1
    assert await states("SELECT state FROM line_query") == {"asked"}
    assert await states("SELECT state FROM received_invoice") == {"sent"}
    assert await states("SELECT state FROM received_line") == {"matched", "queried"}
    assert await counted("invoice i JOIN received_invoice r ON r.invoice_id = i.id") == 1
    next_month = "self_billing_agreement WHERE state = 'accepted' AND starts_on > $1"
    assert await counted(next_month, clock.today()) == 1


@pytest.mark.row("P7")
async def test_a_seller_is_stopped_and_what_people_lost_waits_to_be_provided_again(
    demonstration: None,
) -> None:
    assert await counted("suspension WHERE state = 'open'") == 1
    lost = "reprovision_item i JOIN booking b ON b.id = i.booking_id WHERE i.state = 'open' AND b.state = 'cancelled'"
    assert await counted(lost) >= 2
    routes = await states(f"SELECT DISTINCT b.route FROM {lost}")
    assert routes == {"isf", "council_managed"}
