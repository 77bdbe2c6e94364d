"""Agreements ready made for tests: drafted, offered and signed by everybody through the same commands."""

from datetime import date
from uuid import UUID

from isf.agreements.commands import declare_account, draft_agreement, offer_agreement, sign_agreement
from isf.agreements.records import find
from isf.agreements.rules import Acknowledged, Fee, FeeKind, Service, Terms
from isf.agreements.wording import fingerprint
from marketplace.identity.access import Actor
from marketplace.kernel.money import Money
from tests.world import World

WEEKLY = Fee(FeeKind.WEEKLY, amount=Money(500), vat_basis_points=2000)
"""£5.00 a week, £6.00 with VAT."""


def terms(starts_on: date, **changes: object) -> Terms:
    """Usual terms from a day on."""
    values: dict[str, object] = {"starts_on": starts_on, "fee": WEEKLY, "notice_days": 28}
    return Terms(**(values | changes))  # type: ignore[arg-type]


def supply(price: int = 3850) -> tuple[Service, ...]:
    """What a holder says that it sells."""
    return (Service("Garden group", Money(price)),)


async def shown(agreement_id: UUID) -> str:
    """The fingerprint of the full words, as the page to sign has it."""
    return fingerprint((await find(agreement_id)).document.full_words)


async def offered(world: World, fund_id: UUID, agreed: Terms) -> UUID:
    """An agreement that everybody can sign."""
    agreement_id = await draft_agreement(world.care_manager, fund_id, agreed)
    await offer_agreement(world.care_manager, agreement_id)
    return agreement_id


async def sign_all(world: World, agreement_id: UUID, person: Actor | None = None) -> None:
    """Every party of an offered agreement signs; the council's side is who drafted it."""
    record = await find(agreement_id)
    actors = [person or world.emma_user, world.care_manager]
    if record.holder_organisation_id is not None:
        actors.append(world.broker)
    for actor in actors:
        await sign_agreement(actor, agreement_id, await shown(agreement_id), acknowledged=Acknowledged.YES)


async def agreed_isf(world: World, agreed: Terms | None = None) -> UUID:
    """Emma's ISF with an agreement that everybody signed, from the fund's first day."""
    agreement_id = await offered(world, world.emma_isf, agreed or terms(world.starts_on))
    await sign_all(world, agreement_id)
    return agreement_id


async def agreed_direct_payment(world: World) -> UUID:
    """Dan's direct payment: he says which account it is, then he and the council sign."""
    agreement_id = await offered(world, world.dan_direct, Terms(starts_on=world.starts_on))
    await declare_account(
        world.dan_user, agreement_id, (await find(agreement_id)).edit, "Weaver Bank", "4821"
    )
    await sign_all(world, agreement_id, world.dan_user)
    return agreement_id
