"""What is typed when a budget changes, read into a change; the same form again shows what was typed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from isf.budgets.rules import BudgetChange, Share, Standing
from isf.routes.reading import user_typed, uuid_typed
from isf.rules import Collection, FundDraft, Per, first_day_after, for_the_period
from marketplace.identity.access import Actor
from marketplace.kernel import clock
from marketplace.kernel.forms import Form
from marketplace.kernel.money import ZERO, Money
from marketplace.kernel.routes_of_money import Route

_AMOUNT = "Enter an amount in pounds, like 120.00, or 0 if there is none"


@dataclass(frozen=True, slots=True)
class PartShown:
    """A part of the standing version on the form: its fields' names and what stands in them at first."""

    name: str
    title: str
    council: str
    contribution: str


def when_typed(form: Form) -> tuple[date, date]:
    """The first day, and the first day without; notes what is wrong in the form."""
    starts_on = form.day("starts_on", required="Enter the first day of the new amounts, like 1 4 2027")
    last = form.day("ends_on", required="Enter the last day, like 31 3 2028")
    if starts_on and last and last < starts_on:
        form.fail("ends_on", "The last day must be on or after the first day")
    return starts_on or clock.today(), first_day_after(last) if last else clock.today()


def parts_shown(
    standing: Standing, titles: Mapping[UUID, str], starts_on: date, form: Form
) -> list[PartShown]:
    """A row for each part that the person has, with its amounts as they are now."""
    return [
        PartShown(
            str(share.fund_id),
            titles[share.fund_id],
            *(str(amount).replace("£", "").replace(",", "") for amount in _now(standing, share, starts_on)),
        )
        for share in standing.shares
    ]


def _now(standing: Standing, share: Share, starts_on: date) -> tuple[Money, Money]:
    """For a week where all was set so, else what belongs to the days from then on (all of it for a version after)."""
    council, contribution = share.council.weekly, share.contribution.weekly
    if usual_per(standing) is Per.WEEK and council is not None and contribution is not None:
        return council, contribution
    rest = share.rest(starts_on if starts_on < share.council.ends_on else share.council.starts_on)
    return rest.council_share, rest.contribution


def usual_per(standing: Standing) -> Per:
    """What the amounts of a version are for: a week where every part was set so."""
    by_the_week = all(
        share.council.weekly is not None and share.contribution.weekly is not None
        for share in standing.shares
    )
    return Per.WEEK if by_the_week else Per.PERIOD


def per_of(form: Form, standing: Standing) -> Per:
    """What the typed amounts are for; as before where nothing was said."""
    try:
        return Per(form.text("per"))
    except ValueError:
        return usual_per(standing)


async def change_typed(
    actor: Actor,
    standing: Standing,
    change_id: UUID,
    when: Mapping[str, Any],
    form: Form,
    because: Mapping[str, Any],
    seen: str,
) -> BudgetChange:
    """The change that was typed over the pages; notes in `form` what is wrong on the page of the amounts."""
    starts_on, ends_on = when_typed(Form(when))
    funds = [
        fund for share in standing.shares if (fund := _part(form, standing, share, starts_on)) is not None
    ]
    if (new := await _new_part(actor, form)) is not None:
        funds.append(new)
    if not funds:
        form.fail("parts", "A budget has at least one part: enter an amount")
    collection = form.text("collection") or str(standing.collection)
    reason = Form(because)
    return BudgetChange(
        starts_on,
        ends_on,
        funds,
        reason.text("because"),
        per_of(form, standing),
        Collection(collection) if collection in set(Collection) else standing.collection,
        reason.text("agreed"),
        seen,
        change_id,
    )


def _part(form: Form, standing: Standing, share: Share, starts_on: date) -> FundDraft | None:
    """A part as typed; one that the form did not ask about stays as it is, one of nothing ends."""
    name = str(share.fund_id)
    if f"council-{name}" in form.values:
        council = form.money(f"council-{name}", required=_AMOUNT)
        contribution = form.money(f"contribution-{name}", required=_AMOUNT)
    else:
        council, contribution = _now(standing, share, starts_on)
    if not council and not contribution:
        return None
    return FundDraft(
        share.route, council + contribution, share.holder_user_id, share.holder_organisation_id, contribution
    )


async def _new_part(actor: Actor, form: Form) -> FundDraft | None:
    if form.text("new-route") in ("", "none"):
        return None
    route = form.choice("new-route", Route, required="Choose how the new part is held, or no new part")
    council = form.money("new-council", required=_AMOUNT)
    contribution = form.money("new-contribution", required=_AMOUNT)
    if route is None:
        return None
    if not council and not contribution:
        form.fail("new-council", "Enter an amount of more than £0.00, or choose no new part")
    user, organisation = await holder_typed(actor, form, route, "new-holder")
    return FundDraft(route, council + contribution, user, organisation, contribution)


async def holder_typed(actor: Actor, form: Form, route: Route, name: str) -> tuple[UUID | None, UUID | None]:
    """Who was typed as the holder of a route: a user by e-mail, an organisation from the list, or the council."""
    match route:
        case Route.DIRECT_PAYMENT:
            user = await user_typed(actor, form, f"{name}-user")
            if user is None:
                form.fail(f"{name}-user", "Enter the e-mail with which the holder signs in")
            return user, None
        case Route.ISF:
            organisation = uuid_typed(form, f"{name}-organisation")
            if organisation is None:
                form.fail(
                    f"{name}-organisation", "Choose the organisation that holds the Individual Service Fund"
                )
            return None, organisation
        case Route.COUNCIL_MANAGED:
            return None, actor.council_id


def sums(standing: Standing, starts_on: date, ends_on: date, form: Form) -> dict[str, Money]:
    """What was typed so far, for what it was typed for and for all the days; what cannot be read counts nothing."""
    per = per_of(form, standing)
    names = [str(share.fund_id) for share in standing.shares]
    pairs = [(_read(form, f"council-{name}"), _read(form, f"contribution-{name}")) for name in names]
    if form.text("new-route") not in ("", "none"):
        pairs.append((_read(form, "new-council"), _read(form, "new-contribution")))
    parts = [
        for_the_period(council, contribution, starts_on, ends_on, per) for council, contribution in pairs
    ]
    return {
        "council": Money(sum(council.pence for council, _ in pairs)),
        "contribution": Money(sum(contribution.pence for _, contribution in pairs)),
        "whole": Money(sum(council.pence + contribution.pence for council, contribution in pairs)),
        "period": Money(sum(part.whole.pence for part in parts)),
    }


def _read(form: Form, name: str) -> Money:
    try:
        return Money.parse(form.text(name))
    except ValueError:
        return ZERO
