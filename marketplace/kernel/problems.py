"""How refusals and failures are told: a page for people, `application/problem+json` for programs."""

import logging
from typing import Any
from urllib.parse import quote

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.response import Redirect, Template

from marketplace.kernel.errors import DomainError, Invalid, NotFound, NotSignedIn
from marketplace.kernel.ids import new_id

log = logging.getLogger("fairday")

_CODES = {
    400: "malformed",
    401: "not_signed_in",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
}


def wants_problem(request: Request[Any, Any, Any]) -> bool:
    """Whether the answer is for a program."""
    return request.url.path.startswith(("/api/", "/webhooks/"))


def problem(
    status: int, code: str, message: str, details: dict[str, object] | None = None
) -> Response[bytes]:
    """An RFC 9457 problem with a stable `code`."""
    body = {
        "type": f"urn:fairday:problem:{code}",
        "title": message,
        "status": status,
        "code": code,
        **(details or {}),
    }
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
    return Response(
        msgspec.json.encode(body, enc_hook=str),
        status_code=status,
        media_type="application/problem+json",
        headers=headers,
    )


def domain_error(request: Request[Any, Any, Any], error: DomainError) -> Response[Any]:
    """A DomainError as problem, page, or the way to the sign-in page."""
    if wants_problem(request):
        return problem(error.status, error.code, error.message, dict(error.details))
    if isinstance(error, NotSignedIn) and request.method == "GET":
        # With its query: whoever comes back from the card page must not lose which payment it was.
        asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return Redirect(f"/sign-in?next={quote(asked)}", status_code=303)
    return error_page(request, error.status, error.message)


def http_error(request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
    """What Litestar itself refuses: unknown addresses, malformed bodies, missing form tokens."""
    status = error.status_code
    if isinstance(error, ValidationException):
        parts = [part for part in error.extra or [] if isinstance(part, dict)]
        fields = {str(part.get("key", "body")): str(part.get("message", "")) for part in parts}
        return domain_error(
            request, Invalid(fields, "The request does not have the form that this address takes.")
        )
    if status == 400:
        return domain_error(
            request, Invalid({}, "What was sent cannot be read. Check that it is whole and well formed.")
        )
    if status == 404:
        return domain_error(request, NotFound())
    if status == 413:
        message = "What was sent is too big. A file may have 10 MB at most."
    elif status == 403 and "CSRF" in str(error.detail):
        message = "This form was open too long. Go back, load the page again and send it once more."
    else:
        message = str(error.detail)
    if wants_problem(request):
        return problem(status, _CODES.get(status, "refused"), message)
    return error_page(request, status, message)


def unreadable_text(request: Request[Any, Any, Any], _: Exception) -> Response[Any]:
    """422: text with characters that PostgreSQL cannot keep (NUL)."""
    return domain_error(
        request, Invalid({}, "Some text has a character that cannot be kept. Take it out and try again.")
    )


def unexpected(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """500: logged with a reference that the person can read out; nothing personal in the log."""
    reference = f"ER-{str(new_id())[:8].upper()}"
    log.error("unexpected error %s at %s %s", reference, request.method, request.url.path, exc_info=error)
    message = f"Something went wrong here, and it is our fault. If it happens again, tell us {reference}."
    if wants_problem(request):
        return problem(500, "unexpected", message, {"reference": reference})
    return error_page(request, 500, message)


def error_page(request: Request[Any, Any, Any], status: int, message: str) -> Response[Any]:
    """The page of a refusal, with the visitor and the menu around it; a failure's is plain, for nothing to fail again.

    The application's state knows what is `around` a page: this package does not.
    """
    name = f"errors/{status}.html" if status in (403, 404, 409, 422, 500, 503) else "errors/409.html"
    around = request.app.state.get("around") if status < 500 else None
    return Template(
        name,
        status_code=status,
        context={
            "message": message, "errors": {}, "form": {}, "nav": [], **(around(request) if around else {})
        },
    )  # fmt: skip
