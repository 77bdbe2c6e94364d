"""Whose signature is missing: on a person's page, and over all people for the desk."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from isf.agreements.records import AGREEMENTS, Record, record_of
from isf.agreements.rules import Party, party_of
from isf.agreements.standing import standing_of
from isf.rules import fund_title
from isf.todo import Todo
from marketplace.identity.access import SCOPES_SQL, Actor, require, require_person
from marketplace.identity.rules import COUNCIL_SCOPES, Permission, Role, Scope
from marketplace.kernel import clock, db
from marketplace.kernel.routes_of_money import Route


async def todos_of(actor: Actor, person_id: UUID) -> list[Todo]:
    """The agreements about a person that the actor can sign now."""
    await require_person(actor, person_id, Scope.SEE)
    rows = await db.fetch_all(
        f"{AGREEMENTS} WHERE a.person_id = $1 AND a.state = 'offered' ORDER BY a.offered_at", person_id
    )
    found = []
    for row in rows:  # One or two at most: a person has as many funds as routes.
        record = record_of(row)
        party = party_of(await standing_of(actor, record), record.kind, record.drafted_by)
        if party is not None and party not in await _signed(record):
            title = fund_title(record.kind, record.names.holder)
            found.append(Todo(f"Read and sign the agreement: {title}", f"/agreements/{record.id}/sign"))
    return found


async def _signed(record: Record) -> Sequence[str]:
    rows = await db.fetch_all(
        "SELECT party FROM agreement_signature WHERE agreement_id = $1 AND edit = $2", record.id, record.edit
    )
    return [row["party"] for row in rows]


class WaitingAgreement(msgspec.Struct, frozen=True, kw_only=True):
    """An offered agreement that waits for the actor's own side."""

    id: UUID
    person_id: UUID
    person_name: str
    route: Route
    holder: str
    offered_at: datetime

    @property
    def title(self) -> str:
        """What people call the fund."""
        return fund_title(self.route, self.holder)


# $1 user, $2 organisation, $3 today, $4 council or null, $5 the party whose signature is missing.
_WAITING = f"""
    SELECT a.id, a.person_id, p.name AS person_name, a.kind AS route, coalesce(o.name, u.name) AS holder, a.offered_at
      FROM agreement a JOIN fund f ON f.id = a.fund_id JOIN person p ON p.id = a.person_id
      LEFT JOIN organisation o ON o.id = f.holder_organisation_id LEFT JOIN app_user u ON u.id = f.holder_user_id
     WHERE a.state = 'offered'
       AND NOT EXISTS (SELECT 1 FROM agreement_signature s
                        WHERE s.agreement_id = a.id AND s.edit = a.edit AND s.party = $5)
       AND (a.council_id = $4 OR 'see' IN ({SCOPES_SQL}))
"""  # noqa: S608


async def agreements_waiting(actor: Actor) -> list[WaitingAgreement]:
    """What waits for the actor's signature over all people, the oldest first: a broker's or care manager's list.

    Brokers get what waits for their own organisation; who drafted it may sign for the council. One statement.
    """
    require(actor, Permission.AGREEMENT_SIGN)
    council = actor.council_id if any(role in COUNCIL_SCOPES for role in actor.roles) else None
    if council is not None:
        where, party = "", Party.COUNCIL
    elif Role.BROKER in actor.roles:
        where, party = " AND f.holder_organisation_id = $2", Party.HOLDER
    else:
        where, party = " AND (a.drafted_by IS NULL OR a.drafted_by <> $1)", Party.PERSON
    rows = await db.fetch_all(
        _WAITING + where + " ORDER BY a.offered_at, a.id LIMIT 500",
        actor.user_id,
        actor.organisation_id,
        clock.today(),
        council,
        str(party),
    )
    return [msgspec.convert(row, WaitingAgreement) for row in rows]
