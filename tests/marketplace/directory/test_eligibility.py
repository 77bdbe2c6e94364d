"""Who may pay whom, as values (`rules.md` 1)."""

from uuid import UUID

import pytest

from marketplace.directory.eligibility import why_not
from marketplace.kernel.errors import InHouseBlocked, NotCommissioned, RouteNotAccepted
from marketplace.kernel.ids import NOBODY
from marketplace.kernel.routes_of_money import Route

OURS, THEIRS = UUID(int=1), UUID(int=2)
EVERY_ROUTE = frozenset(str(route) for route in Route)


@pytest.mark.row("D4")
@pytest.mark.parametrize("route", [Route.DIRECT_PAYMENT, Route.ISF])
def test_a_personalised_budget_never_pays_a_service_of_its_own_council(route: Route) -> None:
    refusal = why_not(
        route=route,
        fund_council_id=OURS,
        owner_council_id=OURS,
        routes_accepted=EVERY_ROUTE,
        commissioned=True,
    )
    assert isinstance(refusal, InHouseBlocked)


@pytest.mark.row("D4")
def test_the_law_is_told_before_anything_else_that_stands_in_the_way() -> None:
    refusal = why_not(
        route=Route.ISF,
        fund_council_id=OURS,
        owner_council_id=OURS,
        routes_accepted=frozenset(),
        commissioned=False,
    )
    assert isinstance(refusal, InHouseBlocked)


@pytest.mark.row("D4")
def test_a_council_uses_its_own_service_with_its_own_money_without_commissioning_itself() -> None:
    assert (
        why_not(
            route=Route.COUNCIL_MANAGED,
            fund_council_id=OURS,
            owner_council_id=OURS,
            routes_accepted={"council_managed"},
            commissioned=False,
        )
        is None
    )


@pytest.mark.row("P8")
@pytest.mark.parametrize("route", list(Route))
def test_another_councils_service_is_an_ordinary_provider(route: Route) -> None:
    def refusal(commissioned: bool) -> object:
        return why_not(
            route=route,
            fund_council_id=OURS,
            owner_council_id=THEIRS,
            routes_accepted=EVERY_ROUTE,
            commissioned=commissioned,
        )

    assert refusal(commissioned=True) is None
    if route is Route.DIRECT_PAYMENT:
        assert refusal(commissioned=False) is None
    else:
        assert isinstance(refusal(commissioned=False), NotCommissioned)


@pytest.mark.row("D3")
def test_a_way_of_paying_that_the_seller_does_not_take_is_named() -> None:
    refusal = why_not(
        route=Route.ISF,
        fund_council_id=OURS,
        owner_council_id=NOBODY,
        routes_accepted={"direct_payment"},
        commissioned=False,
    )
    assert isinstance(refusal, RouteNotAccepted)
    assert Route.ISF.label in refusal.message
