"""Reads about agreements: of a person, one with its signatures, which is in force, which wait."""

from datetime import date, datetime
from uuid import UUID

import msgspec

from isf.agreements.records import Record, find
from isf.agreements.rules import OPEN, PARTIES, AgreementState, Party, party_of
from isf.agreements.standing import standing_of
from isf.agreements.wording import fingerprint
from isf.rules import FundState, fund_title, last_day
from marketplace.identity.access import Actor, record_view, require, require_person
from marketplace.identity.rules import Permission, Scope
from marketplace.kernel import clock, db
from marketplace.kernel.errors import NotFound
from marketplace.kernel.routes_of_money import Route


class AgreementLine(msgspec.Struct, frozen=True, kw_only=True):
    """One version in a list; `ends_on` is the first day without it."""

    id: UUID
    fund_id: UUID
    version: int
    state: AgreementState
    starts_on: date
    ends_on: date | None
    signed: list[Party]
    waits_for: list[Party]

    @property
    def last_day(self) -> date | None:
        """Its last day, if there is one."""
        return last_day(self.ends_on) if self.ends_on else None


class FundAgreements(msgspec.Struct, frozen=True, kw_only=True):
    """A fund with its agreements, the newest first."""

    fund_id: UUID
    route: Route
    holder: str
    open: bool
    unpaid: bool
    """The council pays nothing in now, because nothing that everybody signed is in force."""

    agreements: list[AgreementLine]

    @property
    def title(self) -> str:
        """What people call the fund."""
        return fund_title(self.route, self.holder)

    @property
    def can_have_next(self) -> bool:
        """Whether another version can be written: the fund is open and none is on its way."""
        return self.open and self.route in PARTIES and not any(line.state in OPEN for line in self.agreements)


class Signature(msgspec.Struct, frozen=True, kw_only=True):
    """Who signed what, when; `counts` when it is on the terms as they stand."""

    id: UUID
    party: Party
    name: str
    role: str
    words: str
    sha256: str
    shown_as: str
    acknowledged: bool
    signed_at: datetime
    edit: int
    counts: bool


class AgreementView(msgspec.Struct, frozen=True, kw_only=True):
    """An agreement as one actor sees it. `may_sign_for` is the party they would sign for now, if any."""

    record: Record
    signatures: list[Signature]
    may_sign_for: Party | None
    signs_as_person: bool
    manages: bool

    @property
    def full_sha256(self) -> str:
        """What a signature on the full words refers to."""
        return fingerprint(self.record.document.full_words)

    @property
    def easy_sha256(self) -> str:
        """What a signature on the Easy Read words refers to."""
        return fingerprint(self.record.document.easy_words)

    @property
    def waits_for(self) -> list[Party]:
        """Who has still to sign an offered agreement."""
        signed = {signature.party for signature in self.signatures if signature.counts}
        offered = self.record.state is AgreementState.OFFERED
        return [party for party in self.record.parties if offered and party not in signed]


_LINES = """
    SELECT f.id AS fund_id, f.route, coalesce(o.name, u.name) AS holder, f.state = 'open' AS open,
           f.state = 'open' AND waits_for_agreement(f.id, $2) AS unpaid, a.id, a.version,
           a.state, a.starts_on, a.ends_on,
           ARRAY(SELECT s.party FROM agreement_signature s
                  WHERE s.agreement_id = a.id AND s.edit = a.edit)::text[] AS signed
      FROM fund f LEFT JOIN organisation o ON o.id = f.holder_organisation_id
      LEFT JOIN app_user u ON u.id = f.holder_user_id LEFT JOIN agreement a ON a.fund_id = f.id
"""


async def agreements_of(actor: Actor, person_id: UUID) -> list[FundAgreements]:
    """A person's funds with their agreements; one statement. Raises NotFound when they are not the actor's to see."""
    await require_person(actor, person_id, Scope.SEE)
    rows = await db.fetch_all(
        f"{_LINES} WHERE f.person_id = $1"
        " ORDER BY f.state = 'open' DESC, f.starts_on DESC, f.route, f.id, a.version DESC",
        person_id,
        clock.today(),
    )
    funds: dict[UUID, FundAgreements] = {}
    for row in rows:
        fund = funds.setdefault(
            row["fund_id"],
            FundAgreements(
                fund_id=row["fund_id"],
                route=Route(row["route"]),
                holder=row["holder"],
                open=row["open"],
                unpaid=row["unpaid"],
                agreements=[],
            ),
        )
        if row["id"] is not None and (row["state"] != AgreementState.DRAFT or actor.council_id is not None):
            fund.agreements.append(_line(row))
    return list(funds.values())


def _line(row: db.Row) -> AgreementLine:
    signed = [party for party in Party if party in row["signed"]]
    state = AgreementState(row["state"])
    waits = PARTIES[Route(row["route"])] if state is AgreementState.OFFERED else ()
    return AgreementLine(
        id=row["id"],
        fund_id=row["fund_id"],
        version=row["version"],
        state=state,
        starts_on=row["starts_on"],
        ends_on=row["ends_on"],
        signed=signed,
        waits_for=[party for party in waits if party not in signed],
    )


async def agreement(actor: Actor, agreement_id: UUID) -> AgreementView:
    """One agreement with its signatures; the view is audited. Raises NotFound. Drafts are only the council's to see."""
    record = await find(agreement_id)
    await require_person(actor, record.person_id, Scope.SEE)
    if record.state is AgreementState.DRAFT and actor.council_id is None:
        raise NotFound
    manages = Permission.AGREEMENT_MANAGE in actor.permissions and actor.council_id == record.council_id
    standing = await standing_of(actor, record)
    rows = await db.fetch_all(
        "SELECT id, party, name, role, words, sha256, shown_as, acknowledged, signed_at, edit, edit = $2 AS counts"
        "  FROM agreement_signature WHERE agreement_id = $1 ORDER BY signed_at, party",
        agreement_id,
        record.edit,
    )
    signatures = [msgspec.convert(row, Signature) for row in rows]
    party = party_of(standing, record.kind, record.drafted_by)
    signed = {signature.party for signature in signatures if signature.counts}
    can = record.state is AgreementState.OFFERED and party is not None and party not in signed
    await record_view(actor, "agreement", agreement_id)
    return AgreementView(
        record=record,
        signatures=signatures,
        may_sign_for=party if can else None,
        signs_as_person=standing.signs_as_person,
        manages=manages,
    )


class SignedAgreement(msgspec.Struct, frozen=True, kw_only=True):
    """The agreement of a fund that is in force on a day, in figures."""

    id: UUID
    fund_id: UUID
    kind: Route
    version: int
    payment_weeks: int
    surplus_times: int
    surplus_weeks: int
    notice_days: int
    sells_too: bool
    starts_on: date
    ends_on: date | None


async def signed_agreement(fund_id: UUID, on: date) -> SignedAgreement | None:
    """What everybody signed about a fund and is in force on a day; None where there is nothing.

    For commands and queries that have asked whether the actor may. Payments into funds take their weeks from it, and
    wait for it where the council has it so (`waits_for_agreement` in the database).
    """
    row = await db.fetch_one(
        "SELECT id, fund_id, kind, version, payment_weeks, surplus_times, surplus_weeks, notice_days, sells_too,"
        " starts_on, ends_on FROM agreement WHERE fund_id = $1 AND signed_at IS NOT NULL AND starts_on <= $2"
        " AND (ends_on IS NULL OR ends_on > $2)",
        fund_id,
        on,
    )
    return None if row is None else msgspec.convert(row, SignedAgreement)


async def suggested_services(actor: Actor, fund_id: UUID) -> list[tuple[str, int]]:
    """What the holder of an ISF offers on Fairday itself, with today's price in pence: for the disclosure (row I3)."""
    require(actor, Permission.AGREEMENT_MANAGE)
    rows = await db.fetch_all(
        "SELECT t.title, rate_price_each(r.price_pence, r.unit, r.minimum_pence, r.split, r.ratio, 60) AS price_pence,"
        " r.unit FROM fund f JOIN provider p ON p.organisation_id = f.holder_organisation_id"
        "  JOIN activity t ON t.provider_id = p.id AND t.state = 'published'"
        "  JOIN LATERAL rate_on(t.id, t.support_ratio, $2) r ON true"
        " WHERE f.id = $1 AND f.council_id = $3 AND f.route = 'isf' ORDER BY t.title LIMIT 6",
        fund_id,
        clock.today(),
        actor.council_id,
    )
    return [
        (row["title"] + (", an hour" if row["unit"] == "hour" else ""), row["price_pence"]) for row in rows
    ]


async def fund_for_agreement(actor: Actor, fund_id: UUID) -> db.Row:
    """What the form for a new agreement says about its fund. Needs AGREEMENT_MANAGE in its council. Raises NotFound."""
    require(actor, Permission.AGREEMENT_MANAGE)
    row = await db.fetch_one(
        "SELECT f.id, f.person_id, f.route, f.starts_on, f.ends_on, f.state = $3 AS open, p.name AS person_name,"
        "       coalesce(nullif(p.preferred_name, ''), p.name) AS called, coalesce(o.name, u.name) AS holder"
        "  FROM fund f JOIN person p ON p.id = f.person_id"
        "  LEFT JOIN organisation o ON o.id = f.holder_organisation_id LEFT JOIN app_user u ON u.id = f.holder_user_id"
        " WHERE f.id = $1 AND f.council_id = $2",
        fund_id,
        actor.council_id,
        str(FundState.OPEN),
    )
    if row is None:
        raise NotFound
    return row
