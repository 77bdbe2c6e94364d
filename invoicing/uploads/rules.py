"""Matches the lines of a provider's own invoice to what was delivered: values in, values out (`rules.md` 10, 22)."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from uuid import UUID

from invoicing.runs.rules import Owed
from invoicing.uploads.reading import Received, ReceivedLine
from marketplace.kernel import formats
from marketplace.kernel.errors import Conflict, Invalid
from marketplace.kernel.money import Money, total


class UploadState(StrEnum):
    """Where a provider's own invoice stands. A draft claims nothing and is told to nobody."""

    DRAFT = "draft"
    SENT = "sent"
    DISCARDED = "discarded"


UPLOAD_TRANSITIONS: Mapping[UploadState, frozenset[UploadState]] = {
    UploadState.DRAFT: frozenset({UploadState.SENT, UploadState.DISCARDED}),
    UploadState.SENT: frozenset(),
    UploadState.DISCARDED: frozenset(),
}


class NumberTaken(Conflict):
    """A supplier sends each of its invoice numbers once."""

    code = "invoice_number_taken"

    def __init__(self) -> None:
        super().__init__(
            "You cannot send this, because an invoice of yours with this number is here already. "
            "You can send it with another number."
        )


def check_heading(received: Received, today: date, own_letters: str) -> None:
    """Raises Invalid for a day to come, or a number in a series that is counted here, also by a payer for it."""
    wrong: dict[str, str] = {}
    if received.issued_on > today:
        wrong["issued_on"] = "The invoice has a date to come. Send it on that day, or with the right one"
    if re.fullmatch(rf"(?:[A-Z0-9]+-)?{own_letters}-\d{{4}}-\d{{6,}}", received.number.upper()):
        wrong["number"] = f"Numbers like {own_letters}-2026-000001 are given here. Use one of your own series"
    if not received.lines:
        wrong["lines"] = "Enter the amount of at least one line"
    if wrong:
        raise Invalid(wrong)


NUMBER_MOST = 40


def part_number(number: str, parts: int) -> str:
    """Under which number a further part of a supplier's own invoice is billed, of which so many parts were before.

    The first part has the supplier's number, the second `INV-77/2`. A number that is too long is cut before that.
    """
    ending = f"/{parts + 1}" if parts else ""
    return number[: NUMBER_MOST - len(ending)] + ending


class Fate(StrEnum):
    """What becomes of a line. What is queried is not paid; its provider can withdraw it, or correct it by another."""

    MATCHED = "matched"
    QUERIED = "queried"
    WITHDRAWN = "withdrawn"
    CORRECTED = "corrected"


FATE_TRANSITIONS: Mapping[Fate, frozenset[Fate]] = {
    Fate.MATCHED: frozenset(),
    Fate.QUERIED: frozenset({Fate.WITHDRAWN, Fate.CORRECTED}),
    Fate.WITHDRAWN: frozenset(),
    Fate.CORRECTED: frozenset(),
}


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How far an amount may be away and still be taken: both limits hold. A council's own, by the day."""

    pence: int
    percent: int

    def allows(self, asked: Money, owed: Money) -> bool:
        """Whether the two are as good as the same."""
        away = abs((asked - owed).pence)
        return away <= self.pence and away * 100 <= owed.pence * self.percent


EXACT = Tolerance(0, 0)


@dataclass(frozen=True, slots=True)
class Visit:
    """An attendance that waits to be billed to the payer: what a line can be matched to."""

    booking_id: UUID
    reference: str
    service_on: date
    title: str
    owed: Money
    vat: frozenset[tuple[str, int]]
    tolerance: Tolerance = EXACT


@dataclass(frozen=True, slots=True)
class Told:
    """A line and its fate. `owed` is what the books have for its visit; `because` says why it is queried."""

    line: ReceivedLine
    fate: Fate
    visit: Visit | None = None
    because: str = ""

    @property
    def difference(self) -> Money | None:
        """What is asked above what is owed; None without a visit."""
        return self.line.asked - self.visit.owed if self.visit else None


def match(lines: Sequence[ReceivedLine], visits: Iterable[Visit], why_not: Mapping[str, str]) -> list[Told]:
    """The fate of every line, in order. Each visit is matched once.

    By the booking's reference first: several lines of one booking (support and journey) are taken together. Then by
    day, amount and service. `why_not` says of references that do not wait to be billed why that is so.
    """
    free = {visit.reference: visit for visit in visits}
    told: dict[int, Told] = {}
    named: dict[str, list[ReceivedLine]] = defaultdict(list)
    for line in lines:
        if line.reference:
            named[line.reference].append(line)
    for reference, group in named.items():
        visit = free.pop(reference, None)
        told |= {each.line.position: each for each in _named(group, visit, why_not.get(reference, _UNKNOWN))}
    for line in lines:
        if line.position not in told:
            told[line.position] = _by_day(line, free)
    return [told[line.position] for line in lines]


_UNKNOWN = (
    "No visit with this booking waits to be billed to this payer. Check the booking, or withdraw the line"
)


def _named(group: Sequence[ReceivedLine], visit: Visit | None, why_not: str) -> list[Told]:
    if visit is None:
        return [Told(line, Fate.QUERIED, None, why_not) for line in group]
    because = _differs(group, visit)
    if len(group) == 1 or because:
        return [Told(line, Fate.QUERIED if because else Fate.MATCHED, visit, because) for line in group]
    # Several lines make up one visit: each keeps what it asks, and the last takes the pence of the difference.
    shares = [line.asked for line in group[:-1]]
    shares.append(visit.owed - total(shares))
    return [
        Told(line, Fate.MATCHED, replace(visit, owed=share))
        for line, share in zip(group, shares, strict=True)
    ]


def _differs(group: Sequence[ReceivedLine], visit: Visit) -> str:
    """Why lines do not agree with the visit that they name; empty when they do."""
    days = {line.service_on for line in group if line.service_on} - {visit.service_on}
    if days:
        return (
            f"The visit was on {formats.full_date(visit.service_on)}, not on {formats.full_date(min(days))}"
        )
    for line in group:
        if line.vat_code and (line.vat_code, line.vat_rate_basis_points or 0) not in visit.vat:
            return "The VAT differs from what holds for this supplier and service on the day"
    asked = total(line.asked for line in group)
    # VAT is rounded on the whole invoice: a line with VAT may be a penny away by that alone.
    pennies = sum(1 for line in group if line.vat_rate_basis_points)
    if abs((asked - visit.owed).pence) <= pennies or visit.tolerance.allows(asked, visit.owed):
        return ""
    more = "more" if asked > visit.owed else "less"
    return (
        f"{asked} is asked and {visit.owed} is owed: {Money(abs((asked - visit.owed).pence))} {more}. "
        "Correct the register if it is wrong, or withdraw the line and send it anew"
    )


def _by_day(line: ReceivedLine, free: dict[str, Visit]) -> Told:
    """A line without a booking: the first free visit of that day and service with that amount."""
    if line.service_on is None:
        return Told(line, Fate.QUERIED, None, "The line names no booking and no day. State one of them")
    that_day = [
        visit for visit in free.values() if visit.service_on == line.service_on and _same_service(line, visit)
    ]
    if not that_day:
        return Told(
            line, Fate.QUERIED, None, "No visit of this service on this day waits to be billed to this payer"
        )
    that_day.sort(key=lambda visit: (bool(_differs([line], visit)), visit.reference))
    visit = that_day[0]
    because = _differs([line], visit)
    if not because:
        del free[visit.reference]
    return Told(line, Fate.QUERIED if because else Fate.MATCHED, visit, because)


def _same_service(line: ReceivedLine, visit: Visit) -> bool:
    said, known = " ".join(line.description.casefold().split()), " ".join(visit.title.casefold().split())
    return known in said or said in known


def of_one_invoice(told: Sequence[Told], owed: Iterable[Owed]) -> tuple[list[Told], list[Owed]]:
    """What of the matched lines stands on one invoice: one purchase order, one VAT number. The rest is queried.

    The order or number with the most visits is taken, among equals the first.
    """
    by_booking = {each.booking_id: each for each in owed}
    matched = [each for each in told if each.fate is Fate.MATCHED and each.visit]
    groups: dict[object, list[UUID]] = defaultdict(list)
    for each in matched:
        assert each.visit is not None  # noqa: S101 - filtered above
        if each.visit.booking_id not in groups[by_booking[each.visit.booking_id].group]:
            groups[by_booking[each.visit.booking_id].group].append(each.visit.booking_id)
    largest: list[UUID] = max(groups.values(), key=len, default=[])
    kept = set(largest)
    answer = [
        replace(each, fate=Fate.QUERIED, because=_APART)
        if each.fate is Fate.MATCHED and each.visit and each.visit.booking_id not in kept
        else each
        for each in told
    ]
    return answer, [by_booking[booking_id] for booking_id in sorted(kept)]


_APART = "An invoice is for one purchase order and one VAT number. Withdraw the line and send it on another invoice"
