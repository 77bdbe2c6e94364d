"""What an account has to look like, and when its name is another."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoicing.bank_details.rules import Call, account_typed, check_call, name_warning
from marketplace.kernel.errors import Invalid


@given(
    st.text("0123456789", min_size=6, max_size=6).filter(lambda text: len(set(text)) > 1),
    st.text("0123456789", min_size=6, max_size=8).filter(lambda text: set(text) != {"0"}),
    st.sampled_from(["", " ", "-"]),
)
def test_an_account_is_kept_as_digits_however_it_is_typed(sort: str, number: str, between: str) -> None:
    account = account_typed(" Garden  Group ", between.join((sort[:2], sort[2:4], sort[4:])), number)
    assert (account.name, account.sort_code, account.number) == ("Garden Group", sort, number.zfill(8))
    assert account.sort_code_words.replace("-", "") == sort


@pytest.mark.parametrize(
    ("name", "sort", "number", "roll", "field"),
    [
        ("", "010203", "12345678", "", "account_name"),
        ("N" * 71, "010203", "12345678", "", "account_name"),
        ("N", "01020", "12345678", "", "sort_code"),
        ("N", "000000", "12345678", "", "sort_code"),
        ("N", "٠١٠٢٠٣", "12345678", "", "sort_code"),
        ("N", "010203", "12345", "", "account_number"),
        ("N", "010203", "123456789", "", "account_number"),
        ("N", "010203", "00000000", "", "account_number"),
        ("N", "010203", "GB29NWBK", "", "account_number"),
        ("N", "010203", "12345678", "<b>", "roll_number"),
    ],
)
def test_what_cannot_be_an_account_is_refused_at_its_field(
    name: str, sort: str, number: str, roll: str, field: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        account_typed(name, sort, number, roll)
    assert set(refusal.value.fields) == {field}


@pytest.mark.parametrize(
    ("account", "known", "warns"),
    [
        ("PETTYPOOL TRUST", ["Pettypool"], False),
        ("Quick Money Ltd", ["Pettypool", "Pettypool Vale CIC"], True),
        ("The Other Trust Limited", ["Pettypool Trust"], True),
        ("Care Group", ["The Care Group"], False),
        ("P Smith", ["Paul Smith Gardening"], False),
        ("Anything", [""], True),
    ],
)
def test_a_name_that_shares_no_telling_word_is_warned_about(
    account: str, known: list[str], warns: bool
) -> None:
    assert bool(name_warning(account, known)) is warns


def test_a_call_says_which_number_from_where_and_who_answered() -> None:
    with pytest.raises(Invalid) as refusal:
        check_call(Call("12", " ", ""))
    assert set(refusal.value.fields) == {"called_number", "number_known_from", "spoke_to"}
    assert check_call(Call(" 01606 123456 ", "Contract", "Petra")).number == "01606 123456"
