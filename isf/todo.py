"""Something that a person, or somebody for them, has to do: each part of a person's affairs tells its own."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Todo:
    """One thing to do, in words that begin with a verb, where to do it, and by when if there is a day."""

    words: str
    href: str
    due_on: date | None = None
