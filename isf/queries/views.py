"""Who looked at a person's record, for the council's monitoring officers (`rules.md` 27)."""

from datetime import datetime
from uuid import UUID

import msgspec

from marketplace.identity.access import Actor, require, require_person
from marketplace.identity.rules import Permission, Scope
from marketplace.kernel import db
from marketplace.kernel.errors import NotFound

VIEWS_PAGE = 50

_OF_WHAT = {
    "person": "The record",
    "fund": "A fund",
    "stored_file": "A file",
    "booking": "A booking",
    "support_plan": "The support plan",
    "agreement": "An agreement",
    "statement": "A statement",
    "carer": "A carer’s record",
}


class ViewLine(msgspec.Struct, frozen=True, kw_only=True):
    """One look at a record."""

    at: datetime
    who: str
    organisation: str
    subject: str
    subject_id: UUID

    @property
    def what(self) -> str:
        """What was looked at, in words."""
        return _OF_WHAT.get(self.subject, self.subject.replace("_", " ").capitalize())


class Views(msgspec.Struct, frozen=True, kw_only=True):
    """A page of looks, the newest first."""

    items: list[ViewLine]
    page: int
    page_size: int
    total: int


# Everything of the person that has a key of its own: the audit keeps ids and not names.
_SUBJECTS = """
    SELECT $1::uuid AS id UNION ALL SELECT id FROM fund WHERE person_id = $1
    UNION ALL SELECT id FROM stored_file WHERE person_id = $1 UNION ALL SELECT id FROM booking WHERE person_id = $1
"""
_VIEWS = f"""
    SELECT r.at, coalesce(u.name, 'Nobody by name') AS who, coalesce(o.name, '') AS organisation,
           r.subject_type AS subject, r.subject_id, count(*) OVER () AS total
      FROM audit_record r LEFT JOIN app_user u ON u.id = r.actor_user
      LEFT JOIN organisation o ON o.id = r.actor_organisation
     WHERE r.subject_id IN ({_SUBJECTS}) AND r.action LIKE '%.viewed'
     ORDER BY r.at DESC, r.id DESC LIMIT $2 OFFSET $3
"""  # noqa: S608


async def views_of(actor: Actor, person_id: UUID, page: int = 1) -> Views:
    """Who looked at what of a person's, when. Needs VIEWS_SEE in the person's own council. Raises NotFound."""
    require(actor, Permission.VIEWS_SEE)
    await require_person(actor, person_id, Scope.SEE)
    own = await db.fetch_value("SELECT council_id FROM person WHERE id = $1", person_id)
    if own != actor.council_id:
        raise NotFound
    rows = await db.fetch_all(_VIEWS, person_id, VIEWS_PAGE, (page - 1) * VIEWS_PAGE)
    return Views(
        items=[
            msgspec.convert({name: row[name] for name in ViewLine.__struct_fields__}, ViewLine)
            for row in rows
        ],
        page=page,
        page_size=VIEWS_PAGE,
        total=rows[0]["total"] if rows else 0,
    )
