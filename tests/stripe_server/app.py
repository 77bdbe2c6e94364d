"""The server, assembled."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from litestar import Litestar, Request, Response
from litestar.datastructures import State
from litestar.exceptions import HTTPException
from litestar.logging import LoggingConfig

from tests.stripe_server import actions, api, control, page
from tests.stripe_server.errors import Refused
from tests.stripe_server.state import World

_TICK_SECONDS = 1


@asynccontextmanager
async def _ticking(app: Litestar) -> AsyncIterator[None]:
    world: World = app.state.world

    async def tick() -> None:
        while True:
            actions.expire_due(world)
            await asyncio.sleep(_TICK_SECONDS)

    task = asyncio.get_running_loop().create_task(tick())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        world.postman.forget()


def _no_such_address(request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    """Stripe answers in JSON even where there is nothing."""
    refusal = Refused(f"{request.method} {request.url.path}: {error.detail}", status=error.status_code)
    return Response(
        json.dumps(refusal.body()).encode(), status_code=error.status_code, media_type="application/json"
    )


def create_app(world: World) -> Litestar:
    """An ASGI application around one world."""
    return Litestar(
        route_handlers=[
            *api.handlers(),
            *(page.show, page.submit, page.style, page.show_onboarding, page.submit_onboarding),
            control.router(),
        ],
        state=State({"world": world}),
        lifespan=[_ticking],
        exception_handlers={HTTPException: _no_such_address},
        openapi_config=None,
        logging_config=LoggingConfig(log_exceptions="always", disable_stack_trace={404, 405}),
    )
