"""What each key covers, as a fingerprint: two versions with the same one are the same to that key (row SP3)."""

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Protocol
from uuid import UUID

import msgspec

from isf.plans.costs import Priced, Totals
from isf.plans.rules import Chapter, KeyKind
from providers.rules import Category


class Covered(Priced, Protocol):
    """An item as the keys look at it."""

    @property
    def title(self) -> str: ...

    @property
    def what(self) -> str: ...

    @property
    def category(self) -> Category | None: ...

    @property
    def provider_id(self) -> UUID | None: ...

    @property
    def need_id(self) -> UUID | None: ...

    @property
    def outcome_id(self) -> UUID | None: ...


def fingerprint(
    kind: KeyKind,
    words: Mapping[Chapter, str],
    items: Sequence[Covered],
    budget_id: UUID,
    totals: Totals,
) -> str:
    """The fingerprint of what one key covers. The order of the items does not matter, nor spaces around words."""
    match kind:
        case KeyKind.NEEDS:
            covered: object = _sorted([*_done(item), item.need_id, item.outcome_id] for item in items)
        case KeyKind.ALLOCATION:
            planned = {str(route): money.pence for route, money in totals.planned.items()}
            covered = [budget_id, totals.allocated_whole.pence, totals.planned_whole.pence, planned]
        case KeyKind.RISK:
            who = _sorted([item.title, item.what, item.category, item.provider_id] for item in items)
            covered = [_told(words, Chapter.KEEPS_ME_WELL), who]
        case KeyKind.SAFE_AND_WELL:
            done = _sorted([*_done(item), item.category, item.provider_id] for item in items)
            covered = [_told(words, Chapter.SUPPORT_I_WANT), _told(words, Chapter.KEEPS_ME_WELL), done]
    return sha256(msgspec.json.encode([kind.value, covered], order="deterministic")).hexdigest()


def fingerprints(
    words: Mapping[Chapter, str], items: Sequence[Covered], budget_id: UUID, totals: Totals
) -> dict[KeyKind, str]:
    """What all four keys cover."""
    return {kind: fingerprint(kind, words, items, budget_id, totals) for kind in KeyKind}


def _done(item: Covered) -> list[object]:
    return [item.title, item.what, item.times, item.frequency, item.weeks]


def _told(words: Mapping[Chapter, str], chapter: Chapter) -> str:
    return words.get(chapter, "").strip()


def _sorted(rows: Iterable[list[object]]) -> list[str]:
    return sorted(msgspec.json.encode(row).decode() for row in rows)
