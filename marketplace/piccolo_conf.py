"""Where Piccolo finds the database and the apps, lowest first."""

from piccolo.conf.apps import AppRegistry

from marketplace.kernel.db import ENGINE

DB = ENGINE

APP_REGISTRY = AppRegistry(
    apps=[
        "marketplace.kernel.piccolo_app",
        "marketplace.identity.piccolo_app",
        "providers.piccolo_app",
        "providers.commissions.piccolo_app",
        "providers.suspensions.piccolo_app",
        "providers.accreditation.piccolo_app",
        "providers.uplifts.piccolo_app",
        "isf.piccolo_app",
        "isf.ledger.piccolo_app",
        "isf.care.piccolo_app",
        "isf.notices.piccolo_app",
        "isf.relatives.piccolo_app",
        "isf.parameters.piccolo_app",
        "isf.pauses.piccolo_app",
        "isf.plans.piccolo_app",
        "isf.urgent.piccolo_app",
        "isf.disagreements.piccolo_app",
        "isf.contributions.piccolo_app",
        "isf.agreements.piccolo_app",
        "isf.endings.piccolo_app",
        "isf.payments.piccolo_app",
        "isf.budgets.piccolo_app",
        "isf.statements.piccolo_app",
        "marketplace.directory.piccolo_app",
        "marketplace.directory.questions.piccolo_app",
        "marketplace.bookings.exceptions.piccolo_app",
        "marketplace.bookings.piccolo_app",
        "marketplace.bookings.outside.piccolo_app",
        "marketplace.bookings.news.piccolo_app",
        "marketplace.bookings.reprovision.piccolo_app",
        "marketplace.bookings.transitions.piccolo_app",
        "marketplace.bookings.feeds.piccolo_app",
        "marketplace.bookings.checks.piccolo_app",
        "marketplace.bookings.waitlist.piccolo_app",
        "marketplace.bookings.pauses.piccolo_app",
        "invoicing.electronic_addresses.piccolo_app",
        "invoicing.purchase_orders.piccolo_app",
        "invoicing.runs.piccolo_app",
        "invoicing.self_billing.piccolo_app",
        "invoicing.piccolo_app",
        "invoicing.credits.piccolo_app",
        "invoicing.line_queries.piccolo_app",
        "invoicing.periods.piccolo_app",
        "invoicing.uploads.piccolo_app",
        "invoicing.bank_details.piccolo_app",
        "invoicing.payment_runs.piccolo_app",
        "invoicing.reconciliation.piccolo_app",
    ]
)
