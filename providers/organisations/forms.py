"""The form of what an organisation says about itself."""

from typing import Any

from marketplace.kernel.forms import Form
from providers.organisations.commands import ProviderDraft
from providers.organisations.queries import Provider
from providers.rules import SellerType


def read(form: Form, kept: Provider | None = None) -> ProviderDraft | None:
    """The draft in a form; notes what is wrong, and is None when something is. The type and the numbers of a kept
    seller are not asked again: they have pages of their own."""
    kind = (
        kept.seller_type
        if kept
        else form.choice("seller_type", SellerType, required="Choose what kind of seller you are")
    )
    parts = {
        "name": form.text("name", required="Enter the name of the organisation", most=200),
        "description": form.text("description"),
        "easy_read": form.text("easy_read"),
        "email": form.text("email", required="Enter an e-mail address, like name@example.com", most=320),
        "phone": form.text("phone", most=40),
        "website": form.text("website", most=500),
        "address": form.text("address", most=500),
        "registration_number": kept.registration_number if kept else "",
    }
    if form.errors or kind is None:
        return None
    return ProviderDraft(seller_type=kind, **parts)


def filled(shown: Provider) -> dict[str, Any]:
    """What is kept, as the form shows it."""
    names = ("name", "description", "easy_read", "email", "phone", "website")
    return {**{name: getattr(shown, name) for name in names}, "seller_type": str(shown.seller_type)}
