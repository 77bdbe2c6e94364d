"""Refusals in the form that the SDK expects."""

from typing import Any, Literal


class Refused(Exception):
    """An answer that is not 2xx.

    Kept `by_key` when it came of acting, so that an idempotency key gives it again; a request that was merely
    written wrongly may be put right and sent with the same key.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        kind: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        kept: Literal["never", "by_key"] = "never",
    ) -> None:
        super().__init__(message)
        self.kept = kept
        self.status = status
        self.error = {"type": kind, "code": code, "message": message, "param": param}

    def body(self) -> dict[str, Any]:
        """As it travels: only what is known."""
        return {"error": {name: value for name, value in self.error.items() if value is not None}}


def missing(what: str, id_: str) -> Refused:
    """There is no such object on this account; another account's objects are just as absent."""
    return Refused(f"No such {what}: {id_}", status=404, code="resource_missing", param="id")


def beyond(what: str, param: str | None = None) -> Refused:
    """Stripe can do this; this instrument cannot, and says so instead of pretending."""
    return Refused(f"This test server does not do {what}.", code="test_server_cannot", param=param)
