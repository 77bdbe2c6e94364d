"""The notice at an end is for the support: nobody is driven any more (rows P3, B7; `rules.md` 13, 18)."""

from datetime import timedelta

import pytest

from isf.endings.rules import EndDraft, EndKind
from marketplace.bookings.commands import book
from marketplace.bookings.endings.commands import end_person
from marketplace.bookings.queries import Wish
from marketplace.kernel import clock
from marketplace.kernel.money import Money
from marketplace.kernel.vat import VatCategory
from providers.commands import set_transport_rate
from tests.world import World, balances


@pytest.mark.row("P3")
@pytest.mark.row("B7")
async def test_notice_at_an_end_charges_no_journey(world: World) -> None:
    activity = await world.activity()
    await set_transport_rate(world.manager, activity, world.starts_on, Money(600), VatCategory.ZERO)
    session = await world.session(activity, day=clock.today() + timedelta(days=1))
    await book(world.broker, session, world.emma_isf, wish=Wish(None, True))
    ended = await end_person(world.care_manager, world.emma, EndDraft(EndKind.DIED, clock.today()))
    assert ended.notice == Money(19_25)  # Half of £38.50, as for any place that is given up late.
    assert (await balances(world.emma_isf))["payable"] == 19_25
