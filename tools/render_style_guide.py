"""Render the style guide: every component with realistic data, as one page for developers.

    python tools/render_style_guide.py OUT_FOLDER

Writes `index.html`, the error pages, and `static/` beside them (copied), so that any static file server shows
them: `python -m http.server --directory OUT_FOLDER`. Nothing here is served by the product.
"""

import shutil
import sys
from pathlib import Path

from jinja2 import (
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    PackageLoader,
    PrefixLoader,
)

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "templates" / "style_guide")]

import style_guide_data  # noqa: E402 - beside the template that it feeds

from marketplace.kernel.clock import FixedClock, use_clock  # noqa: E402
from marketplace.kernel.formats import FILTERS  # noqa: E402

ERRORS = ("403", "404", "409", "422", "500", "503")


def environment() -> Environment:
    """Jinja as the product sets it up."""
    loader = ChoiceLoader(
        [
            FileSystemLoader(ROOT / "templates"),
            PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")}),
        ]
    )
    env = Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True)
    env.filters.update(FILTERS)
    return env


def render(out: Path) -> list[Path]:
    """Write the pages and what they load; the paths of the pages."""
    out.mkdir(parents=True, exist_ok=True)
    env = environment()
    static = out / "static"
    shutil.copytree(ROOT / "templates" / "static", static / "fairday", dirs_exist_ok=True)
    govuk = ROOT / "node_modules" / "govuk-frontend" / "dist" / "govuk"
    if govuk.is_dir():
        shutil.copytree(govuk, static / "govuk", dirs_exist_ok=True)
    pages = []
    with use_clock(FixedClock(style_guide_data.NOW)):
        for name in ("index", *ERRORS):
            template = f"errors/{name}.html" if name in ERRORS else "style_guide/index.html"
            page = out / f"{name}.html"
            context = style_guide_data.context()
            if name in ERRORS:
                context |= {"flash": [], "back": None, "easy_read": None}
            page.write_text(env.get_template(template).render(**context))
            pages.append(page)
    return pages


def main() -> int:
    """Exit code 2 when the folder is not named."""
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    for page in render(Path(sys.argv[1])):
        print(page)
    return 0


if __name__ == "__main__":
    sys.exit(main())
