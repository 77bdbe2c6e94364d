"""A search put into SQL: only the conditions that were asked, every value a parameter.

Activity facts (words, place, category …) are tested on `listing`, one row an activity; dates and prices on
`search_session`, one narrow row a date. Places left are read live, for the rows of the page only.
"""

import re
from datetime import datetime, time, timedelta

from marketplace.directory.rules import DATES_SHOWN, Places, SearchQuery, Sort
from marketplace.kernel.clock import from_wall, london_day

# Quotes, a minus or an "or" mean that the person writes a search as search engines read it.
_OPERATORS = re.compile(r'"|(?:^|\s)-|\bor\b', re.IGNORECASE)
_LAST_WORD = re.compile(r"^(?P<head>.*?)(?P<last>[^\W_]+)\W*$", re.DOTALL)


class Statement:
    """Collects parameters while a statement is put together."""

    def __init__(self, query: SearchQuery, now: datetime) -> None:
        self.query = query
        self.now = now
        self.args: list[object] = []
        self._known: dict[str, str] = {}
        self.listing = self._listing_conditions()
        self.sessions = self._session_conditions()

    def arg(self, name: str, value: object, kind: str) -> str:
        """The place of a value in the statement; the same name is sent once."""
        if name not in self._known:
            self.args.append(value)
            self._known[name] = f"${len(self.args)}::{kind}"
        return self._known[name]

    @property
    def spot(self) -> str | None:
        """The point that distances are measured from."""
        spot = self.query.spot
        if spot is None:
            return None
        easting = self.arg("easting", float(spot.easting), "float8")
        return f"point({easting}, {self.arg('northing', float(spot.northing), 'float8')})"

    @property
    def distance(self) -> str:
        """Metres from the spot, null without one."""
        return f"l.place <-> {self.spot}" if self.spot else "NULL::float8"

    @property
    def words(self) -> str | None:
        """The text query: every word, and the beginning of the last one."""
        text = self.query.words
        if not text:
            return None
        parts = _LAST_WORD.match(text)
        if parts is None or _OPERATORS.search(text):
            return f"websearch_to_tsquery('english', {self.arg('words', text, 'text')})"
        last = self.arg("last word", parts["last"], "text")
        ending = f"(to_tsquery('simple', {last} || ':*') || websearch_to_tsquery('english', {last}))"
        if not parts["head"].strip():
            return ending
        return f"(websearch_to_tsquery('english', {self.arg('head', parts['head'], 'text')}) && {ending})"

    def _listing_conditions(self) -> list[str]:
        query = self.query
        found = []
        if self.words:
            found.append(f"l.words @@ {self.words}")
        if self.spot and query.within_metres is not None:
            found.append(
                f"l.place <@ circle({self.spot}, {self.arg('metres', query.within_metres, 'float8')})"
            )
        if query.category:
            found.append(f"l.category = {self.arg('category', str(query.category), 'text')}")
        if query.outcome:
            found.append(f"l.outcomes @> ARRAY[{self.arg('outcome', str(query.outcome), 'varchar')}]")
        if query.access:
            found.append(
                f"l.access_features @> {self.arg('access', sorted(map(str, query.access)), 'varchar[]')}"
            )
        if query.support_ratio:
            found.append(f"l.support_ratio = {self.arg('ratio', str(query.support_ratio), 'text')}")
        if query.provider_id:
            found.append(f"l.provider_id = {self.arg('provider', query.provider_id, 'uuid')}")
        if query.route:
            found.append(f"l.routes_accepted @> ARRAY[{self.arg('route', str(query.route), 'varchar')}]")
        return found

    def _session_conditions(self) -> list[str]:
        query = self.query
        earliest = self.now
        if query.first_day:
            earliest = max(earliest, from_wall(query.first_day, time(0)))
        found = [f"s.starts_at >= {self.arg('earliest', earliest, 'timestamptz')}"]
        if query.last_day:
            after = from_wall(query.last_day + timedelta(days=1), time(0))
            found.append(f"s.starts_at < {self.arg('after', after, 'timestamptz')}")
        if query.weekdays:
            found.append(f"s.weekday = ANY ({self.arg('weekdays', sorted(query.weekdays), 'smallint[]')})")
        if query.time_of_day:
            first, end = query.time_of_day.minutes
            found.append(f"s.minute >= {self.arg('minute', first, 'smallint')}")
            found.append(f"s.minute < {self.arg('minute end', end, 'smallint')}")
        if query.most_pence is not None:
            found.append(f"s.price_pence <= {self.arg('pence', query.most_pence, 'bigint')}")
        if query.places is Places.LEFT:
            found.append(
                "EXISTS (SELECT 1 FROM activity_session d WHERE d.id = s.session_id"
                " AND d.places_taken + d.places_offered < d.capacity)"
            )
        return found

    def found(self) -> str:
        """One row an activity: what the list is ordered by, and how many dates match."""
        if self.query.asks_for_dates:
            return self._dated()
        if self.query.most_pence is not None:
            return f"{self._dated()} UNION ALL {self._undated()}"
        return self._with_or_without_dates()

    def _dated(self) -> str:
        if not self.listing:
            # Nothing is asked of the activity: gather the dates first, and meet each activity once.
            dates = self._select("d.dates")
            return f"{dates} FROM listing l JOIN ({self._gathered()}) d ON d.activity_id = l.activity_id"
        return f"""
            SELECT l.activity_id, l.title, l.category, {self.distance} AS metres, 0::real AS relevance,
                   min(s.starts_at) AS first_at, min(s.price_pence) AS least_pence, count(*) AS dates
              FROM listing l JOIN search_session s ON s.activity_id = l.activity_id
             WHERE {_all([*self.listing, *self.sessions])}
             GROUP BY l.activity_id"""

    def _gathered(self) -> str:
        return f"""
            SELECT s.activity_id, min(s.starts_at) AS first_at, min(s.price_pence) AS least_pence, count(*) AS dates
              FROM search_session s WHERE {_all(self.sessions)} GROUP BY s.activity_id"""

    def _select(self, dates: str) -> str:
        relevance = (
            f"CASE WHEN d.first_at IS NULL THEN ts_rank(l.words, {self.words}) ELSE 0 END"
            if self.words
            else "0"
        )
        least = "d.least_pence"
        if self.query.sort is Sort.LOWEST_PRICE:
            today = self.arg("today", london_day(self.now), "date")
            least = f"coalesce(d.least_pence, activity_price_on(l.activity_id, {today}, 60))"
        return f"""
            SELECT l.activity_id, l.title, l.category, {self.distance} AS metres, ({relevance})::real AS relevance,
                   d.first_at, {least} AS least_pence, {dates} AS dates"""

    def _with_or_without_dates(self) -> str:
        """Imported services have no dates, and some activities are between two timetables: they are found too."""
        dates = self._select("coalesce(d.dates, 0)")
        if not self.listing:
            return f"{dates} FROM listing l LEFT JOIN ({self._gathered()}) d ON d.activity_id = l.activity_id"
        return f"""{dates}
              FROM listing l CROSS JOIN LATERAL (
                   SELECT min(s.starts_at) AS first_at, min(s.price_pence) AS least_pence, count(*) AS dates
                     FROM search_session s WHERE s.activity_id = l.activity_id AND {_all(self.sessions)}) d
             WHERE {_all(self.listing)}"""

    def _undated(self) -> str:
        """Activities without any date to come, whose price today is low enough."""
        today = self.arg("today", london_day(self.now), "date")
        now = self.arg("now", self.now, "timestamptz")
        pence = self.arg("pence", self.query.most_pence, "bigint")
        conditions = [
            *self.listing,
            f"activity_price_on(l.activity_id, {today}, 60) <= {pence}",
            "NOT EXISTS (SELECT 1 FROM search_session s"
            f" WHERE s.activity_id = l.activity_id AND s.starts_at >= {now})",
        ]
        relevance = f"ts_rank(l.words, {self.words})" if self.words else "0::real"
        return f"""
            SELECT l.activity_id, l.title, l.category, {self.distance}, {relevance}, NULL::timestamptz,
                   activity_price_on(l.activity_id, {today}, 60), 0
              FROM listing l WHERE {_all(conditions)}"""

    def order(self) -> str:
        """Dated before undated, which go by what fits best; the same search always in the same order."""
        soonest = "first_at NULLS LAST, relevance DESC, lower(title), activity_id"
        match self.query.sort:
            case Sort.NEAREST if self.query.spot:
                return f"metres NULLS LAST, {soonest}"
            case Sort.LOWEST_PRICE:
                return f"least_pence NULLS LAST, {soonest}"
            case _:
                return soonest

    def groups(self) -> str:
        """The page: activities with their next matching dates, one row a date; totals on every row.

        A page without activities still has one row, which carries the totals.
        """
        today = self.arg("today", london_day(self.now), "date")
        limit = self.arg("limit", self.query.page_size, "int")
        return f"""
    WITH found AS MATERIALIZED ({self.found()}),
         shown AS (SELECT *, row_number() OVER (ORDER BY {self.order()}) AS rank FROM found
                    ORDER BY {self.order()} LIMIT {limit} OFFSET {self.arg("offset", self.query.offset, "int")})
    SELECT t.total, t.total_dates, t.kinds, p.activity_id, p.metres, p.dates,
           coalesce(p.least_pence, activity_price_on(p.activity_id, {today}, 60)) AS least_pence,
           a.title, left(a.summary, 600) AS summary, a.easy_read, a.category, a.routes_accepted, a.published_price,
           a.support_ratio, a.provider_id, pr.name AS provider_name, pr.slug AS provider_slug,
           v.name AS venue_name, v.town, src.name AS source_name, src.publisher, src.licence, src.note AS source_note,
           a.source_id, o.id AS owner_today, m.id AS picture_id, m.sha256 AS picture_sha256, m.widths AS picture_widths,
           m.alt AS picture_alt,
           (SELECT name FROM organisation WHERE id = o.id) AS owner_name,
           n.session_id, n.starts_at, n.ends_at, n.service_on, n.price_pence, n.places_left, n.owner_council_id
      FROM (SELECT count(*) AS total, coalesce(sum(dates), 0)::bigint AS total_dates,
                   (SELECT json_object_agg(category, many)
                      FROM (SELECT category, count(*) AS many FROM found GROUP BY category) k) AS kinds
              FROM found) t
      LEFT JOIN shown p ON true
      LEFT JOIN activity a ON a.id = p.activity_id
      LEFT JOIN picture m ON m.activity_id = p.activity_id AND m.position = 1
      LEFT JOIN provider pr ON pr.id = a.provider_id
      LEFT JOIN venue v ON v.id = a.venue_id
      LEFT JOIN source src ON src.id = a.source_id
      LEFT JOIN LATERAL (SELECT owner_on(a.provider_id, {today}) AS id) o ON true
      LEFT JOIN LATERAL ({self.next_dates("p.activity_id", DATES_SHOWN)}) n ON true
     ORDER BY p.rank, n.starts_at, n.session_id"""

    def next_dates(self, activity: str, most: int) -> str:
        """The next matching dates of one activity, with the places left at this moment."""
        return f"""
            SELECT d.id AS session_id, d.starts_at, d.ends_at, d.service_on, x.price_pence, d.owner_council_id,
                   {PLACES_LEFT} AS places_left
              FROM (SELECT s.session_id, s.price_pence FROM search_session s
                     WHERE s.activity_id = {activity} AND {_all(self.sessions)}
                     ORDER BY s.starts_at LIMIT {most}) x
              JOIN activity_session d ON d.id = x.session_id"""

    def count(self) -> str:
        """How many activities match."""
        return f"SELECT count(*) FROM ({self.found()}) found"

    def dated(self) -> str:
        """A flat page of dated sessions, soonest first, for programs; the total on every row."""
        limit = self.arg("limit", self.query.page_size, "int")
        offset = self.arg("offset", self.query.offset, "int")
        return f"""
    WITH found AS MATERIALIZED (
            SELECT s.session_id, s.starts_at, s.price_pence, {self.distance} AS metres
              FROM listing l JOIN search_session s ON s.activity_id = l.activity_id
             WHERE {_all([*self.listing, *self.sessions])}),
         shown AS (SELECT * FROM found ORDER BY starts_at, session_id LIMIT {limit} OFFSET {offset})
    SELECT t.total, d.id, d.activity_id, a.title, a.category, a.routes_accepted, d.provider_id,
           pr.name AS provider_name, v.name AS venue_name, v.town, v.postcode, d.starts_at, d.ends_at,
           p.price_pence, p.metres, {PLACES_LEFT} AS places_left
      FROM (SELECT count(*) AS total FROM found) t
      LEFT JOIN shown p ON true
      LEFT JOIN activity_session d ON d.id = p.session_id
      LEFT JOIN activity a ON a.id = d.activity_id
      LEFT JOIN provider pr ON pr.id = d.provider_id
      LEFT JOIN venue v ON v.id = a.venue_id
     ORDER BY p.starts_at, p.session_id"""


# A publisher that says nothing of places is imported with a capacity of 0: then nothing is said here either.
PLACES_LEFT = "CASE WHEN d.capacity > 0 THEN d.capacity - d.places_taken - d.places_offered END"


def _all(conditions: list[str]) -> str:
    return " AND ".join(conditions) or "true"
