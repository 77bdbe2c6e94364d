"""Proofs of Pettypool: one accepted that ends in three weeks, its renewal that waits, and what the council requires."""

from datetime import timedelta
from uuid import UUID

from marketplace.kernel import clock
from providers.accreditation.commands import Verdict, decide_accreditation, require_kind, send_accreditation
from providers.accreditation.rules import Draft, Kind
from tests.providers.commissions.living import pdf
from tests.world import World


async def proved(world: World, kind: Kind = Kind.PUBLIC_LIABILITY, days: int | None = 21) -> UUID:
    """A proof of Pettypool that the commissioner accepted, with so many days left; None: without an end."""
    today = clock.today()
    draft = Draft(
        kind, today - timedelta(days=300), today + timedelta(days=days) if days is not None else None, "PL 77"
    )
    made = await send_accreditation(world.manager, draft, pdf())
    await decide_accreditation(world.commissioner, made, Verdict.ACCEPT)
    return made


async def live_with_accreditation(world: World) -> dict[str, object]:
    """What fills the addresses of accreditation."""
    today = clock.today()
    await proved(world)
    renewal = Draft(Kind.PUBLIC_LIABILITY, today + timedelta(days=21), today + timedelta(days=386), "PL 78")
    later = today + timedelta(days=30)
    return {
        "accreditation_id": await send_accreditation(world.manager, renewal, pdf()),
        "requirement_id": await require_kind(world.commissioner, Kind.PUBLIC_LIABILITY, later),
        "kind": Kind.PUBLIC_LIABILITY,
    }
