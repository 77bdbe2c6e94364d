"""Published HTML becomes paragraphs that can be read aloud."""

import pytest

from marketplace.directory.imports.text import html_to_text, one_line


@pytest.mark.parametrize(
    ("published", "read"),
    [
        pytest.param("<p>One</p><p><br></p><p>Two</p>", "One\n\nTwo", id="paragraphs"),
        pytest.param(
            "<h2>When</h2>Mondays<br>Tuesdays", "When\n\nMondays\nTuesdays", id="headings and line breaks"
        ),
        pytest.param(
            "<p>a</p>" + "<div><div><br></div></div>" * 9 + "<p>b</p>", "a\n\nb", id="piles of empty blocks"
        ),
        pytest.param("<p>Hi&nbsp;&nbsp;there &amp; you</p>", "Hi there & you", id="entities"),
        pytest.param("<p>under &lt;£750 a month</p>", "under <£750 a month", id="an escaped less-than"),
        pytest.param(
            "<ul><li><p>Tea</p></li><li></li><li>Cake</li></ul><p>Free</p>",
            "• Tea\n• Cake\n\nFree",
            id="lists",
        ),
        pytest.param("\uf0b7 Tea\n· Cake", "• Tea\n• Cake", id="bullets out of a symbol font"),
        pytest.param(
            "<table><tr><th>Day</th><th>Cost</th></tr><tr><td>Mon</td><td>£5</td></tr><tr><td>Tue</td><td></td></tr>"
            "</table>after",
            "Day · Cost\nMon · £5\nTue\n\nafter",
            id="tables",
        ),
        pytest.param(
            "Line one\r\nLine two\n\n\nPart two", "Line one\nLine two\n\nPart two", id="text without tags"
        ),
        pytest.param(
            "queues <br>\r\nSuitable for\r\nall", "queues\nSuitable for all", id="line ends beside tags"
        ),
        pytest.param("<b>bold</b>est <u>word</u>", "boldest word", id="inline tags part no words"),
        pytest.param("<p>one <!--{cke_protected}%3Cmeta%3E-->two</p>", "one two", id="comments"),
        pytest.param('<p>a<img src="data:image/png;base64,AAAA">b</p>', "ab", id="pictures inside the text"),
        pytest.param(
            '<button aria-label="Align">Align</button><p>x</p>', "x", id="buttons of somebody's editor"
        ),
        pytest.param("<script>alert(1)</script><style>p{}</style>x", "x", id="scripts and styles"),
        pytest.param(
            "<p>Mail <info@x.org> or <b>ring</b></p>", "Mail <info@x.org> or ring", id="bracketed addresses"
        ),
        pytest.param(
            "<p>zero\u200bwidth\ufeff and \x03control</p>", "zerowidth and control", id="invisible characters"
        ),
        pytest.param("half \ud83d of a pair", "half of a pair", id="half a surrogate pair"),
        pytest.param("<p>unclosed <b>tags<p>go on", "unclosed tags\n\ngo on", id="unclosed tags"),
        pytest.param(
            '<a href="https://x.uk/y">Click here</a> now', "Click here (https://x.uk/y) now", id="empty words"
        ),
        pytest.param(
            '<a href="https://x.uk/y">our menu</a> now', "our menu now", id="links with words of their own"
        ),
        pytest.param('<a href="javascript:alert(1)">here</a>', "here", id="links that run something"),
        pytest.param("fish & chips < 5 pounds", "fish & chips < 5 pounds", id="loose signs"),
    ],
)
def test_published_html_reads_as_plain_text(published: str, read: str) -> None:
    assert html_to_text(published) == read


@pytest.mark.parametrize(
    "published", [None, "", "  ", "<p><br></p>", "&nbsp;", "\u200b", "<!-- only this -->"]
)
def test_what_holds_no_words_is_nothing(published: str | None) -> None:
    assert html_to_text(published) is None


def test_a_name_is_one_line() -> None:
    assert one_line(" Toe nail\u00a0cutting &amp;\r\n <b>more</b> ") == "Toe nail cutting & more"
