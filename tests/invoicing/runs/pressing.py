"""Pressing the button of a page with what its form carries, as a browser does."""

import re
from html import unescape

import httpx


async def press(client: httpx.AsyncClient, path: str, to: str) -> httpx.Response:
    """Look at a page and send its first form that goes to an address. Follows nothing."""
    shown = (await client.get(path)).text
    form = next(
        found for found in re.findall(r"<form.*?</form>", shown, flags=re.DOTALL) if f'action="{to}"' in found
    )
    fields = dict(re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', form))
    return await client.post(
        to, data={name: unescape(value) for name, value in fields.items()}, follow_redirects=False
    )
