"""Letters that the notices do not carry: nothing is written to somebody who has died (`rules.md` 18).

Whoever acts for them, holds their money or looks after them has an address of their own and is told as before.
"""

from marketplace.kernel import db
from marketplace.kernel.outbox import enqueue_mail

_DIED = """
    SELECT EXISTS (SELECT 1 FROM app_user u JOIN person p ON p.user_id = u.id
                     JOIN person_end e ON e.person_id = p.id AND e.kind = 'died'
                    WHERE lower(u.email) = lower($1))
"""


async def mail_to_the_living(recipient: str, subject: str, body: str) -> None:
    """Write a letter, unless its recipient is a person whose death is recorded. Joins the open unit of work."""
    if recipient and not await db.fetch_value(_DIED, recipient):
        await enqueue_mail(recipient, subject, body)
