"""The council's figures: what counts today, what comes, what was."""

from datetime import date
from itertools import groupby
from typing import Any
from uuid import UUID

from litestar import Response, Router, get, post

from isf.parameters.commands import set_parameter, withdraw_parameter
from isf.parameters.queries import ParameterLine, parameters_of
from isf.parameters.rules import Parameter, Unit
from marketplace.identity.access import Actor
from marketplace.identity.http import AnyRequest
from marketplace.identity.pages import done, page
from marketplace.identity.rules import Permission
from marketplace.kernel import clock
from marketplace.kernel.errors import DomainError, NotFound
from marketplace.kernel.formats import full_date
from marketplace.kernel.forms import Form

WATCHES = {"permission": Permission.COUNCIL_WATCH}
SETS = {"permission": Permission.PARAMETERS_SET}
_PATH = "/council/parameters"


def parameter_named(name: str) -> Parameter:
    """The parameter of an address. Raises NotFound."""
    try:
        return Parameter(name)
    except ValueError:
        raise NotFound from None


async def line_of(actor: Actor, name: Parameter) -> ParameterLine:
    """One parameter of the actor's council with its past and its future."""
    return next(line for line in await parameters_of(actor) if line.name is name)


@get(_PATH, opt=WATCHES)
async def show_parameters(request: AnyRequest, actor: Actor) -> Response[Any]:
    """Every figure under its heading."""
    lines = await parameters_of(actor)
    groups = [(group, list(under)) for group, under in groupby(lines, key=lambda line: line.name.about.group)]
    return await page(
        request,
        "isf/parameters/list.html",
        groups=groups,
        sets=Permission.PARAMETERS_SET in actor.permissions,
    )


@get(_PATH + "/{figure:str}", opt=WATCHES)
async def show_parameter(request: AnyRequest, actor: Actor, figure: str) -> Response[Any]:
    """One figure: what counts, what comes, what was, and the form for another."""
    return await _page(request, actor, parameter_named(figure), Form({}))


@post(_PATH + "/{figure:str}", opt=SETS, status_code=200)
async def do_set_parameter(request: AnyRequest, actor: Actor, figure: str) -> Response[Any]:
    """Set it from a day on, or keep what was typed and say what is wrong."""
    parameter, form = parameter_named(figure), await Form.read(request)
    try:
        value = value_typed(form, parameter)
        starts_on = form.day("starts_on", required="Enter the first day on which it counts, like 1 4 2027")
        note = form.text("note", most=500)
        form.check()
        await set_parameter(actor, parameter, value, starts_on or date.min, note)
    except DomainError as refusal:
        form.take(refusal)
        return await _page(request, actor, parameter, form, status=refusal.status)
    words = f"{parameter.label}: the new figure counts from {full_date(starts_on or date.min)}."
    return await done(request, f"{_PATH}#{parameter}", words)


@post(_PATH + "/{figure:str}/{figure_id:uuid}/withdraw", opt=SETS, status_code=200)
async def do_withdraw_parameter(
    request: AnyRequest, actor: Actor, figure: str, figure_id: UUID
) -> Response[Any]:
    """Take back a figure that does not count yet."""
    form = Form({})
    try:
        withdrawn = await withdraw_parameter(actor, figure_id)
    except DomainError as refusal:
        form.take(refusal)
        return await _page(request, actor, parameter_named(figure), form, status=refusal.status)
    return await done(request, f"{_PATH}/{withdrawn}", "The later figure is taken back.")


def value_typed(form: Form, parameter: Parameter) -> int:
    """The value in the parameter's unit; notes what to type when it cannot be read."""
    unit = parameter.unit
    if unit.is_money:
        return form.money("value", required="Enter an amount in pounds, like 112.50").pence
    if unit is Unit.YES_NO:
        return int(form.one_of("value", ("0", "1"), required="Choose yes or no") or 0)
    return form.whole(
        "value", required="Enter a whole number", least=parameter.about.least, most=parameter.about.most
    )


async def _page(
    request: AnyRequest, actor: Actor, parameter: Parameter, form: Form, *, status: int = 200
) -> Response[Any]:
    return await page(
        request,
        "isf/parameters/parameter.html",
        status=status,
        line=await line_of(actor, parameter),
        sets=Permission.PARAMETERS_SET in actor.permissions,
        today=clock.today(),
        form=form.values,
        errors=form.errors,
    )


router = Router(
    "/",
    route_handlers=[show_parameters, show_parameter, do_set_parameter, do_withdraw_parameter],
    include_in_schema=False,
)
