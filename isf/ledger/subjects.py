"""What a movement is about. Bookings, invoices and agreements lie above this package: they name theirs."""

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from typing import NamedTuple
from uuid import UUID

from isf.ledger.rules import OF_BOOKING, OF_INVOICE, Movement
from marketplace.identity.access import Actor


class Subject(NamedTuple):
    """A booking, an invoice or an agreement; the address only when the actor may open it."""

    text: str
    href: str | None


Describe = Callable[[Actor, Collection[UUID]], Awaitable[Mapping[UUID, Subject]]]

_PATHS = {
    **dict.fromkeys(OF_BOOKING, "/bookings"),
    **dict.fromkeys(OF_INVOICE, "/invoices"),
    Movement.FEE: "/agreements",
}
_PLAIN = {"/bookings": "Booking", "/invoices": "Invoice", "/agreements": "Agreement"}
_DESCRIBE: dict[str, Describe] = {}


def describe_subjects(*, bookings: Describe, invoices: Describe, agreements: Describe) -> None:
    """Register who names what, many in one query; the application does it when it is assembled."""
    _DESCRIBE.update({"/bookings": bookings, "/invoices": invoices, "/agreements": agreements})


async def subjects(actor: Actor, about: Iterable[tuple[Movement, UUID]]) -> dict[UUID, Subject]:
    """The subjects of movements; one query for each kind of subject."""
    by_path: dict[str, set[UUID]] = {}
    for movement, subject_id in about:
        path = _PATHS.get(movement)
        if path is not None:
            by_path.setdefault(path, set()).add(subject_id)
    named: dict[UUID, Subject] = {}
    for path, ids in by_path.items():
        describe = _DESCRIBE.get(path)
        known = await describe(actor, ids) if describe is not None else {}
        for subject_id in ids:
            named[subject_id] = known.get(subject_id) or Subject(_PLAIN[path], f"{path}/{subject_id}")
    return named
