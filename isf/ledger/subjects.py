"""What a movement is about. Bookings and invoices lie above this package: they say here how theirs are called."""

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from typing import NamedTuple
from uuid import UUID

from isf.ledger.rules import OF_BOOKING, OF_INVOICE, Movement


class Subject(NamedTuple):
    """A booking, an invoice or a payment, as a link."""

    text: str
    href: str


Describe = Callable[[Collection[UUID]], Awaitable[Mapping[UUID, str]]]

_PATHS = {**dict.fromkeys(OF_BOOKING, "/bookings"), **dict.fromkeys(OF_INVOICE, "/invoices")}
_PLAIN = {"/bookings": "Booking", "/invoices": "Invoice"}
_DESCRIBE: dict[str, Describe] = {}


def describe_bookings(describe: Describe) -> Describe:
    """Register what bookings are called, many in one query; usable as a decorator."""
    _DESCRIBE["/bookings"] = describe
    return describe


def describe_invoices(describe: Describe) -> Describe:
    """Register what invoices are called, many in one query; usable as a decorator."""
    _DESCRIBE["/invoices"] = describe
    return describe


async def subjects(about: Iterable[tuple[Movement, UUID]]) -> dict[UUID, Subject]:
    """Links for the subjects of movements; one query for each kind of subject."""
    by_path: dict[str, set[UUID]] = {}
    for movement, subject_id in about:
        path = _PATHS.get(movement)
        if path is not None:
            by_path.setdefault(path, set()).add(subject_id)
    links: dict[UUID, Subject] = {}
    for path, ids in by_path.items():
        describe = _DESCRIBE.get(path)
        known = await describe(ids) if describe is not None else {}
        for subject_id in ids:
            links[subject_id] = Subject(known.get(subject_id, _PLAIN[path]), f"{path}/{subject_id}")
    return links
