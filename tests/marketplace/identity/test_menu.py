"""The menu at the top says where a page belongs."""

import pytest

from marketplace.identity.pages import menu
from tests.world import World


@pytest.mark.parametrize(
    ("path", "current"),
    [
        ("/invoices", ["Invoices"]),
        ("/invoices/runs", ["Invoices"]),
        ("/payment-runs/1/bank.xml", ["Invoices"]),
        ("/credit-notes", ["Invoices"]),
        ("/payments-of-another-kind", []),
        ("/", ["Find something to do"]),
        ("/cookies", []),
    ],
)
async def test_a_page_reached_from_invoices_stands_under_invoices(
    world: World, path: str, current: list[str]
) -> None:
    assert [item["text"] for item in menu(world.broker, path) if item["current"]] == current
