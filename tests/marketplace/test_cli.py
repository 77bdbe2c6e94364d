"""The command line as an operator meets it: exit codes, words, and what it leaves in the database."""

import os
import subprocess
import sys

import pytest

from marketplace.identity.credentials import actor_of_token
from marketplace.identity.rules import Role
from marketplace.kernel import db
from marketplace.kernel.settings import ROOT
from tests.world import make_world


def marketplace(dsn: str, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "marketplace", *words],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": dsn, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.row("O1")
async def test_a_council_its_user_and_a_token_from_nothing(database: str) -> None:
    assert marketplace(database, "organisation", "create", "Testshire Council", "--council").returncode == 0
    made = marketplace(
        database, "user", "create", "pat@example.com", "--name", "Pat", "--role", "care_manager",
        "--organisation", "Testshire Council", NEW_USER_PASSWORD="a long enough password",
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    token = marketplace(database, "token", "create", "pat@example.com")
    assert token.returncode == 0
    actor = await actor_of_token(token.stdout.strip())
    assert actor is not None
    assert actor.roles == {Role.CARE_MANAGER}
    assert actor.council_id is not None
    kept = await db.fetch_value("SELECT token_hash FROM api_token")
    assert token.stdout.strip() not in kept


@pytest.mark.row("Y1")
async def test_a_provider_takes_cards_once_its_account_is_known(database: str) -> None:
    world = await make_world()
    slug = await db.fetch_value("SELECT slug FROM provider WHERE id = $1", world.pettypool)
    assert marketplace(database, "provider", "connect-stripe", slug, "acct_1A2b3C").returncode == 0
    kept = await db.fetch_value("SELECT stripe_account FROM provider WHERE id = $1", world.pettypool)
    assert kept == "acct_1A2b3C"
    for words, told in ((("nobody", "acct_1"), "no provider"), ((slug, "1234"), "like acct_1A2b3C")):
        refused = marketplace(database, "provider", "connect-stripe", *words)
        assert refused.returncode == 1
        assert told in refused.stderr


@pytest.mark.row("O1")
async def test_refusals_say_what_to_do_and_exit_1(database: str) -> None:
    for words, told in (
        (("token", "create", "nobody@example.com"), "no user with the e-mail"),
        (("jobs", "run", "nothing"), "no job nothing"),
        (("jobs", "run", "invoices", "--month", "November"), "like 2026-11"),
        (("import", "open-referral", "missing.json"), "missing.json"),
    ):
        refused = marketplace(database, *words)
        assert refused.returncode == 1, words
        assert told in refused.stderr
        assert "Traceback" not in refused.stderr


@pytest.mark.row("O3")
async def test_ledger_verify_exits_1_when_a_balance_was_tampered_with(database: str) -> None:
    world = await make_world()
    assert marketplace(database, "ledger", "verify").returncode == 0
    await db.execute(
        "UPDATE account SET balance_pence = 1 WHERE fund_id = $1 AND kind = 'paid'", world.emma_isf
    )
    tampered = marketplace(database, "ledger", "verify")
    assert tampered.returncode == 1
    assert tampered.stderr.strip()
