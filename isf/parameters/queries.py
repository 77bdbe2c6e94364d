"""Which figure of a council is in force on a day."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from uuid import UUID

import msgspec

from isf.parameters.rules import Parameter, in_words, usual_values
from marketplace.identity.access import Actor, require
from marketplace.identity.rules import Permission
from marketplace.kernel import clock, db, formats
from marketplace.kernel.errors import Conflict, Forbidden


class ParameterNotSet(Conflict):
    """The council has no figure in force for something that needs one."""

    code = "parameter_not_set"

    def __init__(self, missing: Parameter, on: date) -> None:
        super().__init__(
            f"You cannot do this yet, because the council has no figure for “{missing.label}”"
            f" on {formats.full_date(on)}. You can ask a finance officer of the council to set it.",
            parameter=str(missing),
        )


async def parameter(council_id: UUID, wanted: Parameter, on: date) -> int:
    """A council's figure in force on a day, in the unit of the parameter. Raises ParameterNotSet."""
    value: int | None = await db.fetch_value(
        "SELECT value FROM council_parameter WHERE council_id = $1 AND name = $2 AND starts_on <= $3"
        " ORDER BY starts_on DESC LIMIT 1",
        council_id,
        str(wanted),
        on,
    )
    if value is None:
        raise ParameterNotSet(wanted, on)
    return value


async def parameters(council_id: UUID, on: date) -> Mapping[Parameter, int]:
    """Every figure of a council in force on a day, by one statement; those never set are missing."""
    rows = await db.fetch_all(
        "SELECT DISTINCT ON (name) name, value FROM council_parameter WHERE council_id = $1 AND starts_on <= $2"
        " ORDER BY name, starts_on DESC",
        council_id,
        on,
    )
    return {Parameter(row["name"]): row["value"] for row in rows if row["name"] in set(Parameter)}


async def usual_or_set(wanted: Parameter, council_ids: Collection[UUID], on: date) -> Mapping[UUID, int]:
    """The figure of each council in force on a day, by one statement; the usual one where a council set none."""
    rows = await db.fetch_all(
        "SELECT DISTINCT ON (council_id) council_id, value FROM council_parameter"
        " WHERE council_id = ANY ($1) AND name = $2 AND starts_on <= $3 ORDER BY council_id, starts_on DESC",
        list(council_ids),
        str(wanted),
        on,
    )
    usual = usual_values()[wanted].value
    return dict.fromkeys(council_ids, usual) | {row["council_id"]: row["value"] for row in rows}


class ParameterValue(msgspec.Struct, frozen=True, kw_only=True):
    """A figure that a council set, in the parameter's unit, from a day on."""

    id: UUID
    name: Parameter
    starts_on: date
    value: int
    note: str
    set_at: datetime
    set_by: str
    """Who set it; empty when it came with the council's usual values."""

    @property
    def words(self) -> str:
        """The value as people read it."""
        return in_words(self.name, self.value)

    @property
    def begun(self) -> bool:
        """Whether it is, or was, in force."""
        return self.starts_on <= clock.today()


class ParameterLine(msgspec.Struct, frozen=True, kw_only=True):
    """A parameter with what is in force today, what comes, and what was before (the newest first)."""

    name: Parameter
    now: ParameterValue | None
    later: list[ParameterValue]
    earlier: list[ParameterValue]


def own_council(actor: Actor) -> UUID:
    """The council whose figures the actor may read. Raises Forbidden for everybody else."""
    require(actor, Permission.COUNCIL_WATCH)
    if actor.council_id is None:
        raise Forbidden
    return actor.council_id


async def parameters_of(actor: Actor) -> list[ParameterLine]:
    """All parameters of the actor's council, in their order. Needs COUNCIL_WATCH."""
    rows = await db.fetch_all(
        "SELECT c.id, c.name, c.starts_on, c.value, c.note, c.set_at, coalesce(u.name, '') AS set_by"
        "  FROM council_parameter c LEFT JOIN app_user u ON u.id = c.set_by"
        " WHERE c.council_id = $1 AND c.name = ANY ($2::text[]) ORDER BY c.starts_on DESC",
        own_council(actor),
        [str(each) for each in Parameter],
    )
    told = [msgspec.convert(row, ParameterValue) for row in rows]
    return [_line(each, [value for value in told if value.name is each]) for each in Parameter]


def _line(name: Parameter, values: list[ParameterValue]) -> ParameterLine:
    begun = [value for value in values if value.begun]
    later = sorted((value for value in values if not value.begun), key=lambda value: value.starts_on)
    return ParameterLine(name=name, now=begun[0] if begun else None, later=later, earlier=begun[1:])
