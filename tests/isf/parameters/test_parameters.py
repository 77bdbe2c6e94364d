"""A council's figures by date: what is in force, who may set them, what stays."""

from datetime import date, timedelta

import asyncpg
import pytest

from isf.parameters import Parameter, ParameterNotSet, parameter, parameters
from isf.parameters.commands import adopt_usual_values, found_council, set_parameter, withdraw_parameter
from isf.parameters.queries import parameters_of
from isf.parameters.rules import usual_values
from marketplace.identity.rules import Role
from marketplace.kernel import clock, db
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.errors import Forbidden, Invalid, NotFound, StateConflict
from tests.world import World, persona

WEEKS = Parameter.SURPLUS_WEEKS


def test_every_parameter_has_words_limits_and_a_usual_value_with_its_source() -> None:
    for each in Parameter:
        usual = usual_values()[each]
        assert each.about.least <= usual.value <= each.about.most
        assert usual.source
        assert each.about.help.endswith(".")


@pytest.mark.row("F6")
async def test_a_figure_counts_from_its_day_and_the_one_before_stays(world: World) -> None:
    today = clock.today()
    await set_parameter(world.finance_officer, WEEKS, 6, today + timedelta(days=10), "Decided by the cabinet")
    assert await parameter(world.council, WEEKS, today) == 8
    assert await parameter(world.council, WEEKS, today + timedelta(days=9)) == 8
    assert await parameter(world.council, WEEKS, today + timedelta(days=10)) == 6
    assert await parameter(world.other_council, WEEKS, today + timedelta(days=10)) == 8
    assert (await parameters(world.council, today + timedelta(days=99)))[WEEKS] == 6
    audited = await db.fetch_one("SELECT before, after FROM audit_record WHERE action = 'parameter.set'")
    assert audited is not None
    assert '"value": 8' in audited["before"]


@pytest.mark.row("F6")
async def test_a_figure_that_nobody_set_is_refused_in_words(world: World) -> None:
    with pytest.raises(ParameterNotSet, match="Weeks of money that may be kept"):
        await parameter(world.council, WEEKS, date(2001, 1, 1))


@pytest.mark.row("A3")
async def test_only_a_finance_officer_sets_figures(world: World) -> None:
    for name, actor in world.personas().items():
        if name != "finance_officer":
            with pytest.raises(Forbidden):
                await set_parameter(actor, WEEKS, 6, clock.today())


async def test_one_figure_a_day_and_within_its_limits(world: World) -> None:
    day = clock.today() + timedelta(days=1)
    await set_parameter(world.finance_officer, WEEKS, 6, day)
    with pytest.raises(Invalid, match="need changing") as refusal:
        await set_parameter(world.finance_officer, WEEKS, 7, day)
    assert "already" in refusal.value.fields["starts_on"]
    with pytest.raises(Invalid) as refusal:
        await set_parameter(world.finance_officer, Parameter.BURN_MARGIN_PERCENT, 101, day)
    assert refusal.value.fields["value"] == "Enter from 0% to 100%"


async def test_what_has_begun_stays_and_what_has_not_can_be_taken_back(world: World) -> None:
    officer, today = world.finance_officer, clock.today()
    begun = await set_parameter(officer, WEEKS, 6, today)
    later = await set_parameter(officer, WEEKS, 7, today + timedelta(days=30))
    with pytest.raises(StateConflict):
        await withdraw_parameter(officer, begun)
    stranger = await persona("Freda Finance", Role.FINANCE_OFFICER, world.other_council)
    with pytest.raises(NotFound):
        await withdraw_parameter(stranger, later)
    assert await withdraw_parameter(officer, later) is WEEKS
    assert await parameter(world.council, WEEKS, today + timedelta(days=31)) == 6
    for statement in ("UPDATE council_parameter SET value = 1", "DELETE FROM council_parameter"):
        with pytest.raises(asyncpg.RestrictViolationError):
            await db.execute(statement)


async def test_the_usual_values_never_replace_what_a_council_decided(world: World) -> None:
    await set_parameter(world.finance_officer, WEEKS, 4, clock.today())
    await adopt_usual_values(SYSTEM, world.council, clock.today() + timedelta(days=1))
    assert await parameter(world.council, WEEKS, clock.today() + timedelta(days=2)) == 4


async def test_a_council_made_on_the_command_line_has_its_figures(database: str) -> None:
    council = await found_council("Westshire Council", "")
    assert set(await parameters(council, clock.today())) == set(Parameter)


async def test_the_list_shows_now_later_and_earlier(world: World) -> None:
    today = clock.today()
    await set_parameter(world.finance_officer, WEEKS, 6, today)
    await set_parameter(world.finance_officer, WEEKS, 5, today + timedelta(days=30))
    line = next(line for line in await parameters_of(world.commissioner) if line.name is WEEKS)
    assert line.now is not None
    assert (line.now.value, line.now.set_by) == (6, "Fiona Finance")
    assert [value.value for value in line.later] == [5]
    assert [value.value for value in line.earlier] == [8]
    with pytest.raises(Forbidden):
        await parameters_of(world.broker)
