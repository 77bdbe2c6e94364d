"""Invoices for tests: a few delivered bookings in, a whole invoice document out."""

from datetime import date
from typing import Any

from invoicing.documents import ActivityLine, BankDetails, InvoiceDocument, Party, PersonLines
from invoicing.vat import vat_totals
from marketplace.kernel.money import Money
from marketplace.kernel.vat import VatCategory

EXEMPT = (VatCategory.EXEMPT, 0)
STANDARD = (VatCategory.STANDARD, 2000)
ZERO = (VatCategory.ZERO, 0)
OUTSIDE = (VatCategory.OUTSIDE_SCOPE, 0)

Delivered = tuple[str, int, str, tuple[VatCategory, int], int]
"""Person, day of November 2026, activity, VAT kind, gross pence."""

ONE: list[Delivered] = [("P-7F3K2M", 24, "Garden group, Pettypool", EXEMPT, 3850)]
MIXED: list[Delivered] = [
    ("P-7F3K2M", 3, "Garden group", EXEMPT, 3850),
    ("P-7F3K2M", 4, "Minibus", ZERO, 620),
    ("P-7F3K2M", 10, "Garden group", EXEMPT, 3850),
    ("P-9QXW4T", 5, "Pottery studio", STANDARD, 12000),
    ("P-9QXW4T", 12, "Pottery studio", STANDARD, 1275),
]
HARBOUR = Party(
    "Harbour Community Interest Company",
    ("The Old Boathouse", "12 Canal Street", "Chester", "CH1 2HJ"),
    email="accounts@harbour.example",
    vat_number="GB 123 4567 89",
    registration="Company number 01234567",
)
COUNCIL = Party("Weaver Vale Council", ("Accounts payable", "Civic Way", "Northwich", "CW9 1AA"))


def invoice(delivered: list[Delivered], **changes: Any) -> InvoiceDocument:
    vat = vat_totals((*kind, Money(pence)) for _, _, _, kind, pence in delivered)
    people: dict[str, list[ActivityLine]] = {}
    for place, (person, day, activity, kind, pence) in enumerate(delivered):
        line = ActivityLine(
            date(2026, 11, day), activity, f"BK-{place:06}", *kind, vat.line_nets[place], Money(pence)
        )
        people.setdefault(person, []).append(line)
    said: dict[str, Any] = {
        "number": "HAR-000042",
        "issued_on": date(2026, 12, 1),
        "due_on": date(2026, 12, 31),
        "period_starts": date(2026, 11, 1),
        "period_ends": date(2026, 11, 30),
        "supplier": HARBOUR,
        "payer": COUNCIL,
        "people": tuple(PersonLines(person, tuple(lines)) for person, lines in people.items()),
        "vat": vat,
        "payment_reference": "HAR-000042-W",
        "how_to_pay": ("Pay by bank transfer.",),
        "how_to_query": ("Write to accounts@harbour.example within 30 days.",),
        "purchase_order": "PO-4711",
        "bank": BankDetails("Harbour CIC", "01-02-03", "12345678"),
        "exemption_reason": "Welfare services by a charity",
    }
    return InvoiceDocument(**{**said, **changes})


def many(count: int) -> list[Delivered]:
    return [
        (f"P-PERSON{place % 5}", 1 + place % 30, f"Activity {place % 3}", EXEMPT, 1000 + place)
        for place in range(count)
    ]
