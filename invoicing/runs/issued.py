"""What a billing run did, for pages, jobs and programs."""

from dataclasses import dataclass
from uuid import UUID

from marketplace.kernel import formats
from marketplace.kernel.money import Money, total


@dataclass(frozen=True, slots=True)
class Issued:
    """An invoice that was made."""

    invoice_id: UUID
    number: str
    payer_name: str
    lines: int
    total: Money


@dataclass(frozen=True, slots=True)
class Skipped:
    """Attendances of one payer that could not be billed, and why; they stay to be billed."""

    provider_name: str
    payer_name: str
    lines: int
    because: str
    gross: Money | None = None


@dataclass(frozen=True, slots=True)
class IssuedRun:
    """What a run did. What others billed meanwhile is neither made nor skipped."""

    invoices: tuple[Issued, ...] = ()
    skipped: tuple[Skipped, ...] = ()

    @property
    def lines(self) -> int:
        """How many lines were billed."""
        return sum(invoice.lines for invoice in self.invoices)

    @property
    def total(self) -> Money:
        """What the invoices come to, gross."""
        return total(invoice.total for invoice in self.invoices)

    def __add__(self, other: "IssuedRun") -> "IssuedRun":
        return IssuedRun(self.invoices + other.invoices, self.skipped + other.skipped)

    @property
    def words(self) -> str:
        """What it did, for a page or the job's log."""
        made = "There was nothing to bill."
        if self.invoices:
            invoices = formats.count(len(self.invoices), "invoice")
            made = f"{invoices} made: {formats.count(self.lines, 'line')}, {self.total} in all."
        reasons = (f"Left out for {each.payer_name}: {each.because}" for each in self.skipped)
        return " ".join([made if self.invoices or not self.skipped else "", *reasons]).strip()
