"""Proofs of sellers for programs: the same commands and queries as the pages."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from litestar import get, post
from litestar.datastructures import UploadFile
from litestar.enums import RequestEncodingType
from litestar.params import Body
from msgspec import Struct

from marketplace.identity.access import Actor
from marketplace.identity.rules import Permission
from marketplace.kernel import db, files
from marketplace.kernel.forms import Form
from providers.accreditation.commands import Verdict, decide_accreditation, require_kind, send_accreditation
from providers.accreditation.queries import (
    accreditation_of,
    accreditations_to_decide,
    own_accreditations,
    requirements_of,
)
from providers.accreditation.rules import Draft, Kind

MANAGE = {"permission": Permission.OFFER_MANAGE}
DECIDE = {"permission": Permission.COMMISSION_DECIDE}


class AccreditationOut(Struct):
    """A proof; `expires_on` is the first day without it, and null where it has no end."""

    id: UUID
    provider_id: UUID
    provider_name: str
    kind: Kind
    reference: str
    valid_from: date
    expires_on: date | None
    state: str
    reason: str
    file_id: UUID | None
    sent_at: datetime

    @classmethod
    def of(cls, row: db.Row) -> "AccreditationOut":
        """A proof as it was read."""
        return cls(
            **{name: row[name] for name in cls.__struct_fields__ if name != "kind"}, kind=Kind(row["kind"])
        )


class VerdictIn(Struct, forbid_unknown_fields=True):
    """What a council says to a proof; a refusal needs `reason`."""

    verdict: Verdict
    reason: str = ""


class RequirementIn(Struct, forbid_unknown_fields=True):
    """A kind of proof that the council requires from a day on: today or later."""

    kind: Kind
    starts_on: date


class RequirementOut(Struct):
    """A kind of proof that the council requires."""

    id: UUID
    kind: Kind
    starts_on: date


@get("/provider/accreditations", opt=MANAGE, tags=["Accreditation"])
async def get_own_accreditations(actor: Actor) -> list[AccreditationOut]:
    """Every proof of the token's own provider, the latest first."""
    return [AccreditationOut.of(row) for row in await own_accreditations(actor)]


@post(
    "/provider/accreditations",
    opt=MANAGE,
    status_code=201,
    tags=["Accreditation"],
    request_max_body_size=files.BODY_MOST,
)
async def post_accreditation(
    actor: Actor, data: Annotated[dict[str, Any], Body(media_type=RequestEncodingType.MULTI_PART)]
) -> AccreditationOut:
    """Send a proof: `kind`, `valid_from`, `expires_on` (the first day without it), `reference` and `file`."""
    form = Form({name: value for name, value in data.items() if not isinstance(value, UploadFile)})
    kind = form.choice("kind", Kind, required="Choose what it proves")
    valid_from = form.day("valid_from", required="Give the first day, like 2026-04-01")
    expires_on = form.day("expires_on")
    form.check()
    assert kind is not None and valid_from is not None  # noqa: S101, PT018 - nothing was wrong
    upload = data.get("file")
    made = await send_accreditation(
        actor,
        Draft(kind, valid_from, expires_on, form.text("reference")),
        upload if isinstance(upload, UploadFile) else None,
    )
    return next(AccreditationOut.of(row) for row in await own_accreditations(actor) if row["id"] == made)


@get("/council/accreditations", opt=DECIDE, tags=["Accreditation"])
async def get_accreditations(actor: Actor) -> list[AccreditationOut]:
    """The proofs that wait for the token's own council, the oldest first."""
    return [AccreditationOut.of(row) for row in await accreditations_to_decide(actor)]


@post(
    "/council/accreditations/{accreditation_id:uuid}/decision",
    opt=DECIDE,
    status_code=200,
    tags=["Accreditation"],
)
async def post_verdict(actor: Actor, accreditation_id: UUID, data: VerdictIn) -> AccreditationOut:
    """Accept a proof, which counts at once, or refuse it."""
    await decide_accreditation(actor, accreditation_id, data.verdict, data.reason)
    return AccreditationOut.of(await accreditation_of(actor, accreditation_id))


@get("/council/accreditation-requirements", opt=DECIDE, tags=["Accreditation"])
async def get_requirements(actor: Actor) -> list[RequirementOut]:
    """What the token's own council requires, or is to require."""
    return [
        RequirementOut(row["id"], Kind(row["kind"]), row["starts_on"]) for row in await requirements_of(actor)
    ]


@post("/council/accreditation-requirements", opt=DECIDE, status_code=201, tags=["Accreditation"])
async def post_requirement(actor: Actor, data: RequirementIn) -> RequirementOut:
    """Require a kind of proof from a day on."""
    made = await require_kind(actor, data.kind, data.starts_on)
    return RequirementOut(made, data.kind, data.starts_on)


HANDLERS = [
    get_own_accreditations,
    post_accreditation,
    get_accreditations,
    post_verdict,
    get_requirements,
    post_requirement,
]
