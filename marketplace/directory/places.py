"""Where a postcode is: in the kernel, because sellers place their venues by it too."""

from marketplace.kernel.places import (
    METRES_PER_MILE,
    POSTCODE_ATTRIBUTIONS,
    POSTCODE_LICENCE,
    POSTCODE_LICENCE_URL,
    Place,
    Precision,
    from_lat_lon,
    locate,
    normalise_postcode,
)

__all__ = [
    "METRES_PER_MILE",
    "POSTCODE_ATTRIBUTIONS",
    "POSTCODE_LICENCE",
    "POSTCODE_LICENCE_URL",
    "Place",
    "Precision",
    "from_lat_lon",
    "locate",
    "normalise_postcode",
]
