"""Registering a seller, and changing what it says about itself."""

import re
import unicodedata
from dataclasses import dataclass
from uuid import UUID

from marketplace.identity.access import Actor, require
from marketplace.identity.commands import create_organisation, grant_role
from marketplace.identity.rules import Permission, Role
from marketplace.kernel import audit, db
from marketplace.kernel.errors import Conflict, Invalid
from marketplace.kernel.ids import new_id
from providers.access import own_provider
from providers.rules import REGISTRABLE, SellerType
from providers.vat.commands import ALWAYS, write_registration
from providers.vat.numbers import vat_number


@dataclass(frozen=True, slots=True)
class ProviderDraft:
    """What an organisation, or a person who sells, says about itself."""

    name: str
    seller_type: SellerType
    description: str = ""
    easy_read: str = ""
    email: str = ""
    phone: str = ""
    website: str = ""
    address: str = ""
    registration_number: str = ""
    vat_number: str = ""


@dataclass(frozen=True, slots=True)
class SourceKey:
    """Where a listing was imported from: the source, and the key that it has there."""

    source_id: UUID
    key: str


db.explain_constraint(
    "provider_slug_key", Conflict("Somebody registered the same name at the same moment. Try again.")
)
db.explain_constraint(
    "provider_organisation_id_key",
    Conflict("This organisation is registered already. You can change what it says about itself."),
)


def check(draft: ProviderDraft) -> None:
    """Raises Invalid, field by field."""
    wrong: dict[str, str] = {}
    if not draft.name.strip():
        wrong["name"] = "Enter the name of the organisation"
    elif len(draft.name) > 200:
        wrong["name"] = "Use 200 characters or fewer for the name"
    if draft.email and "@" not in draft.email:
        wrong["email"] = "Enter an e-mail address, like name@example.com"
    if draft.website and not re.match(r"https?://[^\s/]+\.", draft.website):
        wrong["website"] = "Enter a web address that starts with https://"
    limits = (
        *(("email", draft.email, 320), ("phone", draft.phone, 40), ("website", draft.website, 500)),
        ("registration_number", draft.registration_number, 60),
    )
    for name, value, most in limits:
        if len(value) > most:
            wrong.setdefault(name, f"Use {most} characters or fewer")
    if draft.vat_number:
        try:
            vat_number(draft.vat_number)
        except ValueError as trouble:
            wrong["vat_number"] = str(trouble)
    if wrong:
        raise Invalid(wrong)


def slug_of(name: str) -> str:
    """A name as a part of an address: `live-cheshire` for `Live! Cheshire`."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:100] or "provider"


async def _free_slug(name: str) -> str:
    """The slug of a name, with a number when others have it; the unique key decides a race."""
    base = slug_of(name)
    taken = {
        row["slug"]
        for row in await db.fetch_all(
            "SELECT slug FROM provider WHERE slug = $1 OR slug LIKE $1 || '-%'", base
        )
    }
    return (
        base
        if base not in taken
        else next(s for n in range(2, len(taken) + 3) if (s := f"{base}-{n}") not in taken)
    )


async def create_provider(
    who: audit.Who,
    draft: ProviderDraft,
    *,
    organisation_id: UUID | None = None,
    source: SourceKey | None = None,
    demonstration: bool = False,
) -> UUID:
    """A provider, with its organisation unless there is one; for seeds and imports: asks for no permission.

    Raises Invalid.
    """
    check(draft)
    async with db.unit_of_work():
        if organisation_id is None:
            organisation_id = await create_organisation(
                who, draft.name, email=draft.email, address=draft.address, demonstration=demonstration
            )
        provider_id = new_id()
        await db.execute(
            "INSERT INTO provider (id, organisation_id, name, slug, seller_type, description, easy_read, email, phone,"
            " website, registration_number, source_id, source_key)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
            provider_id,
            organisation_id,
            draft.name.strip(),
            await _free_slug(draft.name),
            str(draft.seller_type),
            *_said(draft),
            source.source_id if source else None,
            source.key if source else None,
        )
        if draft.vat_number:
            await write_registration(provider_id, vat_number(draft.vat_number), ALWAYS)
        await audit.record(
            who,
            "provider.created",
            "provider",
            provider_id,
            after={"seller_type": draft.seller_type, "name": draft.name},
        )
    return provider_id


def _said(draft: ProviderDraft) -> tuple[str, ...]:
    return (
        *(draft.description, draft.easy_read, draft.email, draft.phone, draft.website),
        draft.registration_number,
    )


async def register_provider(actor: Actor, draft: ProviderDraft) -> UUID:
    """Anyone who has signed in registers an organisation and becomes its manager (requirement P1).

    An in-house service is registered by its council's staff only; that a council owns it is recorded apart.
    Raises NotSignedIn or Invalid.
    """
    require(actor, Permission.PROVIDER_REGISTER)
    if draft.seller_type not in REGISTRABLE and not (
        draft.seller_type is SellerType.IN_HOUSE and actor.council_id
    ):
        raise Invalid({"seller_type": "Choose what kind of seller you are"})
    async with db.unit_of_work():
        provider_id = await create_provider(actor, draft)
        organisation_id = await db.fetch_value(
            "SELECT organisation_id FROM provider WHERE id = $1", provider_id
        )
        await grant_role(actor, actor.user_id, Role.PROVIDER_MANAGER, organisation_id)
    return provider_id


async def edit_provider(actor: Actor, draft: ProviderDraft) -> None:
    """The manager changes what the organisation says about itself; its type and address in the directory stay.

    Raises NotFound, Forbidden or Invalid.
    """
    check(draft)
    async with db.unit_of_work():
        provider_id = await own_provider(actor)
        before = await db.fetch_one("SELECT * FROM provider WHERE id = $1 FOR NO KEY UPDATE", provider_id)
        assert before is not None  # noqa: S101 - own_provider found it
        await db.execute(
            "UPDATE provider SET name = $2, description = $3, easy_read = $4, email = $5, phone = $6, website = $7,"
            " registration_number = $8 WHERE id = $1",
            provider_id,
            draft.name.strip(),
            *_said(draft),
        )
        fields = (
            "name",
            "description",
            "easy_read",
            "email",
            "phone",
            "website",
            "registration_number",
        )
        changed = {name: getattr(draft, name) for name in fields if getattr(draft, name) != before[name]}
        await audit.record(
            actor,
            "provider.edited",
            "provider",
            provider_id,
            before={name: before[name] for name in changed},
            after=changed,
        )
