"""How a supply is treated for VAT (`rules.md` 21); rates are dated configuration, not constants."""

from enum import StrEnum


class VatCategory(StrEnum):
    """The treatment of one supply, decided by the supplier's status on the supply date."""

    EXEMPT = "exempt"
    STANDARD = "standard"
    ZERO = "zero"
    OUTSIDE_SCOPE = "outside_scope"

    @property
    def code(self) -> str:
        """The letter that EN 16931 gives the category (UNCL 5305): E, S, Z or O."""
        return _CODES[self]

    @property
    def label(self) -> str:
        """The category in words, as pages and documents print it."""
        return _LABELS[self]

    @property
    def reason_code(self) -> str | None:
        """Why no VAT is charged, as the code list VATEX has it (EN 16931 BT-121); None where a rate says it."""
        return _REASON_CODES.get(self)

    @property
    def charges(self) -> bool:
        """Whether a rate above nothing goes with the category."""
        return self is VatCategory.STANDARD


_CODES = {
    VatCategory.EXEMPT: "E",
    VatCategory.STANDARD: "S",
    VatCategory.ZERO: "Z",
    VatCategory.OUTSIDE_SCOPE: "O",
}

_LABELS = {
    VatCategory.EXEMPT: "Exempt",
    VatCategory.STANDARD: "Standard rate",
    VatCategory.ZERO: "Zero rate",
    VatCategory.OUTSIDE_SCOPE: "Outside the scope of VAT",
}

_REASON_CODES = {
    # Welfare: article 132(1)(g) of the VAT Directive, Schedule 9 Group 7 item 9 of the VAT Act 1994.
    VatCategory.EXEMPT: "VATEX-EU-132-1G",
    VatCategory.OUTSIDE_SCOPE: "VATEX-EU-O",
}
