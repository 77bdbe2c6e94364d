"""Every page about bookings, under one router."""

from litestar import Router

from marketplace.bookings.cancelling import routes as cancelling
from marketplace.bookings.desk import routes as desk
from marketplace.bookings.endings import routes as endings
from marketplace.bookings.feeds import routes as feeds
from marketplace.bookings.lapses import routes as lapses
from marketplace.bookings.mine import routes as mine
from marketplace.bookings.outside import routes as outside
from marketplace.bookings.overcommitted import routes as overcommitted
from marketplace.bookings.ownership import routes as ownership
from marketplace.bookings.pauses import routes as pauses
from marketplace.bookings.places import routes as places
from marketplace.bookings.register import routes as register
from marketplace.bookings.relatives import routes as relatives
from marketplace.bookings.series import routes as series
from marketplace.bookings.waitlist import routes as waitlist
from marketplace.bookings.week import routes as week

router = Router(
    "/",
    route_handlers=[
        *week.HANDLERS,
        *places.HANDLERS,
        *series.HANDLERS,
        *register.HANDLERS,
        *desk.HANDLERS,
        *mine.HANDLERS,
        *ownership.HANDLERS,
        *overcommitted.HANDLERS,
        *outside.HANDLERS,
        *waitlist.HANDLERS,
        *lapses.HANDLERS,
        *cancelling.HANDLERS,
        *relatives.HANDLERS,
        *feeds.HANDLERS,
        *pauses.HANDLERS,
        *endings.HANDLERS,
    ],
)
