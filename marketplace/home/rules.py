"""What stands on a council's start page, for whom and in which order: values in, values out (`pages.md` 7)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from marketplace.identity.rules import Permission, Role
from marketplace.kernel import formats


class Part(StrEnum):
    """The parts of the page."""

    KEYS = "keys"
    PEOPLE = "people"
    PROVIDERS = "providers"
    MONEY = "money"
    WATCH = "watch"

    @property
    def heading(self) -> str:
        """What the part is called."""
        return _HEADINGS[self]


_HEADINGS = {
    Part.KEYS: "Keys to turn",
    Part.PEOPLE: "People",
    Part.PROVIDERS: "Providers",
    Part.MONEY: "Money",
    Part.WATCH: "Watch",
}

_P, _Q = Part, Permission


@dataclass(frozen=True, slots=True)
class Tile:
    """A number that is a link to the rows that it counts. `urgent`: it cannot wait when it is not zero."""

    name: str
    part: Part
    href: str
    needs: Permission
    one: str
    many: str
    urgent: bool = False
    optional: bool = False
    """Not there at all, not even as nothing to do, where the council has not turned it on."""

    def text(self, number: int) -> str:
        """What is counted."""
        return self.one if number == 1 else self.many


TILES: tuple[Tile, ...] = (
    Tile("keys", _P.KEYS, "/council/keys", _Q.KEY_TURN, "plan waits for keys", "plans wait for keys"),
    Tile("sign", _P.KEYS, "/desk?show=sign", _Q.AGREEMENT_SIGN, "agreement to sign", "agreements to sign"),
    Tile("people", _P.PEOPLE, "/people", _Q.PERSON_SEE, "person", "people"),
    Tile(
        "plan", _P.PEOPLE, "/desk?show=plan", _Q.PLAN_WRITE, "person without a plan", "people without a plan"
    ),
    Tile(
        "changes", _P.PEOPLE, "/council/changes", _Q.PERSON_MANAGE,
        "change reported", "changes reported",
    ),
    Tile(
        "disagreements", _P.PEOPLE, "/council/disagreements", _Q.PERSON_MANAGE,
        "disagreement to answer", "disagreements to answer",
    ),
    Tile(
        "exceptions", _P.MONEY, "/council/exceptions", _Q.PAYMENT_IN_DECIDE,
        "one-off session to decide", "one-off sessions to decide", optional=True,
    ),
    Tile("calls", _P.PEOPLE, "/council/calls", _Q.PERSON_MANAGE, "call to make", "calls to make"),
    Tile(
        "relatives", _P.PEOPLE, "/council/relatives", _Q.PERSON_MANAGE,
        "relative who sells to decide about", "relatives who sell to decide about",
    ),
    Tile("disputes", _P.PEOPLE, "/council/disputes", _Q.DISPUTE_SETTLE, "visit disputed", "visits disputed"),
    Tile("letters", _P.PEOPLE, "/council/letters", _Q.LETTERS_POST, "letter to post", "letters to post"),
    Tile(
        "applications", _P.PROVIDERS, "/council/providers", _Q.COMMISSION_DECIDE,
        "application to decide", "applications to decide",
    ),
    Tile(
        "uplifts", _P.PROVIDERS, "/council/uplifts", _Q.COMMISSION_DECIDE,
        "higher price to decide", "higher prices to decide",
    ),
    Tile(
        "proofs", _P.PROVIDERS, "/council/accreditation#decide", _Q.COMMISSION_DECIDE,
        "proof of a provider to look at", "proofs of providers to look at",
    ),
    Tile(
        "lapses", _P.PROVIDERS, "/council/accreditation#over", _Q.COMMISSION_DECIDE,
        "proof missing, run out or near its end", "proofs missing, run out or near their end", True,
    ),
    Tile(
        "providers", _P.PROVIDERS, "/council/providers?show=approved", _Q.COMMISSION_DECIDE,
        "provider approved", "providers approved",
    ),
    Tile(
        "suspensions", _P.PROVIDERS, "/council/suspensions", _Q.PROVIDER_SUSPEND,
        "provider suspended", "providers suspended", True,
    ),
    Tile(
        "reprovision", _P.PEOPLE, "/reprovision", _Q.PERSON_SEE,
        "booking to provide again", "bookings to provide again", True,
    ),
    Tile(
        "payments", _P.MONEY, "/council/payments-in", _Q.PAYMENT_IN_DECIDE,
        "payment into funds to decide", "payments into funds to decide",
    ),
    Tile(
        "charges", _P.MONEY, "/council/charges?show=late", _Q.CONTRIBUTION_MANAGE,
        "contribution bill not paid in time", "contribution bills not paid in time",
    ),
    Tile(
        "cards", _P.MONEY, "/council/cards", _Q.INVOICE_SEE,
        "card payment to look at", "card payments to look at", urgent=True,
    ),
    Tile(
        "payment_runs", _P.MONEY, "/payment-runs", _Q.PAYMENT_RUN_DECIDE,
        "payment run to approve or send", "payment runs to approve or send",
    ),
    Tile("invoices", _P.MONEY, "/invoices?show=to-pay", _Q.INVOICE_SEE, "invoice to pay", "invoices to pay"),
    Tile(
        "ahead", _P.WATCH, "/desk?show=ahead", _Q.PERSON_SEE,
        "person with money ahead of time", "people with money ahead of time",
    ),
    Tile(
        "over", _P.WATCH, "/council/over-committed", _Q.COUNCIL_WATCH,
        "fund with more booked than it has", "funds with more booked than they have", True,
    ),
    Tile(
        "outside", _P.WATCH, "/council/outside-plan", _Q.PERSON_MANAGE,
        "booking outside a plan", "bookings outside a plan",
    ),
    Tile(
        "fences", _P.WATCH, "/council/ring-fence", _Q.COUNCIL_WATCH,
        "client account that does not tie", "client accounts that do not tie", True,
    ),
    Tile(
        "surplus", _P.WATCH, "/council/surplus", _Q.COUNCIL_WATCH,
        "fund near or over its limit", "funds near or over their limit",
    ),
    Tile(
        "communication", _P.WATCH, "/council/communication", _Q.PERSON_MANAGE,
        "communication need to look at again", "communication needs to look at again",
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Page:
    """A page that counts nothing."""

    part: Part
    href: str
    needs: Permission
    text: str


PAGES: tuple[Page, ...] = (
    Page(_P.PEOPLE, "/desk", _Q.PERSON_SEE, "What is to do for each person"),
    Page(_P.PEOPLE, "/council/transitions", _Q.PERSON_MANAGE, "Moves off the council’s own services"),
    Page(_P.MONEY, "/council/parameters", _Q.COUNCIL_WATCH, "The council’s figures"),
    Page(_P.WATCH, "/council/self-supply", _Q.COUNCIL_WATCH, "Self-supply"),
    Page(_P.WATCH, "/council/exits", _Q.COUNCIL_WATCH, "Funds that end"),
)

_ORDERS: Mapping[Role, tuple[Part, ...]] = {
    Role.FINANCE_OFFICER: (_P.MONEY, _P.KEYS, _P.WATCH, _P.PEOPLE, _P.PROVIDERS),
    Role.COMMISSIONER: (_P.PROVIDERS, _P.WATCH, _P.MONEY, _P.PEOPLE, _P.KEYS),
    Role.ADMINISTRATOR: (_P.PROVIDERS, _P.WATCH, _P.MONEY, _P.PEOPLE, _P.KEYS),
    Role.MONITORING_OFFICER: (_P.WATCH, _P.PEOPLE, _P.MONEY, _P.KEYS, _P.PROVIDERS),
}
_USUAL = tuple(Part)


@dataclass(frozen=True, slots=True)
class Shown:
    """A part of the page: its numbers, and its other pages: those that count nothing, or nothing today."""

    part: Part
    numbers: tuple[tuple[Tile, int], ...]
    pages: tuple[tuple[str, str], ...]


def parts_for(
    roles: Iterable[Role], permissions: frozenset[Permission], counts: Mapping[str, int]
) -> list[Shown]:
    """The parts that somebody with these roles has something in, theirs first; only what they may open."""
    held = set(roles)
    order = next((parts for role, parts in _ORDERS.items() if role in held), _USUAL)
    shown = []
    for part in order:
        tiles = [
            tile
            for tile in TILES
            if tile.part is part and tile.needs in permissions and (not tile.optional or tile.name in counts)
        ]
        numbers = tuple((tile, counts.get(tile.name, 0)) for tile in tiles if counts.get(tile.name, 0))
        quiet = [
            (f"No {tile.many}", tile.href.split("?")[0]) for tile in tiles if not counts.get(tile.name, 0)
        ]
        plain = [(page.text, page.href) for page in PAGES if page.part is part and page.needs in permissions]
        if numbers or quiet or plain:
            shown.append(Shown(part, numbers, tuple(quiet + plain)))
    return shown


def numbers_of(shown: Shown) -> list[dict[str, object]]:
    """A part's numbers as the page shows them."""
    return [
        {
            "number": f"{number:,}",
            "text": tile.text(number),
            "href": tile.href,
            "urgent": tile.urgent,
        }
        for tile, number in shown.numbers
    ]


def waiting_words(parts: Iterable[Shown]) -> str:
    """How much waits, in one sentence; lists of everybody are not work."""
    standing = {"people", "providers"}
    waits = sum(number for shown in parts for tile, number in shown.numbers if tile.name not in standing)
    if not waits:
        return "Nothing waits for you."
    return f"{formats.count(waits, 'thing')} to look at."
