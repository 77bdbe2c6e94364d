"""An agreement in words: what everybody reads, signs and keeps; and the same in Easy Read. Pure."""

import hashlib

import msgspec

from isf.agreements.easy_wording import Idea, Names, easy_direct_payment, easy_isf, weeks_words
from isf.agreements.rules import Fee, FeeKind, Terms, gross
from isf.rules import last_day
from marketplace.kernel import formats
from marketplace.kernel.routes_of_money import Route

USUAL_EXIT = (
    "Bookings after the last day are cancelled or moved first.\n"
    "What was delivered is paid before any money goes on."
)


class Section(msgspec.Struct, frozen=True):
    """A heading and its sentences."""

    heading: str
    lines: tuple[str, ...]


class Document(msgspec.Struct, frozen=True):
    """The agreement as everybody reads it, frozen when it is offered."""

    title: str
    sections: tuple[Section, ...]
    easy: tuple[Idea, ...]

    @property
    def full_words(self) -> str:
        """The whole text, as one who reads the page reads it."""
        parts = ["\n".join((section.heading, *section.lines)) for section in self.sections]
        return "\n\n".join((self.title, *parts))

    @property
    def easy_words(self) -> str:
        """The whole Easy Read text."""
        return "\n".join((self.title, *(idea.words for idea in self.easy)))


def fingerprint(words: str) -> str:
    """The SHA-256 of a text, in hexadecimal."""
    return hashlib.sha256(words.encode()).hexdigest()


def percent(basis_points: int) -> str:
    """`4.5%`."""
    whole, rest = divmod(basis_points, 100)
    return f"{whole}.{rest:02d}".rstrip("0").rstrip(".") + "%"


def document_of(terms: Terms, kind: Route, names: Names, version: int) -> Document:
    """The agreement about a fund of one of the personalised routes."""
    if kind is Route.ISF:
        title = f"Agreement about the Individual Service Fund of {names.person}"
        sections = _isf(terms, names, version)
        easy = easy_isf(terms, names)
    else:
        title = f"Agreement about the direct payment of {names.person}"
        sections = _direct_payment(terms, names, version)
        easy = easy_direct_payment(terms, names)
    return Document(title, tuple(sections), tuple(easy))


def _isf(terms: Terms, names: Names, version: int) -> list[Section]:
    return [
        Section(
            "Who agrees this",
            (
                f"{names.person}, {names.council} and {names.holder} agree this.",
                f"{names.holder} holds money for {names.called}. It is only for {names.called},"
                " and it is never mixed with the money of other people in the books.",
                "An Individual Service Fund is a contract. It is not a direct payment.",
            ),
        ),
        _dates(terms, version),
        Section("How the money comes", (_coming(terms, names),)),
        Section("The fee", fee_lines(terms.fee, names)),
        _unused(terms, names),
        Section(f"What {names.holder} sells itself", _supply_lines(terms, names)),
        _ending(terms, names),
    ]


def _direct_payment(terms: Terms, names: Names, version: int) -> list[Section]:
    account = (
        f"It is the account at {terms.bank_name} that ends in {terms.account_last_four}."
        if terms.account_last_four
        else "Which account that is has still to be said."
    )
    return [
        Section(
            "Who agrees this",
            (f"{names.person} and {names.council} agree this.", f"{names.holder} holds the money."),
        ),
        _dates(terms, version),
        Section(
            "The account",
            ("The money is kept in a bank account that is used for nothing else.", account),
        ),
        Section(
            "Receipts",
            (
                "Receipts and bank statements are kept, and shown when the council asks for them.",
                "What is booked and paid on Fairday is its own receipt.",
            ),
        ),
        Section(
            "What the money is for",
            (
                "It pays for support that meets the needs in the support plan.",
                f"It never pays for a service that belongs to {names.council}.",
                "It pays a husband, wife or partner, or a relative in the same home, only when the council has"
                " agreed to that in writing.",
            ),
        ),
        Section("How the money comes", (_coming(terms, names),)),
        _unused(terms, names),
        _ending(terms, names),
    ]


def _dates(terms: Terms, version: int) -> Section:
    end = (
        f"Its last day is {formats.full_date(last_day(terms.ends_on))}."
        if terms.ends_on
        else "It goes on for as long as the fund runs."
    )
    lines = [f"It begins on {formats.full_date(terms.starts_on)}.", end]
    if version > 1:
        lines.append(
            f"This is version {version}. When everybody has signed it, it takes the place of the one before."
        )
    return Section("From when to when", tuple(lines))


def _coming(terms: Terms, names: Names) -> str:
    return f"{names.council} pays in {weeks_words(terms.payment_weeks)}, before those weeks begin."


def fee_lines(fee: Fee, names: Names) -> tuple[str, ...]:
    """The fee in words, with its VAT: what the fund pays is the gross."""
    if fee.kind is FeeKind.NONE:
        return (f"{names.holder} takes no fee.",)
    after = "It is taken after each month, and shown on the statement."
    if fee.kind is FeeKind.PERCENT:
        vat = (
            f"VAT of {percent(fee.vat_basis_points)} comes on top."
            if fee.vat_basis_points
            else "There is no VAT on it."
        )
        return (f"{names.holder} takes {percent(fee.basis_points)} of what is paid in.", vat, after)
    each = "week" if fee.kind is FeeKind.WEEKLY else "month"
    vat_amount, whole = gross(fee.amount, fee.vat_basis_points)
    told = f"{names.holder} takes {fee.amount} for each {each}"
    if vat_amount:
        line = (
            f"{told}, with {vat_amount} VAT ({percent(fee.vat_basis_points)}) on top: {whole} from the fund."
        )
    else:
        line = f"{told}. There is no VAT on it."
    return (line, f"A part of a {each} costs its part of that.", after)


def _unused(terms: Terms, names: Names) -> Section:
    weeks = formats.count(terms.surplus_weeks, "week")
    return Section(
        "Money that is not used",
        (
            f"Up to {terms.surplus_times} times the weekly amount may be kept.",
            f"If there is more than that for longer than {weeks}, {names.council} can ask for what is above it."
            " It writes first, and listens to the answer.",
            f"Money that {names.called} added of their own is never counted and never taken.",
        ),
    )


def _supply_lines(terms: Terms, names: Names) -> tuple[str, ...]:
    if not terms.services:
        return (f"{names.holder} sells nothing itself to {names.called}.",)
    return (
        f"{names.holder} also sells support itself. {names.called} can always choose somebody else.",
        *(f"{service.what}: {formats.price(service.price)}" for service in terms.services),
        f"{names.called} and {names.council} are told how much of the money goes there.",
    )


def _ending(terms: Terms, names: Names) -> Section:
    notice = (
        f"Each can end this with {formats.count(terms.notice_days, 'day')} of notice."
        if terms.notice_days
        else "Each can end this at any time."
    )
    typed = tuple(line.strip() for line in terms.exit_words.splitlines() if line.strip())
    return Section(
        "Ending it",
        (
            notice,
            *typed,
            f"Money that {names.called} added of their own goes back to them first."
            " What is left goes to whoever holds the money next, or to the council.",
        ),
    )
