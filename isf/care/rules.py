"""The words of care: how people communicate, the areas in which help may be needed, who is around them."""

from datetime import date
from enum import StrEnum

from dateutil.relativedelta import relativedelta


class CommunicationKind(StrEnum):
    """What a communication need is about."""

    FORMAT = "format"
    LANGUAGE = "language"
    INTERPRETER = "interpreter"
    EQUIPMENT = "equipment"
    SUPPORT = "support"
    CONTACT = "contact"
    OTHER = "other"

    @property
    def label(self) -> str:
        """In words."""
        return {
            "format": "A format, such as Easy Read, large print or braille",
            "language": "A language, such as Welsh, Polish or British Sign Language",
            "interpreter": "An interpreter or somebody who relays",
            "equipment": "Something they use, such as a hearing aid or a tablet with symbols",
            "support": "A way of talking, such as one idea at a time or time to answer",
            "contact": "A way to reach them, such as phone rather than letter",
            "other": "Something else",
        }[self.value]

    @property
    def short(self) -> str:
        """In a word or two."""
        return {"format": "Format", "language": "Language", "interpreter": "Interpreter", "equipment": "Equipment",
                "support": "Way of talking", "contact": "Way to reach them", "other": "Other"}[self.value]  # fmt: skip


class Identified(StrEnum):
    """How a communication need came to be known."""

    ASKED = "asked"
    TOLD = "told"
    ASSESSMENT = "assessment"
    REFERRAL = "referral"

    @property
    def label(self) -> str:
        """In words."""
        return {
            "asked": "The person was asked",
            "told": "Family or a carer told us",
            "assessment": "Found in an assessment",
            "referral": "It came with a referral",
        }[self.value]


class Met(StrEnum):
    """Whether a communication need is met by what is done now."""

    YES = "yes"
    PARTLY = "partly"
    NO = "no"
    NOT_KNOWN = "not_known"

    @property
    def label(self) -> str:
        """In words."""
        return {"yes": "Met", "partly": "Partly met", "no": "Not met", "not_known": "Not known yet"}[
            self.value
        ]


class NeedArea(StrEnum):
    """The outcomes that the Care Act's eligibility criteria ask about, and a place for anything else."""

    NUTRITION = "nutrition"
    HYGIENE = "hygiene"
    TOILET = "toilet"
    CLOTHING = "clothing"
    SAFE_AT_HOME = "safe_at_home"
    HOME = "home"
    RELATIONSHIPS = "relationships"
    WORK_LEARNING = "work_learning"
    COMMUNITY = "community"
    CARING_FOR_CHILD = "caring_for_child"
    OTHER = "other"

    @property
    def label(self) -> str:
        """In words."""
        return {
            "nutrition": "Eating and drinking well",
            "hygiene": "Keeping clean",
            "toilet": "Using the toilet",
            "clothing": "Being dressed for the day and the weather",
            "safe_at_home": "Being safe at home",
            "home": "Keeping the home fit to live in",
            "relationships": "Seeing family and friends, and making new ones",
            "work_learning": "Work, training, learning and volunteering",
            "community": "Getting about and using what is there for everybody",
            "caring_for_child": "Looking after a child",
            "other": "Something else",
        }[self.value]


class CallResult(StrEnum):
    """What came of calling somebody who left their details."""

    TOLD = "told"
    ASSESSMENT = "assessment"
    NO_ANSWER = "no_answer"
    NOT_WANTED = "not_wanted"

    @property
    def label(self) -> str:
        """In words."""
        return {
            "told": "Told them what there is",
            "assessment": "They want to be assessed",
            "no_answer": "Could not reach them",
            "not_wanted": "They do not want to be called any more",
        }[self.value]


REVIEW_MONTHS = 12
"""When a new communication need is looked at again unless somebody says otherwise; only what a form starts with."""


def usual_review(recorded_on: date) -> date:
    """The day that a form offers for looking at a communication need again."""
    return recorded_on + relativedelta(months=REVIEW_MONTHS)
