"""What a council lacks of its providers, for programs."""

from datetime import date
from uuid import UUID

from litestar import get
from msgspec import Struct

from marketplace.bookings.lapses.queries import lacking
from marketplace.identity.access import Actor
from marketplace.identity.rules import Permission
from marketplace.kernel import clock


class LackingOut(Struct):
    """Something required that has run out, runs out within 60 days, or was never proved (`ends_on` is null).

    `ends_on` is the first day without it, `over` whether new bookings have stopped, `bookings` how many lie beyond.
    """

    provider_id: UUID
    provider_name: str
    kind: str
    ends_on: date | None
    over: bool
    bookings: int


@get(
    "/council/accreditation-lapses", opt={"permission": Permission.COMMISSION_DECIDE}, tags=["Accreditation"]
)
async def get_lapses(actor: Actor) -> list[LackingOut]:
    """What the token's own council requires and lacks, or will soon, the most urgent first."""
    today = clock.today()
    return [
        LackingOut(
            row.provider_id, row.provider_name, str(row.kind), row.ends_on, row.over(today), row.bookings
        )
        for row in await lacking(actor)
    ]
