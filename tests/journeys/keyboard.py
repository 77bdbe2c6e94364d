"""Somebody who uses no mouse: where the focus is, and that it is seen."""

from playwright.sync_api import Page

MOST_TABS = 80
_WORDS = """() => { const here = document.activeElement;
  return here.innerText || here.labels?.[0]?.innerText || ""; }"""
# The yellow of the focus, an outline, or the thick ring of a field: never nothing.
_SEEN = """() => { const style = getComputedStyle(document.activeElement);
  const box = document.activeElement.nextElementSibling;
  return style.backgroundColor !== "rgba(0, 0, 0, 0)" || style.outlineStyle !== "none" || style.boxShadow !== "none"
    || (box !== null && getComputedStyle(box, "::before").boxShadow !== "none"); }"""


def tab_to(page: Page, words: str) -> None:
    """Press Tab until the link, button or field with these words has the focus; it must be seen to have it."""
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if words in page.evaluate(_WORDS):
            assert page.evaluate(_SEEN), f"“{words}” has the focus, and nobody sees it"
            return
    raise AssertionError(f"“{words}” is not reached by {MOST_TABS} tabs")


def press(page: Page, key: str) -> None:
    """Press a key where the focus is."""
    page.keyboard.press(key)
