"""What happens to agreements by the clock."""

from isf.agreements.exits.finishing import send_late_money, start_winding_up
from isf.agreements.fees.commands import take_fees
from marketplace.kernel import audit
from marketplace.kernel.jobs import Job


async def _fees() -> str:
    return (await take_fees(audit.SYSTEM)).words


async def _exits() -> str:
    started = await start_winding_up(audit.SYSTEM)
    sent = await send_late_money(audit.SYSTEM)
    return f"{started} funds are wound up from today; late money of {sent} was sent on"


JOBS = (
    Job(
        "holder-fees", "Take the holders’ fees of the months that are over", {"hour": 4, "minute": 10}, _fees
    ),
    Job("fund-exits", "Wind up funds whose last day is over", {"hour": 4, "minute": 30}, _exits),
)
