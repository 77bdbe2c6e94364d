"""`/schema`: the API told as a page, from the OpenAPI description that programs read; nothing from elsewhere."""

from typing import Any

from litestar import Request
from litestar.openapi.plugins import OpenAPIRenderPlugin

_METHODS = ("get", "post", "put", "patch", "delete")


def operations(schema: dict[str, Any]) -> list[dict[str, Any]]:
    """Every operation of an OpenAPI description as rows for the page."""
    return [
        _operation(schema, path, method, item[method], item.get("parameters", []))
        for path, item in sorted(schema.get("paths", {}).items())
        for method in _METHODS
        if method in item
    ]


def _operation(
    schema: dict[str, Any], path: str, method: str, operation: dict[str, Any], shared: list[dict[str, Any]]
) -> dict[str, Any]:
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    return {
        "id": f"{method}-{path.strip('/').replace('/', '-').replace('{', '').replace('}', '')}",
        "method": method.upper(),
        "path": path,
        "summary": operation.get("summary", ""),
        "description": operation.get("description", ""),
        "parameters": [
            {
                "name": parameter["name"],
                "where": parameter["in"],
                "required": parameter.get("required", False),
                "type": type_name(schema, parameter.get("schema", {})),
                "description": parameter.get("description", ""),
            }
            for parameter in [*shared, *operation.get("parameters", [])]
        ],
        "body": _fields(schema, body) if body else [],
        "answers": [
            {"status": status, "description": answer.get("description", "")}
            for status, answer in sorted(operation.get("responses", {}).items())
        ],
    }


def _resolve(schema: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    reference = part.get("$ref")
    if reference is None:
        return part
    name = reference.rsplit("/", 1)[-1]
    resolved: dict[str, Any] = schema.get("components", {}).get("schemas", {}).get(name, {})
    return resolved


def type_name(schema: dict[str, Any], part: dict[str, Any]) -> str:
    """A schema's type in a word or two."""
    part = _resolve(schema, part)
    if "oneOf" in part or "anyOf" in part:
        names = [type_name(schema, option) for option in part.get("oneOf", part.get("anyOf", []))]
        return " or ".join(name for name in names if name != "null")
    if part.get("enum"):
        return "one of " + ", ".join(map(str, part["enum"]))
    if part.get("type") == "array":
        return "list of " + type_name(schema, part.get("items", {}))
    return str(part.get("format") or part.get("type") or part.get("title") or "any")


def _fields(schema: dict[str, Any], body: dict[str, Any]) -> list[dict[str, Any]]:
    resolved = _resolve(schema, body)
    required = set(resolved.get("required", []))
    return [
        {
            "name": name,
            "required": name in required,
            "type": type_name(schema, part),
            "description": _resolve(schema, part).get("description", ""),
        }
        for name, part in resolved.get("properties", {}).items()
    ]


class ReferencePage(OpenAPIRenderPlugin):
    """Renders the page at `/schema`."""

    def __init__(self) -> None:
        super().__init__(path="/")

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        """The API guide as HTML."""
        engine = request.app.template_engine
        assert engine is not None  # noqa: S101 - the application always has one
        words = engine.get_template("api_reference.html").render(
            operations=operations(openapi_schema), nav=[{"text": "Find something to do", "href": "/"}]
        )
        return str(words).encode()
