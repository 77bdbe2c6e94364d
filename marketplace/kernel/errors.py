"""Everything that can be refused: one tree, with a status, a stable code and words for a person."""

from collections.abc import Mapping

from marketplace.kernel.money import Money


class DomainError(Exception):
    """Something a person asked for cannot be; `message` says why and what can be done instead."""

    status = 400
    code = "refused"

    def __init__(self, message: str, **details: object) -> None:
        super().__init__(message)
        self.message = message
        self.details = details


class NotSignedIn(DomainError):
    """The page is for people who have signed in."""

    status = 401
    code = "not_signed_in"

    def __init__(self, message: str = "Sign in to see this page.") -> None:
        super().__init__(message)


class Forbidden(DomainError):
    """The actor can see the thing, but may not do this to it."""

    status = 403
    code = "forbidden"

    def __init__(self, message: str = "Your role does not allow this.") -> None:
        super().__init__(message)


class NotFound(DomainError):
    """There is no such thing, or the actor may not know that there is."""

    status = 404
    code = "not_found"

    def __init__(self, message: str = "There is nothing here, or it is not yours to see.") -> None:
        super().__init__(message)


class Invalid(DomainError):
    """What was typed or sent cannot be used; `fields` says what to type, field by field."""

    status = 422
    code = "invalid"

    def __init__(self, fields: Mapping[str, str], message: str = "Some answers need changing.") -> None:
        super().__init__(message, fields=dict(fields))
        self.fields = dict(fields)


class Conflict(DomainError):
    """A rule, or somebody who was quicker, stands in the way."""

    status = 409
    code = "conflict"


class StateConflict(Conflict):
    """The thing is no longer in the state that the action starts from."""

    code = "state_conflict"


class IdempotencyConflict(Conflict):
    """The same Idempotency-Key came with another body."""

    code = "idempotency_key_reused"

    def __init__(self) -> None:
        super().__init__("This Idempotency-Key was used with other content. Use a new key for a new request.")


class InHouseBlocked(Conflict):
    """A personalised budget cannot buy from a service of the council that funds it (`rules.md` 1)."""

    code = "in_house_blocked"

    def __init__(self) -> None:
        super().__init__(
            "You cannot use this personal budget here, because this service belongs to the council that pays "
            "the budget, and a council cannot pay itself. The care manager can arrange it with the council's own money."
        )


class FundExhausted(Conflict):
    """The fund has less money left than the price."""

    code = "fund_exhausted"

    def __init__(self, short_by: Money) -> None:
        super().__init__(
            f"You cannot book this, because there is not enough money left: it is {short_by} short. "
            "You can choose something that costs less, or use another fund.",
            short_by_pence=short_by.pence,
        )
        self.short_by = short_by


class SessionFull(Conflict):
    """No places are left."""

    code = "session_full"

    def __init__(self) -> None:
        super().__init__(
            "You cannot book this date, because all places are taken. You can choose another date."
        )


class PersonBusy(Conflict):
    """The person already has a booking at that time."""

    code = "person_busy"

    def __init__(self) -> None:
        super().__init__(
            "You cannot book this, because there is another booking at the same time. "
            "You can cancel the other booking, or choose another date."
        )


class RouteNotAccepted(Conflict):
    """The seller does not take this way of paying."""

    code = "route_not_accepted"

    def __init__(self, route_label: str) -> None:
        super().__init__(
            f"You cannot pay with {route_label} here, because this activity does not take it. "
            "You can use another fund, or ask the provider."
        )


class NotCommissioned(Conflict):
    """The council has no agreement with the provider on that date."""

    code = "not_commissioned"

    def __init__(self) -> None:
        super().__init__(
            "You cannot book this with this fund, because the council has not approved the provider for that date. "
            "You can choose another provider, or ask the council."
        )


class AccreditationLapsed(Conflict):
    """Something that the council requires of the provider has run out, or was never proved."""

    code = "accreditation_lapsed"

    def __init__(self) -> None:
        super().__init__(
            "You cannot book this now, because something that the council requires of the provider, like insurance, "
            "is missing or has run out. You can choose another provider, or ask this one when it is renewed."
        )


class NotBookable(Conflict):
    """The date cannot be booked: past, cancelled, not published, or outside the fund's dates."""

    code = "not_bookable"
