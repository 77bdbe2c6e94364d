"""How lines of an invoice are credited: values in, values out (`rules.md` 20, 21, 23)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Final
from uuid import UUID

from invoicing.credits.document import CreditNoteDocument
from invoicing.invoice_document import ActivityLine, Allowance, InvoiceDocument, PersonLines
from invoicing.vat import VatBreakdown, VatCategoryTotal
from marketplace.kernel.errors import Conflict, Invalid
from marketplace.kernel.money import Money, total
from marketplace.kernel.vat import VatCategory

MOST_WORDS: Final = 500


class NothingLeft(Conflict):
    """More would be credited than is left of a line."""

    code = "nothing_left_to_credit"

    def __init__(self) -> None:
        super().__init__(
            "You cannot credit this much, because part of the line was credited already. "
            "You can look at the invoice to see what is left of it."
        )


class NotCreditedWhole(Conflict):
    """An attendance can be billed anew only when all of it was credited and the money is back."""

    code = "not_credited_whole"

    def __init__(self) -> None:
        super().__init__(
            "You cannot bill this visit again yet, because it was not credited whole, or what was paid for it is not "
            "back. You can credit the rest of it, or wait until the money is taken off your next payment."
        )


@dataclass(frozen=True, slots=True)
class Creditable:
    """A line of an invoice with what was credited of it before."""

    id: UUID
    position: int
    booking_id: UUID
    booking_reference: str
    person_reference: str
    part: str
    service_on: date
    description: str
    vat_category: VatCategory
    vat_rate_basis_points: int
    net: Money
    gross: Money
    credited_net: Money
    credited_gross: Money
    still_open: Money
    allowance: Allowance | None = None

    @property
    def left(self) -> Money:
        """What can still be credited."""
        return self.gross - self.credited_gross


@dataclass(frozen=True, slots=True)
class Credited:
    """A line and how much of it is credited now."""

    line: Creditable
    gross: Money

    @property
    def net(self) -> Money:
        """The part of the line's own net that belongs to it: what is credited whole has exactly the line's net."""
        line = self.line
        return _net_after(line, line.credited_gross + self.gross) - line.credited_net

    @property
    def whole(self) -> bool:
        """Whether all of the line is credited at once: then it is mirrored with what was taken off its price."""
        return self.gross == self.line.gross

    @property
    def description(self) -> str:
        """What the line says, and of how much it is a part."""
        line = self.line
        return line.description if self.whole else f"{line.description} (part of {line.gross}: {self.gross})"

    @property
    def allowance(self) -> Allowance | None:
        """What was taken off the price of a line that is credited whole; a part of a line stands for itself."""
        return self.line.allowance if self.whole else None


def _net_after(line: Creditable, credited: Money) -> Money:
    # By the share of the whole, the half penny up: so no order of parts loses or makes a penny.
    return Money((2 * line.net.pence * credited.pence + line.gross.pence) // (2 * line.gross.pence))


def check_credit(lines: Sequence[Creditable], wanted: Mapping[UUID, Money], because: str) -> list[Credited]:
    """What is credited, in the order of the invoice. Raises Invalid: nothing chosen, more than is left, no reason.

    Fields are `because`, `lines`, and `amount-{position}` of a line.
    """
    wrong: dict[str, str] = {}
    known = {line.id for line in lines}
    if not wanted or not set(wanted) <= known:
        wrong["lines"] = "Choose what you credit"
    for line in lines:
        amount = wanted.get(line.id)
        if amount is not None and not 0 < amount.pence <= line.left.pence:
            wrong[f"amount-{line.position}"] = f"Enter an amount from £0.01 to {line.left}"
    if not because.strip():
        wrong["because"] = "Write why, in words that the payer understands"
    elif len(because) > MOST_WORDS:
        wrong["because"] = f"Use {MOST_WORDS} characters or fewer"
    if wrong:
        raise Invalid(wrong)
    return [Credited(line, wanted[line.id]) for line in lines if line.id in wanted]


def owed_back(credited: Iterable[Credited]) -> Money:
    """What of it was paid already, so that the supplier owes it."""
    return total(Money(max(0, each.gross.pence - each.line.still_open.pence)) for each in credited)


def compose(
    number: str, issued_on: date, invoice: InvoiceDocument, credited: Sequence[Credited], because: str
) -> CreditNoteDocument:
    """The credit note of these lines: everything as the invoice has it, VAT by category from the lines' own figures."""
    lines = [(each.line.person_reference, _line(each)) for each in credited]
    vat = _totals([line for _, line in lines])
    exempt = any(row.category is VatCategory.EXEMPT for row in vat.categories)
    return CreditNoteDocument(
        number=number,
        issued_on=issued_on,
        invoice_number=invoice.number,
        invoice_issued_on=invoice.issued_on,
        period_starts=invoice.period_starts,
        period_ends=invoice.period_ends,
        supplier=invoice.supplier,
        payer=invoice.payer,
        people=tuple(
            PersonLines(person, tuple(line for _, line in group))
            for person, group in groupby(lines, key=lambda pair: pair[0])
        ),
        vat=vat,
        because=because.strip(),
        owed_back=owed_back(credited),
        purchase_order=invoice.purchase_order,
        exemption_reason=invoice.exemption_reason if exempt else None,
        standing=invoice.standing,
        self_billed=invoice.self_billed,
    )


def _line(each: Credited) -> ActivityLine:
    return ActivityLine(
        service_date=each.line.service_on,
        description=each.description,
        booking_reference=each.line.booking_reference,
        vat_category=each.line.vat_category,
        vat_rate_basis_points=each.line.vat_rate_basis_points,
        net=each.net,
        gross=each.gross,
        allowance=each.allowance,
    )


def _totals(lines: Sequence[ActivityLine]) -> VatBreakdown:
    def kind(line: ActivityLine) -> tuple[str, int]:
        return line.vat_category.code, line.vat_rate_basis_points

    rows = []
    for _, group in groupby(sorted(lines, key=kind), key=kind):
        alike = list(group)
        net, gross = total(line.net for line in alike), total(line.gross for line in alike)
        rows.append(
            VatCategoryTotal(alike[0].vat_category, alike[0].vat_rate_basis_points, net, gross - net, gross)
        )
    return VatBreakdown(
        categories=tuple(rows),
        line_nets=tuple(line.net for line in lines),
        taxable=total(row.taxable for row in rows),
        vat=total(row.vat for row in rows),
        gross=total(row.gross for row in rows),
    )


def credit_number(prefix: str, issued_on: date, count: int) -> str:
    """`PET-CN-2026-000004`: a series of its own beside the invoices'. The count runs on over the years."""
    return f"{prefix}-CN-{issued_on.year}-{count:06}"
