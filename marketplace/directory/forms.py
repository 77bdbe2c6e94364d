"""A search as it stands in an address: read with its errors, put back with one choice changed."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from marketplace.directory import queries
from marketplace.directory.rules import MOST_WORDS, Places, SearchQuery, Sort, Spot, TimeOfDay
from marketplace.kernel import clock, db, formats
from marketplace.kernel.forms import Form
from marketplace.kernel.money import Money
from marketplace.kernel.routes_of_money import Route
from providers.rules import AccessFeature, Category, Outcome, SupportRatio

DISTANCES: Final = (1, 3, 5, 10, 25, 50)
USUAL_MILES: Final = 10
ANYWHERE: Final = "any"
_WEEKDAYS: Final = tuple(name.lower() for name in formats.DAYS)
_DAY_GROUPS: Final = {
    **{name: frozenset({number}) for number, name in enumerate(_WEEKDAYS)},
    "weekday": frozenset(range(5)),
    "weekend": frozenset({5, 6}),
}
ROUTE_WORDS: Final = {
    Route.DIRECT_PAYMENT: "Direct payment",
    Route.ISF: "Individual Service Fund",
    Route.COUNCIL_MANAGED: "Council arranges it",
}


@dataclass(frozen=True, slots=True)
class Choice:
    """Something that narrows the search: its words, the parameters it stands in, and the search without it."""

    text: str
    loosen: str
    names: tuple[str, ...]
    without: SearchQuery


@dataclass(slots=True)
class Asked:
    """A search as typed. `params` are the parameters that make its address, without the page."""

    query: SearchQuery
    params: dict[str, Any]
    errors: dict[str, str]
    provider_name: str = ""
    choices: list[Choice] = field(default_factory=list)

    def without(self, choice: Choice) -> dict[str, Any]:
        """The parameters of the search without a choice."""
        return {name: value for name, value in self.params.items() if name not in choice.names}

    @property
    def hidden_choices(self) -> int:
        """How many of the choices are folded away under “More choices”."""
        shown = {"q", "near", "day", "time"}
        return sum(not shown.intersection(choice.names) for choice in self.choices)


async def read_search(params: Mapping[str, Any]) -> Asked:
    """Read the parameters of an address. What cannot be used is an error at its field; what is unknown is left out."""
    form = Form(params)
    words = form.text("q")[:MOST_WORDS]
    spot, within = await _read_place(form)
    weekdays, on_day = _read_day(form)
    first, last = _read_days(form)
    provider = await _read_provider(form.text("provider"))
    query = SearchQuery(
        words=words if any(letter.isalnum() for letter in words) else "",
        spot=spot,
        within_miles=within if spot else None,
        first_day=on_day or first,
        last_day=on_day or last,
        weekdays=weekdays,
        time_of_day=_one(TimeOfDay, form.text("time")),
        most_pence=0 if form.ticked("free") else _read_price(form),
        category=_one(Category, form.text("category")),
        outcome=_one(Outcome, form.text("outcome")),
        access=frozenset(feature for value in form.all("access") if (feature := _one(AccessFeature, value))),
        support_ratio=_one(SupportRatio, form.text("ratio")),
        provider_id=provider[0] if provider else None,
        route=_one(Route, form.text("route")),
        places=_one(Places, form.text("places")) or Places.ANY,
        sort=_one(Sort, form.text("sort")) or Sort.SOONEST,
        page=_page(form.text("page")),
    )
    asked = Asked(query, _kept(form), form.errors, provider[1] if provider else "")
    asked.choices = _choices(asked)
    return asked


_NAMES: Final = (
    *("q", "near", "within_miles", "day", "time", "from", "to", "max_price", "free", "category", "outcome"),
    *("access", "ratio", "provider", "route", "places", "sort"),
    *(f"{name}-{part}" for name in ("from", "to") for part in ("day", "month", "year")),
)


def _kept(form: Form) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for name in _NAMES:
        values = form.all(name)
        if values:
            kept[name] = values if name == "access" else values[-1]
    if "near" not in kept:
        kept.pop("within_miles", None)  # a distance from nowhere says nothing
    return kept


def _one(kind: type[Any], value: str) -> Any:
    try:
        return kind(value) if value else None
    except ValueError:
        return None


def _page(typed: str) -> int:
    return max(1, min(int(typed), 100_000)) if typed.isdecimal() and len(typed) < 7 else 1


async def _read_place(form: Form) -> tuple[Spot | None, int | None]:
    typed = form.text("near", most=100)
    within = form.text("within_miles")
    miles = int(within) if within.isdecimal() and 1 <= int(within[:4]) <= 500 else USUAL_MILES
    if not typed or "near" in form.errors:
        return None, None
    spot = await queries.find_spot(typed)
    if spot is None:
        towns = await queries.known_towns()
        example = f", or a town that has activities: {', '.join(towns)}" if towns else ""
        form.fail("near", f"We do not know “{typed}”. Enter a postcode, like CH1 2HJ{example}")
    return spot, None if within == ANYWHERE else miles


def _read_day(form: Form) -> tuple[frozenset[int], date | None]:
    """Weekdays, or one day: today, tomorrow or a date as YYYY-MM-DD. What is neither narrows nothing."""
    typed = form.text("day").lower()
    if typed in _DAY_GROUPS:
        return _DAY_GROUPS[typed], None
    today = clock.today()
    near = {"today": today, "tomorrow": today + timedelta(days=1)}
    try:
        return frozenset(), near.get(typed) or (date.fromisoformat(typed) if typed else None)
    except ValueError:
        form.values.pop("day", None)
        return frozenset(), None


def _read_days(form: Form) -> tuple[date | None, date | None]:
    first, last = form.day("from"), form.day("to")
    if first and last and last < first:
        form.fail("to", f"Enter a last day that is not before {formats.full_date(first)}")
        return None, None
    return first, last


def _read_price(form: Form) -> int | None:
    if not form.text("max_price"):
        return None
    price = form.money("max_price", required="Enter the highest price in pounds, like 25 or 12.50")
    return None if "max_price" in form.errors else price.pence


async def _read_provider(typed: str) -> tuple[UUID, str] | None:
    if not typed:
        return None
    row = await db.fetch_one("SELECT id, name FROM provider WHERE slug = $1 OR id::text = $1", typed)
    return (row["id"], row["name"]) if row else None


def day_words(value: str) -> str:
    """What a value of the field `day` says."""
    if value in _WEEKDAYS:
        return f"{value.capitalize()}s"
    known = {"weekend": "Weekends", "weekday": "Monday to Friday", "today": "Today", "tomorrow": "Tomorrow"}
    if value in known:
        return known[value]
    return formats.day(date.fromisoformat(value))


def _choices(asked: Asked) -> list[Choice]:
    """Everything that narrows the search, in the order of the page."""
    query, params = asked.query, asked.params
    found: list[Choice] = []

    def add(narrows: object, text: str, loosen: str, *names: str, **changes: Any) -> None:
        if narrows:
            found.append(Choice(text, loosen, names, replace(query.first_page(), **changes)))

    add(query.words, f"“{query.words}”", "Look without these words", "q", words="")
    if query.spot and query.within_miles is not None:
        text = f"Within {formats.count(query.within_miles, 'mile')} of {query.spot.label}"
        add(True, text, "Look anywhere", "near", "within_miles", spot=None, within_miles=None)
    by_day = query.weekdays or (query.first_day and "day" in params)
    add(
        by_day, day_words(str(params["day"]).lower()) if by_day else "", "Look on any day", "day",
        weekdays=frozenset(), first_day=None, last_day=None,
    )  # fmt: skip
    if not by_day:
        add(
            query.first_day or query.last_day, _days_words(query), "Look at all dates",
            *(name for name in _NAMES if name.startswith(("from", "to"))), first_day=None, last_day=None,
        )  # fmt: skip
    add(
        query.time_of_day,
        (query.time_of_day or "").capitalize(),
        "Look at any time of day",
        "time",
        time_of_day=None,
    )
    if query.most_pence is not None:
        price = "Free" if query.most_pence == 0 else f"Up to {Money(query.most_pence)}"
        add(True, price, "Look at any price", "free", "max_price", most_pence=None)
    add(query.category, getattr(query.category, "label", ""), "Look at every kind", "category", category=None)
    add(
        query.outcome,
        getattr(query.outcome, "label", ""),
        "Look whatever it helps with",
        "outcome",
        outcome=None,
    )
    route = ROUTE_WORDS.get(query.route, "") if query.route else ""
    ratio = getattr(query.support_ratio, "label", "")
    features = ", ".join(sorted(feature.label for feature in query.access))
    add(query.access, features, "Look without these access needs", "access", access=frozenset())
    add(query.support_ratio, ratio, "Look at any support", "ratio", support_ratio=None)
    add(query.provider_id, asked.provider_name, "Look at every provider", "provider", provider_id=None)
    add(query.route, route, "Look at every way to pay", "route", route=None)
    add(query.places is Places.LEFT, "Places left", "Look at full dates too", "places", places=Places.ANY)
    return found


def _days_words(query: SearchQuery) -> str:
    if query.first_day and query.last_day:
        if query.first_day == query.last_day:
            return formats.day(query.first_day)
        return f"{formats.day(query.first_day)} to {formats.day(query.last_day)}"
    if query.first_day:
        return f"From {formats.day(query.first_day)}"
    return f"Until {formats.day(query.last_day)}" if query.last_day else ""


def options(asked: Asked, providers: list[tuple[str, str]]) -> dict[str, list[tuple[str, str]]]:
    """What the selects of the search offer; a day or provider that is asked for is always among them."""
    days = [("", "Any day"), ("today", "Today"), ("tomorrow", "Tomorrow"), ("weekday", "Monday to Friday")]
    days += [("weekend", "Weekends"), *((name, day_words(name)) for name in _WEEKDAYS)]
    day = str(asked.params.get("day", "")).lower()
    if asked.query.first_day and day and day not in dict(days):
        days.append((day, day_words(day)))
    chosen = str(asked.params.get("provider", ""))
    if asked.provider_name and chosen not in dict(providers):
        providers = [*providers, (chosen, asked.provider_name)]
    miles = [(str(number), formats.count(number, "mile")) for number in DISTANCES]
    return {
        "within_miles": [*miles, (ANYWHERE, "Any distance")],
        "day": days,
        "time": [("", "Any time"), *((str(part), part.capitalize()) for part in TimeOfDay)],
        "category": [("", "Any kind"), *((str(kind), kind.label) for kind in Category)],
        "outcome": [("", "Anything"), *((str(outcome), outcome.label) for outcome in Outcome)],
        "access": [(str(feature), feature.label) for feature in AccessFeature],
        "ratio": [("", "Any support"), *((str(ratio), ratio.label) for ratio in SupportRatio)],
        "provider": [("", "Any provider"), *providers],
        "route": [("", "Any way"), *((str(route), words) for route, words in ROUTE_WORDS.items())],
    }
