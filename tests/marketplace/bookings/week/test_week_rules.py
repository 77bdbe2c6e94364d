"""Which money each idea would use: values in, values out."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from marketplace.bookings.rules import BookingFacts, Side
from marketplace.bookings.week.rules import Idea, Span, percent_of, plan_ideas, together
from marketplace.kernel.ids import NOBODY
from marketplace.kernel.routes_of_money import Route
from providers.rules import Terms

pytestmark = pytest.mark.row("B1")

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
COUNCIL, PERSON = uuid4(), uuid4()
ISF, DIRECT, MANAGED = uuid4(), uuid4(), uuid4()
ROUTES = {ISF: Route.ISF, DIRECT: Route.DIRECT_PAYMENT, MANAGED: Route.COUNCIL_MANAGED}


def span(hour: int, hours: int = 2, day: int = 24) -> Span:
    start = datetime(2026, 11, day, hour, tzinfo=UTC)
    return Span(start, start + timedelta(hours=hours))


def facts(fund: UUID, at: Span, pence: int, left: int = 10_000, **changes: Any) -> BookingFacts:
    values: dict[str, Any] = {
        "title": "Choir", "provider_name": "Pettypool", "provider_email": "", "session_state": "scheduled",
        "activity_state": "published", "starts_at": at.starts_at, "ends_at": at.ends_at,
        "service_on": at.starts_at.date(), "places_left": 3, "owner_council_id": NOBODY,
        "routes_accepted": tuple(Route), "commissioned": True, "price_pence": pence, "vat_category": "exempt",
        "vat_rate_basis_points": 0, "terms": Terms(48, 50), "person_id": PERSON, "fund_council_id": COUNCIL,
        "route": ROUTES[fund], "fund_state": "open", "fund_starts_on": date(2026, 4, 1),
        "fund_ends_on": date(2027, 4, 1), "available_pence": left, "in_plan": True,
    }  # fmt: skip
    return BookingFacts(**values | changes)


def idea(
    at: Span, pence: int, *funds: UUID, title: str = "Choir", left: int = 10_000, **changes: Any
) -> Idea:
    return Idea(uuid4(), title, at, {fund: facts(fund, at, pence, left, **changes) for fund in funds})


def test_the_isf_pays_before_the_direct_payment_while_it_has_enough() -> None:
    first, second = idea(span(9), 6_000, DIRECT, ISF), idea(span(14), 6_000, DIRECT, ISF)
    plans = plan_ideas([first, second], [], Side.PERSON, NOW)
    assert [plan.fund_id for plan in plans] == [ISF, DIRECT]
    assert [(each.fund_id, each.after_pence) for each in together(plans, [first, second])] == [
        (ISF, 4_000),
        (DIRECT, 4_000),
    ]


def test_the_sum_says_how_much_is_short_when_no_fund_has_enough() -> None:
    ideas = [idea(span(9), 6_000, ISF), idea(span(14), 6_000, ISF)]
    assert [each.after_pence for each in together(plan_ideas(ideas, [], Side.PERSON, NOW), ideas)] == [-2_000]


def test_an_idea_that_meets_a_booking_or_an_earlier_idea_is_left_out_of_the_sum() -> None:
    booked, early, late = span(9), idea(span(10, day=24), 500, ISF), idea(span(14), 700, ISF)
    meeting = idea(span(15), 900, ISF, title="Film")
    plans = plan_ideas([meeting, late, early], [booked], Side.PERSON, NOW)
    assert [plan.fund_id for plan in plans] == [None, ISF, None]
    assert all("at the same time" in plans[index].refusal for index in (0, 2))
    assert together(plans, [early, late, meeting])[0].price_pence == 700


def test_one_that_begins_when_another_ends_does_not_meet_it() -> None:
    plans = plan_ideas([idea(span(9), 500, ISF), idea(span(11), 500, ISF)], [], Side.PERSON, NOW)
    assert all(plan.fund_id == ISF for plan in plans)


@pytest.mark.row("D4")
def test_an_idea_of_an_in_house_service_says_why_it_cannot_be_booked() -> None:
    its = idea(span(9), 500, ISF, MANAGED, owner_council_id=COUNCIL)
    person = plan_ideas([its], [], Side.PERSON, NOW)[0]
    assert person.fund_id is None
    assert "belongs to the council" in person.refusal
    assert plan_ideas([its], [], Side.COUNCIL, NOW)[0].fund_id == MANAGED


def test_a_full_one_an_old_one_and_one_without_money_say_why() -> None:
    full = idea(span(9), 500, ISF, places_left=0)
    over = idea(span(9, day=18), 500, ISF)
    poor = idea(span(18), 500)
    said = {plan.idea_id: plan.refusal for plan in plan_ideas([full, over, poor], [], Side.PERSON, NOW)}
    assert "all places are taken" in said[full.id]
    assert "it is over" in said[over.id]
    assert "no money yet" in said[poor.id]


def test_shares_are_rounded_down() -> None:
    assert percent_of(999, 1000) == 99
    assert percent_of(0, 0) == 0
