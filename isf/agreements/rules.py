"""What an agreement says and who signs it: values in, values out (`rules.md` 4, 8, 20; rows I2, F7)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from marketplace.kernel.errors import Invalid
from marketplace.kernel.money import ZERO, Money
from marketplace.kernel.routes_of_money import Route

MOST_SERVICES = 6


class AgreementState(StrEnum):
    """How far an agreement is."""

    DRAFT = "draft"
    OFFERED = "offered"
    SIGNED = "signed"
    SUPERSEDED = "superseded"
    ENDED = "ended"
    WITHDRAWN = "withdrawn"


_S = AgreementState
TRANSITIONS: Mapping[AgreementState, frozenset[AgreementState]] = {
    _S.DRAFT: frozenset({_S.OFFERED, _S.WITHDRAWN}),
    _S.OFFERED: frozenset({_S.DRAFT, _S.SIGNED, _S.WITHDRAWN}),
    _S.SIGNED: frozenset({_S.SUPERSEDED, _S.ENDED}),
    _S.SUPERSEDED: frozenset(),
    _S.ENDED: frozenset(),
    _S.WITHDRAWN: frozenset(),
}
OPEN = frozenset({_S.DRAFT, _S.OFFERED})
CONCLUDED = frozenset({_S.SIGNED, _S.SUPERSEDED, _S.ENDED})
"""Everybody signed it; on each of its days it was in force."""


class Party(StrEnum):
    """Who agrees."""

    PERSON = "person"
    COUNCIL = "council"
    HOLDER = "holder"


PARTIES: Mapping[Route, tuple[Party, ...]] = {
    Route.ISF: (Party.PERSON, Party.COUNCIL, Party.HOLDER),
    Route.DIRECT_PAYMENT: (Party.PERSON, Party.COUNCIL),
}
"""Who signs, by the fund's route. Money that the council manages itself needs no agreement."""


class Acknowledged(StrEnum):
    """Whether the person's side ticked that they know what the holder sells itself."""

    YES = "yes"
    NO = "no"


class FeeKind(StrEnum):
    """How the holder's fee is reckoned."""

    NONE = "none"
    PERCENT = "percent"
    WEEKLY = "weekly"
    MONTHLY = "monthly"


@dataclass(frozen=True, slots=True)
class Fee:
    """What the holder takes: a part of what is paid in (basis points), or net pence a week or month; VAT on top."""

    kind: FeeKind = FeeKind.NONE
    basis_points: int = 0
    amount: Money = ZERO
    vat_basis_points: int = 0


@dataclass(frozen=True, slots=True)
class Service:
    """Something that the holder itself sells to the person."""

    what: str
    price: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What is agreed. `ends_on` is the first day without it; None: as long as the fund runs.

    The surplus limit: `surplus_times` the weekly amount may be kept, more than that for no longer than
    `surplus_weeks`. `services` is what the holder, or a provider under the same organisation, sells to the person.
    """

    starts_on: date
    ends_on: date | None = None
    fee: Fee = Fee()
    payment_weeks: int = 4
    surplus_times: int = 8
    surplus_weeks: int = 4
    notice_days: int = 28
    services: tuple[Service, ...] = ()
    exit_words: str = ""
    bank_name: str = ""
    account_last_four: str = ""


def gross(net: Money, vat_basis_points: int) -> tuple[Money, Money]:
    """The VAT on a net fee, half a penny up, and both together: what the fund pays (`rules.md` 21)."""
    vat = Money((net.pence * vat_basis_points + 5000) // 10_000)
    return vat, net + vat


def check_terms(terms: Terms, kind: Route) -> None:
    """Raises Invalid with everything that is wrong, field by field."""
    wrong: dict[str, str] = {}
    if terms.ends_on is not None and terms.ends_on <= terms.starts_on:
        wrong["ends_on"] = "The last day must be on or after the first day"
    for name, value, least, most in (
        ("payment_weeks", terms.payment_weeks, 1, 53),
        ("surplus_times", terms.surplus_times, 0, 53),
        ("surplus_weeks", terms.surplus_weeks, 0, 53),
        ("notice_days", terms.notice_days, 0, 365),
    ):
        if not least <= value <= most:
            wrong[name] = f"Enter a number from {least} to {most}"
    if kind is Route.ISF:
        wrong |= _fee_errors(terms.fee)
        wrong |= _service_errors(terms.services)
    else:
        if terms.fee.kind is not FeeKind.NONE:
            wrong["fee_kind"] = "Nobody takes a fee for a direct payment"
        if terms.services:
            wrong["services"] = (
                "Only an organisation that holds an Individual Service Fund sells as its holder"
            )
        wrong |= account_errors(terms.bank_name, terms.account_last_four)
    if wrong:
        raise Invalid(wrong)


def _fee_errors(fee: Fee) -> dict[str, str]:
    wrong = {}
    if fee.kind is FeeKind.PERCENT and not 1 <= fee.basis_points <= 10_000:
        wrong["fee_percent"] = "Enter a percentage above 0 and up to 100, like 4.5"
    if fee.kind in (FeeKind.WEEKLY, FeeKind.MONTHLY) and fee.amount.pence <= 0:
        wrong["fee_amount"] = "Enter an amount of more than £0.00, or choose that there is no fee"
    if not 0 <= fee.vat_basis_points <= 10_000:
        wrong["fee_vat"] = "Enter a rate from 0 to 100, like 20"
    return wrong


def _service_errors(services: tuple[Service, ...]) -> dict[str, str]:
    if len(services) > MOST_SERVICES:
        return {"services": f"Name at most {MOST_SERVICES} services: put those of one kind together"}
    wrong = {}
    for index, service in enumerate(services, start=1):
        if not service.what.strip():
            wrong[f"service-{index}"] = "Say what is sold for this price"
        elif len(service.what) > 200:
            wrong[f"service-{index}"] = "Use 200 characters or fewer"
        if service.price.pence < 0:
            wrong[f"price-{index}"] = "Enter a price in pounds, zero or more"
    return wrong


def account_errors(bank_name: str, last_four: str) -> dict[str, str]:
    """What is wrong with a declared account: its bank and last four digits, never a whole number; both may be empty."""
    wrong = {}
    if re.search(r"\d(\D?\d){3}", bank_name):
        wrong["bank_name"] = "Give only the name of the bank here, without numbers"
    elif len(bank_name) > 60:
        wrong["bank_name"] = "Use 60 characters or fewer"
    if last_four and not re.fullmatch(r"[0-9]{4}", last_four):
        wrong["account_last_four"] = "Enter only the last 4 digits of the account number, like 1234"
    if bool(bank_name) != bool(last_four):
        wrong.setdefault("account_last_four" if bank_name else "bank_name", "Give both, or neither")
    return wrong


@dataclass(frozen=True, slots=True)
class Standing:
    """How somebody stands to an agreement today. `signs_as_person`: themselves, or with authority to sign for them."""

    user_id: UUID
    of_council: bool
    of_holder: bool
    signs_as_person: bool


def party_of(standing: Standing, kind: Route, drafted_by: UUID | None) -> Party | None:
    """For whom somebody may sign: one party only, and who drafted it never for another than the council."""
    if standing.of_council:
        return Party.COUNCIL
    if standing.user_id == drafted_by:
        return None
    if standing.of_holder and kind is Route.ISF:
        return Party.HOLDER
    return Party.PERSON if standing.signs_as_person else None
