"""Who may have a say about an organisation's bank details, and who is told of a change."""

from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from invoicing.bank_details.rules import Purpose
from isf.parameters import Parameter
from isf.parameters.queries import usual_or_set
from marketplace.identity.access import Actor, require
from marketplace.identity.rules import Permission, Role
from marketplace.kernel import clock, db
from marketplace.kernel.errors import NotFound

_ROLES = {
    Purpose.INTO: (Role.PROVIDER_MANAGER,),
    Purpose.FROM: (Role.BROKER, Role.FINANCE_OFFICER),
}

# Whoever has a standing with the organisation and so knew it before: a council that approved the seller or pays its
# invoices, a holder that pays them; for a holder's own account the councils whose money it holds. $1 organisation.
_KNOWN_BY = {
    Purpose.INTO: """
        SELECT c.council_id AS id FROM commission c JOIN provider p ON p.id = c.provider_id
         WHERE p.organisation_id = $1 AND c.state = 'approved'
         UNION SELECT i.payer_organisation_id FROM invoice i JOIN provider p ON p.id = i.provider_id
         WHERE p.organisation_id = $1 AND i.payer_organisation_id IS NOT NULL
    """,
    Purpose.FROM: "SELECT f.council_id AS id FROM fund f WHERE f.holder_organisation_id = $1 AND f.council_id <> $1",
}

_PEOPLE = """
    SELECT DISTINCT u.id, u.email FROM role_grant g JOIN app_user u ON u.id = g.user_id
     WHERE g.organisation_id = $1 AND g.role = ANY ($2::text[]) AND u.active
       AND g.starts_on <= $3 AND (g.ends_on IS NULL OR g.ends_on > $3)
"""


def own_organisation(actor: Actor, purpose: Purpose) -> UUID:
    """The organisation whose account of this kind the actor looks after. Raises Forbidden, NotFound."""
    require(actor, Permission.BANK_DETAILS_MANAGE)
    if actor.organisation_id is None or not set(_ROLES[purpose]) & actor.roles:
        raise NotFound
    return actor.organisation_id


def purposes_of(actor: Actor) -> list[Purpose]:
    """The kinds of account that the actor's organisation has."""
    return [each for each in Purpose if actor.organisation_id and set(_ROLES[each]) & actor.roles]


async def people_of(organisation_id: UUID, purpose: Purpose) -> list[db.Row]:
    """The organisation's own people who can propose and confirm its account."""
    roles = [str(role) for role in _ROLES[purpose]]
    return await db.fetch_all(_PEOPLE, organisation_id, roles, clock.today())


async def knows(actor: Actor, organisation_id: UUID, purpose: Purpose) -> bool:
    """Whether the actor is the finance of somebody who knew the organisation before: a payer, or its council."""
    if actor.organisation_id in (None, organisation_id) or not set(_ROLES[Purpose.FROM]) & actor.roles:
        return False
    return bool(
        await db.fetch_value(
            f"SELECT EXISTS (SELECT 1 FROM ({_KNOWN_BY[purpose]}) k WHERE k.id = $2)",
            organisation_id,
            actor.organisation_id,
        )
    )


def known_by_sql(purpose: Purpose) -> str:
    """SQL: the ids of the organisations that knew organisation $1 before."""
    return _KNOWN_BY[purpose]


async def cooling_off(organisation_id: UUID, purpose: Purpose) -> timedelta:
    """How long a confirmed change waits: the longest that any council concerned has set.

    What a payer pays from waits for nothing: its own second person confirms it, and no money can be led astray by it.
    """
    if purpose is Purpose.FROM:
        return timedelta(0)
    rows = await db.fetch_all(
        f"SELECT k.id FROM ({_KNOWN_BY[purpose]}) k JOIN council c ON c.id = k.id", organisation_id
    )
    days = await usual_or_set(
        Parameter.BANK_DETAILS_COOLING_DAYS, [row["id"] for row in rows] or [organisation_id], clock.today()
    )
    return timedelta(days=max(days.values()))


async def contacts_now(organisation_id: UUID, purpose: Purpose) -> list[str]:
    """Every address of the organisation today, in a fixed order."""
    row = await db.fetch_one(
        "SELECT o.email, coalesce(p.email, '') AS seller FROM organisation o"
        " LEFT JOIN provider p ON p.organisation_id = o.id WHERE o.id = $1",
        organisation_id,
    )
    assert row is not None  # noqa: S101 - the organisation is the actor's, or has a version
    people = [person["email"] for person in await people_of(organisation_id, purpose)]
    return _each_once([row["email"], row["seller"], *people])


async def contacts_before(organisation_id: UUID, purpose: Purpose) -> list[str]:
    """The addresses that were the organisation's when earlier versions were proposed."""
    rows = await db.fetch_all(
        "SELECT contacts FROM bank_details WHERE organisation_id = $1 AND purpose = $2 "
        " ORDER BY proposed_at DESC LIMIT 5",
        organisation_id,
        str(purpose),
    )
    return _each_once(address for row in rows for address in row["contacts"])


async def finance_of_those_who_know(organisation_id: UUID, purpose: Purpose) -> list[str]:
    """The addresses of the payers or councils that could call the organisation back."""
    rows = await db.fetch_all(
        f"SELECT DISTINCT o.email FROM ({_KNOWN_BY[purpose]}) k JOIN organisation o ON o.id = k.id"
        " WHERE o.email <> '' AND o.id <> $1 ORDER BY 1",
        organisation_id,
    )
    return [row["email"] for row in rows]


def _each_once(addresses: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(address for address in addresses if address))
