"""Reading a file whole before any of it is used, and reading values from what was published."""

import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Final, NoReturn
from urllib.parse import urlsplit

from marketplace.directory.imports.records import BrokenFile
from marketplace.directory.imports.text import one_line

MAX_ID: Final = 200
MAX_NAME: Final = 200
MAX_URL: Final = 500

_FETCH_AGAIN: Final = "Get the file again from its publisher, then import it again."
# Names set aside for examples (RFC 2606): mail to them reaches nobody; they stand for an address taken out.
_NOBODY: Final = re.compile(r"(^|[@.])example\.(org|com|net)$|\.(test|example|invalid|localhost)$")
_INVISIBLE: Final = re.compile("[\x00-\x1f\x7f\u00ad\u200b-\u200f\u2028\u2029\u2060\ufeff\ud800-\udfff]")
_EMAIL: Final = re.compile(r"[A-Za-z0-9._%+'&-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_HOST: Final = re.compile(r"([A-Za-z0-9_-]+\.)+[A-Za-z]{2,}")
_DURATION: Final = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")

Json = Mapping[str, object]


def read_json(source: Path | bytes) -> object:
    """The JSON in a file, decimals exact. Raises BrokenFile with line and column where it is not whole."""
    raw = _bytes_of(source)
    text = _text_of(raw)
    try:
        return json.loads(text, parse_float=Decimal, parse_constant=_not_json)
    except json.JSONDecodeError as error:
        raise _broken_json(error, text) from error
    except RecursionError as error:
        raise BrokenFile(
            where="The file",
            problem="brackets inside brackets go too deep to be a publication",
            remedy=_FETCH_AGAIN,
        ) from error
    except ValueError as error:  # a number of thousands of digits
        raise BrokenFile(
            where="The file", problem=f"a number cannot be read ({error})", remedy=_FETCH_AGAIN
        ) from error


def objects(items: object, *, what: str) -> list[dict[str, object]]:
    """A list of JSON objects. Raises BrokenFile with the number of the first item that is something else."""
    if not isinstance(items, list):
        raise BrokenFile(
            where="The file", problem=f"“{what}” is {kind_of(items)}, not a list", remedy=_FETCH_AGAIN
        )
    for number, item in enumerate(items, start=1):
        if not isinstance(item, dict):
            raise BrokenFile(
                where=f"Item {number} of {len(items)}",
                problem=f"{kind_of(item)} stands where an object should be",
                remedy=_FETCH_AGAIN,
            )
    return items


def kind_of(value: object) -> str:
    """What a JSON value is, in words."""
    names = {dict: "an object", list: "a list", str: "a text", bool: "true or false", type(None): "nothing"}
    return names.get(type(value), "a number")


def text_of(value: object) -> str | None:
    """A text with something in it; numbers become their digits; everything else is None."""
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        return None
    return str(value).strip() or None


def line_of(value: object) -> str | None:
    """A text on one line, without tags and entities; None where there is none."""
    return one_line(text_of(value))


def lines_of(value: object) -> tuple[str, ...]:
    """The labels in a list (or a single one), each once; objects give their `prefLabel` or `name`."""
    found: dict[str, None] = {}
    for item in value if isinstance(value, list) else [value]:
        label = (
            line_of(item.get("prefLabel") or item.get("name")) if isinstance(item, dict) else line_of(item)
        )
        if label:
            found[label] = None
    return tuple(found)


def object_of(value: object) -> dict[str, object]:
    """An object, or the first object of a list; empty where there is none."""
    first = value[0] if isinstance(value, list) and value else value
    return first if isinstance(first, dict) else {}


def first_of(source: Json, *keys: str) -> object:
    """The first of some keys that has a value: feeds write both `type` and `@type`, `id` and `@id`."""
    return next((source[key] for key in keys if source.get(key) not in (None, "", [], {})), None)


def int_of(value: object) -> int | None:
    """A whole number, also when published as a text."""
    if isinstance(value, bool):
        return None
    try:
        number = Decimal(value.strip()) if isinstance(value, str) else Decimal(value)  # type: ignore[arg-type]
        return int(number) if number == number.to_integral_value() else None
    except (InvalidOperation, TypeError, ValueError, OverflowError):
        return None


def day_of(value: object) -> date | None:
    """A civil day as YYYY-MM-DD."""
    try:
        return date.fromisoformat(text_of(value) or "")
    except ValueError:
        return None


def moment_of(value: object) -> datetime | None:
    """A moment in UTC; None where the text is no date and time with its zone."""
    text = text_of(value)
    if text is None or "T" not in text.upper():
        return None
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else None
    except (ValueError, OverflowError):
        return None


def duration_of(value: object) -> timedelta | None:
    """An ISO 8601 duration of days, hours, minutes and seconds; None where there is none, or of no length."""
    matched = _DURATION.fullmatch(text_of(value) or "")
    if not matched:
        return None
    days, hours, minutes, seconds = (int(part or 0) for part in matched.groups())
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds) or None


def email_of(value: object) -> str | None:
    """An e-mail address that can reach somebody; None for anything else."""
    text = _bare(value).removeprefix("mailto:").strip(" .,;<>")
    return text if _EMAIL.fullmatch(text) and not _NOBODY.search(text.lower()) else None


def url_of(value: object) -> str | None:
    """A web address with its scheme; doubled, lost and half-written ones are mended. None: no address."""
    text = _bare(value).replace("&amp;", "&")
    scheme = "https" if text.lower().startswith("https") else "http"
    rest = re.sub(r"^(?:https?:/*)+", "", text, flags=re.IGNORECASE)
    try:
        host = urlsplit(f"//{rest}").hostname or ""
    except ValueError:
        return None
    if not _HOST.fullmatch(host) or re.search(r"\s", rest) or "@" in rest.partition("/")[0]:
        return None
    address = f"{scheme}://{rest}"
    return address if len(address) <= MAX_URL else None


def cut(text: str, limit: int) -> str:
    """The text within a number of characters, ended at a word and with an ellipsis where it was longer."""
    if len(text) <= limit:
        return text
    return f"{text[: limit - 1].rsplit(' ', 1)[0]}…"


def unique(texts: Iterable[str]) -> tuple[str, ...]:
    """Each text once, in order."""
    return tuple(dict.fromkeys(texts))


def _bare(value: object) -> str:
    """An address without the invisible characters that copying leaves; not read as HTML (`&sect…`)."""
    return _INVISIBLE.sub("", text_of(value) or "").strip()


def _bytes_of(source: Path | bytes) -> bytes:
    if isinstance(source, bytes):
        raw = source
    else:
        try:
            raw = source.read_bytes()
        except OSError as error:
            raise BrokenFile(
                where=str(source),
                problem=f"the file cannot be opened ({error.strerror})",
                remedy="Check the name and that you may read it.",
            ) from error
    if not raw.strip():
        raise BrokenFile(where="The file", problem="there is nothing in it", remedy=_FETCH_AGAIN)
    return raw


def _text_of(raw: bytes) -> str:
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise BrokenFile(
            where="Line 1, column 1",
            problem="the text is UTF-16",
            remedy="Save it as UTF-8 and import it again.",
        )
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start]
        line, column = (
            before.count(b"\n") + 1,
            len(before.rpartition(b"\n")[2].decode("utf-8", "replace")) + 1,
        )
        raise BrokenFile(
            where=f"Line {line}, column {column}",
            problem=f"the byte 0x{raw[error.start]:02X} is not UTF-8",
            remedy="Save the file as UTF-8 and import it again.",
        ) from error


def _broken_json(error: json.JSONDecodeError, text: str) -> BrokenFile:
    where = f"Line {error.lineno}, column {error.colno}"
    if text.lstrip()[:1] == "<":
        return BrokenFile(where=where, problem="this is a web page, not JSON", remedy=_FETCH_AGAIN)
    if error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated string"):
        return BrokenFile(where=where, problem="the file ends in the middle", remedy=_FETCH_AGAIN)
    return BrokenFile(where=where, problem=f"this is not JSON ({error.msg})", remedy=_FETCH_AGAIN)


def _not_json(constant: str) -> NoReturn:
    raise BrokenFile(
        where="The file", problem=f"{constant} stands where a number should be", remedy=_FETCH_AGAIN
    )
