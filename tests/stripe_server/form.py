"""Stripe's form encoding: `line_items[0][price_data][unit_amount]=3850` becomes nested dictionaries."""

from typing import Any
from urllib.parse import parse_qsl

from tests.stripe_server.errors import Refused


def decode(body: str) -> dict[str, Any]:
    """Nested dictionaries with text at the leaves; list positions stay text until their shape is known."""
    found: dict[str, Any] = {}
    for name, value in parse_qsl(body, keep_blank_values=True):
        _put(found, _steps(name), value, name)
    return found


def _steps(name: str) -> list[str]:
    head, *rest = name.replace("]", "").split("[")
    return [head, *rest]


def _put(into: dict[str, Any], steps: list[str], value: str, name: str) -> None:
    *path, last = steps
    for step in path:
        inner = into.setdefault(step or str(len(into)), {})
        if not isinstance(inner, dict):
            raise Refused("The same parameter is both a value and a group.", param=name)
        into = inner
    into[last or str(len(into))] = value
