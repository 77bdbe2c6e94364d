"""What a publication says, normalised: frozen values without a database."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from marketplace.kernel.errors import DomainError


class SourceFormat(StrEnum):
    """The shape in which something was published."""

    OPEN_REFERRAL = "open_referral"
    OPENACTIVE = "openactive"


class Coverage(StrEnum):
    """What absence from a file means: gone (the whole register) or simply elsewhere (one page of a feed)."""

    WHOLE = "whole"
    PAGE = "page"


class BrokenFile(DomainError):
    """The file as a whole cannot be trusted, so nothing of it is used; says where it broke and what to do."""

    status = 422
    code = "broken_file"

    def __init__(self, *, where: str, problem: str, remedy: str) -> None:
        super().__init__(f"{where}: {problem}. {remedy}", where=where)
        self.where = where
        self.problem = problem
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class ImportedOrganisation:
    """Who publishes or runs something. Never a person: people named in a feed are left out."""

    source_id: str
    name: str
    description: str | None
    url: str | None


@dataclass(frozen=True, slots=True)
class ImportedService:
    """One service of an Open Referral register. None: the publisher says nothing."""

    row_number: int
    source_id: str
    name: str
    description: str | None
    url: str | None
    email: str | None
    fees_text: str | None
    organisation: ImportedOrganisation | None
    status: str | None
    categories: tuple[str, ...]
    audiences: tuple[str, ...]
    attending_types: tuple[str, ...]
    attending_access: tuple[str, ...]
    access_information: str | None
    accreditations: str | None
    modified_on: date | None
    assured_on: date | None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ImportedVenue:
    """Where an activity is; latitude and longitude are WGS84 degrees."""

    source_id: str | None
    name: str | None
    street: str | None
    town: str | None
    region: str | None
    postcode: str | None
    latitude: float | None
    longitude: float | None
    phone: str | None
    url: str | None


@dataclass(frozen=True, slots=True)
class ImportedOffer:
    """A price, gross, for those between the ages (inclusive; None: no limit)."""

    source_id: str | None
    name: str | None
    description: str | None
    price_pence: int
    min_age: int | None
    max_age: int | None


@dataclass(frozen=True, slots=True)
class ImportedSession:
    """One dated occurrence, from `starts_at` up to but without `ends_at`, both UTC."""

    source_id: str
    starts_at: datetime
    ends_at: datetime
    remaining: int | None
    capacity: int | None


@dataclass(frozen=True, slots=True)
class ImportedActivity:
    """One event of an OpenActive feed, with every session that the publisher now lists for it."""

    row_number: int
    source_id: str
    modified: int | None
    name: str
    description: str | None
    instructions: str | None
    activity_types: tuple[str, ...]
    categories: tuple[str, ...]
    access_features: tuple[str, ...]
    access_information: str | None
    min_age: int | None
    max_age: int | None
    gender: str | None
    organiser: ImportedOrganisation | None
    venue: ImportedVenue | None
    offers: tuple[ImportedOffer, ...]
    sessions: tuple[ImportedSession, ...]
    url: str | None
    image_url: str | None
    notes: tuple[str, ...] = ()

    @property
    def is_for_adults(self) -> bool:
        """Whether somebody of 18 or over may come, by the ages as published."""
        return self.max_age is None or self.max_age >= 18

    @property
    def adult_offer(self) -> ImportedOffer | None:
        """The price for an adult of any age: the dearest offer that shuts no adult out; None without one."""
        open_to_all = [
            offer
            for offer in self.offers
            if (offer.min_age is None or offer.min_age <= 18) and offer.max_age is None
        ]
        return max(open_to_all, key=lambda offer: offer.price_pence, default=None)


@dataclass(frozen=True, slots=True)
class Deleted:
    """The publisher withdrew what it had published under this id."""

    row_number: int
    source_id: str
    because: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """Something that cannot be used, with the reason and what stood there. `row_number` counts from 1."""

    row_number: int
    source_id: str | None
    reason: str
    raw: object


Record = ImportedService | ImportedActivity | Deleted | Rejected


@dataclass(frozen=True, slots=True)
class ParsedFile:
    """A publication read and checked from end to end. `licence` is None where the publisher states none."""

    format: SourceFormat
    coverage: Coverage
    records: tuple[Record, ...]
    licence: str | None = None
    next_url: str | None = None

    def __iter__(self) -> Iterator[Record]:
        return iter(self.records)

    def __len__(self) -> int:
        return len(self.records)


def fingerprint(record: ImportedService | ImportedActivity) -> str:
    """64 hexadecimal digits that change when, and only when, what is published does (not its row)."""
    content = asdict(replace(record, row_number=0, notes=()))
    content.pop("modified", None)
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()
