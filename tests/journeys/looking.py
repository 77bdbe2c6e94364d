"""What is wrong with a page, as sentences: to a screen reader, on a telephone, to a browser."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import ConsoleMessage, Page, Response

WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 360, "height": 800}
GRAVE = frozenset({"serious", "critical"})
_AXE_SCRIPT = Axe().axe_script
# Only what is wrong comes back, and no style sheet is fetched again for rules that are not asked.
_ASK_AXE = """(rules) => axe.run({resultTypes: ["violations"], preload: false, rules})
  .then((found) => found.violations)"""
# Colours are the same at every width, and to compare them takes longest.
_NOT_NARROW = {"color-contrast": {"enabled": False}}

# Everything that a link within the page or a label points at has to be there.
_DANGLING = """() => [...document.querySelectorAll('a[href^="#"]')]
  .map((link) => link.getAttribute("href").slice(1))
  .filter((id) => id && !document.getElementById(id))"""
_SIDEWAYS = """() => [...document.querySelectorAll("body *")]
  .filter((each) => each.getBoundingClientRect().right > innerWidth + 1)
  .slice(-3).map((each) => each.outerHTML.slice(0, 120))"""


@dataclass
class Looker:
    """Watches one browser page; `faults` of what it shows now."""

    page: Page
    _heard: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Listen to what the browser complains of."""
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self._heard.append(f"a script failed: {error}"))
        self.page.on("response", self._see)

    def _hear(self, message: ConsoleMessage) -> None:
        # The browser says of each answer that is an error that it is one: `open` checks those.
        if message.type == "error" and "the server responded with a status" not in message.text:
            self._heard.append(f"the browser says: {message.text}")

    def _see(self, answer: Response) -> None:
        if answer.status >= 400 and not answer.request.is_navigation_request():
            self._heard.append(f"{answer.status} for {answer.url}")

    def open(self, url: str, *, status: int = 200) -> list[str]:
        """Go to an address and answer what is wrong there."""
        answer = self.page.goto(url)
        found = answer.status if answer else 0
        if found != status:
            return [f"it answers {found}, not {status}"]
        return self.faults(narrow_too=True)

    def faults(self, *, narrow_too: bool = False) -> list[str]:
        """Everything that is wrong with the page shown now; axe reads it wide, and narrow where that is asked."""
        wrong = [*self._words(), *self._to_axe("wide")]
        self.page.set_viewport_size(NARROW)  # type: ignore[arg-type]
        wrong += self._sideways()
        if narrow_too:
            wrong += self._to_axe("at 360 pixels", _NOT_NARROW)
        self.page.set_viewport_size(WIDE)  # type: ignore[arg-type]
        wrong += self._heard
        self._heard.clear()
        return list(dict.fromkeys(wrong))

    def _words(self) -> list[str]:
        wrong = []
        headings = self.page.locator("h1").all_inner_texts()
        if len(headings) != 1 or not headings[0].strip():
            wrong.append(f"it has not exactly one heading of level 1, but {headings}")
        title = self.page.title()
        if not title.endswith(" – Fairday") or len(title) < len("a – Fairday"):
            wrong.append(f"its title is “{title}”")
        wrong += [f"a link goes to #{name}, which is not there" for name in self.page.evaluate(_DANGLING)]
        return wrong

    def _sideways(self) -> list[str]:
        wide = self.page.evaluate("document.documentElement.scrollWidth")
        if wide <= NARROW["width"]:
            return []
        return [f"it scrolls sideways at 360 pixels: {wide}; {self.page.evaluate(_SIDEWAYS)}"]

    def _to_axe(self, when: str, rules: Mapping[str, Any] = MappingProxyType({})) -> list[str]:
        # Once into each document: it is half a megabyte.
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(_AXE_SCRIPT)
        found: list[dict[str, Any]] = self.page.evaluate(_ASK_AXE, dict(rules))
        return [
            f"axe ({when}), {each['impact']}: {each['help']} [{each['id']}]: "
            + "; ".join(str(node["html"])[:160] for node in each["nodes"][:3])
            for each in found
        ]


def looks_well(page: Page) -> None:
    """The page shown now, which only a sent form leads to, has nothing grave; with JavaScript only."""
    wrong = [fault for fault in Looker(page).faults() if grave(fault)]
    assert not wrong, "\n".join(wrong)


def grave(fault: str) -> bool:
    """Whether a fault is more than advice of axe's."""
    return not fault.startswith("axe") or any(f", {word}: " in fault for word in GRAVE)


# What keeps something comes before what only asks to be shown something; a search may be empty.
_OWN_FORM = """() => {
  const own = [...document.forms].filter((form) => new URL(form.action).pathname === location.pathname);
  return own.find((form) => form.method === "post") ?? own.find((form) => form.getAttribute("role") !== "search");
}"""
_EMPTY = """(form) => [...form.elements].filter((each) => !each.matches("button, select, fieldset, [type=hidden]"))
  .forEach((each) => {
    if (each.matches("[type=radio], [type=checkbox]")) each.checked = false;
    else each.value = "";
  })"""


def send_empty(page: Page) -> bool:
    """Empty the form that a page sends to itself, and press its first button; answers whether it has such a form."""
    form = page.evaluate_handle(_OWN_FORM).as_element()
    if form is None:
        return False
    form.evaluate(_EMPTY)
    button = form.evaluate_handle(
        "(form) => [...form.elements].find((each) => each.type === 'submit')"
    ).as_element()
    assert button is not None
    with page.expect_navigation():
        button.click()
    return True


def errors_told(page: Page) -> list[str]:
    """What is wrong with how a page tells that something has to be typed."""
    wrong = []
    if not page.title().startswith("Error: "):
        wrong.append(f"its title does not say that there is an error: “{page.title()}”")
    summary = page.get_by_role("alert").filter(has=page.get_by_role("heading", name="There is a problem"))
    if summary.count() != 1:
        return [*wrong, f"it has no list of what is wrong; it is at {page.url}"]
    for link in summary.get_by_role("link").all():
        link.click()
        if page.evaluate("document.activeElement.matches('input, select, textarea, [tabindex]')") is not True:
            wrong.append(f"“{link.inner_text()}” does not lead to its field")
    return wrong
