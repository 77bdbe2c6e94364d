"""What is done by the clock about payments into funds, client accounts and unused money."""

from isf.payments.client_accounts.commands import check_all
from isf.payments.paying_in.posting import resume_all
from isf.payments.paying_in.proposing import propose_for_all
from isf.payments.surplus.warnings import warn_of_surpluses
from marketplace.kernel import audit, formats
from marketplace.kernel.jobs import Job


async def _propose() -> str:
    made, unset = await propose_for_all(audit.SYSTEM)
    words = f"{formats.count(made, 'proposal')} made"
    return f"{words}; without figures for paying in: {', '.join(unset)}" if unset else words


async def _finish() -> str:
    return f"{formats.count(await resume_all(), 'line')} of approved payments entered"


async def _ring_fence() -> str:
    holders, kept = await check_all()
    return f"{formats.count(holders, 'client account')} looked at, {formats.count(kept, 'check')} kept"


async def _warn() -> str:
    return f"{formats.count(await warn_of_surpluses(audit.SYSTEM), 'fund')} told about"


JOBS = (
    Job("payments-in", "Propose what the council pays into funds", {"hour": 4, "minute": 30}, _propose),
    Job("payments-in-finish", "Complete approved payments that stopped", {"minute": "*/10"}, _finish),
    Job("ring-fence", "Compare client accounts with the books", {"hour": 2, "minute": 45}, _ring_fence),
    Job("surplus-warnings", "Warn before unused money is too much", {"hour": 5, "minute": 40}, _warn),
)
