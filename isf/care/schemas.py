"""What programs send and get about people's records, authorities and care."""

from datetime import date
from typing import Annotated
from uuid import UUID

import msgspec

from isf.care.circle.queries import CircleLine
from isf.care.needs.queries import AssessmentLine, NeedLine, OutcomeLine
from isf.care.rules import NeedArea
from isf.queries import AuthorityLine, DayLine
from marketplace.identity.rules import AuthorityKind, Scope

Short = Annotated[str, msgspec.Meta(max_length=200)]
Long = Annotated[str, msgspec.Meta(max_length=5000)]


class RecordIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A person's record as it is to be; `version` is the one that was read."""

    version: int
    name: Short
    preferred_name: Annotated[str, msgspec.Meta(max_length=100)] = ""
    born_on: date | None = None
    postcode: Annotated[str, msgspec.Meta(max_length=10)] = ""
    prefers_easy_read: bool = False
    user_id: UUID | None = None


class VersionOut(msgspec.Struct, frozen=True):
    """The version of a record after a change."""

    version: int


class MadeOut(msgspec.Struct, frozen=True):
    """The id of what was made."""

    id: UUID


class AuthorityIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An authority to be, for one user or one organisation; `ends_on` is the first day without.

    An authorised person needs `capacity_decided_by` and `capacity_decided_on`.
    """

    kind: AuthorityKind
    scopes: list[Scope]
    starts_on: date
    ends_on: date | None = None
    user_id: UUID | None = None
    organisation_id: UUID | None = None
    evidence: Annotated[str, msgspec.Meta(max_length=1000)] = ""
    capacity_decided_by: Short = ""
    capacity_decided_on: date | None = None


class AuthorityEndIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The first day without an authority; today or earlier bites at once."""

    ends_on: date
    because: Annotated[str, msgspec.Meta(max_length=1000)] = ""


class AuthorityOut(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody may do for a person."""

    id: UUID
    kind: AuthorityKind
    scopes: list[Scope]
    holder: str
    starts_on: date
    ends_on: date | None
    evidence: str
    evidence_file: UUID | None
    capacity_decided_by: str
    capacity_decided_on: date | None


def authority_out(line: AuthorityLine) -> AuthorityOut:
    """An authority as programs get it."""
    return AuthorityOut(**{name: getattr(line, name) for name in AuthorityOut.__struct_fields__})


class DayOut(msgspec.Struct, frozen=True, kw_only=True):
    """Who could do what on a day, as it was true then; those with `could` false were recorded only afterwards."""

    day: date
    authorities: list[DayLine]


class AssessmentIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An assessment that took place."""

    assessed_on: date
    assessor: Short
    summary: Long = ""


class NeedIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A need that an assessment found."""

    assessment_id: UUID
    area: NeedArea
    title: Short
    eligible: bool
    detail: Long = ""


class OutcomeIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the person wants, in their words."""

    words: Annotated[str, msgspec.Meta(max_length=2000)]
    need_id: UUID | None = None


class NeedsOut(msgspec.Struct, frozen=True, kw_only=True):
    """What a person needs and wants today, and the assessments behind it."""

    assessments: list[AssessmentLine]
    needs: list[NeedLine]
    outcomes: list[OutcomeLine]


class CircleIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Somebody around a person."""

    name: Short
    relationship: Annotated[str, msgspec.Meta(max_length=100)]
    phone: Annotated[str, msgspec.Meta(max_length=40)] = ""
    email: Annotated[str, msgspec.Meta(max_length=320)] = ""
    lives_with: bool = False
    next_of_kin: bool = False
    emergency_contact: bool = False
    may_be_told: bool = False
    note: Annotated[str, msgspec.Meta(max_length=2000)] = ""


class CircleOut(msgspec.Struct, frozen=True, kw_only=True):
    """The people around a person."""

    items: list[CircleLine]
