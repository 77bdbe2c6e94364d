"""Somebody who uses no mouse: where the focus is, and that it is seen."""

from playwright.sync_api import Page

MOST_TABS = 80
_WORDS = """() => { const here = document.activeElement;
  return here.innerText || here.labels?.[0]?.innerText || ""; }"""


def tab_to(page: Page, words: str) -> None:
    """Press Tab until the link, button or field with these words has the focus."""
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if words in page.evaluate(_WORDS):
            return
    raise AssertionError(f"“{words}” is not reached by {MOST_TABS} tabs")


def press(page: Page, key: str) -> None:
    """Press a key where the focus is."""
    page.keyboard.press(key)
