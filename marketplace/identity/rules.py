"""Roles, permissions and scopes: pure tables that the rest asks (`design.md`, Permission)."""

from collections.abc import Iterable
from enum import StrEnum


class Role(StrEnum):
    """What somebody is, for an organisation or for themselves."""

    DIRECT_PAYMENT_HOLDER = "direct_payment_holder"
    REPRESENTATIVE = "representative"
    BROKER = "broker"
    PROVIDER_MANAGER = "provider_manager"
    PROVIDER_STAFF = "provider_staff"
    CARE_MANAGER = "care_manager"
    FINANCE_OFFICER = "finance_officer"
    COMMISSIONER = "commissioner"
    MONITORING_OFFICER = "monitoring_officer"
    ADMINISTRATOR = "administrator"


class Permission(StrEnum):
    """What a route or a command asks for. Permissions about a person also need an Authority or their council."""

    PUBLIC = "public"
    SIGNED_IN = "signed_in"
    MACHINE = "machine"
    """Answered by another check than a person's sign-in: a signed webhook, a probe."""

    PERSON_SEE = "person.see"
    PERSON_MANAGE = "person.manage"
    PLAN_WRITE = "plan.write"
    KEY_TURN = "key.turn"
    CONTRIBUTION_MANAGE = "contribution.manage"
    PARAMETERS_SET = "parameters.set"
    PAYMENT_IN_DECIDE = "payment_in.decide"
    AGREEMENT_MANAGE = "agreement.manage"
    AGREEMENT_SIGN = "agreement.sign"
    CLIENT_ACCOUNT_DECLARE = "client_account.declare"
    COUNCIL_WATCH = "council.watch"
    VIEWS_SEE = "views.see"
    LETTERS_POST = "letters.post"
    DISPUTE_SETTLE = "dispute.settle"
    BOOK = "booking.book"
    OFFER_MANAGE = "offer.manage"
    ATTENDANCE_RECORD = "attendance.record"
    PROVIDER_REGISTER = "provider.register"
    COMMISSION_DECIDE = "commission.decide"
    OWNERSHIP_RECORD = "ownership.record"
    PROVIDER_SUSPEND = "provider.suspend"
    INVOICE_SEE = "invoice.see"
    INVOICE_ISSUE = "invoice.issue"
    INVOICE_PAY = "invoice.pay"
    CARD_PAY = "card.pay"
    BANK_DETAILS_MANAGE = "bank_details.manage"
    ELECTRONIC_ADDRESS_RECORD = "electronic_address.record"
    PAYMENT_RUN_DECIDE = "payment_run.decide"


class Scope(StrEnum):
    """What an Authority lets somebody do for one person."""

    SEE = "see"
    PLAN = "plan"
    BOOK = "book"
    PAY = "pay"


class AuthorityKind(StrEnum):
    """Where an Authority comes from (row F4)."""

    SELF = "self"
    NOMINATED_PERSON = "nominated_person"
    AUTHORISED_PERSON = "authorised_person"
    REPRESENTATIVE = "representative"
    BROKER = "broker"
    TRUST = "trust"
    ISF_HOLDER = "isf_holder"
    CARE_MANAGER = "care_manager"
    COUNCIL = "council"

    @property
    def label(self) -> str:
        """What they are to the person, in words."""
        return {
            "self": "Themselves",
            "nominated_person": "Nominated person",
            "authorised_person": "Authorised person",
            "representative": "Representative",
            "broker": "Independent broker",
            "trust": "Trust",
            "isf_holder": "Holds the ISF",
            "care_manager": "Care manager",
            "council": "Council",
        }[self.value]


_SEE_PLAN_BOOK = frozenset({Scope.SEE, Scope.PLAN, Scope.BOOK})
_EVERY_SCOPE = frozenset(Scope)

SCOPES_OF_KIND: dict[AuthorityKind, frozenset[Scope]] = {
    AuthorityKind.SELF: _EVERY_SCOPE,
    AuthorityKind.NOMINATED_PERSON: _EVERY_SCOPE,
    AuthorityKind.AUTHORISED_PERSON: _EVERY_SCOPE,
    AuthorityKind.REPRESENTATIVE: _EVERY_SCOPE,
    AuthorityKind.BROKER: _EVERY_SCOPE,
    AuthorityKind.TRUST: _EVERY_SCOPE,
    AuthorityKind.ISF_HOLDER: _EVERY_SCOPE,
    # The council's own staff pay as finance officers, never by an authority that one of them gives another.
    AuthorityKind.CARE_MANAGER: _SEE_PLAN_BOOK,
    AuthorityKind.COUNCIL: _SEE_PLAN_BOOK,
}
"""Which scopes an authority of a kind may have at most."""

HELD_BY_USER = frozenset(
    {AuthorityKind.SELF, AuthorityKind.NOMINATED_PERSON, AuthorityKind.AUTHORISED_PERSON}
)
HELD_BY_ORGANISATION = frozenset({AuthorityKind.TRUST, AuthorityKind.ISF_HOLDER, AuthorityKind.COUNCIL})
"""Every other kind may be held by either."""


_P = Permission
_EVERYBODY = frozenset({_P.PUBLIC, _P.SIGNED_IN, _P.PROVIDER_REGISTER})

_FOR_ONESELF = frozenset(
    {_P.PERSON_SEE, _P.BOOK, _P.CARD_PAY, _P.INVOICE_SEE, _P.INVOICE_PAY, _P.PLAN_WRITE, _P.AGREEMENT_SIGN}
)

GRANTS: dict[Role, frozenset[Permission]] = {
    Role.DIRECT_PAYMENT_HOLDER: _FOR_ONESELF,
    Role.REPRESENTATIVE: _FOR_ONESELF,
    Role.BROKER: frozenset(
        {
            _P.PERSON_SEE,
            _P.BOOK,
            _P.INVOICE_SEE,
            _P.INVOICE_PAY,
            _P.PLAN_WRITE,
            _P.AGREEMENT_SIGN,
            _P.CLIENT_ACCOUNT_DECLARE,
            _P.BANK_DETAILS_MANAGE,
            _P.ELECTRONIC_ADDRESS_RECORD,
            _P.PAYMENT_RUN_DECIDE,
        }
    ),
    Role.PROVIDER_MANAGER: frozenset(
        {
            _P.OFFER_MANAGE,
            _P.ATTENDANCE_RECORD,
            _P.INVOICE_SEE,
            _P.INVOICE_ISSUE,
            _P.BANK_DETAILS_MANAGE,
            _P.ELECTRONIC_ADDRESS_RECORD,
        }
    ),
    Role.PROVIDER_STAFF: frozenset({_P.ATTENDANCE_RECORD}),
    Role.CARE_MANAGER: frozenset(
        {
            _P.PERSON_SEE,
            _P.PERSON_MANAGE,
            _P.BOOK,
            _P.PLAN_WRITE,
            _P.KEY_TURN,
            _P.AGREEMENT_MANAGE,
            _P.AGREEMENT_SIGN,
            _P.COUNCIL_WATCH,
            _P.LETTERS_POST,
            _P.DISPUTE_SETTLE,
        }
    ),
    Role.FINANCE_OFFICER: frozenset(
        {
            _P.PERSON_SEE,
            _P.INVOICE_SEE,
            _P.INVOICE_PAY,
            _P.KEY_TURN,
            _P.CONTRIBUTION_MANAGE,
            _P.PARAMETERS_SET,
            _P.PAYMENT_IN_DECIDE,
            _P.BANK_DETAILS_MANAGE,
            _P.ELECTRONIC_ADDRESS_RECORD,
            _P.PAYMENT_RUN_DECIDE,
            _P.COUNCIL_WATCH,
            _P.LETTERS_POST,
        }
    ),
    Role.COMMISSIONER: frozenset(
        {_P.COMMISSION_DECIDE, _P.OWNERSHIP_RECORD, _P.COUNCIL_WATCH, _P.PROVIDER_SUSPEND}
    ),
    Role.MONITORING_OFFICER: frozenset(
        {
            _P.PERSON_SEE,
            _P.INVOICE_SEE,
            _P.COUNCIL_WATCH,
            _P.VIEWS_SEE,
            _P.PROVIDER_SUSPEND,
            _P.DISPUTE_SETTLE,
        }
    ),
    Role.ADMINISTRATOR: frozenset({_P.COMMISSION_DECIDE, _P.OWNERSHIP_RECORD}),
}

COUNCIL_ROLES = frozenset(
    {Role.CARE_MANAGER, Role.FINANCE_OFFICER, Role.COMMISSIONER, Role.MONITORING_OFFICER, Role.ADMINISTRATOR}
)
PROVIDER_ROLES = frozenset({Role.PROVIDER_MANAGER, Role.PROVIDER_STAFF})

COUNCIL_SCOPES: dict[Role, frozenset[Scope]] = {
    Role.CARE_MANAGER: frozenset({Scope.SEE, Scope.PLAN, Scope.BOOK}),
    Role.FINANCE_OFFICER: frozenset({Scope.SEE, Scope.PAY}),
    Role.MONITORING_OFFICER: frozenset({Scope.SEE}),
}
"""What the council's own staff may do for every person whom their council supports, without an Authority."""


def permissions_of(roles: Iterable[Role]) -> frozenset[Permission]:
    """Everything that the roles allow together."""
    return _EVERYBODY.union(*(GRANTS[role] for role in roles))


def council_scopes_of(roles: Iterable[Role]) -> frozenset[Scope]:
    """What council staff with these roles may do for any person of their council."""
    none: frozenset[Scope] = frozenset()
    return none.union(*(COUNCIL_SCOPES.get(role, none) for role in roles))
