"""The schedule's part in contributions."""

from isf.contributions.commands.charging import charge_contributions
from marketplace.kernel import audit
from marketplace.kernel.jobs import Job


async def _charge() -> str:
    done = await charge_contributions(audit.SYSTEM)
    return f"{done.charges} bills made, {done.corrections} corrected"


JOBS = [
    Job(
        "contribution-charges",
        "Ask for contributions of weeks that are over",
        {"hour": 4, "minute": 10},
        _charge,
    )
]
