"""Whom a direct payment may not pay (`rules.md` 3): values in, values out."""

from enum import StrEnum

from marketplace.kernel.errors import Conflict


class Kind(StrEnum):
    """What the seller, or whoever runs it, is to the person. In-laws and step-relatives count as what they are."""

    SPOUSE_OR_PARTNER = "spouse_or_partner"
    PARENT = "parent"
    CHILD = "child"
    SIBLING = "sibling"
    GRANDPARENT = "grandparent"
    AUNT_OR_UNCLE = "aunt_or_uncle"
    PARTNER_OF_RELATIVE = "partner_of_relative"
    OTHER = "other"

    @property
    def label(self) -> str:
        """The words on a page."""
        return _LABELS[self]


_LABELS = {
    Kind.SPOUSE_OR_PARTNER: "Husband, wife or partner",
    Kind.PARENT: "Parent, also in law or step",
    Kind.CHILD: "Son or daughter, also in law or step",
    Kind.SIBLING: "Brother or sister",
    Kind.GRANDPARENT: "Grandparent",
    Kind.AUNT_OR_UNCLE: "Aunt or uncle",
    Kind.PARTNER_OF_RELATIVE: "Partner of one of these relatives",
    Kind.OTHER: "Another relative",
}


class DeclaredAs(StrEnum):
    """Who said so."""

    PERSON = "person"
    COUNCIL = "council"
    PROVIDER = "provider"

    @property
    def label(self) -> str:
        """The words on a page."""
        return {"person": "by the person’s side", "council": "by the council", "provider": "by the seller"}[
            self.value
        ]


class Standing(StrEnum):
    """How a declared relative stands on a day."""

    MAY_BE_PAID = "may_be_paid"
    """No rule stands in the way."""
    AGREED = "agreed"
    WAITING = "waiting"
    REFUSED = "refused"
    ENDED = "ended"

    @property
    def words(self) -> str:
        """The words on a page."""
        return {
            Standing.MAY_BE_PAID: "A direct payment may pay them",
            Standing.AGREED: "The council agreed",
            Standing.WAITING: "Waits for the council",
            Standing.REFUSED: "The council did not agree",
            Standing.ENDED: "Ended",
        }[self]

    @property
    def bars(self) -> bool:
        """Whether a direct payment may not pay them."""
        return self in (Standing.WAITING, Standing.REFUSED)


class CloseRelativeNotAgreed(Conflict):
    """A direct payment would pay a close relative, and the council has not agreed to it."""

    code = "close_relative"

    def __init__(self) -> None:
        super().__init__(
            "You cannot use the direct payment here, because the seller is declared as a close relative and the"
            " council has not agreed to it. You can ask the care manager to agree, or use another fund."
        )


def needs_agreement(kind: Kind, same_household: bool) -> bool:  # noqa: FBT001 - a fact, not a switch
    """Whether a direct payment pays them only when the council agreed (`rules.md` 3).

    A spouse or partner wherever they live; a listed relative in the same household. Twin of `relative_bars`.
    """
    if kind is Kind.SPOUSE_OR_PARTNER:
        return True
    return same_household and kind is not Kind.OTHER


def standing(*, needed: bool, ended: bool, decided: bool | None) -> Standing:
    """How a relative stands: `decided` is what the council said for the day, None when it said nothing."""
    if ended:
        return Standing.ENDED
    if not needed:
        return Standing.MAY_BE_PAID
    if decided is None:
        return Standing.WAITING
    return Standing.AGREED if decided else Standing.REFUSED
