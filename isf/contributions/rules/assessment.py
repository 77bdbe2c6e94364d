"""What somebody can pay towards their support: figures and the council’s values in; an amount and its reasons out."""

from collections.abc import Mapping
from enum import StrEnum

import msgspec

from isf.parameters.rules import Parameter
from marketplace.kernel.errors import Invalid
from marketplace.kernel.money import ZERO, Money, total

Values = Mapping[Parameter, int]


class Way(StrEnum):
    """How the contribution is found."""

    FULL = "full"
    """Income, savings and costs are looked at."""

    LIGHT_TOUCH = "light_touch"
    """The council is content with less proof, and an amount is agreed."""

    NOT_DISCLOSED = "not_disclosed"
    """The person chose not to tell about their money: they pay in full."""

    PAYS_IN_FULL = "pays_in_full"
    """The person says that they have more than the upper limit: they pay in full."""


class Household(StrEnum):
    """Which part of the minimum income guarantee is a person's."""

    SINGLE_18_TO_24 = "single_18_to_24"
    SINGLE_25_OR_OLDER = "single_25_or_older"
    SINGLE_PENSION_AGE = "single_pension_age"
    LONE_PARENT = "lone_parent"
    COUPLE = "couple"
    COUPLE_PENSION_AGE = "couple_pension_age"

    @property
    def parameter(self) -> Parameter:
        """The council's value for it."""
        return Parameter(f"keep_{self}")

    @property
    def in_couple(self) -> bool:
        """Whether the premiums are a couple's."""
        return self in (Household.COUPLE, Household.COUPLE_PENSION_AGE)


class Premium(StrEnum):
    """What comes on top of the guarantee."""

    DISABILITY = "disability"
    ENHANCED = "enhanced"
    CARER = "carer"

    def parameter(self, household: Household) -> Parameter:
        """The council's value for it."""
        if self is Premium.CARER:
            return Parameter.KEEP_CARER
        return Parameter(f"keep_{self}_{'couple' if household.in_couple else 'single'}")


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """What was told about a person's money; pence a week, savings in pence. Kept as it was told."""

    way: Way
    household: Household = Household.SINGLE_25_OR_OLDER
    premiums: frozenset[Premium] = frozenset()
    children: int = 0
    benefits: int = 0
    pension: int = 0
    other_income: int = 0
    disability_benefit: int = 0
    disability_benefit_not_counted: int = 0
    """The part for help that the council does not give, such as at night."""
    mobility: int = 0
    earnings: int = 0
    savings: int = 0
    housing_costs: int = 0
    disability_expenses: int = 0
    agreed_weekly: int = 0
    """For a light touch only."""


AMOUNTS = (
    *("benefits", "pension", "other_income", "disability_benefit", "disability_benefit_not_counted"),
    *("mobility", "earnings", "savings", "housing_costs", "disability_expenses", "agreed_weekly"),
)


class LineKind(StrEnum):
    """What a line of the explanation does."""

    COUNTS = "counts"
    NOT_COUNTED = "not_counted"
    KEPT = "kept"
    SUM = "sum"
    NOTE = "note"


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the explanation: a sentence, its Easy Read sentence, and the amount in pence where there is one."""

    kind: LineKind
    words: str
    easy: str
    pence: int | None = None


class Assessed(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody can pay: `weekly` is None where the whole cost is theirs. The lines say why."""

    weekly: Money | None
    lines: list[Line]


def check_figures(figures: Figures) -> None:
    """Raises Invalid with what to type, field by field."""
    wrong = {name: "Enter an amount of £0.00 or more" for name in AMOUNTS if getattr(figures, name) < 0}
    if not 0 <= figures.children <= 20:
        wrong["children"] = "Enter a number from 0 to 20"
    if figures.disability_benefit_not_counted > figures.disability_benefit:
        wrong["disability_benefit_not_counted"] = "Enter no more than the disability benefit itself"
    if wrong:
        raise Invalid(wrong)


def tariff_income(savings: Money, values: Values) -> Money:
    """What savings between the limits count as, a week: so much for each step above the lower, or part of one."""
    above = savings.pence - values[Parameter.CAPITAL_LOWER_LIMIT]
    steps = -(-above // values[Parameter.TARIFF_STEP]) if above > 0 else 0
    return Money(steps * values[Parameter.TARIFF_INCOME])


def assess(figures: Figures, values: Values) -> Assessed:
    """The most that somebody is asked for a week, never below zero, and every step to it (row F6).

    What they pay is never more than their support costs: see `isf.contributions.rules.charges`. Raises Invalid for
    figures that cannot be, KeyError when a value is missing.
    """
    check_figures(figures)
    if figures.way is Way.FULL:
        return _assess_in_full(figures, values)
    if figures.way is Way.LIGHT_TOUCH:
        words = (
            "The council agreed on this amount without looking at every figure (a light-touch assessment)."
        )
        easy = "We agreed with you how much you pay."
        return _assessed(Money(figures.agreed_weekly), [_note(words, easy)], values)
    if figures.way is Way.NOT_DISCLOSED:
        words = "There is no figure about income and savings, because the person chose not to tell them."
        easy = "You chose not to tell us about your money."
    else:
        words = f"There is more than {Money(values[Parameter.CAPITAL_UPPER_LIMIT])} of savings."
        easy = "You have a lot of savings."
    return _pays_in_full([_note(words, easy)])


def _note(words: str, easy: str) -> Line:
    return Line(kind=LineKind.NOTE, words=words, easy=easy)


def _pays_in_full(lines: list[Line]) -> Assessed:
    words = "So the whole cost of the support is paid by the person."
    return Assessed(weekly=None, lines=[*lines, _note(words, "You pay for all of your support.")])


def _assess_in_full(figures: Figures, values: Values) -> Assessed:
    upper = Money(values[Parameter.CAPITAL_UPPER_LIMIT])
    if figures.savings > upper.pence:
        words = f"Savings of {Money(figures.savings)} are more than the upper limit of {upper}."
        return _pays_in_full([_note(words, f"You have more than {upper} saved.")])
    lines = [*_income(figures, values), *_not_counted(figures)]
    income = total(Money(line.pence or 0) for line in lines if line.kind is LineKind.COUNTS)
    lines.append(_sum("Income that counts.", "This is the money we count.", income))
    kept = _kept(figures, values)
    lines += kept
    over = Money(max(0, income.pence - sum(line.pence or 0 for line in kept)))
    lines.append(_sum("What is over each week.", "This is what is left each week.", over))
    percent = values[Parameter.CHARGE_PERCENT]
    asked = Money(over.pence * percent // 100)  # A part of a penny stays with the person.
    if percent != 100:
        words = f"The council asks for {percent}% of it."
        lines.append(_sum(words, "We ask for a part of it.", asked))
    return _assessed(asked, lines, values)


def _assessed(asked: Money, lines: list[Line], values: Values) -> Assessed:
    least = Money(values[Parameter.CHARGE_LEAST_WEEKLY])
    if ZERO < asked < least:
        words = f"Less than {least} a week is not asked for."
        return Assessed(
            weekly=ZERO, lines=[*lines, _note(words, "It is so little that we do not ask for it.")]
        )
    return Assessed(weekly=asked, lines=lines)


def _sum(words: str, easy: str, amount: Money) -> Line:
    return Line(kind=LineKind.SUM, words=words, easy=easy, pence=amount.pence)


def _income(figures: Figures, values: Values) -> list[Line]:
    def counts(pence: int, words: str, easy: str) -> Line:
        return Line(kind=LineKind.COUNTS, words=words, easy=easy, pence=pence)

    care = figures.disability_benefit - figures.disability_benefit_not_counted
    savings, tariff = Money(figures.savings), tariff_income(Money(figures.savings), values)
    lower, step = Money(values[Parameter.CAPITAL_LOWER_LIMIT]), Money(values[Parameter.TARIFF_STEP])
    lines = [
        counts(figures.benefits, "Benefits count.", "We count your benefits."),
        counts(figures.pension, "Pensions count.", "We count your pension."),
        counts(care, "The disability benefit for care counts.", "We count your disability money for care."),
        counts(figures.other_income, "Other income counts.", "We count other money that you get."),
        counts(
            tariff.pence,
            f"Savings of {savings} are above {lower}. Every {step} above it, or part of that, counts as"
            f" {Money(values[Parameter.TARIFF_INCOME])} a week.",
            "We count a little for your savings.",
        ),
    ]
    return [line for line in lines if line.pence]


def _not_counted(figures: Figures) -> list[Line]:
    def left_out(pence: int, words: str, easy: str) -> Line:
        return Line(kind=LineKind.NOT_COUNTED, words=words, easy=easy, pence=pence)

    lines = [
        left_out(
            figures.disability_benefit_not_counted,
            "Disability benefit for help that the council does not give does not count.",
            "We do not count money for help that we do not give.",
        ),
        left_out(
            figures.mobility, "Money for getting about does not count.", "We do not count mobility money."
        ),
        left_out(figures.earnings, "Earnings from work do not count.", "We do not count money from work."),
    ]
    return [line for line in lines if line.pence]


def _kept(figures: Figures, values: Values) -> list[Line]:
    def kept(pence: int, words: str, easy: str) -> Line:
        return Line(kind=LineKind.KEPT, words=words, easy=easy, pence=pence)

    household = figures.household
    standard = values[Parameter.DISABILITY_EXPENSES_STANDARD] if figures.disability_benefit else 0
    lines = [
        kept(
            values[household.parameter],
            f"Kept for living ({household.parameter.label}).",
            "You keep money to live on.",
        ),
        *(
            kept(
                values[(name := premium.parameter(household))], f"Kept: {name.label}.", "You keep some more."
            )
            for premium in Premium
            if premium in figures.premiums
        ),
        kept(
            figures.children * values[Parameter.KEEP_EACH_CHILD],
            f"Kept for children: {figures.children}.",
            "You keep money for your children.",
        ),
        kept(figures.housing_costs, "Kept for rent and council tax.", "You keep money for your home."),
        kept(
            max(figures.disability_expenses, standard),
            "Kept for costs of a disability.",
            "You keep money for things you need because of your disability.",
        ),
    ]
    return [line for line in lines if line.pence]
