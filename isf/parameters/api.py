"""The API of a council's figures: the same query and command as the pages."""

from datetime import date
from uuid import UUID

import msgspec
from litestar import Router, get, post

from isf.parameters.commands import set_parameter
from isf.parameters.queries import ParameterLine, parameters_of
from isf.parameters.rules import Parameter
from marketplace.identity.access import Actor
from marketplace.identity.rules import Permission


class ParameterIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A figure from a day on, in the unit of its parameter (money in pence)."""

    name: Parameter
    value: int
    starts_on: date
    note: str = ""


class ParameterSet(msgspec.Struct, frozen=True):
    """The id of the figure that was set."""

    id: UUID


@get("/council/parameters", opt={"permission": Permission.COUNCIL_WATCH})
async def parameters(actor: Actor) -> list[ParameterLine]:
    """Every figure of your council: what counts today, what comes, what was."""
    return await parameters_of(actor)


@post("/council/parameters", opt={"permission": Permission.PARAMETERS_SET})
async def set_one(actor: Actor, data: ParameterIn) -> ParameterSet:
    """Set a figure from a day on. The same day again is refused, so a retry changes nothing."""
    return ParameterSet(await set_parameter(actor, data.name, data.value, data.starts_on, data.note))


router = Router("/api/v1", include_in_schema=True, route_handlers=[parameters, set_one], tags=["council"])
