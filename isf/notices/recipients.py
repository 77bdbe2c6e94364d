"""Who is told something, and in which way: one statement for any number of people."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from isf.notices.rules import Notice, Print, ToPerson, Way, print_for
from marketplace.identity.rules import GRANTS, Permission
from marketplace.kernel import clock, db


@dataclass(frozen=True, slots=True)
class ToProvider:
    """A notice for a provider; `about` is the person whom it concerns, `note` how to communicate with them."""

    provider_id: UUID
    notice: Notice
    about: UUID | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Recipient:
    """One who is told: their address, the way they like, and how a letter to them is printed."""

    notice: Notice
    person_id: UUID | None
    user_id: UUID | None
    organisation_id: UUID | None
    name: str
    address: str
    way: Way
    print: Print = Print.STANDARD
    easy: bool = False
    note: str = ""


# $1 numbers, $2 people, $3 who spoke for them, $4 the scope that is told too, $5 an organisation that knows, $6 today.
# The person first, then who spoke for them, then those who act for them: each once.
_SIDES = """
    WITH told AS (
        SELECT * FROM unnest($1::int[], $2::uuid[], $3::uuid[], $4::text[], $5::uuid[])
                      AS t(number, person_id, spoken_by, scope, but_not)),
    side AS (
        SELECT t.number, t.person_id, p.user_id, NULL::uuid AS organisation_id, true AS own, 0 AS place
          FROM told t JOIN person p ON p.id = t.person_id
         -- Nothing is written to somebody who has died; whoever acts for them is told.
         WHERE NOT EXISTS (SELECT 1 FROM person_end e WHERE e.person_id = t.person_id AND e.kind = 'died')
        UNION ALL
        SELECT number, person_id, spoken_by, NULL, false, 1 FROM told WHERE spoken_by IS NOT NULL
        UNION ALL
        SELECT t.number, t.person_id, a.user_id, CASE WHEN a.user_id IS NULL THEN a.organisation_id END, false, 2
          FROM told t JOIN authority a ON a.person_id = t.person_id AND t.scope = ANY (a.scopes)
         WHERE a.kind NOT IN ('self', 'care_manager', 'council') AND a.starts_on <= $6
           AND (a.ends_on IS NULL OR a.ends_on > $6)
           AND (t.but_not IS NULL OR a.organisation_id IS DISTINCT FROM t.but_not))
    SELECT DISTINCT ON (s.number, coalesce(s.user_id, s.organisation_id, s.person_id))
           s.number, s.person_id, CASE WHEN u.active THEN s.user_id END AS user_id, s.organisation_id, s.own,
           coalesce(CASE WHEN u.active THEN u.email END, o.email, '') AS email,
           CASE WHEN s.own THEN p.name ELSE coalesce(u.name, o.name, '') END AS name,
           coalesce(c.way, 'mail') AS way, coalesce(c.print, '') AS print, coalesce(c.address, '') AS address,
           p.prefers_easy_read, p.communication_needs
      FROM side s JOIN person p ON p.id = s.person_id
      LEFT JOIN app_user u ON u.id = s.user_id
      LEFT JOIN organisation o ON o.id = s.organisation_id
      LEFT JOIN notice_preference c ON c.person_id = CASE WHEN s.own THEN s.person_id END
             OR c.user_id = CASE WHEN NOT s.own THEN s.user_id END
             OR c.organisation_id = CASE WHEN NOT s.own THEN s.organisation_id END
     ORDER BY s.number, coalesce(s.user_id, s.organisation_id, s.person_id), s.place
"""


async def of_people(told: Sequence[ToPerson]) -> list[Recipient]:
    """Those who are told of people's affairs; without a way to reach them, nobody is."""
    if not told:
        return []
    rows = await db.fetch_all(
        _SIDES,
        list(range(len(told))),
        [each.person_id for each in told],
        [each.spoken_by for each in told],
        [str(each.notice.kind.scope or "") for each in told],
        [each.but_not for each in told],
        clock.today(),
    )
    found: dict[tuple[int, str], Recipient] = {}
    for row in rows:
        recipient = _recipient(told[row["number"]].notice, row)
        if recipient.address or recipient.way is Way.NONE:
            found.setdefault((row["number"], recipient.address or str(row["user_id"])), recipient)
    return list(found.values())


def _recipient(notice: Notice, row: db.Row) -> Recipient:
    way = Way(row["way"])
    easy = row["own"] and row["prefers_easy_read"]
    letters = (
        Print(row["print"]) if row["print"] else print_for(row["communication_needs"], prefers_easy_read=easy)
    )
    address = {Way.MAIL: row["email"], Way.LETTER: row["address"], Way.NONE: ""}[way]
    return Recipient(
        notice,
        row["person_id"],
        row["user_id"],
        row["organisation_id"],
        row["name"],
        address,
        way,
        letters,
        easy,
    )


async def of_providers(told: Sequence[ToProvider]) -> list[Recipient]:
    """Providers at the address of their organisation, unless they asked for no messages."""
    if not told:
        return []
    rows = await db.fetch_all(
        "SELECT pr.id, o.id AS organisation_id, o.name, o.email, coalesce(c.way, 'mail') AS way"
        "  FROM provider pr JOIN organisation o ON o.id = pr.organisation_id"
        "  LEFT JOIN notice_preference c ON c.organisation_id = o.id WHERE pr.id = ANY ($1)",
        [each.provider_id for each in told],
    )
    known = {row["id"]: row for row in rows}
    return [
        Recipient(
            each.notice, each.about, None, row["organisation_id"], row["name"],
            row["email"] if row["way"] == Way.MAIL else "", Way(row["way"]), note=each.note,
        )
        for each in told
        if (row := known.get(each.provider_id)) and (row["email"] or row["way"] == Way.NONE)
    ]  # fmt: skip


async def of_council(
    council_id: UUID, permission: Permission, notice: Notice, about: UUID | None
) -> list[Recipient]:
    """A council at its address; where it has none, those of its staff whose roles hold the permission."""
    roles = [str(role) for role, held in GRANTS.items() if permission in held]
    rows = await db.fetch_all(
        "SELECT id AS organisation_id, NULL::uuid AS user_id, name, email FROM organisation"
        " WHERE id = $1 AND email <> ''"
        " UNION ALL"
        " SELECT NULL, u.id, u.name, u.email FROM app_user u"
        "  WHERE u.active AND EXISTS (SELECT 1 FROM role_grant g WHERE g.user_id = u.id AND g.organisation_id = $1"
        "        AND g.role = ANY ($2) AND g.starts_on <= $3 AND (g.ends_on IS NULL OR g.ends_on > $3))"
        "    AND NOT EXISTS (SELECT 1 FROM organisation WHERE id = $1 AND email <> '')",
        council_id,
        roles,
        clock.today(),
    )
    return [
        Recipient(notice, about, row["user_id"], row["organisation_id"], row["name"], row["email"], Way.MAIL)
        for row in rows
    ]
