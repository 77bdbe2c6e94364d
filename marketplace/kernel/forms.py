"""Reading what a person typed: kept as typed, answered field by field, nothing lost (`pages.md`, Words)."""

from collections.abc import Collection, Mapping
from datetime import date, time
from enum import StrEnum
from typing import Any, Self, TypeVar

from litestar import Request
from litestar.datastructures import UploadFile

from marketplace.kernel.errors import DomainError, Invalid
from marketplace.kernel.files import CHOOSE_AGAIN
from marketplace.kernel.money import Money

Choice = TypeVar("Choice", bound=StrEnum)


class Form:
    """The fields of one form. Reading a field notes its error; `check()` raises them all together."""

    def __init__(self, values: Mapping[str, Any], files: Mapping[str, UploadFile] | None = None) -> None:
        self.values: dict[str, Any] = dict(values)
        self.files: dict[str, UploadFile] = dict(files or {})
        self.errors: dict[str, str] = {}

    @classmethod
    async def read(cls, request: Request[Any, Any, Any]) -> Self:
        """The fields that a page sent; a name that came more than once is a list. Files are kept apart."""
        values: dict[str, Any] = {}
        files: dict[str, UploadFile] = {}
        for name, value in (await request.form()).multi_items():
            if isinstance(value, UploadFile):
                files.setdefault(name, value)
            elif name == "_csrf_token":
                continue
            elif name in values:
                earlier = values[name]
                values[name] = [*earlier, value] if isinstance(earlier, list) else [earlier, value]
            else:
                values[name] = value
        return cls(values, files)

    def fail(self, name: str, words: str) -> None:
        """Note what to type in a field, unless it has an error already."""
        self.errors.setdefault(name, words)

    def check(self) -> None:
        """Raises Invalid with every error noted."""
        if self.errors:
            raise Invalid(self.errors)

    def take(self, refusal: DomainError) -> None:
        """Note a refusal: at its fields, or at the top of the form when it is about the whole."""
        if isinstance(refusal, Invalid):
            for name, words in refusal.fields.items():
                self.fail(name, words)
        else:
            self.fail("_form", refusal.message)
        for name in self.files:  # No browser shows a chosen file again.
            self.fail(name, CHOOSE_AGAIN)

    def file(self, name: str, *, required: str = "") -> UploadFile | None:
        """The file chosen in a field, for `files.keep(…, field=name)`; None when none was. The route says
        `request_max_body_size=files.BODY_MOST`, and its form `enctype="multipart/form-data"`."""
        chosen = self.files.get(name)
        if chosen is None and required:
            self.fail(name, required)
        return chosen

    def text(self, name: str, *, required: str = "", most: int = 5000) -> str:
        """The text of a field without spaces around it. `required` says what to type when it is empty."""
        typed = self.values.get(name, "")
        value = str(typed[-1] if isinstance(typed, list) else typed).replace("\x00", "").strip()
        if required and not value:
            self.fail(name, required)
        if len(value) > most:
            self.fail(name, f"Use {most} characters or fewer")
        return value

    def all(self, name: str) -> list[str]:
        """Every value ticked under a name."""
        value = self.values.get(name, [])
        return [str(item) for item in (value if isinstance(value, list) else [value]) if item != ""]

    def ticked(self, name: str) -> bool:
        """Whether a box is ticked."""
        return bool(self.all(name))

    def choice(self, name: str, kind: type[Choice], *, required: str) -> Choice | None:
        """One of an enumeration's values."""
        try:
            return kind(self.text(name))
        except ValueError:
            self.fail(name, required)
            return None

    def choices(self, name: str, kind: type[Choice], *, required: str = "") -> list[Choice]:
        """The ticked values of an enumeration, in its own order; unknown values are refused."""
        ticked = set(self.all(name))
        if ticked - {str(item) for item in kind}:
            self.fail(name, "Choose from the list")
        if required and not ticked:
            self.fail(name, required)
        return [item for item in kind if str(item) in ticked]

    def one_of(self, name: str, known: Collection[str], *, required: str) -> str:
        """A value that must be in a collection."""
        value = self.text(name)
        if value not in known:
            self.fail(name, required)
        return value

    def whole(self, name: str, *, required: str, least: int = 0, most: int = 1_000_000) -> int:
        """A whole number between two limits (both included)."""
        text = self.text(name)
        if not text.isdecimal():
            self.fail(name, required)
            return least
        number = int(text[:12])
        if not least <= number <= most:
            self.fail(name, f"Enter a number from {least} to {most}")
        return number

    def money(self, name: str, *, required: str) -> Money:
        """An amount in pounds, zero or more."""
        try:
            amount = Money.parse(self.text(name))
        except ValueError:
            self.fail(name, required)
            return Money(0)
        if amount.pence < 0:
            self.fail(name, required)
        return amount

    def day(self, name: str, *, required: str = "") -> date | None:
        """A date typed as day, month and year (`name-day` …) or as YYYY-MM-DD. Empty and not required: None."""
        parts = [self.text(f"{name}-{part}") for part in ("year", "month", "day")]
        whole = self.text(name)
        if not whole and not any(parts):
            if required:
                self.fail(name, required)
            return None
        try:
            if whole:
                return date.fromisoformat(whole)
            year, month, day = (int(part) for part in parts)
            return date(year, month, day)
        except ValueError:
            self.fail(name, required or "Enter a real date, like 24 11 2026")
            return None

    def clock_time(self, name: str, *, required: str) -> time:
        """A time of day such as 10:00 or 9.30."""
        try:
            return time.fromisoformat(self.text(name).replace(".", ":").rjust(5, "0"))
        except ValueError:
            self.fail(name, required)
            return time(0)
