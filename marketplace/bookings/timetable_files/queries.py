"""What a provider has, to hold a sheet against it or to write one: a few statements, however much it is."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from marketplace.bookings.timetable_files.known import Known, KnownDate, KnownTimetable
from marketplace.kernel import clock, db
from marketplace.kernel.clock import LONDON

_DATES = """
    SELECT s.id, s.activity_id, s.timetable_id, s.starts_at,
           (extract(epoch FROM s.ends_at - s.starts_at) / 60)::int AS minutes, s.capacity, s.venue_id
      FROM activity_session s WHERE s.provider_id = $1 AND s.state = 'scheduled' AND s.starts_at > $2
"""
_TIMETABLES = """
    SELECT t.id, t.activity_id, t.rule, t.starts_on, t.ends_on, t.start_time, t.minutes, t.capacity, t.venue_id,
           t.except_on, t.also_on, t.bank_holidays, t.in_terms, t.terms_council_id, n.id AS next_session_id
      FROM timetable t JOIN activity a ON a.id = t.activity_id
      LEFT JOIN LATERAL (SELECT id FROM activity_session WHERE timetable_id = t.id AND state = 'scheduled'
                            AND starts_at > $2 ORDER BY starts_at LIMIT 1) n ON true
     WHERE a.provider_id = $1 AND a.state <> 'archived' AND (t.ends_on IS NULL OR t.ends_on >= $3)
     ORDER BY a.title, t.starts_on, t.start_time
"""


async def known_of(provider_id: UUID) -> Known:
    """Everything of the provider's that a row can be about."""
    activities: dict[str, list[tuple[UUID, str, int | None]]] = {}
    for row in await db.fetch_all(
        "SELECT id, title, capacity FROM activity WHERE provider_id = $1 AND state <> 'archived'", provider_id
    ):
        known = (row["id"], row["title"], row["capacity"])
        activities.setdefault(row["title"].strip().casefold(), []).append(known)
        # Two of one name are told apart by their ids.
        activities[str(row["id"])] = [known]
    venues = await db.fetch_all("SELECT id, name FROM venue WHERE provider_id = $1", provider_id)
    councils = await db.fetch_all(
        "SELECT id, name FROM organisation o WHERE EXISTS (SELECT 1 FROM term WHERE council_id = o.id)"
    )
    dates = [KnownDate(**row) for row in await db.fetch_all(_DATES, provider_id, clock.now())]
    timetables = await timetables_of(provider_id)
    return Known(
        activities=activities,
        venues={row["name"].strip().casefold(): row["id"] for row in venues},
        councils={row["name"].strip().casefold(): row["id"] for row in councils},
        dates={(each.activity_id, each.starts_at): each for each in dates},
        timetables={
            (each.activity_id, each.rule, each.starts_on, each.start_time): each for each in timetables
        },
    )


async def timetables_of(provider_id: UUID) -> list[KnownTimetable]:
    """The timetables that run."""
    rows = await db.fetch_all(_TIMETABLES, provider_id, clock.now(), clock.today())
    return [
        KnownTimetable(
            **{**row, "except_on": frozenset(row["except_on"]), "also_on": frozenset(row["also_on"])}
        )
        for row in rows
    ]


async def rows_of(provider_id: UUID) -> list[Sequence[str]]:
    """The provider's timetables that run and single dates to come, as rows of the sheet."""
    names = {
        row["id"]: row["name"]
        for row in await db.fetch_all(
            "SELECT id, CASE WHEN count(*) OVER (PARTITION BY lower(btrim(title)), state <> 'archived') > 1"
            "   THEN id::text ELSE title END AS name FROM activity WHERE provider_id = $1"
            " UNION ALL SELECT id, name FROM venue WHERE provider_id = $1"
            " UNION ALL SELECT o.id, o.name FROM organisation o JOIN council c ON c.id = o.id",
            provider_id,
        )
    }
    told: list[Sequence[str]] = [
        (
            *(names[each.activity_id], each.rule, each.starts_on.isoformat()),
            *(
                each.ends_on.isoformat() if each.ends_on else "",
                f"{each.start_time:%H:%M}",
                str(each.minutes),
            ),
            *(str(each.capacity), names.get(each.venue_id, "") if each.venue_id else ""),
            *(" ".join(day.isoformat() for day in sorted(days)) for days in (each.except_on, each.also_on)),
            *(each.bank_holidays, each.in_terms),
            names.get(each.terms_council_id, "") if each.terms_council_id else "",
        )
        for each in await timetables_of(provider_id)
    ]
    dates = await db.fetch_all(
        _DATES + " AND s.timetable_id IS NULL ORDER BY s.starts_at, s.id", provider_id, clock.now()
    )
    for row in dates:
        at = row["starts_at"].astimezone(LONDON)
        told.append(
            (
                *(
                    names[row["activity_id"]],
                    "",
                    at.date().isoformat(),
                    "",
                    f"{at:%H:%M}",
                    str(row["minutes"]),
                ),
                *(str(row["capacity"]), names.get(row["venue_id"], ""), "", "", "", "", ""),
            )
        )
    return told


async def dates_after(timetable_id: UUID, last_day: date) -> list[UUID]:
    """The dates of a timetable after its last day, those that are off and those that somebody booked."""
    rows = await db.fetch_all(
        "SELECT id FROM activity_session WHERE timetable_id = $1 AND service_on > $2", timetable_id, last_day
    )
    return [row["id"] for row in rows]
