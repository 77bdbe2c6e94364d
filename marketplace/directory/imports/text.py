"""Published HTML and loose text made into plain paragraphs."""

import re
from html.parser import HTMLParser
from typing import Final

import nh3

_BLOCKS: Final = {
    *(
        "p",
        "div",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "section",
        "article",
        "header",
        "footer",
        "main",
        "aside",
    ),
    *("blockquote", "figure", "figcaption", "address", "pre", "hr", "table", "ul", "ol", "dl"),
}
_LINES: Final = {"li", "tr", "dt", "dd"}
_CELLS: Final = {"td", "th"}
_GROUPS: Final = {"ul", "ol", "table"}
_KEPT: Final = _BLOCKS | _LINES | _CELLS | {"br", "a"}
# Editor leftovers: what stands inside these was never meant to be read as part of the description.
_DROPPED_WITH_CONTENT: Final = {
    *(
        "script",
        "style",
        "title",
        "noscript",
        "template",
        "iframe",
        "object",
        "svg",
        "math",
        "button",
        "select",
    ),
    *("textarea", "xml"),
}
_HAS_STRUCTURE: Final = re.compile(
    rf"<(?:{'|'.join(sorted(_BLOCKS | _LINES | _CELLS | {'br'}))})\b", re.IGNORECASE
)
_BRACKETED_ADDRESS: Final = re.compile(r"<(?=[\w.+-]+@|https?:|www\.)", re.IGNORECASE)
_UNREADABLE: Final = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u2064\ufeff\ufffc\ufffe\uffff\ud800-\udfff]"
)
# Symbol-font bullets that word processors leave behind.
_PRIVATE_BULLETS: Final = re.compile("[\uf0a7\uf0b7\uf0d8\uf0fc\u00b7](?=\\s)")
_LINE_ENDS: Final = re.compile("\r\n|[\r\n\v\f\x85\u2028\u2029]")
_SAYS_NOTHING: Final = {
    *("here", "click here", "this link", "link", "website", "visit website", "visit webpage", "our website"),
    *("find out more", "more information", "learn more", "read more", "contact us", "facebook", "book here"),
}


def html_to_text(html: str | None) -> str | None:
    """Plain text of a published description: paragraphs parted by a blank line, list items led by a bullet.

    Text without block tags keeps its own line ends. Links keep their words, and their address too where the
    words alone say nothing ("click here"). None where nothing readable is left.
    """
    if html is None:
        return None
    tidy = _PRIVATE_BULLETS.sub("•", _UNREADABLE.sub("", _BRACKETED_ADDRESS.sub("&lt;", html)))
    if not _HAS_STRUCTURE.search(tidy):
        tidy = _LINE_ENDS.sub("<br>", tidy)
    clean = nh3.clean(
        tidy,
        tags=set(_KEPT),
        clean_content_tags=set(_DROPPED_WITH_CONTENT),
        attributes={"a": {"href"}},
        url_schemes={"http", "https"},
        link_rel=None,
    )
    reader = _Reader()
    reader.feed(clean)
    reader.close()
    return reader.text()


def one_line(value: str | None) -> str | None:
    """A name, a label or an address line: no tags, no entities, single spaces; None where nothing is left."""
    text = html_to_text(value)
    return " ".join(text.split()) if text else None


class _Reader(HTMLParser):
    """Collects text and owes breaks, so that nested and empty blocks never leave more than one blank line."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._parts: list[str] = []
        self._owed_breaks = 0
        self._owed_prefix = ""
        self._groups = 0
        self._link: tuple[str, list[str]] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Owe the break that goes before the element."""
        self._around(tag)
        if tag == "br":
            self._owed_breaks = min(self._owed_breaks + 1, 2)
        elif tag == "li":
            self._owed_prefix = "• "
        elif tag in _CELLS and self._parts and not self._owed_breaks:
            self._owed_prefix = " · "
        elif tag == "a":
            self._link = (dict(attrs).get("href") or "", [])
        if tag in _GROUPS:
            self._groups += 1

    def handle_endtag(self, tag: str) -> None:
        """Owe the break that goes after the element."""
        if tag in _GROUPS:
            self._groups = max(self._groups - 1, 0)
        self._around(tag)
        if tag == "a" and self._link:
            href, words = self._link
            self._link = None
            if href and " ".join("".join(words).lower().split()) in _SAYS_NOTHING:
                self.handle_data(f" ({href})")

    def handle_data(self, data: str) -> None:
        """Write the words, after the breaks that are owed."""
        words = " ".join(data.split())
        if self._link:
            self._link[1].append(data)
        if not words:
            if data and self._parts and not self._owed_breaks:
                self._parts.append(" ")
            return
        if self._owed_breaks and self._parts:
            self._parts.append("\n" * self._owed_breaks)
        self._owed_breaks = 0
        self._parts.append(self._owed_prefix)
        self._owed_prefix = ""
        before = " " if data[0].isspace() else ""
        after = " " if data[-1].isspace() else ""
        self._parts.append(f"{before}{words}{after}")

    def text(self) -> str | None:
        """What was read, line by line, without stray spaces."""
        lines = [" ".join(line.split()) for line in "".join(self._parts).split("\n")]
        return "\n".join(lines).strip() or None

    def _around(self, tag: str) -> None:
        if tag in _LINES:
            self._owed_prefix = ""  # of an empty item or cell
        if tag in _LINES or (self._groups and tag in _BLOCKS):
            self._owed_breaks = max(self._owed_breaks, 1)
        elif tag in _BLOCKS:
            self._owed_breaks = 2
