"""Journey 8: somebody signs in, stays signed in over a restart, and signs out."""

import os
import re
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from marketplace.identity.credentials import hash_token
from marketplace.identity.http import SESSION_COOKIE
from marketplace.kernel import db
from tests.journeys.page_list import routes
from tests.journeys.servers import another_server
from tests.journeys.steps import step
from tests.journeys.visitors import Visitors, fill_sign_in, heading
from tests.site import Site
from tests.world import PASSWORD, email_of

BRENDA, PETRA = "Brenda Broker", "Petra Manager"
NOT_RIGHT = "The e-mail or password is not right. Check both and try again"
TOO_OLD = "This form was open too long. Go back, load the page again and send it once more."


def session_cookie(page: Page) -> str | None:
    """What the browser keeps to be known again."""
    kept = [cookie["value"] for cookie in page.context.cookies() if cookie["name"] == SESSION_COOKIE]
    return kept[0] if kept else None


def bring_cookie(page: Page, site: Site, value: str) -> None:
    """Put a session cookie into the browser, wherever it comes from."""
    page.context.add_cookies([{"name": SESSION_COOKIE, "value": value, "url": site.url}])


def expect_signed_in(page: Page, name: str) -> None:
    expect(page.get_by_role("banner")).to_contain_text(f"Signed in as {name}")


def expect_sign_in_page(page: Page) -> None:
    expect(heading(page)).to_have_text("Sign in")
    expect(page.get_by_role("button", name="Sign out")).to_have_count(0)


def count_sessions(site: Site, cookie: str) -> int:
    """How many sessions the database knows for a cookie."""

    async def count() -> int:
        asked = "SELECT count(*) FROM login_session WHERE token_hash = $1"
        return int(await db.fetch_value(asked, hash_token(cookie)))

    return site.run(count)


@pytest.mark.row("O2")
def test_a_session_survives_a_restart_and_is_known_to_every_server(people: Visitors) -> None:
    site = people.site
    page = people.as_(BRENDA)
    with step("the server loses its power and comes back"):
        site.kill()
        site.start()
        page.reload()
        expect_signed_in(page, BRENDA)
    with step("another server knows her as well, and takes a form that the first one made"), \
            another_server(site) as other:  # fmt: skip
        page.goto(f"{other.url}/desk")
        expect_signed_in(page, BRENDA)
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_role("banner").get_by_role("link", name="Sign in")).to_be_visible()
    with step("signed out on one is signed out on all"):
        page.goto(f"{site.url}/desk")
        expect_sign_in_page(page)


@pytest.mark.row("A3")
def test_a_wrong_password_keeps_the_e_mail_and_tells_nobody_who_is_known(
    people_with_and_without_scripts: Visitors,
) -> None:
    people = people_with_and_without_scripts
    page = people.anyone()
    page.get_by_role("banner").get_by_role("link", name="Sign in").click()
    for email in (email_of(BRENDA), "nobody@example.com"):
        with step(f"a wrong password for {email}"):
            fill_sign_in(page, email, "not the right horse")
            expect(page.get_by_role("alert").get_by_role("link", name=NOT_RIGHT)).to_be_visible()
            expect(page.get_by_label("E-mail address")).to_have_value(email)
            expect(page.get_by_label("Password", exact=True)).to_have_value("")
            assert session_cookie(page) is None
    with step("nothing typed at all"):
        fill_sign_in(page, "", "")
        for words in ("Enter your e-mail address", "Enter your password"):
            expect(page.get_by_role("alert").get_by_role("link", name=words)).to_be_visible()
    with step("only the password is typed again"):
        fill_sign_in(page, email_of(BRENDA), "not the right horse")
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("main").get_by_role("button", name="Sign in").click()
        expect_signed_in(page, BRENDA)


@pytest.mark.row("A3")
def test_who_signs_out_is_out_for_good_and_comes_back_to_the_page_asked_for(people: Visitors) -> None:
    site, world = people.site, people.site.world
    week = f"/people/{world.emma}/week"
    page = people.go(BRENDA, week)
    expect(heading(page)).to_have_text("Emma’s week")
    cookie = session_cookie(page)
    assert cookie is not None
    with step("she signs out"):
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_role("banner").get_by_role("link", name="Sign in")).to_be_visible()
        assert session_cookie(page) is None
    with step("the Back button shows nothing of Emma"):
        page.go_back()
        expect_sign_in_page(page)
    with step("somebody who kept the cookie is nobody"):
        bring_cookie(page, site, cookie)
        page.goto(f"{site.url}{week}")
        expect_sign_in_page(page)
    with step("she signs in again and is where she wanted to be"):
        fill_sign_in(page, email_of(BRENDA), PASSWORD)
        expect(heading(page)).to_have_text("Emma’s week")
        assert session_cookie(page) != cookie
    with step("an address of another site leads home instead"):
        page.get_by_role("button", name="Sign out").click()
        page.goto(f"{site.url}/sign-in?next=//elsewhere.example/desk")
        fill_sign_in(page, email_of(BRENDA), PASSWORD)
        expect_signed_in(page, BRENDA)
        assert page.url == f"{site.url}/desk"


@pytest.mark.row("A3")
def test_a_made_up_session_cookie_is_never_adopted(people: Visitors) -> None:
    site, page = people.site, people.anyone()
    made_up = "a-cookie-that-somebody-else-chose"
    with step("it is nobody's"):
        bring_cookie(page, site, made_up)
        page.goto(f"{site.url}/desk")
        expect_sign_in_page(page)
    with step("signing in makes a new one"):
        fill_sign_in(page, email_of(BRENDA), PASSWORD)
        expect_signed_in(page, BRENDA)
        first = session_cookie(page)
        assert first is not None
        assert first != made_up
        assert count_sessions(site, made_up) == 0
    with step("the database keeps no cookie in the clear, only what its owner can prove"):
        assert count_sessions(site, first) == 1
        kept = site.run(lambda: db.fetch_all("SELECT token_hash FROM login_session"))
        assert first not in {row["token_hash"] for row in kept}
    with step("no script can read it, and no other site's form sends it"):
        cookie = next(each for each in page.context.cookies() if each["name"] == SESSION_COOKIE)
        assert cookie["httpOnly"]
        assert cookie["sameSite"] == "Lax"
    with step("signing in over a session ends it"):
        other = people.anyone()
        bring_cookie(other, site, first)
        token = _form_token(other, site)
        other.request.post(
            f"{site.url}/sign-in",
            form={"_csrf_token": token, "email": email_of(PETRA), "password": PASSWORD},
        )
        other.reload()
        expect_signed_in(other, PETRA)
        assert count_sessions(site, first) == 0
        page.goto(f"{site.url}/desk")
        expect_sign_in_page(page)


def _form_token(page: Page, site: Site) -> str:
    """The token that the forms in this browser carry."""
    page.goto(f"{site.url}/")
    return page.locator("input[name=_csrf_token]").first.get_attribute("value") or ""


def _without_token(page: Page) -> None:
    page.locator("input[name=_csrf_token]").evaluate_all("inputs => inputs.forEach(input => input.remove())")


@pytest.mark.row("A3")
def test_a_form_without_its_token_is_refused(people: Visitors) -> None:
    site = people.site
    with step("signing in"):
        page = people.anyone()
        page.goto(f"{site.url}/sign-in")
        _without_token(page)
        fill_sign_in(page, email_of(BRENDA), PASSWORD)
        expect(page.get_by_text(TOO_OLD)).to_be_visible()
        assert session_cookie(page) is None
    with step("signing out"):
        page = people.as_(BRENDA)
        _without_token(page)
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_text(TOO_OLD)).to_be_visible()
        page.goto(f"{site.url}/desk")
        expect_signed_in(page, BRENDA)


@pytest.mark.row("A3")
def test_every_form_there_is_asks_for_its_token(people: Visitors) -> None:
    site = people.site
    page = people.as_(BRENDA)
    # The form is refused before anybody looks what it is about, so any id will do.
    asked = [re.sub(r"{[^}]+}", str(UUID(int=1)), route) for route in routes("POST")]
    assert len(asked) > 20
    before = site.run(_what_is_written)
    taken = []
    for path in asked:
        for token in ("", os.urandom(32).hex()):
            answer = page.request.post(
                f"{site.url}{path}", form={"_csrf_token": token} if token else {}, max_redirects=0
            )
            if answer.status != 403 or TOO_OLD not in answer.text():
                taken.append(f"{path} answers {answer.status}")
    assert not taken
    assert site.run(_what_is_written) == before


async def _what_is_written() -> int:
    return int(await db.fetch_value("SELECT count(*) FROM audit_record"))
