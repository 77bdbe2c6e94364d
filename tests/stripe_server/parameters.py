"""Reads parameters against the SDK's own declarations: what Stripe does not know is refused, as Stripe does.

The SDK describes every request as a TypedDict. Reading those at run time keeps this server honest: it cannot
accept a parameter that the installed SDK's API version has dropped, nor one that somebody made up.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from stripe import RequestOptions
from typing_extensions import is_typeddict

from tests.stripe_server.errors import Refused, beyond

# How a request travels, not what it asks for.
_OPTIONS = frozenset(RequestOptions.__annotations__)
_METADATA_KEYS, _METADATA_KEY_LENGTH, _METADATA_LENGTH = 50, 40, 500


@cache
def fields_of(shape: type) -> dict[str, Any]:
    """What a request of this shape may hold, by name."""
    own = {name: hint for name, hint in shape.__annotations__.items() if name not in _OPTIONS}
    # The options name types that are not there at run time, so the rest is read as a class of its own.
    return get_type_hints(type(shape.__name__, (), {"__annotations__": own, "__module__": shape.__module__}))


def read(raw: Mapping[str, Any], shape: type, path: str = "") -> dict[str, Any]:
    """The parameters with their types. Raises Refused for unknown, missing and unreadable ones."""
    fields = fields_of(shape)
    done: dict[str, Any] = {}
    for name, value in raw.items():
        where = f"{path}[{name}]" if path else name
        if name not in fields:
            raise Refused(f"Received unknown parameter: {where}", code="parameter_unknown", param=where)
        done[name] = _value(value, fields[name], where)
    for name in getattr(shape, "__required_keys__", ()):
        if name not in done and name not in _OPTIONS:
            where = f"{path}[{name}]" if path else name
            raise Refused(f"Missing parameter: {where}", code="parameter_missing", param=where)
    return done


def within(params: Mapping[str, Any], known: frozenset[str]) -> None:
    """Refuse what Stripe knows and this server does not; `known` has paths like `line_items.*.quantity`."""
    for path in _paths(params):
        if path not in known and path.rpartition(".")[0] + ".**" not in known:
            raise beyond(f"the parameter {path}", path)


def _paths(value: Any, path: str = "") -> Iterator[str]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _paths(inner, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for inner in value:
            yield from _paths(inner, f"{path}.*")
    else:
        yield path


def _value(value: Any, hint: Any, where: str) -> Any:
    choices = list(_choices(hint))
    if isinstance(value, dict):
        return _group(value, choices, where)
    if value == "":
        raise Refused(f"{where} is empty", code="parameter_invalid_empty", param=where)
    allowed = [option for choice in choices if get_origin(choice) is Literal for option in get_args(choice)]
    if allowed:
        if value not in allowed:
            raise Refused(f"{where} is none of {', '.join(map(str, allowed))}", param=where)
        return value
    if int in choices:
        return _whole(value, where)
    if bool in choices:
        return _yes_or_no(value, where)
    if str in choices:
        return value
    raise Refused(f"{where} is a group of parameters", param=where)


def _choices(hint: Any) -> Iterator[Any]:
    if get_origin(hint) in (Union, UnionType):
        for inner in get_args(hint):
            yield from _choices(inner)
    elif hint is not NoneType:
        yield hint


def _group(value: dict[str, Any], choices: list[Any], where: str) -> Any:
    for choice in choices:
        if is_typeddict(choice):
            return read(value, choice, where)
        if get_origin(choice) is list:
            return _in_order(value, get_args(choice)[0], where)
        if get_origin(choice) is dict:
            return _metadata(value, where)
    raise Refused(f"{where} is a single value", param=where)


def _in_order(value: dict[str, Any], hint: Any, where: str) -> list[Any]:
    if not all(position.isdecimal() for position in value):
        raise Refused(f"{where} is a list", param=where)
    return [_value(value[at], hint, f"{where}[{at}]") for at in sorted(value, key=int)]


def _metadata(value: dict[str, Any], where: str) -> dict[str, str]:
    if len(value) > _METADATA_KEYS:
        raise Refused(f"{where} has too many keys", param=where)
    for key, text in value.items():
        if not isinstance(text, str) or len(key) > _METADATA_KEY_LENGTH or len(text) > _METADATA_LENGTH:
            raise Refused(f"{where}[{key}] is too long, or not text", param=f"{where}[{key}]")
    return value


def _whole(value: str, where: str) -> int:
    if not re.fullmatch(r"-?[0-9]{1,15}", value):
        raise Refused(f"{where} is not a whole number", code="parameter_invalid_integer", param=where)
    return int(value)


def _yes_or_no(value: str, where: str) -> bool:
    if value not in ("true", "false"):
        raise Refused(f"{where} is neither true nor false", param=where)
    return value == "true"
