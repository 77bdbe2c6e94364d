"""Remittance advice to the payee when a payment is sent, and a letter when a bank returned one. In the transaction."""

from collections.abc import Sequence
from uuid import UUID

from invoicing.payment_runs.remittance import Remittance, gather, remittance_words
from marketplace.kernel import db, formats
from marketplace.kernel.ids import new_id
from marketplace.kernel.outbox import Document, Mail, enqueue_mails
from marketplace.kernel.settings import settings

LAYOUT = "remittance.typ"


async def tell_payees(payment_ids: Sequence[UUID]) -> None:
    """One letter with the advice as a PDF to each payee of a run that is sent."""
    await enqueue_mails([_advice(told) for told in await gather(payment_ids) if told.payee_email])


def _advice(told: Remittance) -> Mail:
    lines = "\n".join(f"{line.number}: {line.paid}" for line in told.invoices)
    netted = f"\nLess what you owed back: {told.netted}" if told.netted else ""
    return Mail(
        new_id(),
        told.payee_email,
        f"{told.amount} from {told.payer}: {told.reference}",
        f"{told.payer} pays {told.amount} into your account ending {told.last_four} on "
        f"{formats.full_date(told.paid_on)}. On your bank statement it says {told.reference}.\n\n"
        f"It pays:\n{lines}{netted}\n\nEvery line: {settings().base_url}/payments/{told.payment_id}\n",
        document=advice_document(told),
    )


def advice_document(told: Remittance) -> Document:
    """The advice as a document: the same words as its page."""
    words = remittance_words(told)
    return Document(LAYOUT, words, words["heading"], told.paid_on, f"{told.reference}.pdf")


async def tell_returned(payment_id: UUID, because: str) -> None:
    """The payee, and whoever approved the payment, hear that it came back."""
    (told,) = await gather([payment_id])
    numbers = ", ".join(line.number for line in told.invoices)
    rows = await db.fetch_all(
        "SELECT DISTINCT u.email FROM payment p JOIN payment_run r ON r.id = p.payment_run_id"
        "  JOIN app_user u ON u.id IN (r.proposed_by, r.approved_by) WHERE p.id = $1 ORDER BY 1",
        payment_id,
    )
    body = (
        f"The payment {told.reference} of {told.amount} from {told.payer} to {told.payee} came back from the bank.\n"
        f"The reason: {because}\n\n{numbers} wait to be paid again. Nothing is lost: the next payment run has them."
        f"\n\n{settings().base_url}/payments/{payment_id}\n"
    )
    for_payee = body + "\nLook whether your bank details are right; a change of them takes some days.\n"
    mails = [(told.payee_email, for_payee), *((row["email"], body) for row in rows)]
    await enqueue_mails(
        [
            Mail(new_id(), address, f"Payment {told.reference} came back", words)
            for address, words in mails
            if address
        ]
    )
