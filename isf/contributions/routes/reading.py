"""What these pages read from forms in the same way, and what they all show around."""

from uuid import UUID, uuid4

from marketplace.identity.rules import Permission
from marketplace.kernel.forms import Form
from marketplace.kernel.money import Money

SEES = {"permission": Permission.PERSON_SEE}
MANAGES = {"permission": Permission.CONTRIBUTION_MANAGE}
COLLECTS = {"permission": Permission.CLIENT_ACCOUNT_DECLARE}
AMOUNT = "Enter an amount in pounds, like 80.00"


def key_typed(form: Form) -> UUID:
    """The key that the form carries, so that sending it twice does its work once; a fresh one for a form without."""
    try:
        return UUID(form.text("key"))
    except ValueError:
        return uuid4()


def amount_typed(form: Form, name: str) -> Money:
    """An amount in pounds; nothing typed is nothing."""
    return (
        form.money(name, required="Enter an amount in pounds, like 80.00, or nothing")
        if form.text(name)
        else Money(0)
    )
