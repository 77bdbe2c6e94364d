"""Asking for pages and sending forms as a browser without JavaScript does."""

import re
from html import unescape
from typing import Any

import httpx

from marketplace.identity.access import Actor
from marketplace.identity.credentials import begin_session
from marketplace.identity.http import SESSION_COOKIE
from marketplace.kernel import db

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


async def send(client: Client, shown_at: str, to: str, **fields: str) -> Any:
    """Post a form with the token that its page carried; follows nothing."""
    shown = await client.get(shown_at)
    token = re.search(r'name="_csrf_token" value="([^"]+)"', shown.text)
    assert token is not None, shown.text[:2000]
    return await client.post(to, data={"_csrf_token": token[1], **fields}, follow_redirects=False)


async def follow(client: Client, answer: Any) -> str:
    """What the page says that a form led to."""
    assert answer.status_code == 303, f"{answer.status_code} {plain(answer.text)}"
    return await words_of(client, answer.headers["location"])


async def statements_of(client: Client, path: str) -> int:
    """How many statements a page asks of the database."""
    counted = 0
    original = db.connection

    class Counting:
        def __init__(self, inner: Any) -> None:
            self.inner = inner

        def __getattr__(self, name: str) -> Any:
            nonlocal counted
            if name in ("fetch", "fetchrow", "fetchval", "execute", "executemany"):
                counted += 1
            return getattr(self.inner, name)

    from contextlib import asynccontextmanager

    @asynccontextmanager
    async def connection() -> Any:
        async with original() as inner:
            yield Counting(inner)

    db.connection = connection
    try:
        await words_of(client, path)
    finally:
        db.connection = original
    return counted
