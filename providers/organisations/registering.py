"""What is asked of a seller after its name, one thing at a time; what is asked fits its type (requirements P1, D2)."""

from dataclasses import dataclass
from uuid import UUID

from marketplace.identity.access import Actor
from marketplace.kernel import audit, clock, db
from marketplace.kernel.errors import Conflict, Invalid
from providers.access import own_provider
from providers.organisations.numbers import asks_constitution, asks_vat, registered_as
from providers.rules import SellerType


class NoSafeguardingContact(Conflict):
    """An application is sent by a provider that has not said who looks after safeguarding."""

    code = "no_safeguarding_contact"

    def __init__(self) -> None:
        super().__init__(
            "You cannot send this yet, because the council needs to know whom to call about safeguarding. "
            "You can name your safeguarding contact on the page “Your registration”, then send it."
        )


@dataclass(frozen=True, slots=True)
class Standing:
    """What a seller is by law; only what fits its type counts."""

    registration_number: str = ""
    contact_name: str = ""
    has_constitution: bool | None = None
    self_employed: bool | None = None


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom councils call about safeguarding; never shown to the public."""

    name: str
    email: str
    phone: str


@dataclass(frozen=True, slots=True)
class Task:
    """One thing of the registration: done or not; `needed` before an application can be sent."""

    text: str
    href: str
    done: bool
    hint: str = ""
    needed: bool = False


def checked(standing: Standing, seller_type: SellerType) -> dict[str, object]:
    """The columns of what fits the type, numbers as they are written. Raises Invalid, field by field."""
    wrong: dict[str, str] = {}
    kept: dict[str, object] = {}
    registered = registered_as(seller_type)
    try:
        typed = standing.registration_number
        kept["registration_number"] = registered[1](typed) if registered and typed.strip() else ""
    except ValueError as trouble:
        wrong["registration_number"] = str(trouble)
    if seller_type is SellerType.VOLUNTARY and not standing.registration_number.strip():
        wrong["registration_number"] = "Enter the charity number"
    kept["contact_name"] = standing.contact_name.strip() if asks_constitution(seller_type) else ""
    if asks_constitution(seller_type) and not standing.contact_name.strip():
        wrong["contact_name"] = "Enter the name of somebody who speaks for the group"
    kept["has_constitution"] = standing.has_constitution if asks_constitution(seller_type) else None
    kept["self_employed"] = standing.self_employed if seller_type is SellerType.INDIVIDUAL else None
    if seller_type is SellerType.INDIVIDUAL and standing.self_employed is None:
        wrong["self_employed"] = "Choose yes if you are self-employed, no if you are not"
    if len(standing.contact_name) > 200:
        wrong["contact_name"] = "Use 200 characters or fewer"
    if wrong:
        raise Invalid(wrong)
    return kept


async def set_standing(actor: Actor, standing: Standing) -> None:
    """The manager says what the seller is by law. Raises Forbidden, NotFound or Invalid."""
    async with db.unit_of_work():
        provider_id = await own_provider(actor)
        before = await _locked(provider_id)
        kept = checked(standing, SellerType(before["seller_type"]))
        await _write(actor, provider_id, before, kept)


async def set_safeguarding_contact(actor: Actor, contact: Contact) -> None:
    """The manager says whom councils call about safeguarding. Raises Forbidden, NotFound or Invalid."""
    wrong = {}
    if not contact.name.strip():
        wrong["name"] = "Enter the name of the person to ask for"
    if "@" not in contact.email:
        wrong["email"] = "Enter an e-mail address, like name@example.com"
    if sum(letter.isdigit() for letter in contact.phone) < 10:
        wrong["phone"] = "Enter a telephone number, like 01606 123456"
    for name, value, most in (
        ("name", contact.name, 200),
        ("email", contact.email, 320),
        ("phone", contact.phone, 40),
    ):
        if len(value) > most:
            wrong.setdefault(name, f"Use {most} characters or fewer")
    if wrong:
        raise Invalid(wrong)
    async with db.unit_of_work():
        provider_id = await own_provider(actor)
        before = await _locked(provider_id)
        kept: dict[str, object] = {
            "safeguarding_name": contact.name.strip(),
            "safeguarding_email": contact.email.strip(),
            "safeguarding_phone": contact.phone.strip(),
        }
        await _write(actor, provider_id, before, kept)


async def require_safeguarding_contact(provider_id: UUID) -> None:
    """Raises NoSafeguardingContact when nobody is named."""
    named: bool = await db.fetch_value(
        "SELECT safeguarding_name <> '' FROM provider WHERE id = $1", provider_id
    )
    if not named:
        raise NoSafeguardingContact


async def registration(actor: Actor) -> db.Row:
    """Everything that the manager's own seller has said, the safeguarding contact too. Raises Forbidden or NotFound."""
    row = await db.fetch_one(
        "SELECT p.*, vat_number_on(p.id, $2) AS vat_number,"
        " (SELECT count(*) FROM venue v WHERE v.provider_id = p.id) AS venues,"
        " (SELECT count(*) FROM commission c WHERE c.provider_id = p.id AND c.state <> 'withdrawn') AS applications,"
        " (SELECT count(*) FROM accreditation a WHERE a.provider_id = p.id AND a.state IN ('sent', 'accepted'))"
        "   AS proofs,"
        " (SELECT count(DISTINCT g.user_id) FROM role_grant g WHERE g.organisation_id = p.organisation_id) AS people"
        " FROM provider p WHERE p.id = $1",
        await own_provider(actor),
        clock.today(),
    )
    assert row is not None  # noqa: S101 - own_provider found it
    return row


def tasks_of(said: db.Row) -> list[Task]:
    """The task list of a registration; what is asked fits the type of seller."""
    kind = SellerType(said["seller_type"])
    alone = kind is SellerType.INDIVIDUAL
    stands = (
        said["self_employed"] is not None
        if alone
        else bool(said["contact_name"])
        if asks_constitution(kind)
        else bool(said["registration_number"])
    )
    tasks = [
        Task(
            "About you" if alone else "About your organisation",
            "/provider/organisation/edit",
            bool(said["description"] and said["email"]),
            "What people read about you, and how they reach you",
        ),
        Task(
            "How you work" if alone else "What you are by law",
            "/provider/organisation/standing",
            stands,
            "Whether you are self-employed" if alone else "Numbers, and who speaks for you",
        ),
        Task(
            "Safeguarding contact",
            "/provider/organisation/safeguarding",
            bool(said["safeguarding_name"]),
            "Only councils see it",
            needed=True,
        ),
        Task("Places", "/provider/venues", bool(said["venues"]), "Where it happens, and how people get in"),
        Task("Accreditation", "/provider/accreditation", bool(said["proofs"]), "Insurance and other proofs"),
    ]
    if asks_vat(kind):
        tasks.append(
            Task("VAT", "/provider/vat", bool(said["vat_number"]), "Only if you are registered for VAT")
        )
    if not alone:
        tasks.append(Task("People", "/provider/people", said["people"] > 1, "Who works with you here"))
    tasks.append(
        Task(
            "Ask a council to approve you",
            "/provider/applications",
            bool(said["applications"]),
            "At any time",
        )
    )
    return tasks


async def _locked(provider_id: UUID) -> db.Row:
    row = await db.fetch_one("SELECT * FROM provider WHERE id = $1 FOR NO KEY UPDATE", provider_id)
    assert row is not None  # noqa: S101 - own_provider found it
    return row


async def _write(actor: Actor, provider_id: UUID, before: db.Row, kept: dict[str, object]) -> None:
    sets = ", ".join(f'"{name}" = ${place}' for place, name in enumerate(kept, start=2))
    await db.execute(f"UPDATE provider SET {sets} WHERE id = $1", provider_id, *kept.values())  # noqa: S608 - names are ours
    changed = {name: value for name, value in kept.items() if value != before[name]}
    # Who looks after safeguarding is somebody's own data: the audit says that it changed, not to whom.
    told = {name: value for name, value in changed.items() if not name.startswith("safeguarding")}
    await audit.record(
        actor,
        "provider.edited",
        "provider",
        provider_id,
        before={name: before[name] for name in told},
        after=told | ({"safeguarding": "changed"} if len(told) < len(changed) else {}),
    )
