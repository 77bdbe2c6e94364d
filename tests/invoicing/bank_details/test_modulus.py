"""Whether a sort code and an account number can belong together, by the examples of the published specification."""

import pytest

from invoicing.bank_details.commands import propose
from invoicing.bank_details.modulus import can_belong_together, tables
from invoicing.bank_details.rules import Purpose, account_typed
from marketplace.kernel.errors import Invalid
from tests.world import World

pytestmark = pytest.mark.row("V7")

TOGETHER = """
    089999 66374958   107999 88837491   202959 63748472   871427 46238510   872427 46238510   871427 09123496
    871427 99123496   820000 73688637   827999 73988638   827101 28748352   134020 63849203   118765 64371389
    200915 41011166   938611 07806039   938600 42368003   938063 55065200   772798 99345694   086090 06774744
    309070 02355688   309070 12345668   309070 12345677   309070 99345694   074456 12345112   070116 34012583
    074456 11104102   180002 00000190
"""
APART = """
    938063 15764273   938063 15764264   938063 15763217   118765 64371388   203099 66831036   203099 58716970
    089999 66374959   107999 88837493
"""


def pairs(text: str) -> list[tuple[str, str]]:
    words = text.split()
    return list(zip(words[::2], words[1::2], strict=True))


@pytest.mark.parametrize(("sort_code", "number"), pairs(TOGETHER))
def test_what_belongs_together_passes(sort_code: str, number: str) -> None:
    assert can_belong_together(sort_code, number, tables())


@pytest.mark.parametrize(("sort_code", "number"), pairs(APART))
def test_what_does_not_is_found(sort_code: str, number: str) -> None:
    assert not can_belong_together(sort_code, number, tables())


def test_one_wrong_digit_is_always_found_where_there_is_a_plain_check() -> None:
    """Each weight of this range is prime to 11, so no other digit at any place of the number passes."""
    for place in range(8):
        wrong = [
            f"{'88837491'[:place]}{digit}{'88837491'[place + 1 :]}"
            for digit in "0123456789"
            if digit != "88837491"[place]
        ]
        assert not any(can_belong_together("107999", number, tables()) for number in wrong)


def test_a_sort_code_that_the_table_does_not_have_passes() -> None:
    assert can_belong_together("000001", "12345678", tables())


async def test_an_account_that_no_bank_has_is_not_proposed_and_the_error_says_what_to_do(
    world: World,
) -> None:
    account = account_typed("Pettypool Trust", "08-99-99", "66374959")
    with pytest.raises(Invalid) as refusal:
        await propose(world.manager, Purpose.INTO, account, "New bank")
    assert "Copy both from a bank statement" in refusal.value.fields["account_number"]
