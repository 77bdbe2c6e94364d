"""What is done by the clock about timetables."""

from marketplace.kernel import audit, formats
from marketplace.kernel.jobs import Job
from providers.timetables.making import make_ahead


async def _make_ahead() -> str:
    made = await make_ahead(audit.SYSTEM)
    return f"{formats.count(made.sessions, 'date')} of {formats.count(made.timetables, 'timetable')} made"


JOBS = (Job("timetables", "Make dates 26 weeks ahead", {"hour": 0, "minute": 40}, _make_ahead),)
