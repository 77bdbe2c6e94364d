"""Changing or ending the rule that dates come from; the dates themselves are changed by who knows their bookings."""

from datetime import date, timedelta
from uuid import UUID

from marketplace.kernel import audit, db
from marketplace.kernel.errors import Invalid
from marketplace.kernel.ids import new_id
from providers.timetables.changing import Change, moved_day, moved_recurrence
from providers.timetables.making import pattern_with_terms
from providers.timetables.recurrence import Weekday, kept

# What a timetable has of its own, without what is changed. Dates that are booked outlive the end of their rule: what
# follows for those makes none.
_COPY = """
    INSERT INTO timetable (id, activity_id, rule, starts_on, ends_on, start_time, minutes, except_on, also_on,
                           bank_holidays, in_terms, terms_council_id, venue_id, capacity, made_until, follows_id)
    SELECT $2, activity_id, rule, $3::date, CASE WHEN ends_on < $3::date THEN $3::date - 1 ELSE ends_on END,
           start_time, minutes, except_on, also_on, bank_holidays, in_terms, terms_council_id, venue_id, capacity,
           made_until, id FROM timetable WHERE id = $1
"""


def mapped_days(row: db.Row, days: list[date], edited: date, change: Change) -> dict[date, date | None]:
    """Where each day of the rule goes by a change; None where it falls on a day on which it does not happen.

    `edited` is the day of the date that somebody chose: its weekday is the one that changes. Raises Invalid.
    """
    if change.weekday is None or change.weekday == edited.weekday():
        return {day: day for day in days}
    old, recurrence = Weekday(edited.weekday()), kept(row["rule"])
    moved_recurrence(recurrence, old, change.weekday)
    pattern = pattern_with_terms(row)
    found: dict[date, date | None] = {}
    for day in days:
        to = moved_day(recurrence, day, old, change.weekday)
        found[day] = to if to == day or pattern.open_on(to) else None
    return found


async def stop_timetable(who: audit.Who, row: db.Row, first_day_off: date) -> None:
    """No dates from a day on; joins the open unit of work, the timetable (`row`) is locked."""
    ends_on = max(first_day_off - timedelta(days=1), row["starts_on"] - timedelta(days=1))
    await db.execute("UPDATE timetable SET ends_on = $2 WHERE id = $1", row["id"], ends_on)
    await audit.record(
        who,
        "timetable.ended",
        "timetable",
        row["id"],
        before={"ends_on": row["ends_on"]},
        after={"ends_on": ends_on},
    )


async def change_timetable(who: audit.Who, row: db.Row, edited: date, first: date, change: Change) -> UUID:
    """The rule from the day `first` on: changed where it is, or with dates before it ended and followed by another.

    Dates from `first` on belong to the timetable whose id is answered. Joins the open unit of work; the timetable
    (`row`, of `making.WITH_TERMS`) is locked. Raises Invalid.
    """
    rows = await db.fetch_all(
        "SELECT rule_on FROM activity_session WHERE timetable_id = $1 AND rule_on IS NOT NULL", row["id"]
    )
    days = [each["rule_on"] for each in rows]
    later = [day for day in days if day >= first]
    mapping = mapped_days(row, later, edited, change)
    timetable_id: UUID = row["id"]
    goes_to = [to for to in mapping.values() if to is not None]
    if any(day < first for day in days):
        timetable_id = new_id()
        await db.execute(_COPY, row["id"], timetable_id, min([first, *goes_to]))
        await db.execute(
            "UPDATE timetable SET ends_on = least(ends_on, $2::date) WHERE id = $1",
            row["id"],
            first - timedelta(days=1),
        )
    else:
        await db.execute(
            "UPDATE timetable SET starts_on = $2 WHERE id = $1",
            timetable_id,
            min([row["starts_on"], *goes_to]),
        )
    await _write(timetable_id, row, edited, change)
    # A day that falls away keeps none: nothing is made there again, because that part is made.
    await db.execute(
        "UPDATE activity_session s SET timetable_id = $1, rule_on = m.new_day"
        " FROM unnest($3::date[], $4::date[]) AS m (old_day, new_day)"
        " WHERE s.timetable_id = $2 AND s.rule_on = m.old_day",
        timetable_id,
        row["id"],
        list(mapping),
        list(mapping.values()),
    )
    await audit.record(
        who, "timetable.changed", "timetable", timetable_id,
        before={name: row[name] for name in ("rule", "start_time", "minutes", "capacity", "venue_id")},
        after={"follows": row["id"] if timetable_id != row["id"] else None, "from": first, "change": repr(change)},
    )  # fmt: skip
    return timetable_id


async def _write(timetable_id: UUID, row: db.Row, edited: date, change: Change) -> None:
    recurrence = kept(row["rule"])
    if change.weekday is not None:
        recurrence = moved_recurrence(recurrence, Weekday(edited.weekday()), change.weekday)
    if change.later_minutes:
        raise Invalid({"later_minutes": "Choose the time itself for a whole timetable"})
    await db.execute(
        "UPDATE timetable SET rule = $2, start_time = coalesce($3, start_time), minutes = coalesce($4, minutes),"
        " capacity = coalesce($5, capacity), venue_id = CASE WHEN $6 THEN $7 ELSE venue_id END WHERE id = $1",
        timetable_id,
        recurrence.rule,
        change.start_time,
        change.minutes,
        change.capacity,
        change.place is not None,
        change.place.venue_id if change.place else None,
    )
