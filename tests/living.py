"""Something of everything that each room has, for the tests that look at every page and every address."""

from collections.abc import Mapping
from uuid import UUID

from tests.invoicing.bank_details.living import live_with_bank_details
from tests.invoicing.cards.living import live_with_cards
from tests.invoicing.credits.living import live_with_credit_notes
from tests.invoicing.line_queries.living import live_with_queries
from tests.invoicing.living import live_with_billing
from tests.invoicing.payment_runs.living import live_with_payment_runs
from tests.invoicing.reconciliation.living import live_with_bank_statements
from tests.invoicing.self_billing.living import live_with_self_billing
from tests.invoicing.uploads.living import live_with_uploads
from tests.isf.agreements.living import live_with_agreements
from tests.isf.budgets.living import live_with_budgets
from tests.isf.care.living import live_with_care
from tests.isf.contributions.living import live_with_contributions
from tests.isf.disagreements.living import live_with_disagreements
from tests.isf.notices.living import live_with_notices
from tests.isf.payments.living import live_with_payments
from tests.isf.plans.living import live_with_plans
from tests.isf.relatives.living import live_with_relatives
from tests.isf.statements.living import live_with_statements
from tests.isf.urgent.living import live_with_urgent_support
from tests.marketplace.bookings.checks.living import live_with_disputes
from tests.marketplace.bookings.endings.living import live_with_ends
from tests.marketplace.bookings.exceptions.living import live_with_exceptions
from tests.marketplace.bookings.feeds.living import live_with_calendars
from tests.marketplace.bookings.outside.living import live_outside_the_plan
from tests.marketplace.bookings.pauses.living import live_with_pauses
from tests.marketplace.bookings.reprovision.living import live_with_a_suspension
from tests.marketplace.bookings.series.living import live_with_series
from tests.marketplace.bookings.transitions.living import live_with_a_transition
from tests.marketplace.bookings.uplifts.living import live_with_uplifts
from tests.marketplace.bookings.waitlist.living import live_with_waitlists
from tests.marketplace.directory.questions.living import live_with_questions
from tests.providers.accreditation.living import live_with_accreditation
from tests.providers.commissions.living import live_with_applications
from tests.providers.organisations.living import live_with_people
from tests.providers.pictures.living import live_with_pictures
from tests.world import World


async def live_with_everything(world: World, activity: UUID) -> Mapping[str, object]:
    """Use every room of the world; answers what fills the parameters of its addresses, by the parameter's name."""
    return {
        **await live_with_care(world),
        **await live_with_statements(world),
        **await live_with_budgets(world),
        **await live_with_contributions(world),
        **await live_with_disagreements(world),
        **await live_with_relatives(world),
        **await live_with_urgent_support(world),
        **await live_with_calendars(world),
        **await live_with_pictures(world, activity),
        **await live_outside_the_plan(world),
        **await live_with_pauses(world),
        **await live_with_ends(world),
        **await live_with_a_suspension(world),
        **await live_with_disputes(world),
        **await live_with_exceptions(world),
        **await live_with_waitlists(world),
        **await live_with_uplifts(world),
        **await live_with_a_transition(world),
        **await live_with_series(world),
        **await live_with_questions(world),
        **await live_with_payment_runs(world),
        **await live_with_bank_details(world),
        **await live_with_bank_statements(world),
        **await live_with_credit_notes(world),
        **await live_with_self_billing(world),
        **await live_with_queries(world),
        **await live_with_uploads(world),
        **await live_with_plans(world),
        **await live_with_notices(world),
        **await live_with_payments(world),
        **await live_with_agreements(world),
        **await live_with_applications(world),
        **await live_with_accreditation(world),
        **await live_with_people(world),
        **await live_with_billing(world),
        **await live_with_cards(world),
    }
