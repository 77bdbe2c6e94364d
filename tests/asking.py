"""Asking for pages and sending forms as a browser without JavaScript does."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from html import unescape
from typing import Any

import asyncpg
import httpx

from marketplace.identity.access import Actor
from marketplace.identity.credentials import begin_session
from marketplace.identity.http import SESSION_COOKIE

Client = httpx.AsyncClient


async def sign_in(client: Client, actor: Actor) -> None:
    """Sign in as a persona."""
    client.cookies.set(SESSION_COOKIE, await begin_session(actor.user_id))


async def words_of(client: Client, path: str, status: int = 200) -> str:
    """What a page says, without its tags."""
    answer = await client.get(path)
    assert answer.status_code == status, f"{answer.status_code} {answer.text[:2000]}"
    return plain(answer.text)


def plain(html: str) -> str:
    """The words of a page on one line; what is only for screen readers too."""
    text = re.sub(r"<(script|style|svg)\b.*?</\1>", " ", html, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", text)).split()).replace(" .", ".")


async def send(
    client: Client, path: str, to: str = "", *, shown_at: str = "", files: Any = None, **fields: Any
) -> Any:
    """Post a form to `to` (or `path`) with the token, key and version that the page at `shown_at` (or `path`) carried.

    Follows nothing, as a test wants to see where it leads.
    """
    shown = await client.get(shown_at or path)
    carried = {}
    for name in ("_csrf_token", "key", "version"):
        found = re.search(rf'name="{name}" value="([^"]*)"', shown.text)
        if found is not None:
            carried[name] = found[1]
    assert "_csrf_token" in carried, f"{shown.status_code} {shown.text[:2000]}"
    return await client.post(to or path, data={**carried, **fields}, files=files, follow_redirects=False)


def day(name: str, value: date) -> dict[str, str]:
    """The three boxes of a day, as a browser sends them."""
    return {f"{name}-day": str(value.day), f"{name}-month": str(value.month), f"{name}-year": str(value.year)}


async def follow(client: Client, answer: Any) -> str:
    """What the page says that a form led to."""
    assert answer.status_code == 303, f"{answer.status_code} {plain(answer.text)}"
    return await words_of(client, answer.headers["location"])


@contextmanager
def counted_statements() -> Iterator[list[str]]:
    """Every statement that reaches the database meanwhile, whichever connection it takes."""
    told: list[str] = []
    names = ("fetch", "fetchrow", "fetchval", "execute", "executemany")
    originals = {name: getattr(asyncpg.Connection, name) for name in names}

    def counting(original: Any) -> Any:
        def run(self: Any, statement: str, *args: Any, **options: Any) -> Any:
            told.append(statement)
            return original(self, statement, *args, **options)

        return run

    for name, original in originals.items():
        setattr(asyncpg.Connection, name, counting(original))
    try:
        yield told
    finally:
        for name, original in originals.items():
            setattr(asyncpg.Connection, name, original)


async def statements_of(client: Client, path: str) -> int:
    """How many statements a page asks of the database; its first look of a day is not counted."""
    await words_of(client, path)
    with counted_statements() as told:
        await words_of(client, path)
    assert told, "nothing was counted"
    return len(told)


def errors(answer: Any) -> list[str]:
    """The lines of the error summary of a page, in its order."""
    summary = re.search(r"govuk-error-summary__list.*?</ul>", answer.text, re.DOTALL)
    return (
        [unescape(words) for words in re.findall(r"<li>(?:<a[^>]*>)?([^<]+)", summary[0])] if summary else []
    )
