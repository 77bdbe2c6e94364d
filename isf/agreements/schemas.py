"""What programs get and send about agreements and the end of funds."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import msgspec

from isf.agreements.exits.queries import EndingFund
from isf.agreements.exits.rules import ExitDraft, ExitReason, ExitState
from isf.agreements.queries import AgreementView
from isf.agreements.rules import AgreementState, FeeKind, Party
from isf.rules import first_day_after
from marketplace.kernel.routes_of_money import Route


class SignatureOut(msgspec.Struct, frozen=True, kw_only=True):
    """Who signed, when, and the SHA-256 of the words that were shown."""

    party: Party
    name: str
    role: str
    sha256: str
    signed_at: datetime
    counts: bool


class AgreementOut(msgspec.Struct, frozen=True, kw_only=True):
    """An agreement; `shown` is what a signature on `words` has to name. `ends_on` is the first day without it."""

    id: UUID
    fund_id: UUID
    person_id: UUID
    kind: Route
    version: int
    state: AgreementState
    edit: int
    starts_on: date
    ends_on: date | None
    fee_kind: FeeKind
    fee_basis_points: int
    fee_pence: int
    fee_vat_basis_points: int
    payment_weeks: int
    surplus_times: int
    surplus_weeks: int
    notice_days: int
    services: list[str]
    words: str
    shown: str
    signatures: list[SignatureOut]
    waits_for: list[Party]


def agreement_out(view: AgreementView) -> AgreementOut:
    """An agreement as programs get it."""
    record, terms = view.record, view.record.terms
    return AgreementOut(
        id=record.id,
        fund_id=record.fund_id,
        person_id=record.person_id,
        kind=record.kind,
        version=record.version,
        state=record.state,
        edit=record.edit,
        starts_on=terms.starts_on,
        ends_on=terms.ends_on,
        fee_kind=terms.fee.kind,
        fee_basis_points=terms.fee.basis_points,
        fee_pence=terms.fee.amount.pence,
        fee_vat_basis_points=terms.fee.vat_basis_points,
        payment_weeks=terms.payment_weeks,
        surplus_times=terms.surplus_times,
        surplus_weeks=terms.surplus_weeks,
        notice_days=terms.notice_days,
        services=[f"{service.what}: {service.price}" for service in terms.services],
        words=record.document.full_words,
        shown=view.full_sha256,
        signatures=[
            SignatureOut(
                party=each.party,
                name=each.name,
                role=each.role,
                sha256=each.sha256,
                signed_at=each.signed_at,
                counts=each.counts,
            )
            for each in view.signatures
        ],
        waits_for=view.waits_for,
    )


class SignIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A signature on the words with this SHA-256. `acknowledged`: what the holder sells itself was seen."""

    shown: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
    acknowledged: bool = False


class SignedOut(msgspec.Struct, frozen=True, kw_only=True):
    """The signature."""

    signature_id: UUID


class ExitIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The end of a fund: its last day, why, and which fund of the person gets what is left (none: the council)."""

    last_day: date
    reason: ExitReason
    because: Annotated[str, msgspec.Meta(min_length=1, max_length=1000)]
    to_fund_id: UUID | None = None
    shorter_because: Annotated[str, msgspec.Meta(max_length=1000)] = ""

    def draft(self) -> ExitDraft:
        """The same as the command takes it."""
        return ExitDraft(
            first_day_after(self.last_day), self.reason, self.because, self.to_fund_id, self.shorter_because
        )


class ExitOut(msgspec.Struct, frozen=True, kw_only=True):
    """How the end of a fund stands, in pence; `state` is null where none is announced."""

    fund_id: UUID
    state: ExitState | None
    last_day: date
    to_fund_id: UUID | None
    in_the_way: list[str]
    top_up_back_pence: int
    contribution_back_pence: int
    early_pence: int
    left_pence: int
    final_statement_id: UUID | None


def exit_out(fund: EndingFund) -> ExitOut:
    """The end of a fund as programs get it."""
    ending = fund.exit
    return ExitOut(
        fund_id=fund.id,
        state=ending.state if ending else None,
        last_day=ending.last_day if ending else fund.last_day,
        to_fund_id=ending.to_fund_id if ending else None,
        in_the_way=fund.in_the_way,
        top_up_back_pence=ending.top_up_back_pence if ending else 0,
        contribution_back_pence=ending.contribution_back_pence if ending else 0,
        early_pence=ending.early_pence if ending else 0,
        left_pence=ending.left_pence if ending else 0,
        final_statement_id=ending.final_statement_id if ending else None,
    )
