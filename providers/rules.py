"""The words of the trade, and the rules that need no database. Timetables have their own (`timetables/rules.py`)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from marketplace.kernel.money import Money, allocate
from marketplace.kernel.vat import VatCategory


class Labelled(StrEnum):
    """A word as it is stored, with the word as a person reads it: `NAME = "stored", "Label"`."""

    label: str

    def __new__(cls, stored: str, label: str = "") -> "Labelled":
        """Keep the label beside the stored word."""
        word = str.__new__(cls, stored)
        word._value_ = stored
        word.label = label or stored.replace("_", " ").capitalize()
        return word


class SellerType(Labelled):
    """What kind of seller a provider is (requirement D2)."""

    IN_HOUSE = "in_house", "Council’s own service"
    PRIVATE = "private", "Private company"
    VOLUNTARY = "voluntary", "Charity or voluntary organisation"
    USER_LED = "user_led", "User-led organisation"
    COMMUNITY_GROUP = "community_group", "Community group"
    INDIVIDUAL = "individual", "One person: a neighbour, family member or personal assistant"
    UNKNOWN = "unknown", "Not known"


REGISTRABLE: Final = tuple(
    kind for kind in SellerType if kind not in (SellerType.IN_HOUSE, SellerType.UNKNOWN)
)
"""What somebody may say of themselves. Whether a council owns a service is for that council to record."""


class Category(Labelled):
    """What an activity is about: one for each activity, so that lists stay short."""

    ARTS = "arts", "Arts and crafts"
    COOKING = "cooking", "Cooking and food"
    DANCE = "dance", "Dance and drama"
    GARDENING = "gardening", "Gardening"
    ANIMALS = "animals", "Animals and farming"
    MUSIC = "music", "Music and singing"
    SPORT = "sport", "Sport and fitness"
    SWIMMING = "swimming", "Swimming"
    LEARNING = "learning", "Learning and computers"
    WORK = "work", "Work and volunteering"
    SOCIAL = "social", "Meeting people"
    OUTDOORS = "outdoors", "Walks and trips"
    WELLBEING = "wellbeing", "Health and wellbeing"
    DAY_SUPPORT = "day_support", "Day support"
    OTHER = "other", "Something else"

    @property
    def picture(self) -> str:
        """The name of the drawing that stands for it (`components/picture.html`)."""
        return _PICTURES.get(self, str(self))


_PICTURES: Final = {
    Category.ARTS: "art",
    Category.GARDENING: "garden",
    Category.SOCIAL: "club",
    Category.OUTDOORS: "walking",
    Category.WELLBEING: "care",
    Category.DAY_SUPPORT: "club",
}


class Outcome(Labelled):
    """What an activity helps a person to reach: the outcomes that the Care Act's regulations name, in plain words."""

    EATING_WELL = "eating_well", "Eating well"
    PERSONAL_CARE = "personal_care", "Washing, dressing and using the toilet"
    HOME = "home", "Looking after my home"
    SAFE_AT_HOME = "safe_at_home", "Being safe at home"
    FAMILY_AND_FRIENDS = "family_and_friends", "Family and friends"
    WORK_AND_LEARNING = "work_and_learning", "Work, training, learning or volunteering"
    COMMUNITY = "community", "Getting out and using what is near me"
    CARING_FOR_A_CHILD = "caring_for_a_child", "Looking after a child"
    CARER_BREAK = "carer_break", "A break for the person who cares for me"


class AccessFeature(Labelled):
    """What makes a place or an activity usable; only what a provider ticks is shown."""

    STEP_FREE = "step_free", "Step-free"
    ACCESSIBLE_TOILET = "accessible_toilet", "Accessible toilet"
    CHANGING_PLACE = "changing_place", "Changing Places toilet"
    HOIST = "hoist", "Hoist"
    HEARING_LOOP = "hearing_loop", "Hearing loop"
    BSL = "bsl", "British Sign Language"
    MAKATON = "makaton", "Makaton"
    QUIET_SPACE = "quiet_space", "Quiet space"
    EASY_READ_INFO = "easy_read_info", "Information in Easy Read"
    PARKING = "parking", "Blue Badge parking"
    PUBLIC_TRANSPORT = "public_transport", "Near public transport"
    ASSISTANCE_DOGS = "assistance_dogs", "Assistance dogs welcome"


class SupportRatio(Labelled):
    """How many people share one support worker."""

    ONE_TO_ONE = "1:1", "One to one"
    ONE_TO_TWO = "1:2", "One worker for two people"
    ONE_TO_THREE = "1:3", "One worker for three people"
    GROUP = "group", "Group"

    @property
    def people(self) -> int | None:
        """How many people one worker supports; None for a group, whose number is not said."""
        return {SupportRatio.ONE_TO_ONE: 1, SupportRatio.ONE_TO_TWO: 2, SupportRatio.ONE_TO_THREE: 3}.get(
            self
        )


class PriceUnit(Labelled):
    """What a price is for."""

    SESSION = "session", "a session"
    HOUR = "hour", "an hour"


class PriceBasis(Labelled):
    """Which price stays when VAT changes."""

    GROSS = "gross", "The price with VAT"
    NET = "net", "The price without VAT"


class Split(Labelled):
    """Whose price it is: each person's own, or the worker's, which the people of the group divide."""

    EACH = "each", "Each person pays the price"
    SHARED = "shared", "The people who share the worker divide the price"


class VatStatus(Labelled):
    """How a seller says that VAT falls on an activity (`rules.md` 21); says which category the line gets."""

    EXEMPT_WELFARE = (
        "exempt_welfare",
        "Exempt: welfare from a charity, a public body or a state-regulated supplier",
    )
    NOT_REGISTERED = "not_registered", "No VAT: we are not registered for VAT"
    STANDARD = "standard", "VAT is in the price: we are registered for VAT and the activity is not exempt"
    ZERO = "zero", "Zero rate: some passenger transport"

    @property
    def category(self) -> VatCategory:
        """The VAT category of a line with this status."""
        return _VAT[self]

    @classmethod
    def of(cls, category: VatCategory) -> "VatStatus":
        """The status that stands for a category."""
        return next(status for status, known in _VAT.items() if known is category)


_VAT: Final = {
    VatStatus.EXEMPT_WELFARE: VatCategory.EXEMPT,
    VatStatus.NOT_REGISTERED: VatCategory.OUTSIDE_SCOPE,
    VatStatus.STANDARD: VatCategory.STANDARD,
    VatStatus.ZERO: VatCategory.ZERO,
}


@dataclass(frozen=True, slots=True)
class Rate:
    """What a session costs at a ratio from a day on, VAT included, and how VAT falls on it (`rules.md` 21)."""

    starts_on: date
    price: Money
    vat_category: VatCategory
    vat_rate_basis_points: int
    ratio: SupportRatio = SupportRatio.GROUP
    unit: PriceUnit = PriceUnit.SESSION
    minimum: Money | None = None
    split: Split = Split.EACH
    basis: PriceBasis | None = None
    """None: as the rate before has it, and the price with VAT for a first one."""


@dataclass(frozen=True, slots=True)
class TransportRate:
    """What being fetched and brought home costs for a session from a day on; no price: not offered any more."""

    starts_on: date
    price: Money | None
    vat_category: VatCategory
    vat_rate_basis_points: int


def price_of(rate: Rate, minutes: int) -> Money:
    """What a session of that many minutes costs: the worker's whole price where it is shared (requirement P3).

    An hour's price goes by the length, the half penny rounded up, never below the minimum. `rate_price` in SQL.
    """
    priced = rate.price
    if rate.unit is PriceUnit.HOUR:
        priced = Money((rate.price.pence * minutes * 2 + 60) // 120)
    return max(priced, rate.minimum) if rate.minimum else priced


def price_each(rate: Rate, minutes: int) -> Money:
    """The most that one person pays for a session: the largest share where the price is shared (`rules.md` 20).

    `rate_price_each` in SQL.
    """
    whole = price_of(rate, minutes)
    if rate.split is Split.EACH or rate.ratio.people is None:
        return whole
    return allocate(whole, [1] * rate.ratio.people)[0]


class ActivityState(Labelled):
    """Where a listing stands: only published ones are found and booked."""

    DRAFT = "draft", "Draft"
    PUBLISHED = "published", "Published"
    ARCHIVED = "archived", "Not offered any more"


ACTIVITY_TRANSITIONS: Final[Mapping[ActivityState, frozenset[ActivityState]]] = {
    ActivityState.DRAFT: frozenset({ActivityState.PUBLISHED, ActivityState.ARCHIVED}),
    ActivityState.PUBLISHED: frozenset({ActivityState.ARCHIVED}),
    ActivityState.ARCHIVED: frozenset({ActivityState.PUBLISHED}),
}


class CommissionState(Labelled):
    """An application to a lot, from its first word to its end."""

    DRAFT = "draft", "Being written"
    APPLIED = "applied", "Waiting for a decision"
    RETURNED = "returned", "The council asks for more"
    APPROVED = "approved", "Approved"
    REFUSED = "refused", "Refused"
    WITHDRAWN = "withdrawn", "Withdrawn"


COMMISSION_TRANSITIONS: Final[Mapping[CommissionState, frozenset[CommissionState]]] = {
    CommissionState.DRAFT: frozenset({CommissionState.APPLIED, CommissionState.WITHDRAWN}),
    CommissionState.APPLIED: frozenset(
        {
            CommissionState.APPROVED,
            CommissionState.REFUSED,
            CommissionState.RETURNED,
            CommissionState.WITHDRAWN,
        }
    ),
    CommissionState.RETURNED: frozenset(
        {CommissionState.APPLIED, CommissionState.REFUSED, CommissionState.WITHDRAWN}
    ),
    CommissionState.APPROVED: frozenset(),
    CommissionState.REFUSED: frozenset(),
    CommissionState.WITHDRAWN: frozenset(),
}

WITH_APPLICANT: Final = frozenset({CommissionState.DRAFT, CommissionState.RETURNED})
"""The states in which the provider writes; in every other one the application says what was sent."""


class SessionState(Labelled):
    """One dated occurrence."""

    SCHEDULED = "scheduled", "On"
    CANCELLED = "cancelled", "Cancelled"


SESSION_TRANSITIONS: Final[Mapping[SessionState, frozenset[SessionState]]] = {
    SessionState.SCHEDULED: frozenset({SessionState.CANCELLED}),
    SessionState.CANCELLED: frozenset(),
}


@dataclass(frozen=True, slots=True)
class Terms:
    """What cancelling costs (`rules.md` 13, 14); frozen at booking."""

    notice_hours: int = 0
    charge_percent: int = 0
    refill_waives_charge: bool = True

    @property
    def window(self) -> str:
        """The notice window in words: `2 days`, `36 hours`."""
        if self.notice_hours % 24 == 0 and self.notice_hours >= 24:
            days = self.notice_hours // 24
            return "1 day" if days == 1 else f"{days} days"
        return "1 hour" if self.notice_hours == 1 else f"{self.notice_hours} hours"

    @property
    def free_always(self) -> bool:
        """Whether cancelling never costs anything."""
        return self.notice_hours == 0 or self.charge_percent == 0

    def words(self) -> list[str]:
        """The terms as sentences for a person."""
        if self.free_always:
            return ["You can cancel at any time before the start, and it costs nothing."]
        told = [
            f"Cancel more than {self.window} before the start, and it costs nothing.",
            f"Cancel later, and you pay {_share(self.charge_percent)} the price.",
        ]
        if self.refill_waives_charge:
            told.append("If somebody else takes the place, you pay nothing.")
        return [*told, "If the provider cancels, you pay nothing."]

    def example(self, price: Money) -> str:
        """The terms at work on a price."""
        if self.free_always:
            return f"A session costs {price}. You cancel on the day: you pay £0.00."
        charge = price.share(self.charge_percent)
        return (
            f"A session costs {price}. You cancel less than {self.window} before it starts: you pay {charge}."
        )


def _share(percent: int) -> str:
    return {50: "half", 100: "all of"}.get(percent, f"{percent} per cent of")
