"""Agreements about self-billing: values in, values out (`rules.md` 24)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from marketplace.kernel.errors import Conflict, Invalid
from marketplace.kernel.formats import full_date

LONGEST: Final = timedelta(days=366)
"""An agreement is looked at again every year, as the tax office wants."""

VAT_WORDS: Final = "The VAT shown is your output tax due to HMRC."
"""What the tax office wants on every self-billed invoice with VAT."""


class AgreementState(StrEnum):
    """Where an agreement stands."""

    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    ENDED = "ended"


AGREEMENT_TRANSITIONS: Mapping[AgreementState, frozenset[AgreementState]] = {
    # A payer takes back what was not answered: it has ended before it began.
    AgreementState.PROPOSED: frozenset(
        {AgreementState.ACCEPTED, AgreementState.REFUSED, AgreementState.ENDED}
    ),
    AgreementState.ACCEPTED: frozenset({AgreementState.ENDED}),
    AgreementState.REFUSED: frozenset(),
    AgreementState.ENDED: frozenset(),
}


class SelfBilled(Conflict):
    """The payer writes the invoices of this supplier; the supplier issues none (`rules.md` 24)."""

    code = "self_billed"

    def __init__(self, payer: str = "the payer") -> None:
        super().__init__(
            f"You cannot bill this, because {payer} writes your invoices by the agreement about self-billing. "
            "You can end the agreement first."
        )


class NoAgreement(Conflict):
    """Nobody writes another's invoice without an agreement in force (`rules.md` 24)."""

    code = "no_self_billing_agreement"

    def __init__(self) -> None:
        super().__init__(
            "You cannot write this supplier's invoice, because no agreement about self-billing is in force today. "
            "You can propose one."
        )


class AgreementOverlaps(Conflict):
    """There is one agreement at a time between a payer and a supplier."""

    code = "agreement_overlaps"

    def __init__(self) -> None:
        super().__init__(
            "You cannot propose this, because another agreement about self-billing with this supplier covers some of "
            "its days. You can end that one first."
        )


class VatNumberChanged(Conflict):
    """The supplier's VAT number is not the one of the agreement any more."""

    code = "vat_number_changed"

    def __init__(self) -> None:
        super().__init__(
            "You cannot accept this, because your VAT number is not the one that it names. "
            "You can ask the payer to propose it again."
        )


@dataclass(frozen=True, slots=True)
class Dates:
    """The first and the last day of an agreement, both included."""

    starts_on: date
    ends_on: date


def check_dates(dates: Dates, today: date) -> None:
    """Raises Invalid when it starts in the past, ends before it starts, or is longer than a year."""
    wrong: dict[str, str] = {}
    if dates.starts_on < today:
        wrong["starts_on"] = "Enter today or a later day: invoices of earlier days are the supplier's own"
    if dates.ends_on < dates.starts_on:
        wrong["ends_on"] = "Enter a last day on or after the first"
    elif dates.ends_on - dates.starts_on >= LONGEST:
        wrong["ends_on"] = "Enter a last day within a year: the agreement is looked at again each year"
    if wrong:
        raise Invalid(wrong)


def terms(payer: str, supplier: str, vat_number: str, dates: Dates) -> str:
    """The words of an agreement, frozen when it is proposed; one point on each line."""
    number = f"VAT number {vat_number}" if vat_number else "not registered for VAT"
    return "\n".join(
        (
            f"{payer} writes the invoices for the support that {supplier} ({number}) gives to the people for whom "
            f"{payer} pays, from {full_date(dates.starts_on)} to {full_date(dates.ends_on)}.",
            f"{supplier} accepts each of these invoices and writes none of its own to {payer} in that time.",
            "Each invoice says that it is self-billed, carries the name, the address and the VAT number of "
            f"{supplier}, and stands in a series of its own.",
            f"{supplier} says at once when its VAT number changes, when it is no longer registered for VAT, or when it "
            "passes on its business. The agreement ends on that day.",
            "Either side can end it for any later invoice. It is agreed anew when it runs out.",
        )
    )
