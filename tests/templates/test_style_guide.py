"""Every component renders, and none of them needs what the content security policy forbids."""

import re
import runpy
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The style guide and the error pages, by name."""
    tool = runpy.run_path(str(ROOT / "tools" / "render_style_guide.py"))
    return {page.stem: page.read_text() for page in tool["render"](tmp_path_factory.mktemp("guide"))}


def test_every_component_is_in_the_style_guide() -> None:
    templates = [
        *(ROOT / "templates").glob("style_guide/*.html"),
        *(ROOT / "templates").glob("components/*.html"),
    ]
    text = "".join(each.read_text() for each in (*templates, ROOT / "templates" / "errors" / "404.html"))
    unused = [
        p.name
        for p in (ROOT / "templates" / "components").glob("*.html")
        if f"components/{p.name}" not in text
    ]
    assert unused == []


@pytest.mark.row("A1")
def test_pages_hold_no_inline_style_or_script(pages: dict[str, str]) -> None:
    for name, html in pages.items():
        assert not re.search(r"<[^>]+\sstyle=", html), name
        assert not re.search(r"<style|<script(?![^>]*\ssrc=)|\son[a-z]+=", html), name


@pytest.mark.row("A1")
def test_ids_are_unique_and_labels_find_their_fields(pages: dict[str, str]) -> None:
    for name, html in pages.items():
        ids = Counter(re.findall(r'\sid="([^"]+)"', html))
        assert [each for each, times in ids.items() if times > 1] == [], name
        assert [each for each in re.findall(r'\sfor="([^"]+)"', html) if each not in ids] == [], name


def test_what_was_typed_is_kept_and_errors_link_to_their_fields(pages: dict[str, str]) -> None:
    html = pages["index"]
    assert 'value="Garden gruop"' in html
    assert '<a href="#price">Type the price in pounds and pence, such as 38.50</a>' in html
    assert 'id="price"' in html
    assert 'id="starts"' in html


def test_no_page_shows_python_instead_of_words(pages: dict[str, str]) -> None:
    for name, html in pages.items():
        assert not re.search(r">\s*(None|True|False|\[|\{)\s*<", html), name
        assert "&lt;" not in html, name


def test_money_below_nothing_is_said_in_words(pages: dict[str, str]) -> None:
    assert "£12.50 short" in pages["index"]
    assert "£-" not in pages["index"]
    assert "-£" not in pages["index"]


def test_every_picture_that_is_named_is_drawn() -> None:
    text = (ROOT / "templates" / "components" / "picture.html").read_text()
    drawn = re.search(r"set drawn = \[(.*?)\]", text)
    assert drawn
    names = set(re.findall(r'"([^"]+)"', drawn[1]))
    files = {path.stem for path in (ROOT / "templates" / "static" / "pictures").glob("*.svg")}
    assert names == files
    categories = re.findall(r'": "([a-z]+)"', text)
    assert set(categories) <= files
