"""What is asked of which kind of seller, when a proof runs out, and which reminder is due: values in, values out."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from providers.rules import Labelled, SellerType

REMIND_DAYS: Final = (60, 30, 7)


class Kind(Labelled):
    """What a seller can prove about itself."""

    PUBLIC_LIABILITY = "public_liability", "Public liability insurance"
    EMPLOYERS_LIABILITY = "employers_liability", "Employer’s liability insurance"
    SAFEGUARDING_POLICY = "safeguarding_policy", "Safeguarding policy"
    DBS_POLICY = "dbs_policy", "Policy on DBS checks of staff and volunteers"
    REGISTRATION = "registration", "Registration with CQC or the Charity Commission"
    OWN_DBS = "own_dbs", "Your own DBS certificate"
    OWN_INSURANCE = "own_insurance", "Your own insurance"


_OF_A_BODY: Final = (
    Kind.PUBLIC_LIABILITY,
    Kind.EMPLOYERS_LIABILITY,
    Kind.SAFEGUARDING_POLICY,
    Kind.DBS_POLICY,
    Kind.REGISTRATION,
)
_SUITS: Final[Mapping[SellerType, tuple[Kind, ...]]] = {
    SellerType.IN_HOUSE: _OF_A_BODY,
    SellerType.PRIVATE: _OF_A_BODY,
    SellerType.VOLUNTARY: _OF_A_BODY,
    SellerType.USER_LED: tuple(kind for kind in _OF_A_BODY if kind is not Kind.REGISTRATION),
    SellerType.COMMUNITY_GROUP: tuple(kind for kind in _OF_A_BODY if kind is not Kind.REGISTRATION),
    SellerType.INDIVIDUAL: (Kind.OWN_INSURANCE, Kind.OWN_DBS),
    SellerType.UNKNOWN: _OF_A_BODY,
}


def suiting(seller_type: SellerType, *, employs: bool) -> tuple[Kind, ...]:
    """What a seller of this type is asked; employer's insurance only where it employs. SQL: `accreditation_suits`."""
    return tuple(kind for kind in _SUITS[seller_type] if employs or kind is not Kind.EMPLOYERS_LIABILITY)


class State(Labelled):
    """Where a proof stands."""

    SENT = "sent", "Waiting for a council to look at it"
    ACCEPTED = "accepted", "Accepted"
    REFUSED = "refused", "Refused"
    REPLACED = "replaced", "Replaced by a newer one"
    WITHDRAWN = "withdrawn", "Withdrawn"


TRANSITIONS: Final[Mapping[State, frozenset[State]]] = {
    State.SENT: frozenset({State.ACCEPTED, State.REFUSED, State.WITHDRAWN}),
    State.ACCEPTED: frozenset({State.REPLACED}),
    State.REFUSED: frozenset(),
    # A replaced proof still covers its own days, so a renewal that begins later leaves no gap.
    State.REPLACED: frozenset(),
    State.WITHDRAWN: frozenset(),
}
COVERS: Final = frozenset({State.ACCEPTED, State.REPLACED})


def covers(state: State, valid_from: date, expires_on: date | None, day: date) -> bool:
    """Whether a proof counts on a day; `expires_on` is the first day without it."""
    return state in COVERS and valid_from <= day and (expires_on is None or day < expires_on)


def reminder_due(expires_on: date, today: date, sent: Collection[int]) -> int | None:
    """The distance in days of the one reminder to send today, or None.

    After missed days only the nearest one is sent: a letter that says 60 days when 20 are left helps nobody.
    """
    left = (expires_on - today).days
    if left < 0:
        return None
    nearest = min((days for days in REMIND_DAYS if left <= days), default=None)
    return None if nearest in sent else nearest


@dataclass(frozen=True, slots=True)
class Draft:
    """A proof as its seller describes it. `expires_on` is the first day without it; None: it has no end."""

    kind: Kind
    valid_from: date
    expires_on: date | None = None
    reference: str = ""


def wrong_with(draft: Draft, suits: Collection[Kind], today: date) -> dict[str, str]:
    """What to type instead, by field; empty when the proof can be sent."""
    wrong = {}
    if draft.kind not in suits:
        wrong["kind"] = "Choose from what is asked of you"
    if draft.expires_on is not None and draft.expires_on <= draft.valid_from:
        wrong["expires_on"] = "Enter a last day that is not before the first day"
    elif draft.expires_on is not None and draft.expires_on <= today:
        wrong["expires_on"] = "Enter a last day that is still to come: what has run out proves nothing"
    if draft.kind is Kind.REGISTRATION and not draft.reference.strip():
        wrong["reference"] = "Enter the number of the registration"
    if len(draft.reference) > 100:
        wrong["reference"] = "Use 100 characters or fewer"
    return wrong
