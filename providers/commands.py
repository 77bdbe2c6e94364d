"""Every use case of this package, by name; each lives with its thing."""

from providers.commissions.commands import (
    AlreadyApplied,
    Decision,
    apply_to_lot,
    create_framework,
    decide_commission,
    end_commission,
    open_framework,
)
from providers.offers.commands import (
    archive_activity,
    create_activity,
    edit_activity,
    publish_activity,
)
from providers.offers.drafts import ActivityDraft
from providers.offers.pricing import set_rate, set_transport_rate, withdraw_transport
from providers.organisations.commands import (
    ProviderDraft,
    SourceKey,
    create_provider,
    edit_provider,
    register_provider,
)
from providers.ownership.commands import OwnershipBlocked, OwnershipOverlaps, end_ownership, record_ownership
from providers.timetables.commands import (
    SessionDraft,
    SessionHasBookings,
    TimetableRepeats,
    add_single_session,
    cancel_session,
    create_timetable,
    end_timetable,
    repeat_timetable,
)
from providers.timetables.rules import BankHolidays, TimetableDraft, Weekday
from providers.venues.commands import VenueDraft, add_venue, create_venue, edit_venue

__all__ = [
    "ActivityDraft",
    "AlreadyApplied",
    "BankHolidays",
    "Decision",
    "OwnershipBlocked",
    "OwnershipOverlaps",
    "ProviderDraft",
    "SessionDraft",
    "SessionHasBookings",
    "SourceKey",
    "TimetableDraft",
    "TimetableRepeats",
    "VenueDraft",
    "Weekday",
    "add_single_session",
    "add_venue",
    "apply_to_lot",
    "archive_activity",
    "cancel_session",
    "create_activity",
    "create_framework",
    "create_provider",
    "create_timetable",
    "create_venue",
    "decide_commission",
    "edit_activity",
    "edit_provider",
    "edit_venue",
    "end_commission",
    "end_ownership",
    "end_timetable",
    "open_framework",
    "publish_activity",
    "record_ownership",
    "register_provider",
    "repeat_timetable",
    "set_rate",
    "set_transport_rate",
    "withdraw_transport",
]
