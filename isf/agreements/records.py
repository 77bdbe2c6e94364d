"""An agreement as it is stored, read in one way by commands and queries. Who may see it is asked by those."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec

from isf.agreements.easy_wording import Names
from isf.agreements.rules import PARTIES, AgreementState, Fee, FeeKind, Party, Service, Terms
from isf.agreements.wording import Document, document_of
from marketplace.kernel import db
from marketplace.kernel.errors import NotFound
from marketplace.kernel.money import Money
from marketplace.kernel.routes_of_money import Route

# Who holds an ISF is an organisation; who holds a direct payment is a user.
AGREEMENTS = """
    SELECT a.id, a.fund_id, a.person_id, a.council_id, a.kind, a.version, a.state, a.edit, a.fee_kind,
           a.fee_basis_points, a.fee_pence, a.fee_vat_basis_points, a.payment_weeks, a.surplus_times, a.surplus_weeks,
           a.notice_days, a.services, a.exit_words, a.bank_name, a.account_last_four, a.document, a.starts_on,
           a.ends_on, a.drafted_by, a.offered_at, a.signed_at, f.holder_organisation_id, f.holder_user_id,
           p.name AS person_name, coalesce(nullif(p.preferred_name, ''), p.name) AS called, c.name AS council_name,
           coalesce(o.name, u.name) AS holder_name, f.ends_on AS fund_ends_on, f.state AS fund_state
      FROM agreement a JOIN fund f ON f.id = a.fund_id JOIN person p ON p.id = a.person_id
      JOIN organisation c ON c.id = a.council_id
      LEFT JOIN organisation o ON o.id = f.holder_organisation_id LEFT JOIN app_user u ON u.id = f.holder_user_id
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One version of an agreement. `document` is as frozen when it was offered, or as it would be now."""

    id: UUID
    fund_id: UUID
    person_id: UUID
    council_id: UUID
    kind: Route
    version: int
    state: AgreementState
    edit: int
    terms: Terms
    names: Names
    document: Document
    drafted_by: UUID | None
    holder_organisation_id: UUID | None
    holder_user_id: UUID | None
    offered_at: datetime | None
    signed_at: datetime | None
    fund_ends_on: date

    @property
    def parties(self) -> tuple[Party, ...]:
        """Who has to sign."""
        return PARTIES[self.kind]

    def called(self, party: Party) -> str:
        """What a party is called."""
        return {
            Party.PERSON: self.names.person,
            Party.COUNCIL: self.names.council,
            Party.HOLDER: self.names.holder,
        }[party]


def services_json(services: tuple[Service, ...]) -> str:
    """Services as they are stored."""
    told = [{"what": service.what.strip(), "price_pence": service.price.pence} for service in services]
    return msgspec.json.encode(told).decode()


def _services(stored: str) -> tuple[Service, ...]:
    return tuple(Service(row["what"], Money(row["price_pence"])) for row in msgspec.json.decode(stored))


def terms_of(row: Mapping[str, Any]) -> Terms:
    """The terms in a row of `agreement`."""
    return Terms(
        starts_on=row["starts_on"],
        ends_on=row["ends_on"],
        fee=fee_of(row),
        payment_weeks=row["payment_weeks"],
        surplus_times=row["surplus_times"],
        surplus_weeks=row["surplus_weeks"],
        notice_days=row["notice_days"],
        services=_services(row["services"]),
        exit_words=row["exit_words"],
        bank_name=row["bank_name"],
        account_last_four=row["account_last_four"],
    )


def fee_of(row: Mapping[str, Any]) -> Fee:
    """The fee in a row of `agreement`."""
    return Fee(
        FeeKind(row["fee_kind"]),
        row["fee_basis_points"],
        Money(row["fee_pence"]),
        row["fee_vat_basis_points"],
    )


def record_of(row: Mapping[str, Any]) -> Record:
    """The record in a row of AGREEMENTS."""
    terms, kind = terms_of(row), Route(row["kind"])
    names = Names(row["person_name"], row["called"], row["council_name"], row["holder_name"])
    document = (
        document_of(terms, kind, names, row["version"])
        if row["document"] is None
        else msgspec.json.decode(row["document"], type=Document)
    )
    return Record(
        id=row["id"],
        fund_id=row["fund_id"],
        person_id=row["person_id"],
        council_id=row["council_id"],
        kind=kind,
        version=row["version"],
        state=AgreementState(row["state"]),
        edit=row["edit"],
        terms=terms,
        names=names,
        document=document,
        drafted_by=row["drafted_by"],
        holder_organisation_id=row["holder_organisation_id"],
        holder_user_id=row["holder_user_id"],
        offered_at=row["offered_at"],
        signed_at=row["signed_at"],
        fund_ends_on=row["fund_ends_on"],
    )


async def find(agreement_id: UUID) -> Record:
    """One agreement. Raises NotFound."""
    row = await db.fetch_one(f"{AGREEMENTS} WHERE a.id = $1", agreement_id)
    if row is None:
        raise NotFound
    return record_of(row)


async def find_locked(agreement_id: UUID) -> Record:
    """One agreement, its row locked until the unit of work ends. Raises NotFound."""
    row = await db.fetch_one(f"{AGREEMENTS} WHERE a.id = $1 FOR NO KEY UPDATE OF a", agreement_id)
    if row is None:
        raise NotFound
    return record_of(row)
