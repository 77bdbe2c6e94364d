"""The steps in which an activity is described: each asks one thing, keeps it, and is done or not: no I/O."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from marketplace.kernel.forms import Form
from marketplace.kernel.routes_of_money import Route
from providers.offers.forms import chosen_id, whole
from providers.offers.queries import Activity
from providers.offers.suiting import Suits, SupportNeed
from providers.rules import AccessFeature, Category, Outcome, SupportRatio, Terms

Changes = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Step:
    """One page of the editor. `read` notes what is wrong in the form; `told` says what is kept, in a few words."""

    key: str
    name: str
    question: str
    fields: tuple[str, ...]
    read: Callable[[Form], Changes]
    filled: Callable[[Activity], Changes]
    told: Callable[[Activity], str]

    @property
    def labels(self) -> dict[str, str]:
        """Its fields in words."""
        return {name: _LABELS[name] for name in self.fields}

    def typed(self, form: Form, shown: Activity) -> Changes:
        """What was typed, in the shape in which `filled` says what is kept."""
        return {
            name: form.all(name) if isinstance(kept, list) else form.text(name)
            for name, kept in self.filled(shown).items()
        }


_LABELS: Final = {
    "title": "Title", "category": "What it is about", "summary": "Plain words", "easy_read": "Easy Read",
    "website": "Web page", "venue_id": "Place", "capacity": "Places on each date", "support_ratio": "Usual support",
    "suits": "Who feels at home there", "suits_note": "What people should know", "outcomes": "What it helps with",
    "support_needs": "Needs it can meet", "access_features": "Access", "notice_hours": "Notice for free cancelling",
    "charge_percent": "Paid for cancelling later", "refill_waives_charge": "Free when the place is taken",
    "routes_accepted": "Ways of paying",
}  # fmt: skip


def _read_words(form: Form) -> Changes:
    return {
        "title": form.text("title", required="Enter a title, like Garden group", most=200),
        "category": form.choice("category", Category, required="Choose what it is about"),
        "summary": form.text("summary"),
        "easy_read": form.text("easy_read"),
        "website": form.text("website", most=500),
    }


def _read_place(form: Form) -> Changes:
    return {
        "venue_id": chosen_id(form, "venue_id"),
        "capacity": whole(form, "capacity", "Enter how many places there are, like 8")
        if form.text("capacity")
        else None,
        "support_ratio": form.choice(
            "support_ratio", SupportRatio, required="Choose how many people share one support worker"
        ),
    }


def _read_suits(form: Form) -> Changes:
    return {
        "suits": frozenset(form.choices("suits", Suits)),
        "suits_note": form.text("suits_note", most=1000),
    }


def _read_outcomes(form: Form) -> Changes:
    return {
        "outcomes": frozenset(form.choices("outcomes", Outcome)),
        "support_needs": frozenset(form.choices("support_needs", SupportNeed)),
    }


def _read_access(form: Form) -> Changes:
    return {"access_features": frozenset(form.choices("access_features", AccessFeature))}


def read_terms(form: Form) -> Changes:
    """The cancellation terms in a form."""
    notice_hours = whole(form, "notice_hours", "Choose until when cancelling is free")
    charge_percent = whole(form, "charge_percent", "Choose what somebody pays who cancels later")
    refill = form.one_of(
        "refill_waives_charge", ("yes", "no"), required="Choose what happens if the place is taken"
    )
    return {"terms": Terms(notice_hours, charge_percent, refill == "yes")}


def _read_paying(form: Form) -> Changes:
    return {"routes_accepted": frozenset(form.choices("routes_accepted", Route))}


def _filled_words(shown: Activity) -> Changes:
    names = ("title", "summary", "easy_read", "website")
    return {"category": str(shown.category), **{name: getattr(shown, name) for name in names}}


def _filled_place(shown: Activity) -> Changes:
    return {
        "venue_id": str(shown.venue.id) if shown.venue else "",
        "capacity": "" if shown.capacity is None else str(shown.capacity),
        "support_ratio": str(shown.support_ratio),
    }


def _filled_terms(shown: Activity) -> Changes:
    return {
        "notice_hours": str(shown.terms.notice_hours),
        "charge_percent": str(shown.terms.charge_percent),
        "refill_waives_charge": "yes" if shown.terms.refill_waives_charge else "no",
    }


def _ticked(*names: str) -> Callable[[Activity], Changes]:
    """What is ticked of some vocabularies."""
    return lambda shown: {name: [str(word) for word in getattr(shown, name)] for name in names}


def _count(number: int, what: str) -> str:
    return f"{number} {what} chosen" if number else ""


def _told_words(shown: Activity) -> str:
    kept = [name for name, text in (("plain words", shown.summary), ("Easy Read", shown.easy_read)) if text]
    return ", ".join([shown.category.label, *kept])


def _told_place(shown: Activity) -> str:
    if shown.capacity is None:
        return ""
    place = shown.venue.name if shown.venue else "No fixed place"
    return f"{place}, {shown.capacity} places, {shown.support_ratio.label.lower()}"


STEPS: Final = (
    Step(
        "words", "What it is", "What do people do there?", ("title", "category", "summary", "easy_read", "website"),
        _read_words, _filled_words, _told_words,
    ),
    Step(
        "place", "Where, and how many", "Where is it, and for how many people?",
        ("venue_id", "capacity", "support_ratio"), _read_place, _filled_place, _told_place,
    ),
    Step(
        "suits", "Who it suits", "Who is it made for?", ("suits", "suits_note"), _read_suits,
        lambda shown: {**_ticked("suits")(shown), "suits_note": shown.suits_note},
        lambda shown: ", ".join(whom.label for whom in shown.suits) or shown.suits_note,
    ),
    Step(
        "outcomes", "What it helps with", "What does it help people with?", ("outcomes", "support_needs"),
        _read_outcomes, _ticked("outcomes", "support_needs"),
        lambda shown: _count(len(shown.outcomes) + len(shown.support_needs), "things"),
    ),
    Step(
        "access", "Access", "What makes it easy to use?", ("access_features",), _read_access,
        _ticked("access_features"), lambda shown: ", ".join(feature.label for feature in shown.features),
    ),
    Step(
        "cancelling", "If somebody cancels", "What happens when somebody cancels?",
        ("notice_hours", "charge_percent", "refill_waives_charge"), read_terms, _filled_terms,
        lambda shown: shown.terms.words()[0],
    ),
    Step(
        "paying", "Ways of paying", "Which ways of paying do you take?", ("routes_accepted",), _read_paying,
        _ticked("routes_accepted"), lambda shown: _count(len(shown.routes_accepted), "ways"),
    ),
)  # fmt: skip

_WHERE: Final = {name: f"steps/{step.key}#{name}" for step in STEPS for name in step.fields} | {
    "price": "price#price"
}


def where(name: str) -> str:
    """The page of the editor, below the activity's own, on which a field is."""
    return _WHERE[name]
