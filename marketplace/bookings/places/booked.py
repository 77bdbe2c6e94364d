"""A booking's own page, for those who see the person and for those who deliver it; and giving it up."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.response import Redirect

from isf.rules import fund_title
from marketplace.bookings import queries
from marketplace.bookings.cancelling.queries import other_dates
from marketplace.bookings.commands import cancel_booking
from marketplace.bookings.rules import BookingState, Payment, Reason, check_not_begun
from marketplace.bookings.terms import cancel_now_words, cancel_words
from marketplace.bookings.week.view import picture_of, place_of
from marketplace.identity.access import Actor, record_view, scopes_from
from marketplace.identity.http import AnyRequest
from marketplace.identity.pages import done, page
from marketplace.identity.rules import Permission, Scope
from marketplace.kernel import clock, db
from marketplace.kernel.errors import Conflict, DomainError, Forbidden
from marketplace.kernel.forms import Form
from marketplace.kernel.money import ZERO, Money
from marketplace.kernel.routes_of_money import Route
from providers.rules import SupportRatio

# The route's permission is the least that both sides have; the query and the command ask for the rest.
ANYBODY = {"permission": Permission.SIGNED_IN}
COUNCIL_REASONS = (Reason.COUNCIL,)
OWN_REASONS = (Reason.PERSON_ILL, Reason.CHANGED_MIND, Reason.OTHER)


@dataclass(frozen=True, slots=True)
class View:
    """A booking with what the actor is to it."""

    row: db.Row
    delivers: bool
    scopes: frozenset[Scope]

    @property
    def id(self) -> UUID:
        """The booking's id."""
        found: UUID = self.row["id"]
        return found

    @property
    def price(self) -> Money:
        """What was agreed."""
        return Money(self.row["price_pence"])

    @property
    def ratio(self) -> SupportRatio:
        """How many people share the worker."""
        return SupportRatio(self.row["ratio"])

    @property
    def share(self) -> Money:
        """What the support costs, without the journey."""
        return queries.support_price(self.row)

    @property
    def called(self) -> str:
        """What to call the person."""
        return str(self.row["preferred_name"] or self.row["person_name"])

    @property
    def fund(self) -> str:
        """What people call the money that pays."""
        return fund_title(Route(self.row["route"]), self.row["holder"])

    @property
    def by_card(self) -> bool:
        """Whether it was, or is being, paid by card."""
        return Payment(self.row["payment"]) is Payment.CARD

    @property
    def netted(self) -> bool:
        """Whether nobody is paid for it, and it comes off the next payment into the fund (`rules.md` 2)."""
        return Payment(self.row["payment"]) is Payment.NETTED

    @property
    def begun(self) -> bool:
        """Whether it is happening, or over."""
        return bool(self.row["starts_at"] <= clock.now())

    def may_cancel(self, actor: Actor) -> bool:
        """Whether the page offers to give it up: to the provider always, to the person's side until it begins."""
        if self.row["state"] != BookingState.CONFIRMED:
            return False
        if self.delivers:
            return True
        return Scope.BOOK in self.scopes and Permission.BOOK in actor.permissions and not self.begun

    def charge_now(self) -> Money:
        """What giving it up now would cost (`rules.md` 14, 15)."""
        return ZERO if self.delivers else queries.cancel_charge(self.row)

    def reasons(self, actor: Actor) -> tuple[Reason, ...]:
        """Why the actor's side could give it up; the council also as itself, where its own money pays."""
        own_money = actor.council_id is not None and self.row["route"] == Route.COUNCIL_MANAGED
        return OWN_REASONS + COUNCIL_REASONS if own_money else OWN_REASONS

    def words_of_cancel(self) -> list[str]:
        """The frozen terms in dated sentences."""
        price = ZERO if self.row["relative_bars"] else self.share
        return cancel_words(queries.terms_of(self.row), price, self.row["starts_at"], clock.now())


async def read(actor: Actor, booking_id: UUID) -> View:
    """The booking as the actor may see it; the view is audited. Raises NotFound."""
    row = await queries.booking(actor, booking_id)
    await record_view(actor, "booking", booking_id)
    delivers = (
        Permission.ATTENDANCE_RECORD in actor.permissions
        and row["provider_organisation_id"] == actor.organisation_id
    )
    return View(row, delivers, scopes_from(actor, row))


@get("/bookings/{booking_id:uuid}", opt=ANYBODY)
async def show_booking(request: AnyRequest, actor: Actor, booking_id: UUID) -> Response[Any]:
    """What was booked, when, where, for how much, and what can still be done."""
    view = await read(actor, booking_id)
    again = view.row["state"] == BookingState.CANCELLED and not view.delivers and Scope.BOOK in view.scopes
    others = await other_dates(booking_id) if again and Permission.BOOK in actor.permissions else []
    return await page(request, "bookings/booking.html", **_context(view, actor), others=others)


def _context(view: View, actor: Actor) -> dict[str, Any]:
    row = view.row
    on = row["service_on"].isoformat()
    back = {"href": f"/people/{row['person_id']}/week?on={on}", "text": f"{view.called}’s week"}
    if view.delivers:
        back = {"href": f"/provider/sessions/{row['activity_session_id']}", "text": "The register"}
    return {
        "about": row["person_id"],
        "booking": row,
        "view": view,
        "place": place_of(row["venue"], row["town"]),
        "picture": picture_of(row["category"]),
        "may_cancel": view.may_cancel(actor),
        "because": Reason(row["cancelled_because"]).label if row["cancelled_because"] else "",
        "back": back,
    }


@get("/bookings/{booking_id:uuid}/cancel", opt=ANYBODY)
async def show_cancel(request: AnyRequest, actor: Actor, booking_id: UUID) -> Response[Any]:
    """Ask why, and say what it costs now."""
    view = await _to_cancel(actor, booking_id)
    if view is None:
        return Redirect(f"/bookings/{booking_id}", status_code=303)
    return await _cancel_page(request, actor, view, Form({}))


async def _to_cancel(actor: Actor, booking_id: UUID) -> View | None:
    """The booking when it can be given up; None when it is given up or over. Raises NotFound, Forbidden, Conflict."""
    view = await read(actor, booking_id)
    if not view.delivers and not (Scope.BOOK in view.scopes and Permission.BOOK in actor.permissions):
        raise Forbidden("You can see this booking, but you may not cancel it.")
    if view.row["state"] != BookingState.CONFIRMED:
        return None
    if not view.delivers:
        check_not_begun(view.row["starts_at"], clock.now())
    return view


async def _cancel_page(
    request: AnyRequest, actor: Actor, view: View, form: Form, *, status: int = 200
) -> Response[Any]:
    charge = view.charge_now()
    return await page(
        request,
        "bookings/cancel.html",
        status=status,
        **_context(view, actor) | {"back": {"href": f"/bookings/{view.id}", "text": "Keep the booking"}},
        charge_pence=charge.pence,
        again_pence=(view.price - charge).pence,
        reasons=[(str(reason), reason.label) for reason in view.reasons(actor)],
        now_words=cancel_now_words(
            queries.terms_of(view.row), view.price, view.row["starts_at"], clock.now()
        ),
        words_asked=view.delivers or len(view.reasons(actor)) > len(OWN_REASONS),
        form=form.values,
        errors=form.errors,
    )


@post("/bookings/{booking_id:uuid}/cancel", opt=ANYBODY, status_code=200)
async def do_cancel(request: AnyRequest, actor: Actor, booking_id: UUID) -> Response[Any]:
    """Give the place up at the price that was shown; a price that went up meanwhile is shown first."""
    view = await _to_cancel(actor, booking_id)
    if view is None:
        return Redirect(f"/bookings/{booking_id}", status_code=303)
    form = await Form.read(request)
    try:
        because = Reason.PROVIDER if view.delivers else _reason(form, view.reasons(actor))
        words = form.text("words", most=500)
        form.check()
        _check_price_shown(form, view.charge_now())
        charge = await cancel_booking(actor, booking_id, because or Reason.OTHER, words)
    except DomainError as refusal:
        form.take(refusal)
        return await _cancel_page(request, actor, view, form, status=refusal.status)
    return await done(request, f"/bookings/{booking_id}", _told(view, charge))


def _reason(form: Form, known: tuple[Reason, ...]) -> Reason | None:
    found = form.choice("because", Reason, required="Choose why")
    if found is not None and found not in known:
        form.fail("because", "Choose why")
    return found


def _check_price_shown(form: Form, charge: Money) -> None:
    shown = form.text("charge_pence")
    if shown.isdecimal() and int(shown[:12]) < charge.pence:
        raise Conflict(
            f"You cannot cancel for nothing any more, because the time for it has just ended. "
            f"You can cancel and pay {charge}."
        )


def _told(view: View, charge: Money) -> str:
    if view.delivers:
        return "The booking is cancelled. The person pays nothing."
    paid = f"{charge} is paid for it." if charge else "You pay nothing."
    again = view.price - charge
    if not again:
        return f"The booking is cancelled. {paid}"
    where = "goes back to the card" if view.by_card else f"is left again in {view.fund}"
    return f"The booking is cancelled. {paid} {again} {where}."


HANDLERS = [show_booking, show_cancel, do_cancel]
