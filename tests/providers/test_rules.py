"""The vocabulary and the terms, without a database."""

import pytest

from marketplace.kernel.money import Money
from marketplace.kernel.vat import VatCategory
from providers.organisations.commands import slug_of
from providers.rules import AccessFeature, ActivityState, Category, SellerType, Terms, VatStatus


@pytest.mark.row("P3")
def test_terms_read_as_sentences_with_a_worked_example() -> None:
    terms = Terms(notice_hours=48, charge_percent=50)
    assert terms.words() == [
        "Cancel more than 2 days before the start, and it costs nothing.",
        "Cancel later, and you pay half the price.",
        "If somebody else takes the place, you pay nothing.",
        "If the provider cancels, you pay nothing.",
    ]
    assert terms.example(Money(3850)) == (
        "A session costs £38.50. You cancel less than 2 days before it starts: you pay £19.25."
    )


@pytest.mark.row("P3")
def test_terms_that_cost_nothing_say_so() -> None:
    assert Terms().words() == ["You can cancel at any time before the start, and it costs nothing."]
    assert Terms(24, 0).free_always


@pytest.mark.parametrize(("hours", "words"), [(1, "1 hour"), (24, "1 day"), (36, "36 hours"), (72, "3 days")])
def test_the_notice_window_reads_as_people_say_it(hours: int, words: str) -> None:
    assert Terms(hours, 100).window == words


@pytest.mark.row("P3")
def test_every_vat_status_has_its_category_and_back() -> None:
    assert {status.category for status in VatStatus} == set(VatCategory)
    assert all(VatStatus.of(status.category) is status for status in VatStatus)


@pytest.mark.row("D2")
def test_every_seller_type_of_the_requirements_is_known() -> None:
    assert {"in_house", "private", "voluntary", "user_led", "community_group", "individual"} <= set(
        SellerType
    )


def test_every_word_of_the_vocabulary_has_a_label_of_its_own() -> None:
    for kind in (Category, AccessFeature, SellerType, ActivityState):
        labels = [word.label for word in kind]
        assert len(set(labels)) == len(labels)
        assert all(labels)


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Live! Cheshire", "live-cheshire"),
        ("1st Enable", "1st-enable"),
        ("Café Zoë", "cafe-zoe"),
        ("…", "provider"),
    ],
)
def test_a_name_becomes_a_part_of_an_address(name: str, slug: str) -> None:
    assert slug_of(name) == slug
