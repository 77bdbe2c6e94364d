"""A person's own page (`pages.md` 3 and the issue's ten seconds), and the way to it."""

from typing import Any
from uuid import UUID

from litestar import Response, get
from litestar.response import Redirect

from marketplace.bookings.desk.place import back_to_desk, keeping, place_asked
from marketplace.bookings.mine import queries, view
from marketplace.bookings.week.queries import own_people
from marketplace.identity.access import Actor
from marketplace.identity.http import AnyRequest, choose_person
from marketplace.identity.pages import easy_read, menu, page
from marketplace.identity.rules import Permission, Role
from marketplace.kernel import clock

SEES = {"permission": Permission.PERSON_SEE}


@get("/me", opt=SEES)
async def show_own(request: AnyRequest, actor: Actor) -> Response[Any]:
    """The actor's own money and week; a choice for those who act for more people than one."""
    people = await own_people(actor)
    if len(people) == 1:
        query = f"?{request.url.query}" if request.url.query else ""
        return Redirect(f"/people/{people[0].id}/money{query}", status_code=303)
    return await page(request, "mine/whose.html", people=people)


@get("/people/{person_id:uuid}/money", opt=SEES)
async def show_money(request: AnyRequest, actor: Actor, person_id: UUID) -> Response[Any]:
    """What money is there, what it does this week, what is left, what is to do."""
    mine = await queries.money_and_week(actor, person_id)
    await choose_person(request, person_id)
    return await page(
        request,
        "mine/money_easy.html" if easy_read(request) else "mine/money.html",
        about=person_id,
        mine=mine,
        person=mine.person,
        nav=menu(actor, "/desk" if Role.BROKER in actor.roles or place_asked(request) else "/me"),
        path=f"/people/{person_id}",
        figures=view.figures(mine, clock.today()),
        funds=view.cards(mine),
        days=view.days(mine, clock.today()),
        week_pence=sum(line.price_pence for line in mine.bookings),
        today=clock.today(),
        week_href=keeping(f"/people/{person_id}/week", request),
        back=_back(request, actor, person_id),
    )


def _back(request: AnyRequest, actor: Actor, person_id: UUID) -> dict[str, str] | None:
    if Role.BROKER in actor.roles or place_asked(request):
        return back_to_desk(request, person_id)
    if actor.council_id is not None:
        return {"href": f"/people/{person_id}", "text": "This person"}
    return None


HANDLERS = [show_own, show_money]
