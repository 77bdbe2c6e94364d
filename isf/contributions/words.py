"""How a week and a bill read, in plain words and in Easy Read."""

from collections.abc import Mapping

from isf.contributions.rules.assessment import Household, Premium, Way
from isf.contributions.rules.charges import Week, Why
from isf.rules import Collection
from marketplace.kernel.money import Money

WHY: Mapping[Why, str] = {
    Why.ASSESSED: "As assessed",
    Why.BUDGET: "As the budget says",
    Why.FULL_COST: "The whole cost",
    Why.COSTS_LESS: "The support costs less than the assessed amount",
    Why.EXEMPT: "Support that is not charged for is taken out",
    Why.NO_BUDGET: "No budget on these days",
}

COLLECTED: Mapping[Collection, str] = {
    Collection.GROSS: "Billed by the council",
    Collection.NET: "Paid in by the person",
    Collection.HOLDER: "Collected by the holder",
}

WAYS: Mapping[Way, tuple[str, str]] = {
    Way.FULL: ("Full assessment", "Income, savings and costs are looked at"),
    Way.LIGHT_TOUCH: ("Light-touch assessment", "An amount is agreed without looking at every figure"),
    Way.NOT_DISCLOSED: ("Chose not to tell", "They pay in full, and can be assessed later"),
    Way.PAYS_IN_FULL: ("Pays in full", "They say that they have more than the upper limit"),
}

HOUSEHOLDS: Mapping[Household, str] = {each: each.parameter.label for each in Household}
PREMIUMS: Mapping[Premium, str] = {
    Premium.DISABILITY: "Disability premium",
    Premium.ENHANCED: "Enhanced disability premium",
    Premium.CARER: "Carer premium",
}


def week_sentences(week: Week, called: str) -> list[tuple[str, str]]:
    """How a week's amount comes about, sentence by sentence: plain words and Easy Read."""
    if week.why is Why.NO_BUDGET:
        return [("No budget runs today, so there is nothing to pay for.", "You have no budget today.")]
    told = [(f"The support costs {week.cost} a week.", f"Your support costs {week.cost} a week.")]
    if week.free:
        told.append((f"{week.free} of that is never charged for.", f"{week.free} of it is free."))
    if week.why is Why.BUDGET:
        told.append(
            ("There is no financial assessment yet. The budget says what is paid.", "Your budget says it.")
        )
    elif week.asked is None:
        told.append((f"{called} pays the whole cost.", "You pay for all of it."))
    else:
        told.append(
            (
                f"The most that {called} is asked for is {week.asked} a week.",
                f"The most you can pay is {week.asked}.",
            )
        )
    if week.why in (Why.COSTS_LESS, Why.EXEMPT) and week.asked is not None and week.due < week.asked:
        told.append(
            (
                "Nobody pays more than the support that is charged for costs.",
                "You never pay more than it costs.",
            )
        )
    told.append((f"So {called} pays {week.due} a week.", f"You pay {week.due} a week."))
    return told


def budget_differs(week: Week) -> Money | None:
    """What the budget says a week, where that is not what is paid; None where both say the same or no budget runs."""
    return None if week.why is Why.NO_BUDGET or week.budget == week.due else week.budget
