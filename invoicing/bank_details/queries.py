"""Reads of bank details: whole numbers only for those who need them, the last four for everybody else."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec

from invoicing.bank_details.parties import known_by_sql, knows, own_organisation, people_of
from invoicing.bank_details.rules import Account, DetailsState, Purpose, name_warning
from invoicing.invoice_document import BankDetails
from marketplace.identity.access import Actor, record_view, require
from marketplace.identity.rules import Permission
from marketplace.kernel import clock, db
from marketplace.kernel.errors import NotFound


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """One version without its whole numbers. `usable_from` is the moment from which it counts."""

    id: UUID
    organisation_id: UUID
    organisation: str
    purpose: Purpose
    account_name: str
    last_four: str
    state: DetailsState
    because: str
    proposed_by: UUID
    proposed_by_name: str
    proposed_at: datetime
    confirmed_by_name: str
    confirmed_at: datetime | None
    usable_from: datetime | None
    stopped_by_name: str
    stopped_because: str
    in_force: bool

    @property
    def standing(self) -> str:
        """Where it stands, for a tag: proposed, cooling, in_force, replaced or stopped."""
        if self.state is not DetailsState.CONFIRMED:
            return str(self.state)
        if self.usable_from is not None and self.usable_from > clock.now():
            return "cooling"
        return "in_force" if self.in_force else "replaced"

    @property
    def stoppable(self) -> bool:
        """Whether it can still be stopped."""
        return self.standing in ("proposed", "cooling")


_VERSIONS = """
    SELECT d.id, d.organisation_id, o.name AS organisation, d.purpose, d.account_name,
           right(d.account_number, 4) AS last_four, d.state, d.because, d.proposed_by, a.name AS proposed_by_name,
           d.proposed_at, coalesce(b.name, '') AS confirmed_by_name, d.confirmed_at, d.usable_from,
           coalesce(c.name, '') AS stopped_by_name, d.stopped_because,
           d.id IS NOT DISTINCT FROM bank_details_in_force(d.organisation_id, d.purpose, $2) AS in_force
      FROM bank_details d JOIN organisation o ON o.id = d.organisation_id JOIN app_user a ON a.id = d.proposed_by
      LEFT JOIN app_user b ON b.id = d.confirmed_by LEFT JOIN app_user c ON c.id = d.stopped_by
"""


async def versions(actor: Actor, purpose: Purpose) -> list[Version]:
    """Every version of the actor's own organisation, the newest first. Raises Forbidden, NotFound."""
    organisation_id = own_organisation(actor, purpose)
    rows = await db.fetch_all(
        _VERSIONS + " WHERE d.organisation_id = $1 AND d.purpose = $3 ORDER BY d.proposed_at DESC",
        organisation_id,
        clock.now(),
        str(purpose),
    )
    return [msgspec.convert(row, Version) for row in rows]


@dataclass(frozen=True, slots=True)
class Change:
    """A version with its whole numbers, for somebody who has to compare them."""

    version: Version
    account: Account
    warning: str
    own: bool
    """Whether the reader belongs to the organisation."""

    may_confirm: bool
    may_call_back: bool
    call: tuple[str, str, str]
    """The number that was called, from where it was known, and who answered; empty without a call."""

    kept_numbers: tuple[str, ...]
    """Telephone numbers that are kept here; whoever can change the account may have changed them, too."""


async def change(actor: Actor, change_id: UUID) -> Change:
    """One version, to be compared; that it was looked at is kept. Raises Forbidden, NotFound."""
    require(actor, Permission.BANK_DETAILS_MANAGE)
    row = await db.fetch_one(
        "SELECT d.*, coalesce(p.name, '') AS seller, coalesce(p.phone, '') AS phone,"
        "       coalesce(p.safeguarding_phone, '') AS other_phone"
        "  FROM bank_details d LEFT JOIN provider p ON p.organisation_id = d.organisation_id WHERE d.id = $1",
        change_id,
    )
    if row is None:
        raise NotFound
    organisation_id, purpose = row["organisation_id"], Purpose(row["purpose"])
    own = actor.organisation_id == organisation_id
    if own:
        own_organisation(actor, purpose)
    elif not await knows(actor, organisation_id, purpose):
        raise NotFound
    told = await db.fetch_one(_VERSIONS + " WHERE d.id = $1", change_id, clock.now())
    version = msgspec.convert(told, Version)
    people = await people_of(organisation_id, purpose)
    alone = all(person["id"] == version.proposed_by for person in people)
    waits = version.state is DetailsState.PROPOSED
    await record_view(actor, "bank_details", change_id)
    return Change(
        version=version,
        account=Account(row["account_name"], row["sort_code"], row["account_number"], row["roll_number"]),
        warning=name_warning(row["account_name"], [row["seller"], version.organisation]),
        own=own,
        may_confirm=own and waits and version.proposed_by != actor.user_id,
        may_call_back=not own and waits and alone,
        call=(row["called_number"], row["number_known_from"], row["spoke_to"]),
        kept_numbers=tuple(number for number in (row["phone"], row["other_phone"]) if number),
    )


async def waiting(actor: Actor) -> list[Version]:
    """Changes of others that the actor's organisation may have to call back about, or can still stop."""
    require(actor, Permission.BANK_DETAILS_MANAGE)
    found = []
    for purpose in Purpose:
        # Correlated: the organisation of each version takes the place of the parameter.
        known = known_by_sql(purpose).replace("$1", "d.organisation_id")
        rows = await db.fetch_all(
            f"{_VERSIONS} WHERE d.organisation_id <> $1 AND d.purpose = $3 AND d.state <> 'stopped'"  # noqa: S608 - ours
            f" AND (d.usable_from IS NULL OR d.usable_from > $2) AND $1 IN (SELECT k.id FROM ({known}) k)"
            " ORDER BY d.state DESC, d.proposed_at",
            actor.organisation_id,
            clock.now(),
            str(purpose),
        )
        found += [msgspec.convert(row, Version) for row in rows]
    return found


async def to_print(provider_id: UUID) -> BankDetails | None:
    """The account that a provider's invoice prints when it is issued: the one in force now, or none."""
    row = await db.fetch_one(
        "SELECT d.account_name, d.sort_code, d.account_number FROM provider p"
        "  JOIN bank_details d ON d.id = bank_details_in_force(p.organisation_id, 'into', $2) WHERE p.id = $1",
        provider_id,
        clock.now(),
    )
    if row is None:
        return None
    account = Account(row["account_name"], row["sort_code"], row["account_number"])
    return BankDetails(account.name, account.sort_code_words, account.number)
