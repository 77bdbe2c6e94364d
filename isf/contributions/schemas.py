"""What programs send and get about contributions; amounts in pence."""

from datetime import date
from uuid import UUID

import msgspec

from isf.contributions.queries import AssessmentLine, BillLine, ExemptLine, OwnMoney, PaymentLine, TopUpLine
from isf.contributions.rules.assessment import Figures, Line
from isf.contributions.rules.charges import Why
from isf.rules import Collection


class ContributionOut(msgspec.Struct, frozen=True, kw_only=True):
    """A person's week today, why, and what is to be paid. `assessment` is null for those who may not see figures."""

    weekly_pence: int
    support_weekly_pence: int
    free_weekly_pence: int
    assessed_weekly_pence: int | None
    """What is asked for at most; null for the whole cost."""
    why: Why
    explanation: list[str]
    collection: Collection | None
    owed_pence: int
    assessment: AssessmentLine | None
    lines: list[Line]
    never_charged: list[ExemptLine]


class BillsOut(msgspec.Struct, frozen=True, kw_only=True):
    """A person's bills and payments."""

    bills: list[BillLine]
    payments: list[PaymentLine]


class AssessmentIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A financial assessment to be."""

    figures: Figures
    starts_on: date
    because: str = ""


class PaymentIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A contribution that was paid."""

    amount_pence: int
    received_on: date
    note: str = ""


class TopUpIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Own money into a fund, or (below zero) back to the person."""

    fund_id: UUID
    amount_pence: int
    on: date
    note: str = ""


class TopUpsOut(msgspec.Struct, frozen=True, kw_only=True):
    """Own money by fund, and everything that came and went."""

    funds: list[OwnMoney]
    movements: list[TopUpLine]


class Made(msgspec.Struct, frozen=True):
    """The id of what was kept."""

    id: UUID
