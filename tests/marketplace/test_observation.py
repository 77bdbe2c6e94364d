"""What the house tells of itself, and what it never tells."""

import json
import logging
import sys
from typing import Any

import pytest
from httpx import AsyncClient

from marketplace.identity.credentials import begin_session
from marketplace.observation import JsonLines
from tests.world import World


@pytest.mark.row("O4")
async def test_health_readiness_and_metrics_answer_without_sign_in(world: World, client: AsyncClient) -> None:
    assert (await client.get("/healthz")).json() == {"status": "ok"}
    assert (await client.get("/readyz")).json() == {"status": "ready"}
    client.cookies.set("fairday_session", await begin_session(world.broker.user_id))
    await client.get(f"/people/{world.emma}")
    await client.get("/", params={"q": "secret words"})
    told = (await client.get("/metrics")).text
    assert "fairday_letters_waiting" in told
    assert "fairday_jobs_failed_last_day 0.0" in told
    assert 'route="/people/{person_id}"' in told
    assert str(world.emma) not in told
    assert "secret" not in told


@pytest.mark.row("O4")
def test_a_logged_failure_tells_where_and_not_what() -> None:
    def fail() -> Any:
        raise ValueError("Emma Example was here")

    try:
        fail()
    except ValueError:
        record = logging.LogRecord("fairday", logging.ERROR, "x.py", 1, "unexpected", (), sys.exc_info())
    line = json.loads(JsonLines().format(record))
    assert line["failure"] == "ValueError"
    assert any("fail" in where for where in line["where"])
    assert "Emma" not in json.dumps(line)
