"""Every page that there is: read from the application's routes, so that a new page is looked at by itself."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import httpx
from litestar.routes import HTTPRoute

from marketplace.app import Schedule, create_app
from marketplace.identity.credentials import begin_session
from marketplace.identity.http import SESSION_COOKIE, declared_permission
from marketplace.identity.rules import Permission
from tests.site import Site

NOBODY = "nobody"
# Whose view of a page has most on it, first.
_WHO = (
    *("broker", "emma_user", "dan_user", "care_manager", "commissioner", "manager", "staff"),
    *("finance_officer", "monitoring_officer", "sister", "in_house_manager"),
)
# Emma's, Dan's, somebody's about whom nothing is agreed yet, and a second thing of its kind.
_WHOSE = ("", "dan_", "new_", "other_")
# Files, answers for programs, and addresses that only lead elsewhere.
_NO_PAGES = ("/api/", "/pictures/", "/static/", "/schema/", "/healthz", "/readyz", "/metrics")
_FILES = (".csv", ".pdf", ".ics", ".xml")
LEADS_ELSEWHERE = frozenset(
    {"/home", "/card/back", "/provider/money/cards/again", "/provider/money/cards/back"}
)
# What a page needs in its address beside its parameters.
QUERIES: Mapping[str, str] = {
    "/people/{person_id:uuid}/pay/{session_id:uuid}": "?fund={fund_id}",
    "/card/return": "?checkout={checkout}",
}


@dataclass(frozen=True)
class PageOf:
    """A page as somebody sees it. `route` is its address with the names of its parameters."""

    who: str
    route: str
    path: str


class CannotFill(AssertionError):
    """No value for a parameter: `live_in` has to make one."""


def routes(method: str = "GET") -> dict[str, Permission]:
    """Every address that may be a page (or that a form is sent to), with the permission that it declares."""
    found = {}
    for route in create_app(Schedule.OFF).routes:
        if (
            not isinstance(route, HTTPRoute)
            or route.path.startswith(_NO_PAGES)
            or route.path.endswith(_FILES)
        ):
            continue
        for handler in route.route_handlers:
            permission = declared_permission(handler)
            if method in handler.http_methods and permission not in (None, Permission.MACHINE):
                assert permission is not None
                found[route.path] = permission
    return {path: found[path] for path in sorted(found) if path not in LEADS_ELSEWHERE}


def fill(route: str, values: Mapping[str, object], whose: str = "") -> str:
    """The address with its parameters filled; `whose` takes somebody else's values where there are some."""

    def value(name: str) -> str:
        if f"{whose}{name}" not in values and name not in values:
            raise CannotFill(f"{route}: nothing is known for {{{name}}}; give it one in lived_in.py")
        return str(values.get(f"{whose}{name}", values.get(name)))

    parts = [
        value(part.strip("{}").split(":")[0]) if part.startswith("{") else part for part in route.split("/")
    ]
    query, names = QUERIES.get(route, ""), ("fund_id", "checkout")
    return "/".join(parts) + query.format(**{name: value(name) for name in names if f"{{{name}}}" in query})


Suits = Callable[[str, str], bool]


def any_page(html: str, path: str) -> bool:
    """Whatever is there."""
    return True


def has_own_form(html: str, path: str) -> bool:
    """Whether the page has a form that is sent to its own address."""
    own = re.escape(path.split("?", maxsplit=1)[0])
    return (
        re.search(rf'<form [^>]*action="{own}["?]|<form (?![^>]*action=)[^>]*method="post"', html) is not None
    )


class Finder:
    """Asks for each page as everybody who may have it, until somebody gets it."""

    def __init__(self, site: Site, values: Mapping[str, object]) -> None:
        self.site, self.values = site, values
        self.people = site.world.personas()
        self.client = httpx.Client(base_url=site.url, timeout=30)
        self.cookies = {name: self._session(name) for name in self.people}

    def _session(self, name: str) -> str:
        return self.site.run(lambda: begin_session(self.people[name].user_id))

    def find(self, route: str, permission: Permission, suits: Suits = any_page) -> PageOf | None:
        """The page as the first of those who may see it; None where the address is no page. Raises CannotFill.

        `suits` says of its HTML and address whether it is the page that is looked for.
        """
        told = []
        for who in (NOBODY, *_WHO) if permission is Permission.PUBLIC else _WHO:
            if who != NOBODY and permission not in self.people[who].permissions:
                continue
            for path in dict.fromkeys(fill(route, self.values, whose) for whose in _WHOSE):
                answer = self.client.get(path, headers=self._cookie(who))
                told.append(f"{who} gets {answer.status_code} from {path}")
                if answer.status_code == 200 and suits(answer.text, path):
                    html = answer.headers["content-type"].startswith("text/html")
                    return PageOf(who, route, path) if html else None
        raise CannotFill(f"{route}: nobody sees this page. {'; '.join(told)}")

    def _cookie(self, who: str) -> dict[str, str]:
        return {"Cookie": f"{SESSION_COOKIE}={self.cookies[who]}"} if who != NOBODY else {}
