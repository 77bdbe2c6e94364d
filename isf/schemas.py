"""What programs get about people and funds."""

from datetime import date
from uuid import UUID

import msgspec

from isf.queries import FundMoney
from marketplace.kernel.routes_of_money import Route


class FundOut(msgspec.Struct, frozen=True, kw_only=True):
    """A fund and its money in pence; `ends_on` is the first day without it."""

    id: UUID
    route: Route
    holder: str
    amount_pence: int
    available_pence: int
    committed_pence: int
    payable_pence: int
    paid_pence: int
    starts_on: date
    ends_on: date
    state: str


def fund_out(fund: FundMoney) -> FundOut:
    """A fund as programs get it."""
    return FundOut(**{name: getattr(fund, name) for name in FundOut.__struct_fields__})
