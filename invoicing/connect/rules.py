"""A seller's account in words: what it can do, and what Stripe still asks. Values in, values out."""

from collections.abc import Iterable, Mapping
from typing import Final

from invoicing.stripe_values import Standing
from marketplace.kernel.money import Money

STANDING_WORDS: Final[Mapping[Standing, tuple[str, str]]] = {
    Standing.NONE: (
        "You take no cards yet",
        "People with a direct payment can pay you by card when you have an account at Stripe, the card company. "
        "You open it on Stripe’s own pages. The money goes straight to your account there.",
    ),
    Standing.BEGUN: (
        "You have not finished at Stripe",
        "Stripe has to know who you are and to which bank account your money goes, before you can take cards.",
    ),
    Standing.CHECKING: (
        "Stripe is looking at what you told it",
        "You cannot take cards until Stripe has looked. This can take some days; there is nothing to do now.",
    ),
    Standing.ABLE: ("You take cards", "People with a direct payment can pay you by card."),
    Standing.ASKED: (
        "You take cards, and Stripe asks for more",
        "You can take cards for now. Tell Stripe what it asks for, so that it stays so.",
    ),
    Standing.RESTRICTED: (
        "You cannot take cards at the moment",
        "Stripe has stopped card payments until it has what it asks for. You can still be paid by bank transfer.",
    ),
    Standing.REJECTED: (
        "Stripe has closed your account",
        "You cannot take cards. You can ask Stripe why; you can still be paid by bank transfer.",
    ),
    Standing.LEFT: (
        "You have taken this site’s access to Stripe back",
        "You take no cards here. You can still be paid by bank transfer, and you can open an account again.",
    ),
}
"""A heading and a sentence for each."""

CAN_GO_ON: Final = frozenset(
    {Standing.NONE, Standing.BEGUN, Standing.ASKED, Standing.RESTRICTED, Standing.LEFT}
)
"""Where the seller has something to tell on Stripe's page."""

_ASKED: Final = (
    ("external_account", "The bank account to which your money goes"),
    ("tos_acceptance", "Your agreement to Stripe’s terms"),
    ("business_type", "What kind of organisation you are"),
    ("business_profile", "What you do, and your website"),
    ("company", "About your organisation"),
    ("representative", "Who acts for your organisation, and proof of who they are"),
    ("individual", "Who you are, and proof of it"),
    ("owners", "Who owns your organisation"),
    ("directors", "Who directs your organisation"),
    ("executives", "Who directs your organisation"),
    ("person", "Who acts for your organisation, and proof of who they are"),
    ("documents", "Papers about your organisation"),
    ("settings", "How your name looks on bank statements"),
)


def asked_words(due: Iterable[str]) -> list[str]:
    """What Stripe asks for, in words, each once; what is not known here is called other details."""
    found = dict.fromkeys(
        next((words for start, words in _ASKED if name.startswith(start)), "Other details") for name in due
    )
    return list(found)


def fee_words(basis_points: int, fixed: Money) -> str:
    """What this site keeps of each card payment."""
    if not basis_points and not fixed:
        return "This site keeps nothing of what people pay you by card. Stripe takes its own fee."
    whole, part = divmod(basis_points, 100)
    share = f"{whole}.{part:02d}".rstrip("0").rstrip(".") + "%" if basis_points else ""
    both = " and ".join(each for each in (share, str(fixed) if fixed else "") if each)
    return (
        f"This site keeps {both} of each card payment. When money goes back to a card, the same share of that goes "
        "back to you. Stripe takes its own fee as well."
    )
