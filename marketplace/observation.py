"""What the house tells of itself: counts for Prometheus, one JSON line for each event, nothing personal (row O4)."""

import json
import logging
import os
import sys
import time
import traceback
from typing import Any

from litestar import Response, get
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector

from marketplace.identity.rules import Permission
from marketplace.kernel import clock, db

REQUESTS = Counter("fairday_requests_total", "Requests answered", ["method", "route", "status"])
SECONDS = Histogram(
    "fairday_request_seconds",
    "Time to answer",
    ["route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)


class CountRequests(ASGIMiddleware):
    """Counts and times every request by its route's template: addresses with ids or words in them are never kept."""

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Time the request."""
        began = time.perf_counter()
        status = 500

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await next_app(scope, receive, noting)
        finally:
            route = str(scope.get("path_template") or "unknown")
            REQUESTS.labels(str(scope.get("method", "")), route, str(status)).inc()
            SECONDS.labels(route).observe(time.perf_counter() - began)


_WAITING = {
    "fairday_letters_waiting": (
        "Letters in the outbox that are due",
        "SELECT count(*) FROM outbox_message WHERE delivered_at IS NULL AND not_before <= $1",
    ),
    "fairday_places_held": (
        "Places held for card payments",
        "SELECT count(*) FROM booking WHERE state = 'held' AND booked_at <= $1",
    ),
    "fairday_stripe_events_unhandled": (
        "Messages from Stripe of the last 30 days about nothing that is known here",
        "SELECT count(*) FROM stripe_event"
        " WHERE NOT handled AND received_at > $1::timestamptz - interval '30 days'",
    ),
    "fairday_jobs_failed_last_day": (
        "Job runs of the last day that failed",
        "SELECT count(*) FROM job_run WHERE succeeded = false AND started_at > $1::timestamptz - interval '1 day'",
    ),
}


@get("/metrics", opt={"permission": Permission.MACHINE, "exclude_from_csrf": True}, include_in_schema=False)
async def metrics() -> Response[bytes]:
    """Counts of all server processes, and what waits in the database now."""
    registry = CollectorRegistry()
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    else:
        registry.register(REQUESTS)
        registry.register(SECONDS)
    now_registry = CollectorRegistry()
    for name, (help_text, sql) in _WAITING.items():
        Gauge(name, help_text, registry=now_registry).set(await db.fetch_value(sql, clock.now()))
    return Response(generate_latest(registry) + generate_latest(now_registry), media_type=CONTENT_TYPE_LATEST)


class JsonLines(logging.Formatter):
    """One JSON object for each event; a failure's traceback holds code, not data."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        line: dict[str, Any] = {
            "at": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info and record.exc_info[1] is not None:
            line["failure"] = type(record.exc_info[1]).__name__
            line["where"] = [
                f"{frame.filename}:{frame.lineno} {frame.name}"
                for frame in traceback.extract_tb(record.exc_info[2])[-8:]
            ]
        return json.dumps(line)


def log_as_json() -> None:
    """Send this process's log to standard error as JSON lines."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(os.environ.get("LOG_LEVEL", "INFO").upper())
    for noisy in ("apscheduler", "httpx", "httpcore", "stripe"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
