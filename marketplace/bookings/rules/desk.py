"""Who books with which money, until when a place is given up, from when a register is filled in; and how it is said."""

from datetime import date, datetime
from enum import StrEnum

from marketplace.kernel.errors import Conflict, Forbidden, NotBookable
from marketplace.kernel.routes_of_money import Route
from providers.rules import SupportRatio


class Side(StrEnum):
    """Who is at the desk: the council's own staff, or the person and those who act for them."""

    COUNCIL = "council"
    PERSON = "person"


def check_fund_user(route: Route, side: Side) -> None:
    """Council-managed money is spent by the council; a personalised budget never is. Raises Forbidden."""
    if route is Route.COUNCIL_MANAGED and side is Side.PERSON:
        raise Forbidden(
            "You cannot book with this money, because the council manages it. You can ask the care manager to book."
        )
    if route is not Route.COUNCIL_MANAGED and side is Side.COUNCIL:
        raise Forbidden(
            "You cannot book with this money, because it is the person's own budget. "
            "You can ask the person, or whoever holds the budget for them, to book."
        )


def check_not_begun(starts_at: datetime, now: datetime) -> None:
    """Raises Conflict when the person's side gives up a place that is being used, or was."""
    if now >= starts_at:
        raise Conflict(
            "You cannot cancel this, because it has begun. You can ask the provider what the register says."
        )


def check_attendance_day(service_on: date, today: date) -> None:
    """Raises NotBookable when a register is filled in before the day of the session."""
    if service_on > today:
        raise NotBookable(
            "You cannot record this yet, because the session has not happened. You can do it on the day."
        )


def how_words(ratio: str, transport_pence: int) -> str:
    """How somebody is supported, where it is not simply the group: `One to one, with transport`."""
    kind = SupportRatio(ratio)
    told = "" if kind is SupportRatio.GROUP else kind.label
    if not transport_pence:
        return told
    return f"{told}, with transport" if told else "With transport"
