"""Which figures a council decides, what each means, and what may be typed (`rules.md`: no figure is a constant)."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

from marketplace.kernel.money import Money


class Unit(StrEnum):
    """What a figure counts."""

    PENCE = "pence"
    PENCE_A_WEEK = "pence_a_week"
    PERCENT = "percent"
    HOURS = "hours"
    DAYS = "days"
    WEEKS = "weeks"
    MONTHS = "months"
    TIMES = "times"
    YES_NO = "yes_no"

    @property
    def is_money(self) -> bool:
        """Whether it is typed in pounds and kept in pence."""
        return self in (Unit.PENCE, Unit.PENCE_A_WEEK)


class Group(StrEnum):
    """Under which heading a figure stands."""

    PAYING = "Paying money in"
    WATCHING = "Watching the money"
    ANSWERING = "Notice, answers and reviews"
    PAUSING = "When support rests"
    CHARGING = "What a person pays"
    CAPITAL = "Savings"
    KEPT = "What a person keeps each week"
    NEVER = "Support that is never charged for"


class Parameter(StrEnum):
    """A figure that each council sets from a day on."""

    PAYMENT_CYCLE_WEEKS = "payment_cycle_weeks"
    PAYMENT_ADVANCE_DAYS = "payment_advance_days"
    AGREEMENT_BEFORE_PAYMENT = "agreement_before_payment"
    IN_HOUSE_EXCEPTIONS_MOST = "in_house_exceptions_most"
    IN_HOUSE_EXCEPTIONS_WEEKS = "in_house_exceptions_weeks"
    BANK_DETAILS_COOLING_DAYS = "bank_details_cooling_days"
    INVOICE_TOLERANCE_PENCE = "invoice_tolerance_pence"
    INVOICE_TOLERANCE_PERCENT = "invoice_tolerance_percent"

    BURN_MARGIN_PERCENT = "burn_margin_percent"
    SURPLUS_WARNING_DAYS = "surplus_warning_days"
    SURPLUS_WEEKS = "surplus_weeks"
    SELF_SUPPLY_WATCH_PERCENT = "self_supply_watch_percent"

    BUDGET_REDUCTION_NOTICE_DAYS = "budget_reduction_notice_days"
    DISAGREEMENT_ANSWER_DAYS = "disagreement_answer_days"
    URGENT_SUPPORT_MOST_WEEKS = "urgent_support_most_weeks"
    COMMUNICATION_REVIEW_MONTHS = "communication_review_months"
    ATTENDANCE_CONFIRMED_DAYS = "attendance_confirmed_days"
    WAITLIST_OFFER_HOURS = "waitlist_offer_hours"

    HOSPITAL_WAIVES_CHARGE = "hospital_waives_charge"
    PAUSE_STOPS_CONTRIBUTION = "pause_stops_contribution"
    PAUSE_CONTRIBUTION_DAYS = "pause_contribution_days"

    CHARGE_CYCLE_WEEKS = "charge_cycle_weeks"
    CHARGE_DUE_DAYS = "charge_due_days"
    CHARGE_LEAST_WEEKLY = "charge_least_weekly"
    CHARGE_PERCENT = "charge_percent"

    CAPITAL_LOWER_LIMIT = "capital_lower_limit"
    CAPITAL_UPPER_LIMIT = "capital_upper_limit"
    TARIFF_STEP = "tariff_step"
    TARIFF_INCOME = "tariff_income"

    KEEP_SINGLE_18_TO_24 = "keep_single_18_to_24"
    KEEP_SINGLE_25_OR_OLDER = "keep_single_25_or_older"
    KEEP_SINGLE_PENSION_AGE = "keep_single_pension_age"
    KEEP_LONE_PARENT = "keep_lone_parent"
    KEEP_COUPLE = "keep_couple"
    KEEP_COUPLE_PENSION_AGE = "keep_couple_pension_age"
    KEEP_DISABILITY_SINGLE = "keep_disability_single"
    KEEP_DISABILITY_COUPLE = "keep_disability_couple"
    KEEP_ENHANCED_SINGLE = "keep_enhanced_single"
    KEEP_ENHANCED_COUPLE = "keep_enhanced_couple"
    KEEP_CARER = "keep_carer"
    KEEP_EACH_CHILD = "keep_each_child"
    DISABILITY_EXPENSES_STANDARD = "disability_expenses_standard"

    AIDS_MOST_EACH = "aids_most_each"
    TELECARE_FREE = "telecare_free"
    REABLEMENT_FREE_WEEKS = "reablement_free_weeks"
    INTERMEDIATE_CARE_FREE_WEEKS = "intermediate_care_free_weeks"

    @property
    def about(self) -> "About":
        """Its words, unit and limits."""
        return ABOUT[self]

    @property
    def label(self) -> str:
        """What it is called on pages."""
        return ABOUT[self].label

    @property
    def unit(self) -> Unit:
        """What it counts."""
        return ABOUT[self].unit


@dataclass(frozen=True, slots=True)
class About:
    """What a parameter is, for people who set it. `least` and `most` are in its unit, both included."""

    group: Group
    label: str
    unit: Unit
    help: str
    least: int = 0
    most: int = 10_000_000


_CHECK_GUARANTEE = (
    "Part of the minimum income guarantee. Set by the government each year: check it in the circular."
)
_CHECK_CAPITAL = (
    "Set by the government, and a council may be more generous: check it in this year’s circular."
)
_P, _U, _G = Parameter, Unit, Group

ABOUT: Mapping[Parameter, About] = {
    _P.PAYMENT_CYCLE_WEEKS: About(
        _G.PAYING, "Weeks in one payment", _U.WEEKS,
        "How many weeks of money go into a fund at a time. The council’s own choice.", 1, 13),
    _P.PAYMENT_ADVANCE_DAYS: About(
        _G.PAYING, "Days before the weeks begin", _U.DAYS,
        "How many days before its first day a payment is proposed to the finance officer.", 0, 60),
    _P.AGREEMENT_BEFORE_PAYMENT: About(
        _G.PAYING, "Nothing is paid in before the agreement is signed", _U.YES_NO,
        "Yes: a direct payment or Individual Service Fund waits until its agreement is signed by all and in force; then"
        " everything due is paid at once. Money that the council manages itself needs none.", 0, 1),
    _P.IN_HOUSE_EXCEPTIONS_MOST: About(
        _G.PAYING, "One-off sessions at the council’s own service", _U.TIMES,
        "How many a person with a direct payment or Individual Service Fund may have in the weeks below. 0: none. Each"
        " is asked for, approved by somebody else, and taken from the next payment; it is never paid.", 0, 12),
    _P.IN_HOUSE_EXCEPTIONS_WEEKS: About(
        _G.PAYING, "Weeks in which those one-off sessions count", _U.WEEKS,
        "In how many weeks no more than that many are allowed. The council’s own choice.", 1, 104),
    _P.BANK_DETAILS_COOLING_DAYS: About(
        _G.PAYING, "Days before new bank details are used", _U.DAYS,
        "How long a provider’s new bank details wait after they are confirmed. Until then the old ones are used, and"
        " the change can be stopped. The council’s own choice.", 1, 60),
    _P.INVOICE_TOLERANCE_PENCE: About(
        _G.PAYING, "Difference on a provider’s own invoice", _U.PENCE,
        "How far a line may be from what is owed and still be taken, at what is owed. The percentage below holds as"
        " well. What differs by more is queried and not paid. The council’s own choice.", 0, 1000),
    _P.INVOICE_TOLERANCE_PERCENT: About(
        _G.PAYING, "The same difference as a share", _U.PERCENT,
        "Of what is owed for the line. 0: it must be the same to the penny. The council’s own choice.", 0, 10),
    _P.BURN_MARGIN_PERCENT: About(
        _G.WATCHING, "Money ahead of time", _U.PERCENT,
        "A fund is marked when the used and booked part of its money is ahead of the time gone by more than this.",
        0, 100),
    _P.SURPLUS_WARNING_DAYS: About(
        _G.WATCHING, "Warning before money is too much", _U.DAYS,
        "How long before unused money would pass its limit the person and the holder are told.", 0, 365),
    _P.SURPLUS_WEEKS: About(
        _G.WATCHING, "Weeks of money that may be kept", _U.WEEKS,
        "Unused money up to this many weeks of the fund is kept. Four to eight is usual; an agreement can say more.",
        0, 53),
    _P.SELF_SUPPLY_WATCH_PERCENT: About(
        _G.WATCHING, "Support from the holder itself", _U.PERCENT,
        "A person is marked when more than this share of their money goes to the organisation that holds it.", 0, 100),
    _P.BUDGET_REDUCTION_NOTICE_DAYS: About(
        _G.ANSWERING, "Notice before a smaller budget", _U.DAYS,
        "How long before it begins a person is told of a smaller budget. The council’s own choice.", 0, 365),
    _P.DISAGREEMENT_ANSWER_DAYS: About(
        _G.ANSWERING, "Answering a disagreement", _U.DAYS,
        "How long the council may take to answer when a person disagrees with the amount. The council’s own choice.",
        1, 365),
    _P.URGENT_SUPPORT_MOST_WEEKS: About(
        _G.ANSWERING, "Longest urgent support", _U.WEEKS,
        "The most weeks for which support is arranged before the plan is agreed. The council’s own choice.", 1, 26),
    _P.COMMUNICATION_REVIEW_MONTHS: About(
        _G.ANSWERING, "Asking again about communication", _U.MONTHS,
        "After how many months a person’s communication needs are looked at again. The council’s own choice.", 1, 60),
    _P.ATTENDANCE_CONFIRMED_DAYS: About(
        _G.ANSWERING, "Days to check a visit", _U.DAYS,
        "After so many days what a provider recorded counts as right, unless the person said that it is wrong.", 1, 90),
    _P.WAITLIST_OFFER_HOURS: About(
        _G.ANSWERING, "Keeping a place that became free", _U.HOURS,
        "How long a place is kept for the first who waits for it, before the next is asked. Less when the session is"
        " near. The council’s own choice.", 1, 168),
    _P.HOSPITAL_WAIVES_CHARGE: About(
        _G.PAUSING, "A hospital stay costs nothing late", _U.YES_NO,
        "Yes: places that are given back for a hospital stay cost nothing, whatever the terms say about notice."
        " Agree it with providers first. The council’s own choice.", 0, 1),
    _P.PAUSE_STOPS_CONTRIBUTION: About(
        _G.PAUSING, "The contribution stops during a pause", _U.YES_NO,
        "Yes: while all support rests nothing is asked for, after so many days. The council’s own choice.", 0, 1),
    _P.PAUSE_CONTRIBUTION_DAYS: About(
        _G.PAUSING, "Days of a pause before that", _U.DAYS,
        "How many days of a pause are still asked for. It counts for pauses that are made from then on.", 0, 365),
    _P.CHARGE_CYCLE_WEEKS: About(
        _G.CHARGING, "Weeks in one bill", _U.WEEKS,
        "How many weeks of a person’s contribution are asked for at a time, after they are over.", 1, 13),
    _P.CHARGE_DUE_DAYS: About(
        _G.CHARGING, "Days to pay", _U.DAYS, "How long a person has to pay a bill. The council’s own choice.", 0, 365),
    _P.CHARGE_LEAST_WEEKLY: About(
        _G.CHARGING, "Smallest contribution", _U.PENCE_A_WEEK,
        "Less than this is not asked for, because asking costs more. The council’s own choice.", 0, 10_000),
    _P.CHARGE_PERCENT: About(
        _G.CHARGING, "Share of spare income", _U.PERCENT,
        "How much of the money that is over each week a person is asked for. At most 100; a council may ask for less.",
        0, 100),
    _P.CAPITAL_LOWER_LIMIT: About(
        _G.CAPITAL, "Savings that never count", _U.PENCE, f"The lower capital limit. {_CHECK_CAPITAL}"),
    _P.CAPITAL_UPPER_LIMIT: About(
        _G.CAPITAL, "Savings above which a person pays in full", _U.PENCE,
        f"The upper capital limit. {_CHECK_CAPITAL}"),
    _P.TARIFF_STEP: About(
        _G.CAPITAL, "Each step of savings", _U.PENCE,
        f"Savings between the limits count as income: so much for every step, or part of one. {_CHECK_CAPITAL}", 1),
    _P.TARIFF_INCOME: About(
        _G.CAPITAL, "Income for each step", _U.PENCE_A_WEEK,
        f"What each step of savings counts as, a week. {_CHECK_CAPITAL}"),
    _P.KEEP_SINGLE_18_TO_24: About(_G.KEPT, "Single, 18 to 24", _U.PENCE_A_WEEK, _CHECK_GUARANTEE),
    _P.KEEP_SINGLE_25_OR_OLDER: About(
        _G.KEPT, "Single, 25 to pension age", _U.PENCE_A_WEEK, _CHECK_GUARANTEE),
    _P.KEEP_SINGLE_PENSION_AGE: About(_G.KEPT, "Single, pension age", _U.PENCE_A_WEEK, _CHECK_GUARANTEE),
    _P.KEEP_LONE_PARENT: About(_G.KEPT, "Lone parent", _U.PENCE_A_WEEK, _CHECK_GUARANTEE),
    _P.KEEP_COUPLE: About(_G.KEPT, "One of a couple", _U.PENCE_A_WEEK, _CHECK_GUARANTEE),
    _P.KEEP_COUPLE_PENSION_AGE: About(
        _G.KEPT, "One of a couple, pension age", _U.PENCE_A_WEEK, _CHECK_GUARANTEE),
    _P.KEEP_DISABILITY_SINGLE: About(
        _G.KEPT, "Disability premium, single", _U.PENCE_A_WEEK, _CHECK_GUARANTEE),
    _P.KEEP_DISABILITY_COUPLE: About(
        _G.KEPT, "Disability premium, one of a couple", _U.PENCE_A_WEEK, _CHECK_GUARANTEE),
    _P.KEEP_ENHANCED_SINGLE: About(
        _G.KEPT, "Enhanced disability premium, single", _U.PENCE_A_WEEK, _CHECK_GUARANTEE),
    _P.KEEP_ENHANCED_COUPLE: About(
        _G.KEPT, "Enhanced disability premium, one of a couple", _U.PENCE_A_WEEK, _CHECK_GUARANTEE),
    _P.KEEP_CARER: About(_G.KEPT, "Carer premium", _U.PENCE_A_WEEK, _CHECK_GUARANTEE),
    _P.KEEP_EACH_CHILD: About(_G.KEPT, "Each child", _U.PENCE_A_WEEK, _CHECK_GUARANTEE),
    _P.DISABILITY_EXPENSES_STANDARD: About(
        _G.KEPT, "Disability costs without receipts", _U.PENCE_A_WEEK,
        "A person who gets a disability benefit keeps at least this for costs of their disability; more with receipts."
        " The council’s own choice."),
    _P.AIDS_MOST_EACH: About(
        _G.NEVER, "Aids and small changes at home, each up to", _U.PENCE,
        "Up to this price each they are free. £1,000 is what we know of: check it in the regulations."),
    _P.TELECARE_FREE: About(
        _G.NEVER, "Telecare is free", _U.YES_NO, "Whether this council charges nothing for telecare.", 0, 1),
    _P.REABLEMENT_FREE_WEEKS: About(
        _G.NEVER, "Weeks of reablement at home", _U.WEEKS, "Free for so many weeks. By law up to six.", 0, 26),
    _P.INTERMEDIATE_CARE_FREE_WEEKS: About(
        _G.NEVER, "Weeks of intermediate care", _U.WEEKS, "Free for so many weeks. By law up to six.", 0, 26),
}  # fmt: skip


def in_words(parameter: Parameter, value: int) -> str:
    """A value as people read it: `£112.50 a week`, `28 days`, `Yes`."""
    match parameter.unit:
        case Unit.PENCE:
            return str(Money(value))
        case Unit.PENCE_A_WEEK:
            return f"{Money(value)} a week"
        case Unit.PERCENT:
            return f"{value}%"
        case Unit.YES_NO:
            return "Yes" if value else "No"
        case unit:
            return f"{value:,} {unit if value != 1 else unit.removesuffix('s')}"


def value_error(parameter: Parameter, value: int) -> str:
    """What to type instead of a value outside the limits, or nothing."""
    about = parameter.about
    if about.least <= value <= about.most:
        return ""
    return f"Enter from {in_words(parameter, about.least)} to {in_words(parameter, about.most)}"


@dataclass(frozen=True, slots=True)
class Usual:
    """A usual value with where it comes from."""

    value: int
    source: str


@cache
def usual_values() -> Mapping[Parameter, Usual]:
    """What councils usually start with, from the data file beside this one. Raises KeyError when one is missing."""
    told = tomllib.loads((Path(__file__).parent / "usual_parameters.toml").read_text("utf-8"))
    return {each: Usual(told[each]["value"], told[each]["source"]) for each in Parameter}
