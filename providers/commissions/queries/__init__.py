"""What is read about frameworks, lots, applications and the register; each lives with its thing."""

from providers.commissions.queries.answers import criteria_of, questions_of, said_about
from providers.commissions.queries.applications import application_of, own_application
from providers.commissions.queries.approvals import (
    applications_of,
    approvals_of,
    commission_of,
    commissioned_on,
    frameworks_of,
    lot_of,
    lots_of,
    lots_to_apply_for,
    own_commissions,
)
from providers.commissions.queries.register import Approved, registered

__all__ = [
    "Approved",
    "application_of",
    "applications_of",
    "approvals_of",
    "commission_of",
    "commissioned_on",
    "criteria_of",
    "frameworks_of",
    "lot_of",
    "lots_of",
    "lots_to_apply_for",
    "own_application",
    "own_commissions",
    "questions_of",
    "registered",
    "said_about",
]
