"""The schedule's part in accreditation: each reminder once, whatever days were missed."""

from marketplace.kernel import clock, db
from marketplace.kernel.formats import count, full_date
from marketplace.kernel.ids import new_id
from marketplace.kernel.jobs import Job
from marketplace.kernel.outbox import enqueue_mail
from providers.accreditation.rules import REMIND_DAYS, Kind, reminder_due


async def remind() -> int:
    """Send the reminders that are due today; answers how many. A unique row makes each of them once."""
    today = clock.today()
    async with db.unit_of_work():
        ending = await db.fetch_all(
            "SELECT a.id, a.kind, a.expires_on, p.email, p.name,"
            " ARRAY(SELECT days_before FROM accreditation_reminder r WHERE r.accreditation_id = a.id) AS sent"
            " FROM accreditation a JOIN provider p ON p.id = a.provider_id"
            " WHERE a.state = 'accepted' AND a.expires_on >= $1 AND a.expires_on <= $1 + $2::int ORDER BY a.id",
            today,
            max(REMIND_DAYS),
        )
        due = {
            row["id"]: (row, days)
            for row in ending
            if (days := reminder_due(row["expires_on"], today, row["sent"])) is not None
        }
        written = await db.fetch_all(
            "INSERT INTO accreditation_reminder (id, accreditation_id, days_before, sent_at)"
            " SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::int[], $4::timestamptz[])"
            " ON CONFLICT (accreditation_id, days_before) DO NOTHING RETURNING accreditation_id",
            [new_id() for _ in due],
            list(due),
            [days for _, days in due.values()],
            [clock.now()] * len(due),
        )
        for row in written:
            told, _ = due[row["accreditation_id"]]
            label = Kind(told["kind"]).label
            left = (told["expires_on"] - today).days
            await enqueue_mail(
                told["email"],
                f"{label}: {count(left, 'day')} left",
                f"{told['name']}: this runs out on {full_date(told['expires_on'])}: {label}.\n\n"
                "Councils that require it take no new bookings from that day on. You can send a renewal now, on the"
                " page Accreditation.\n",
            )
    return len(written)


async def _remind() -> str:
    return f"{await remind()} reminders of what runs out"


JOBS = [Job("accreditation-reminders", "Remind sellers of what runs out", {"hour": 6, "minute": 20}, _remind)]
