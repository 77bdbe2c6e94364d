"""Whether a way of paying can be used for a dated service: one pure rule for pages, API and booking (`rules.md` 1)."""

from collections.abc import Collection
from uuid import UUID

from marketplace.kernel.errors import (
    AccreditationLapsed,
    DomainError,
    InHouseBlocked,
    NotCommissioned,
    RouteNotAccepted,
)
from marketplace.kernel.routes_of_money import Route


def why_not(
    *,
    route: Route,
    fund_council_id: UUID,
    owner_council_id: UUID,
    routes_accepted: Collection[str],
    commissioned: bool,
    accredited: bool = True,
) -> DomainError | None:
    """Why a fund of this route and council cannot pay for a service, or None when it can.

    `owner_council_id` is the council that owns the provider on the service date (the nil id: none).
    `commissioned` says whether the fund's council has approved the provider for that date,
    `accredited` whether the provider has proved what that council requires today.

    The law comes first, then what the seller takes, then what the council has agreed: InHouseBlocked (`rules.md` 1),
    RouteNotAccepted, NotCommissioned, AccreditationLapsed. A direct payment needs no agreement of the council with the
    seller; nor does
    a council that uses its own service with its own money.
    """
    own_service = owner_council_id == fund_council_id
    if own_service and route is not Route.COUNCIL_MANAGED:
        return InHouseBlocked()
    if route not in routes_accepted:
        return RouteNotAccepted(route.label)
    if route is not Route.DIRECT_PAYMENT and not own_service and not commissioned:
        return NotCommissioned()
    if not accredited:
        return AccreditationLapsed()
    return None
