"""Hard case 10 of `rules.md` as a scene: exempt, standard and zero lines, a VAT status that changes in mid-month.

Pettypool registers for VAT on 9 November and says so late. Its studio said "not registered" until the 16th, when the
provider put the price right; the price with VAT stays £12.75, so Pettypool bears the VAT. Worked by hand:

  3 Nov  Studio   12.75  not registered yet           O        on an invoice without a VAT number
 10 Nov  Garden   38.50  welfare                      E
 11 Nov  Minibus   6.20  zero-rated transport         Z
 12 Nov  Studio   12.75  registered, no welfare       S 20%    the price still says "not registered"
 17 Nov  Studio   12.75  the price says so too        S 20%
 18 Nov  Studio   12.75                               S 20%

First invoice:   O 12.75                                              gross 12.75
Second invoice:  E 38.50                                  VAT 0.00    gross 38.50
                 S 3 x 12.75 = 38.25; 38.25 / 1.2 = 31.875 -> 31.88,
                   VAT 38.25 - 31.88 =                         6.37   gross 38.25
                   (line by line it would be 3 x 10.63 = 31.89: a penny too much)
                 Z  6.20                                  VAT 0.00    gross  6.20
                 together net 38.50 + 31.88 + 6.20 = 76.58, VAT 6.37, gross 82.95
The lines of S carry 31.88 by largest remainder: 10.63, 10.63, 10.62.
"""

from dataclasses import dataclass
from datetime import time
from uuid import UUID

from invoicing.runs.commands import issue_invoices
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.clock import FixedClock, from_wall, use_clock
from marketplace.kernel.money import Money
from marketplace.kernel.vat import VatCategory
from providers.commands import set_rate
from providers.vat.commands import register_for_vat
from tests.invoicing.delivering import NOVEMBER, attend, booked_before, deliver, november
from tests.providers.vat.registered import NUMBER
from tests.world import World


@dataclass(frozen=True)
class CaseTen:
    """The two invoices, and the booking of each line by its name."""

    outside: UUID
    mixed: UUID
    bookings: dict[str, UUID]


async def case_ten(world: World) -> CaseTen:
    """Deliver, change the VAT status, bill; Harbour pays from Emma's ISF. On the morning of 1 December 2026."""
    garden = await world.activity()
    bus = await world.activity(title="Minibus", price="6.20", vat=(VatCategory.ZERO, 0))
    studio = await world.activity(title="Studio", price="12.75", vat=(VatCategory.OUTSIDE_SCOPE, 0))
    bookings = {}
    for name, activity, day in (
        ("before", studio, 3), ("garden", garden, 10), ("bus", bus, 11), ("late_told", studio, 12),
    ):  # fmt: skip
        bookings[name] = await deliver(world, world.broker, world.emma_isf, november(day), activity=activity)
    for name, day in (("first", 17), ("second", 18)):
        # Booked before the price said that it carries VAT.
        bookings[name] = await booked_before(
            world, world.broker, world.emma_isf, november(day), activity=studio
        )
    with use_clock(FixedClock(from_wall(november(16), time(12)))):
        await set_rate(world.manager, studio, november(16), Money(1275), VatCategory.STANDARD, 2000)
    for name, day in (("first", 17), ("second", 18)):
        await attend(world.manager, bookings[name], november(day))
    await register_for_vat(world.manager, NUMBER, november(9))
    run = await issue_invoices(SYSTEM, NOVEMBER)
    outside, mixed = (invoice.invoice_id for invoice in run.invoices)
    return CaseTen(outside, mixed, bookings)
