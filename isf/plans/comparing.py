"""Two versions of a plan side by side: values in, values out (row SP1)."""

from dataclasses import dataclass
from typing import Any

from isf.plans.queries.versions import ItemLine, PlanCopy
from isf.plans.rules import Chapter, KeyKind

# What an item is, beside its keys and the count of its changes.
_OF_ITEM = tuple(name for name in ItemLine.__struct_fields__ if name not in ("id", "line_id", "edit"))


@dataclass(frozen=True, slots=True)
class Pair:
    """The same thing before and after; None or no words where it is not there."""

    name: str
    before: Any
    after: Any
    changed: bool

    @property
    def told(self) -> str:
        """What happened to it, in one word."""
        if not self.changed:
            return "The same"
        if not self.before:
            return "New"
        return "Changed" if self.after else "Taken out"


@dataclass(frozen=True, slots=True)
class Comparison:
    """What two versions say, pair by pair, and the keys whose matter is the same in both."""

    words: list[Pair]
    items: list[Pair]
    same_keys: list[KeyKind]


def compare(before: PlanCopy, after: PlanCopy) -> Comparison:
    """Pair the texts by chapter and the items by their line, in the order of the later version."""
    words = [
        Pair(chapter.label, old, new, old != new)
        for chapter in Chapter
        if (old := before.words.get(chapter, "")) or after.words.get(chapter, "")
        for new in (after.words.get(chapter, ""),)
    ]
    olds = {item.line_id: item for item in before.items}
    pairs = [_pair(olds.pop(item.line_id, None), item) for item in after.items]
    pairs += [_pair(item, None) for item in olds.values()]
    old_keys, new_keys = before.fingerprints, after.fingerprints
    return Comparison(words, pairs, [kind for kind in KeyKind if old_keys[kind] == new_keys[kind]])


def _pair(old: ItemLine | None, new: ItemLine | None) -> Pair:
    shown = new or old
    assert shown is not None  # noqa: S101 - one of the two is there
    changed = old is None or new is None or any(getattr(old, f) != getattr(new, f) for f in _OF_ITEM)
    return Pair(shown.title, old, new, changed)
