"""Every read of this package, by name; each lives with its thing."""

from providers.commissions.queries import (
    applications_of,
    approvals_of,
    commission_of,
    commissioned_on,
    frameworks_of,
    lots_of,
    lots_to_apply_for,
    own_commissions,
)
from providers.offers.queries import (
    Activity,
    Venue,
    activities_of,
    activity,
    own_activity,
    quote_on,
    rates_of,
    terms_of,
    transport_on,
    transport_rates_of,
)
from providers.organisations.queries import Provider, provider, provider_of
from providers.ownership.queries import approvals_by, owner_on, ownerships_of, providers_for
from providers.rules import Rate
from providers.timetables.queries import count_sessions, sessions_of, timetables_of
from providers.venues.queries import venue_of, venues_of

__all__ = [
    "Activity",
    "Provider",
    "Rate",
    "Venue",
    "activities_of",
    "activity",
    "applications_of",
    "approvals_by",
    "approvals_of",
    "commission_of",
    "commissioned_on",
    "count_sessions",
    "frameworks_of",
    "lots_of",
    "lots_to_apply_for",
    "own_activity",
    "own_commissions",
    "owner_on",
    "ownerships_of",
    "provider",
    "provider_of",
    "providers_for",
    "quote_on",
    "rates_of",
    "sessions_of",
    "terms_of",
    "timetables_of",
    "transport_on",
    "transport_rates_of",
    "venue_of",
    "venues_of",
]
