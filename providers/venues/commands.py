"""The places of a provider."""

from dataclasses import dataclass, field, replace
from uuid import UUID

from marketplace.identity.access import Actor
from marketplace.kernel import audit, db
from marketplace.kernel.errors import Invalid, NotFound
from marketplace.kernel.ids import new_id
from marketplace.kernel.places import locate, normalise_postcode
from providers.access import own_provider
from providers.rules import AccessFeature


@dataclass(frozen=True, slots=True)
class VenueDraft:
    """A place as its provider describes it. The position, in British National Grid metres, comes from the postcode
    where none is given."""

    name: str
    street: str = ""
    town: str = ""
    postcode: str = ""
    easting: int | None = None
    northing: int | None = None
    access_features: frozenset[AccessFeature] = field(default_factory=frozenset)
    getting_there: str = ""


def check(draft: VenueDraft) -> None:
    """Raises Invalid, field by field."""
    wrong: dict[str, str] = {}
    if not draft.name.strip():
        wrong["name"] = "Enter the name of the place"
    limits = (("name", draft.name, 200), ("street", draft.street, 300), ("town", draft.town, 100))
    for name, value, most in (*limits, ("postcode", draft.postcode, 10)):
        if len(value) > most:
            wrong.setdefault(name, f"Use {most} characters or fewer")
    if wrong:
        raise Invalid(wrong)


def placed(draft: VenueDraft) -> VenueDraft:
    """The draft with its postcode as on an envelope, and the postcode's position where it has none of its own."""
    postcode = normalise_postcode(draft.postcode) or draft.postcode.strip().upper()
    found = locate(postcode) if draft.easting is None and postcode else None
    if found is None:
        return replace(draft, postcode=postcode)
    return replace(draft, postcode=postcode, easting=found.easting, northing=found.northing)


async def create_venue(
    who: audit.Who, provider_id: UUID, draft: VenueDraft, *, source_key: str | None = None
) -> UUID:
    """A place of a provider; for seeds and imports: asks for no permission. Raises Invalid."""
    check(draft)
    draft = placed(draft)
    venue_id = new_id()
    async with db.unit_of_work():
        await db.execute(
            "INSERT INTO venue (id, provider_id, name, street, town, postcode, easting, northing, access_features,"
            " getting_there, source_key) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
            venue_id,
            provider_id,
            *_columns(draft),
            source_key,
        )
        await audit.record(
            who, "venue.added", "venue", venue_id, after={"provider": provider_id, "name": draft.name}
        )
    return venue_id


def _columns(draft: VenueDraft) -> tuple[object, ...]:
    features = [str(feature) for feature in AccessFeature if feature in draft.access_features]
    return (
        *(draft.name.strip(), draft.street, draft.town.strip(), draft.postcode),
        *(draft.easting, draft.northing, features, draft.getting_there),
    )


async def add_venue(actor: Actor, draft: VenueDraft) -> UUID:
    """The manager adds a place of their provider. Raises NotSignedIn, Forbidden, NotFound or Invalid."""
    return await create_venue(actor, await own_provider(actor), draft)


async def edit_venue(actor: Actor, venue_id: UUID, draft: VenueDraft) -> None:
    """The manager changes a place of their provider. Raises NotFound (another's) or Invalid."""
    check(draft)
    async with db.unit_of_work():
        provider_id = await own_provider(actor)
        before = await db.fetch_one(
            "SELECT name, street, town, postcode, easting, northing, access_features, getting_there FROM venue"
            " WHERE id = $1 AND provider_id = $2 FOR NO KEY UPDATE",
            venue_id,
            provider_id,
        )
        if before is None:
            raise NotFound
        after = dict(zip(before, _columns(placed(draft)), strict=True))
        if draft.easting is None and after["postcode"] == before["postcode"]:
            # The position may be better than the postcode's: it came with the place.
            after |= {"easting": before["easting"], "northing": before["northing"]}
        await db.execute(
            "UPDATE venue SET name = $2, street = $3, town = $4, postcode = $5, easting = $6, northing = $7,"
            " access_features = $8, getting_there = $9 WHERE id = $1",
            venue_id,
            *after.values(),
        )
        changed = [name for name in before if before[name] != after[name]]
        await audit.record(
            actor,
            "venue.edited",
            "venue",
            venue_id,
            before={name: before[name] for name in changed},
            after={name: after[name] for name in changed},
        )
