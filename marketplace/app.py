"""The Litestar application, assembled."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import StrEnum

import asyncpg
from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PackageLoader, PrefixLoader, select_autoescape
from litestar import Litestar, Router
from litestar.config.csrf import CSRFConfig
from litestar.datastructures import MutableScopeHeaders, State
from litestar.di import Provide
from litestar.exceptions import HTTPException
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme
from litestar.plugins.jinja import JinjaTemplateEngine
from litestar.static_files import create_static_files_router
from litestar.template import TemplateConfig
from litestar.types import ControllerRouterHandler, Message, Scope

from invoicing import api as invoicing_api
from invoicing import routes as invoicing_routes
from invoicing import takings
from invoicing.bank_details import api as bank_details_api
from invoicing.bank_details import routes as bank_details_routes
from invoicing.cards import routes as card_routes
from invoicing.cards.gateway import close_gateway
from invoicing.connect import api as connect_api
from invoicing.connect import routes as connect_routes
from invoicing.credits import api as credits_api
from invoicing.credits import routes as credits_routes
from invoicing.electronic_addresses import api as electronic_addresses_api
from invoicing.electronic_addresses import routes as electronic_addresses_routes
from invoicing.line_queries import api as line_queries_api
from invoicing.line_queries import routes as line_queries_routes
from invoicing.payment_runs import api as payment_run_api
from invoicing.payment_runs import routes as payment_run_routes
from invoicing.periods import api as periods_api
from invoicing.periods import routes as periods_routes
from invoicing.purchase_orders import api as purchase_orders_api
from invoicing.purchase_orders import routes as purchase_orders_routes
from invoicing.reconciliation import api as reconciliation_api
from invoicing.reconciliation import routes as reconciliation_routes
from invoicing.runs import api as billing_runs_api
from invoicing.runs import routes as billing_runs_routes
from invoicing.self_billing import api as self_billing_api
from invoicing.self_billing import routes as self_billing_routes
from invoicing.stripe_values import card_page_origins
from invoicing.subjects import invoices_as_subjects
from invoicing.uploads import api as uploads_api
from invoicing.uploads import routes as uploads_routes
from isf import api as isf_api
from isf import routes as isf_routes
from isf.agreements import api as agreements_api
from isf.agreements import routes as agreements_routes
from isf.agreements.subjects import agreements_as_subjects
from isf.budgets import api as budgets_api
from isf.budgets import routes as budgets_routes
from isf.care import api as care_api
from isf.care import routes as care_routes
from isf.contributions import api as contributions_api
from isf.contributions import routes as contributions_routes
from isf.disagreements import api as disagreements_api
from isf.disagreements import routes as disagreements_routes
from isf.documents import routes as documents_routes
from isf.hub import routes as hub_routes
from isf.ledger.subjects import describe_subjects
from isf.notices import api as notices_api
from isf.notices import routes as notices_routes
from isf.parameters import api as parameters_api
from isf.parameters import routes as parameters_routes
from isf.payments import api as payments_api
from isf.payments import routes as payments_routes
from isf.plans import api as plans_api
from isf.plans import routes as plans_routes
from isf.relatives import api as relatives_api
from isf.relatives import routes as relatives_routes
from isf.statements import api as statements_api
from isf.statements import routes as statements_routes
from isf.urgent import api as urgent_api
from isf.urgent import routes as urgent_routes
from marketplace import home, jobs
from marketplace.api_reference import ReferencePage
from marketplace.bookings import api as bookings_api
from marketplace.bookings import routes as bookings_routes
from marketplace.bookings.cancelling import api as cancelling_api
from marketplace.bookings.checks import api as checks_api
from marketplace.bookings.checks import routes as checks_routes
from marketplace.bookings.endings import api as endings_api
from marketplace.bookings.exceptions import api as exceptions_api
from marketplace.bookings.exceptions import routes as exceptions_routes
from marketplace.bookings.feeds import api as feeds_api
from marketplace.bookings.overcommitted import api as overcommitted_api
from marketplace.bookings.pauses import api as pauses_api
from marketplace.bookings.provider_day import api as provider_day_api
from marketplace.bookings.provider_day import routes as provider_day_routes
from marketplace.bookings.relatives import api as barred_api
from marketplace.bookings.reprovision import api as reprovision_api
from marketplace.bookings.reprovision import routes as reprovision_routes
from marketplace.bookings.reprovision import suspension_routes
from marketplace.bookings.series import api as series_api
from marketplace.bookings.subjects import bookings_as_subjects
from marketplace.bookings.timetable_changes import api as timetable_changes_api
from marketplace.bookings.timetable_changes import routes as timetable_changes_routes
from marketplace.bookings.timetable_files import routes as timetable_files_routes
from marketplace.bookings.transitions import api as transitions_api
from marketplace.bookings.transitions import routes as transitions_routes
from marketplace.bookings.uplifts import api as uplifts_api
from marketplace.bookings.uplifts import council_routes as uplifts_routes
from marketplace.bookings.waitlist import api as waitlist_api
from marketplace.directory import api as directory_api
from marketplace.directory import routes as directory_routes
from marketplace.directory.questions import routes as questions_routes
from marketplace.identity import routes as identity_routes
from marketplace.identity.http import VisitMiddleware, permission_guard, provide_actor, provide_visitor
from marketplace.identity.pages import around
from marketplace.identity.rules import Permission
from marketplace.kernel import db, formats, problems
from marketplace.kernel.errors import DomainError
from marketplace.kernel.settings import ROOT, settings
from marketplace.observation import CountRequests, log_as_json, metrics
from providers import api as providers_api
from providers import routes as providers_routes
from providers.timetables.terms import routes as terms_routes

PUBLIC = {"permission": Permission.PUBLIC, "exclude_from_csrf": True}

ROUTERS: list[ControllerRouterHandler] = [
    home.router,
    metrics,
    identity_routes.router,
    directory_routes.router,
    questions_routes.router,
    directory_api.router,
    providers_routes.router,
    providers_api.router,
    terms_routes.api_router,
    isf_routes.router,
    budgets_routes.router,
    budgets_api.router,
    care_routes.router,
    care_api.router,
    hub_routes.router,
    notices_routes.router,
    notices_api.router,
    isf_api.router,
    plans_routes.router,
    plans_api.router,
    agreements_routes.router,
    agreements_api.router,
    payments_routes.router,
    payments_api.router,
    contributions_routes.router,
    contributions_api.router,
    parameters_routes.router,
    parameters_api.router,
    disagreements_routes.router,
    disagreements_api.router,
    relatives_routes.router,
    relatives_api.router,
    urgent_routes.router,
    urgent_api.router,
    documents_routes.router,
    statements_routes.router,
    statements_api.router,
    bookings_routes.router,
    bookings_api.router,
    exceptions_routes.router,
    exceptions_api.router,
    checks_routes.router,
    provider_day_routes.router,
    provider_day_api.router,
    checks_api.router,
    timetable_changes_routes.router,
    timetable_changes_api.router,
    timetable_files_routes.router,
    timetable_files_routes.api_router,
    overcommitted_api.router,
    reprovision_routes.router,
    suspension_routes.router,
    reprovision_api.router,
    waitlist_api.router,
    uplifts_routes.router,
    uplifts_api.router,
    cancelling_api.router,
    transitions_routes.router,
    transitions_api.router,
    series_api.router,
    barred_api.router,
    feeds_api.router,
    pauses_api.router,
    endings_api.router,
    invoicing_routes.router,
    billing_runs_routes.router,
    purchase_orders_routes.router,
    takings.router,
    takings.api_router,
    invoicing_api.router,
    billing_runs_api.router,
    purchase_orders_api.router,
    card_routes.router,
    connect_routes.router,
    connect_api.router,
    credits_routes.router,
    credits_api.router,
    line_queries_routes.router,
    line_queries_api.router,
    periods_routes.router,
    periods_api.router,
    bank_details_routes.router,
    bank_details_api.router,
    electronic_addresses_routes.router,
    electronic_addresses_api.router,
    reconciliation_routes.router,
    self_billing_routes.router,
    self_billing_api.router,
    payment_run_routes.router,
    payment_run_api.router,
    reconciliation_api.router,
    uploads_routes.router,
    uploads_api.router,
]

describe_subjects(
    bookings=bookings_as_subjects, invoices=invoices_as_subjects, agreements=agreements_as_subjects
)


def template_engine() -> JinjaTemplateEngine:
    """Our templates, with GOV.UK's macros beside them and the ways in which values read."""
    environment = Environment(
        loader=ChoiceLoader(
            [
                FileSystemLoader(ROOT / "templates"),
                PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")}),
            ]
        ),
        autoescape=select_autoescape(default=True, default_for_string=True),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(formats.FILTERS)
    return JinjaTemplateEngine.from_environment(environment)


class Schedule(StrEnum):
    """Whether this process takes part in the jobs' schedule."""

    ON = "on"
    OFF = "off"


@asynccontextmanager
async def _with_database(_: Litestar) -> AsyncIterator[None]:
    opened = await db.open_pool()
    try:
        yield
    finally:
        await close_gateway()
        if opened:
            await db.close_pool()


@asynccontextmanager
async def _with_schedule(_: Litestar) -> AsyncIterator[None]:
    async with jobs.schedule(settings().database_url or ""):
        yield


def _static() -> list[ControllerRouterHandler]:
    return [
        create_static_files_router(
            path="/static/govuk",
            directories=[ROOT / "node_modules/govuk-frontend/dist/govuk"],
            name="govuk",
            opt=PUBLIC,
        ),
        create_static_files_router(
            path="/static/fairday", directories=[ROOT / "templates/static"], name="fairday", opt=PUBLIC
        ),
    ]


_SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data:; style-src 'self'; script-src 'self'; object-src 'none'; "
        # A form that leads to the card page may only lead there.
        "base-uri 'none'; frame-ancestors 'none'; form-action 'self' " + card_page_origins(settings())
    ),
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


async def _add_security_headers(message: Message, scope: Scope) -> None:
    # On every answer, refusals and files included.
    if message["type"] == "http.response.start":
        headers = MutableScopeHeaders(message)
        for name, value in _SECURITY_HEADERS.items():
            headers.setdefault(name, value)
        visit = scope.get("state", {}).get("visit")
        if visit is not None and visit.actor is not None:
            # On a shared computer, Back after signing out shows nobody's week.
            headers.setdefault("Cache-Control", "private, no-store")


def create_app(schedule: Schedule = Schedule.ON) -> Litestar:
    """The application: one for each process. Needs DATABASE_URL, as `marketplace serve` sets it."""
    if schedule is Schedule.ON:
        log_as_json()
    return Litestar(
        route_handlers=[*ROUTERS, *_static()],
        include_in_schema=False,  # Pages are not the API; its routers say that they are.
        guards=[permission_guard],
        middleware=[CountRequests(), VisitMiddleware()],
        dependencies={
            "actor": Provide(provide_actor, sync_to_thread=False),
            "visitor": Provide(provide_visitor, sync_to_thread=False),
        },
        exception_handlers={
            DomainError: problems.domain_error,
            HTTPException: problems.http_error,
            asyncpg.CharacterNotInRepertoireError: problems.unreadable_text,
            asyncpg.UntranslatableCharacterError: problems.unreadable_text,
            Exception: problems.unexpected,
        },
        csrf_config=CSRFConfig(
            secret=settings().secret,
            cookie_name="fairday_form",
            cookie_httponly=True,
            cookie_secure=settings().secure_cookies,
            exclude=["^/api/", "^/webhooks/", "^/static/", "^/healthz", "^/readyz", "^/metrics"],
        ),
        template_config=TemplateConfig(instance=template_engine()),
        openapi_config=OpenAPIConfig(
            title="Fairday",
            version="1",
            description="The marketplace for personal budgets.",
            openapi_router=Router("/schema", route_handlers=[], opt=PUBLIC),
            render_plugins=[ReferencePage(), JsonRenderPlugin(path="/openapi.json")],
            components=Components(security_schemes={"token": SecurityScheme(type="http", scheme="bearer")}),
            security=[{"token": []}],
        ),
        lifespan=[_with_database, _with_schedule] if schedule is Schedule.ON else [_with_database],
        before_send=[_add_security_headers],
        state=State({"around": around}),
        logging_config=None,
    )
