"""What bank details have to look like, and how a change of them goes. Values in, values out.

Length, digits and plausibility are checked here, and that sort code and number can belong together (`modulus.py`);
whether the account is the payee's is what the second person and the cooling-off are for.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from marketplace.kernel.errors import Conflict, Forbidden, Invalid

ACCOUNT_NAME_MOST: Final = 70


class Purpose(StrEnum):
    """What an account is for."""

    INTO = "into"
    """Where a seller is paid."""

    FROM = "from"
    """Where a payer pays from."""


class DetailsState(StrEnum):
    """Where a version stands. Whether it is in force is a question of days."""

    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    STOPPED = "stopped"


TRANSITIONS: Mapping[DetailsState, frozenset[DetailsState]] = {
    DetailsState.PROPOSED: frozenset({DetailsState.CONFIRMED, DetailsState.STOPPED}),
    # Only before it is in force: afterwards another version is proposed.
    DetailsState.CONFIRMED: frozenset({DetailsState.STOPPED}),
    DetailsState.STOPPED: frozenset(),
}


class ConfirmedHow(StrEnum):
    """Who stands for a change beside whoever proposed it."""

    SECOND_PERSON = "second_person"
    CALL_BACK = "call_back"


class SecondPersonNeeded(Forbidden):
    """Whoever proposed new bank details cannot confirm them (invoice redirection fraud)."""

    code = "second_person_needed"

    def __init__(self) -> None:
        super().__init__(
            "You cannot confirm this, because you proposed it. Another person of your organisation can confirm it."
        )


class OwnPeopleConfirm(Forbidden):
    """Nobody else confirms while the organisation has a second person of its own."""

    code = "own_people_confirm"

    def __init__(self) -> None:
        super().__init__(
            "You cannot confirm this, because the organisation has a second person who can. You can stop it."
        )


class ChangeWaits(Conflict):
    """There is a proposal already."""

    code = "bank_details_wait"

    def __init__(self) -> None:
        super().__init__(
            "You cannot propose other bank details, because one waits to be confirmed. You can stop that one first."
        )


@dataclass(frozen=True, slots=True)
class Account:
    """A bank account as it is kept: digits only, eight of them in the number."""

    name: str
    sort_code: str
    number: str
    roll_number: str = ""

    @property
    def sort_code_words(self) -> str:
        """`01-02-03`."""
        return "-".join((self.sort_code[:2], self.sort_code[2:4], self.sort_code[4:]))

    @property
    def masked(self) -> str:
        """What everybody may read of it."""
        return f"ending {self.number[-4:]}"


@dataclass(frozen=True, slots=True)
class Call:
    """A call back: which number, from where it was known before, and who answered."""

    number: str
    known_from: str
    spoke_to: str


def account_typed(name: str, sort_code: str, number: str, roll_number: str = "") -> Account:
    """An account from what was typed, with spaces and hyphens where people put them. Raises Invalid."""
    wrong: dict[str, str] = {}
    name = " ".join(name.split())
    if not name:
        wrong["account_name"] = "Enter the name on the account"
    elif len(name) > ACCOUNT_NAME_MOST:
        wrong["account_name"] = f"Use {ACCOUNT_NAME_MOST} characters or fewer"
    sort_digits = re.sub(r"[\s-]", "", sort_code)
    if not re.fullmatch(r"[0-9]{6}", sort_digits):
        wrong["sort_code"] = "Enter a sort code of 6 digits, like 01-02-03"
    elif len(set(sort_digits)) == 1:
        wrong["sort_code"] = "No bank has this sort code. Enter it as your bank shows it"
    digits = re.sub(r"[\s-]", "", number)
    if not re.fullmatch(r"[0-9]{6,8}", digits):
        wrong["account_number"] = "Enter an account number of 6 to 8 digits"
    elif set(digits) == {"0"}:
        wrong["account_number"] = "No account has this number. Enter it as your bank shows it"
    roll = roll_number.strip()
    if not re.fullmatch(r"[A-Za-z0-9 ./-]{0,18}", roll):
        wrong["roll_number"] = (
            "Enter the roll number as the building society shows it: 18 characters or fewer"
        )
    if wrong:
        raise Invalid(wrong)
    return Account(name, sort_digits, digits.zfill(8), roll)


_COMMON: Final = frozenset(
    {
        "the",
        "and",
        "of",
        "ltd",
        "limited",
        "cic",
        "plc",
        "llp",
        "company",
        "community",
        "interest",
        "services",
    }
    | {
        "service",
        "care",
        "charity",
        "trust",
        "association",
        "group",
        "club",
        "account",
        "mr",
        "mrs",
        "ms",
        "miss",
    }
)


def _words(name: str) -> set[str]:
    return {word for word in re.findall(r"[a-z0-9]+", name.casefold()) if len(word) > 1}


def name_warning(account_name: str, known_names: Iterable[str]) -> str:
    """A sentence when the name on the account shares no telling word with any name of the organisation; else empty."""
    known = [name for name in known_names if name]
    told = _words(account_name)
    for name in known:
        # A name of common words alone is compared with all of them.
        telling = (_words(name) - _COMMON) or _words(name)
        if telling & told:
            return ""
    return (
        f"The name on the account, {account_name}, is not like {known[0] if known else 'the name here'}. "
        "Ask why before it is confirmed."
    )


def check_call(call: Call) -> Call:
    """A call with everything said. Raises Invalid."""
    told = Call(call.number.strip(), call.known_from.strip(), call.spoke_to.strip())
    wrong = {}
    if not 6 <= len(re.sub(r"\D", "", told.number)) <= 15 or len(told.number) > 40:
        wrong["called_number"] = "Enter the telephone number that you called"
    if not told.known_from or len(told.known_from) > 300:
        wrong["number_known_from"] = "Say from where you knew the number before this change"
    if not told.spoke_to or len(told.spoke_to) > 200:
        wrong["spoke_to"] = "Enter whom you spoke to"
    if wrong:
        raise Invalid(wrong)
    return told
