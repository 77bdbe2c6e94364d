"""Where a page that says no to a personal budget may name the one-off exception: only where it is turned on."""

from enum import StrEnum

from marketplace.bookings.exceptions.queries import allowed
from marketplace.bookings.places.choice import Choice, FundChoice
from marketplace.identity.access import Actor
from marketplace.identity.rules import Permission
from marketplace.kernel.routes_of_money import Route


class Offer(StrEnum):
    """What the page says about it."""

    NONE = "none"
    NAMED = "named"
    """There is such a thing; the care manager asks for it."""

    ASKED_HERE = "asked_here"
    """The one who looks can ask for it."""


def barred(choice: Choice) -> list[FundChoice]:
    """The personal budgets that the in-house rule keeps from this session."""
    return [
        each
        for each in choice.unable
        if each.facts.owner_council_id == each.facts.fund_council_id
        and each.facts.route is not Route.COUNCIL_MANAGED
    ]


async def offer_of(actor: Actor, choice: Choice) -> Offer:
    """Whether the council allows one-off sessions on the day, and the in-house rule bars a personal budget."""
    found = barred(choice)
    council_id = found[0].facts.fund_council_id if found and choice.trouble is None else None
    if council_id is None or await allowed(council_id, choice.session.service_on) <= 0:
        return Offer.NONE
    asks = Permission.PERSON_MANAGE in actor.permissions and actor.council_id == council_id
    return Offer.ASKED_HERE if asks else Offer.NAMED
