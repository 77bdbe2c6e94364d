"""What is written to a person about their own affairs, and to who spoke for them."""

from uuid import UUID

from marketplace.kernel import db, outbox
from marketplace.kernel.settings import settings


async def tell_person(
    person_id: UUID, subject: str, words: str, path: str, *, spoken_by: UUID | None = None
) -> None:
    """Write to the person where they sign in, and to the user who spoke for them; each address once.

    `path` is the page where it is read. Joins the open unit of work.
    """
    recipients = await db.fetch_all(
        "SELECT DISTINCT email FROM app_user"
        " WHERE active AND (id = $2 OR id = (SELECT user_id FROM person WHERE id = $1))",
        person_id,
        spoken_by,
    )
    for recipient in recipients:
        await outbox.enqueue_mail(
            recipient["email"], subject, f"{words}\n\nSign in to read it:\n{settings().base_url}{path}\n"
        )
