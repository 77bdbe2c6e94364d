"""What the settings say about cards."""

from typing import Protocol
from urllib.parse import urlsplit

_API = "https://api.stripe.com"
_PAGES = "https://checkout.stripe.com https://connect.stripe.com"


class CardSettings(Protocol):
    """The part of the settings that is about cards."""

    @property
    def stripe_api_key(self) -> str | None: ...
    @property
    def stripe_api_base(self) -> str | None: ...
    @property
    def stripe_webhook_secret(self) -> str | None: ...


def is_on(settings: CardSettings) -> bool:
    """Whether people can pay by card here."""
    return bool(settings.stripe_api_key)


def card_page_origins(settings: CardSettings) -> str:
    """Where the pages for paying and for opening an account live, for `form-action` in the content security policy.

    Browsers apply `form-action` to the redirect that follows a form, so without this a payer would be stuck.
    """
    if settings.stripe_api_base in (None, "", _API):
        return _PAGES
    parts = urlsplit(settings.stripe_api_base)
    return f"{parts.scheme}://{parts.netloc}"
