"""What programs send and get about money on its way; amounts in pence."""

from datetime import date
from uuid import UUID

import msgspec

from isf.payments.paying_in.queries import PaymentHead, PaymentLine, RouteTotal
from isf.payments.paying_in.rules import PaymentState
from isf.payments.surplus.queries import FundSurplus
from isf.payments.surplus.rules import Surplus, SurplusState, surplus_words


class PaymentOut(msgspec.Struct, frozen=True, kw_only=True):
    """A proposal with its totals and one page of its lines."""

    payment: PaymentHead
    totals: list[RouteTotal]
    lines: list[PaymentLine]
    lines_in_all: int
    page: int


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    """A proposal after a step."""

    id: UUID
    state: PaymentState


class Because(msgspec.Struct, frozen=True, kw_only=True):
    """Why something is refused or kept back."""

    because: str


class DeclaredPart(msgspec.Struct, frozen=True, kw_only=True):
    """One fund's part of a declared balance."""

    fund_id: UUID
    declared_pence: int


class DeclarationIn(msgspec.Struct, frozen=True, kw_only=True):
    """What was in the client account at the end of a day; parts for those funds where it is known."""

    day: date
    balance_pence: int
    parts: list[DeclaredPart] = []
    note: str = ""


class Declared(msgspec.Struct, frozen=True, kw_only=True):
    """The check that was made at once."""

    check_id: UUID


class SurplusOut(msgspec.Struct, frozen=True, kw_only=True):
    """A fund's unused money against what may be kept."""

    state: SurplusState
    unused_pence: int
    set_aside_pence: int
    limit_pence: int | None
    passes_on: date | None
    counts_on: date | None
    over_pence: int | None
    words: list[str]


class FundSurplusOut(SurplusOut, frozen=True, kw_only=True):
    """The same with the fund."""

    fund_id: UUID
    person_reference: str
    title: str


def _fields(told: Surplus) -> dict[str, object]:
    known = told.state is not SurplusState.UNSET
    return {
        "state": told.state,
        "unused_pence": told.unused.pence,
        "set_aside_pence": told.holding.set_aside.pence,
        "limit_pence": told.limit.amount.pence if known else None,
        "passes_on": told.passes_on,
        "counts_on": told.counts_on,
        "over_pence": told.over.pence if told.passes_on else None,
        "words": surplus_words(told),
    }


def surplus_out(told: Surplus) -> SurplusOut:
    """A surplus as programs get it."""
    return msgspec.convert(_fields(told), SurplusOut)


def fund_surplus_out(each: FundSurplus) -> FundSurplusOut:
    """A fund's surplus as programs get it."""
    about = {"fund_id": each.fund_id, "person_reference": each.person_reference, "title": each.title}
    return msgspec.convert({**_fields(each.surplus), **about}, FundSurplusOut)
