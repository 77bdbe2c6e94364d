"""Who supplier and payer are on the day of issue: the names, addresses and numbers that an invoice freezes."""

from collections.abc import Iterable
from uuid import UUID

from invoicing.invoice_document import Party
from invoicing.runs.rules import Draft
from marketplace.kernel import db

Parties = dict[UUID, tuple[Party, bool]]
"""By provider, organisation or user: who they are today, and whether they are made up for a demonstration."""


async def parties_of(drafts: Iterable[Draft]) -> Parties:
    """The names, addresses and numbers that the law wants on the invoices, and where e-invoices reach them."""
    ids = {
        each
        for draft in drafts
        for each in (
            draft.between.provider_id,
            draft.between.payer_organisation_id,
            draft.between.payer_user_id,
        )
    }
    rows = await db.fetch_all(
        """SELECT pr.id, pr.name, coalesce(nullif(pr.email, ''), o.email) AS email, o.address, o.demonstration,
                  pr.registration_number, electronic_address_of(o.id) AS electronic_address
             FROM provider pr JOIN organisation o ON o.id = pr.organisation_id WHERE pr.id = ANY ($1::uuid[])
            UNION ALL
           SELECT id, name, email, address, demonstration, '', electronic_address_of(id)
             FROM organisation WHERE id = ANY ($1::uuid[])
            UNION ALL
           SELECT id, name, email, '', demonstration, '', NULL FROM app_user WHERE id = ANY ($1::uuid[])""",
        [each for each in ids if each],
    )
    return {
        row["id"]: (
            Party(
                name=row["name"],
                address_lines=tuple(line.strip() for line in row["address"].splitlines() if line.strip()),
                email=row["email"] or None,
                registration=_registration(row["registration_number"].strip()),
                electronic_address=row["electronic_address"],
            ),
            row["demonstration"],
        )
        for row in rows
    }


def _registration(number: str) -> str | None:
    """With its register: some write `Charity 1094203`, some the number alone."""
    if not number:
        return None
    return number if number[0].isalpha() and " " in number else f"Registration number {number}"
