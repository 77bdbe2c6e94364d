"""An agreement in Easy Read: one idea a line, a picture by each (`rules.md` 26). Pure."""

from dataclasses import dataclass
from datetime import date

import msgspec

from isf.agreements.rules import Fee, FeeKind, Terms, gross
from marketplace.kernel import formats
from marketplace.kernel.money import Money


class Idea(msgspec.Struct, frozen=True):
    """One idea of the Easy Read version: a picture and a few words."""

    picture: str
    words: str


@dataclass(frozen=True, slots=True)
class Names:
    """What everybody is called in an agreement; `holder` is the organisation, or who holds a direct payment."""

    person: str
    called: str
    council: str
    holder: str


def weeks_words(number: int) -> str:
    """`every week`, `every 4 weeks`."""
    return "every week" if number == 1 else f"every {number} weeks"


def easy_fee(fee: Fee, names: Names) -> str:
    """The fee in one short sentence."""
    if fee.kind is FeeKind.NONE:
        return f"{names.holder} does not take money for this."
    if fee.kind is FeeKind.PERCENT:
        # Pence out of £100, with VAT, the half penny up.
        of_each = Money((fee.basis_points * (10_000 + fee.vat_basis_points) + 5000) // 10_000)
        return f"{names.holder} takes {of_each} of each £100 that comes in."
    _, whole = gross(fee.amount, fee.vat_basis_points)
    return f"{names.holder} takes {whole} each {'week' if fee.kind is FeeKind.WEEKLY else 'month'} for this."


def easy_isf(terms: Terms, names: Names) -> list[Idea]:
    """The agreement about an Individual Service Fund, one idea a line."""
    ideas = [
        Idea("money", f"{names.holder} looks after money for {names.called}."),
        Idea("person", f"The money is only for {names.called}."),
        Idea("calendar", _easy_start(terms.starts_on)),
        Idea("money_in", f"{names.council} pays money in {weeks_words(terms.payment_weeks)}."),
        Idea("bill", easy_fee(terms.fee, names)),
    ]
    if terms.services:
        ideas.append(Idea("choose", f"{names.holder} also sells things to do."))
        ideas += [
            Idea("other", f"{service.what} costs {formats.price(service.price).lower()}.")
            for service in terms.services
        ]
        ideas.append(Idea("talk", f"{names.called} can always choose somebody else."))
    else:
        ideas.append(Idea("choose", f"{names.holder} does not sell things to {names.called}."))
    return [*ideas, *_easy_end(terms, names)]


def easy_direct_payment(terms: Terms, names: Names) -> list[Idea]:
    """The agreement about a direct payment, one idea a line."""
    ideas = [
        Idea("money", f"{names.council} pays money for the support of {names.called}."),
        Idea("person", f"{names.holder} looks after the money."),
        Idea("calendar", _easy_start(terms.starts_on)),
        Idea("bank", "The money has its own bank account. No other money goes there."),
    ]
    if terms.account_last_four:
        ideas.append(
            Idea("card", f"It is with {terms.bank_name}. The number ends in {terms.account_last_four}.")
        )
    return [
        *ideas,
        Idea("bill", "Keep the receipts. A receipt is the paper that says what you paid."),
        Idea("plan", "The money is for what is in the support plan."),
        Idea("money_in", f"{names.council} pays money in {weeks_words(terms.payment_weeks)}."),
        *_easy_end(terms, names),
    ]


def _easy_start(starts_on: date) -> str:
    return f"This starts on {formats.full_date(starts_on)}."


def _easy_end(terms: Terms, names: Names) -> list[Idea]:
    notice = (
        f"You can stop this. Say it {formats.count(terms.notice_days, 'day')} before."
        if terms.notice_days
        else "You can stop this at any time."
    )
    return [
        Idea(
            "purse",
            f"Money you do not use is kept. If it is very much, {names.council} asks about it.",
        ),
        Idea("cross", notice),
        Idea("sign", "When you sign, you say yes to all of this."),
    ]
