"""Every page for people and for everybody: nothing grave to axe, nothing sideways at 360 pixels, one heading, quiet."""

import pytest

from tests.journeys.looking_everywhere import Look, look_at_every, of_work


@pytest.mark.row("A1")
def test_every_page_for_people_is_accessible_narrow_and_quiet(look: Look) -> None:
    look_at_every(look, lambda path: not of_work(path))
