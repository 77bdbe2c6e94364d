"""What stands on a provider's list of things to do: values in, values out."""

from collections.abc import Mapping
from dataclasses import dataclass

from marketplace.identity.rules import Permission


@dataclass(frozen=True, slots=True)
class Tile:
    """A number that is a link to the rows that it counts. `urgent`: it cannot wait when it is not zero."""

    name: str
    href: str
    one: str
    many: str
    needs: Permission = Permission.ATTENDANCE_RECORD
    urgent: bool = False


TILES: tuple[Tile, ...] = (
    Tile("registers", "/provider#to-do", "register to fill in", "registers to fill in", urgent=True),
    Tile("disputes", "/provider/disputes", "visit disputed", "visits disputed", urgent=True),
    Tile("news", "/provider/inbox", "change to bookings not seen", "changes to bookings not seen"),
    Tile("questions", "/provider/questions", "question to answer", "questions to answer"),
    Tile(
        "groups", "/provider#staffing", "group with fewer people than its price is made for",
        "groups with fewer people than their price is made for", urgent=True,
    ),
    Tile("waiting", "/provider/waiting", "full session with people who wait", "full sessions with people who wait"),
    Tile(
        "accreditations", "/provider/accreditation", "proof ends within 60 days", "proofs end within 60 days",
        Permission.OFFER_MANAGE, urgent=True,
    ),
    Tile(
        "uplifts", "/provider/uplifts", "new price waits for councils", "new prices wait for councils",
        Permission.OFFER_MANAGE,
    ),
    Tile(
        "applications", "/provider/applications", "application to finish", "applications to finish",
        Permission.OFFER_MANAGE,
    ),
    Tile(
        "approvals", "/provider/applications", "approval ends within 60 days", "approvals end within 60 days",
        Permission.OFFER_MANAGE, urgent=True,
    ),
)  # fmt: skip


def numbers(counts: Mapping[str, int], permissions: frozenset[Permission]) -> list[dict[str, object]]:
    """The numbers that are not zero, as the page shows them."""
    return [
        {
            "number": f"{number:,}",
            "text": tile.one if number == 1 else tile.many,
            "href": tile.href,
            "urgent": tile.urgent,
        }
        for tile in TILES
        if (number := counts.get(tile.name, 0)) and tile.needs in permissions
    ]
