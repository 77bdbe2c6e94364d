"""Setting a council's figures. What has begun stays as it was; what has not can be taken back."""

from datetime import date
from uuid import UUID

from isf.parameters.rules import Parameter, usual_values, value_error
from marketplace.identity.access import Actor, require
from marketplace.identity.commands import found_organisation
from marketplace.identity.rules import Permission
from marketplace.kernel import audit, clock, db, formats
from marketplace.kernel.errors import Forbidden, Invalid, NotFound, StateConflict
from marketplace.kernel.ids import new_id

db.explain_constraint(
    "council_parameter_once_a_day",
    Invalid({"starts_on": "There is a figure from that day already. Choose another day"}),
)

_INSERT = (
    "INSERT INTO council_parameter (id, council_id, name, starts_on, value, note, set_by)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7)"
)
_FIRST_DAY, _LAST_DAY = date(2000, 1, 1), date(2100, 1, 1)


async def set_parameter(actor: Actor, name: Parameter, value: int, starts_on: date, note: str = "") -> UUID:
    """A figure of the actor's council from a day on, in the parameter's unit; earlier ones stay in the record.

    Needs PARAMETERS_SET. Raises Invalid outside the parameter's limits, or when that day has a figure already.
    """
    require(actor, Permission.PARAMETERS_SET)
    if actor.council_id is None:
        raise Forbidden
    wrong = {}
    if told := value_error(name, value):
        wrong["value"] = told
    if not _FIRST_DAY <= starts_on < _LAST_DAY:
        wrong["starts_on"] = "Enter a day between 2000 and 2100"
    if wrong:
        raise Invalid(wrong)
    async with db.unit_of_work():
        before = await db.fetch_value(
            "SELECT value FROM council_parameter WHERE council_id = $1 AND name = $2 AND starts_on <= $3"
            " ORDER BY starts_on DESC LIMIT 1",
            actor.council_id,
            str(name),
            starts_on,
        )
        parameter_id = await _write(actor, actor.council_id, name, value, starts_on, note)
        await audit.record(
            actor,
            "parameter.set",
            "council_parameter",
            parameter_id,
            before={"value": before},
            after={"name": name, "value": value, "starts_on": starts_on},
            because=note,
        )
    return parameter_id


async def withdraw_parameter(actor: Actor, parameter_id: UUID) -> Parameter:
    """Take back a figure that has not begun; answers which it was. Needs PARAMETERS_SET.

    Raises NotFound for another council's, StateConflict once it has begun.
    """
    require(actor, Permission.PARAMETERS_SET)
    async with db.unit_of_work():
        row = await db.fetch_one(
            "SELECT name, value, starts_on FROM council_parameter WHERE id = $1 AND council_id = $2 FOR UPDATE",
            parameter_id,
            actor.council_id,
        )
        if row is None:
            raise NotFound
        if row["starts_on"] <= clock.today():
            raise StateConflict(
                f"You cannot take this back, because it has counted since {formats.full_date(row['starts_on'])}."
                " You can set another figure from a later day."
            )
        await db.execute("DELETE FROM council_parameter WHERE id = $1", parameter_id)
        await audit.record(actor, "parameter.withdrawn", "council_parameter", parameter_id, before=row)
    return Parameter(row["name"])


async def adopt_usual_values(who: audit.Who, council_id: UUID, starts_on: date) -> None:
    """Write the usual values as this council's own, from a day on; what it has set already stays.

    For making a council: whether `who` may is asked by whoever makes it. Joins the open unit of work.
    """
    async with db.unit_of_work():
        known = {
            row["name"]
            for row in await db.fetch_all(
                "SELECT DISTINCT name FROM council_parameter WHERE council_id = $1", council_id
            )
        }
        await db.execute_many(
            _INSERT,
            [
                (new_id(), council_id, str(name), starts_on, usual.value, usual.source, who.user_id)
                for name, usual in usual_values().items()
                if name not in known
            ],
        )
        await audit.record(who, "parameters.adopted", "council", council_id, after={"starts_on": starts_on})


async def _write(
    who: audit.Who, council_id: UUID, name: Parameter, value: int, starts_on: date, note: str
) -> UUID:
    parameter_id = new_id()
    await db.execute(
        _INSERT, parameter_id, council_id, str(name), starts_on, value, note.strip(), who.user_id
    )
    return parameter_id


async def found_council(name: str, email: str) -> UUID:
    """For the command line: a council with the usual values from the first day of this financial year.

    Raises Invalid when the name is taken or empty.
    """
    async with db.unit_of_work():
        council_id = await found_organisation(name, email, "council")
        last = clock.financial_year_end(clock.today())
        await adopt_usual_values(audit.SYSTEM, council_id, date(last.year - 1, 4, 1))
    return council_id
