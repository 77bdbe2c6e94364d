"""Who notes that money arrived in a fund: whoever holds it, and the finance officers of the person's council."""

from uuid import UUID

from marketplace.identity.access import Actor
from marketplace.identity.rules import Permission
from marketplace.kernel.routes_of_money import Route


def decides(actor: Actor, council_id: UUID) -> bool:
    """Whether the actor decides about contributions of people of this council."""
    return Permission.CONTRIBUTION_MANAGE in actor.permissions and actor.council_id == council_id


def holds(actor: Actor, route: Route, holder_organisation_id: UUID | None) -> bool:
    """Whether money of a fund arrives with the actor; whether they may pay for the person is asked besides."""
    if actor.organisation_id is None:
        return route is Route.DIRECT_PAYMENT
    return holder_organisation_id == actor.organisation_id
