"""Why a bank sent a payment back: the code of ISO 20022 (`ExternalReturnReason1Code`) in plain words. Pure."""

from collections.abc import Mapping
from typing import Final

CODE_MOST: Final = 35

_WORDS: Final[Mapping[str, str]] = {
    "AC01": "the account number is wrong",
    "AC02": "the payer’s account number is wrong",
    "AC03": "the account number is wrong",
    "AC04": "the account is closed",
    "AC06": "the account is blocked",
    "AC07": "the account is closed",
    "AC13": "the account is of a kind that does not take such payments",
    "AC14": "the account is of a kind that does not take such payments",
    "AG01": "the account does not take such payments",
    "AG02": "the bank does not take such payments",
    "AM03": "the account does not take pounds",
    "AM04": "there was not enough money in the account that pays",
    "AM05": "the bank thinks that it was paid twice",
    "AM09": "the amount is not the one that was expected",
    "BE01": "the name is not the one that the bank has for the account",
    "BE04": "the payee’s address is missing or wrong",
    "BE05": "whoever asked for the payment is not known to the account",
    "BE06": "the bank does not know the payee at this account",
    "CNOR": "the payee’s bank cannot be reached by this way of paying",
    "CUST": "the payee asked for it to go back",
    "DUPL": "it was paid twice",
    "ED05": "the banks could not settle it between them",
    "FOCR": "the payer asked for it back",
    "FR01": "the bank suspects a fraud",
    "FRAD": "it is reported as a fraud",
    "MD07": "the account’s holder has died",
    "MS02": "the payee did not take it and gave no reason",
    "MS03": "the bank gave no reason",
    "NARR": "the bank says why in its own words",
    "RC01": "the sort code is wrong",
    "RC03": "the sort code is wrong",
    "RC04": "the sort code is wrong",
    "RC07": "the sort code is wrong",
    "RR01": "the bank lacks something that the law asks about the payer’s account",
    "RR02": "the bank lacks the payer’s name or address",
    "RR03": "the bank lacks the payee’s name or address",
    "RR04": "the law or a regulator stands in the way",
    "TECH": "something technical went wrong at a bank",
    "TM01": "it came after the bank’s last hour",
}


def reason_words(code: str) -> str:
    """The reason as part of a sentence, with its code so that a bank can be asked; empty without a code."""
    if not code:
        return ""
    return f"{_WORDS[code]} ({code})" if code in _WORDS else f"the bank gives the reason “{code}”"


def because_of(code: str) -> str:
    """For the payment and its payee: that the bank returned it, and why where it said so."""
    return f"The bank returned it: {reason_words(code)}" if code else "The bank returned it"
