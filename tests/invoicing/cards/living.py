"""A card payment in the lived-in world: Dan paid by card, and what was to go back to it came back to Pettypool."""

from collections.abc import Mapping
from datetime import time, timedelta

from invoicing.cards import giving_back
from invoicing.cards.rules import CardState
from invoicing.cards.settling import move
from invoicing.connect.commands import connect_account
from invoicing.stripe_values import Refund, RefundStatus
from isf.ledger.commands import pay_by_card
from marketplace.bookings.commands import Hold, book, confirm_held
from marketplace.kernel import clock, db
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.money import Money
from tests.invoicing.cards.table import ACCOUNT
from tests.world import World


async def live_with_cards(world: World) -> Mapping[str, object]:
    """What fills the parameters of this room's addresses, made without the card company.

    Pettypool takes cards afterwards if it did before.
    """
    before = await db.fetch_value("SELECT stripe_account FROM provider WHERE id = $1", world.pettypool)
    await connect_account(SYSTEM, world.pettypool, ACCOUNT)
    session = await world.session(day=clock.today() + timedelta(days=44), at=time(18))
    hold = Hold(clock.now() + timedelta(minutes=35))
    booking = await book(world.dan_user, session, world.dan_direct, hold=hold)
    payment = await db.fetch_value(
        "INSERT INTO card_payment (id, booking_id, fund_id, council_id, route, owner_council_id, connected_account,"
        "  amount_pence, state) SELECT gen_random_uuid(), id, fund_id, council_id, route, owner_council_id, $2,"
        "  price_pence, 'started' FROM booking WHERE id = $1 RETURNING id",
        booking.id,
        ACCOUNT,
    )
    await db.execute(
        "INSERT INTO claim (booking_id, kind, claimed_at) VALUES ($1, 'card', $2)", booking.id, clock.now()
    )
    row = await confirm_held(SYSTEM, booking.id)
    await pay_by_card(SYSTEM, world.dan_direct, booking.id, Money(booking.price_pence), row["service_on"])
    await move(payment, CardState.STARTED, CardState.PAID, because="paid", payment_intent="pi_1Living")
    for status in (RefundStatus.PENDING, RefundStatus.FAILED):
        await giving_back.enter(payment, [Refund("re_1Living", status, Money(1000), "pi_1Living")])
    await connect_account(SYSTEM, world.pettypool, before)
    return {"card_payment_id": payment}
