"""Tells those who sign that an agreement waits for them: in the transaction that offers it, without an amount in it."""

from isf.agreements.records import Record
from isf.endings.letters import mail_to_the_living
from isf.rules import fund_title
from marketplace.kernel import clock, db
from marketplace.kernel.settings import settings

# $1 person, $2 today, $3 and $4 the holder. The person and who signs for them, then who holds the money; each once.
_SIGNERS = """
    SELECT DISTINCT ON (t.email) t.email, t.own, t.prefers_easy_read, t.of_holder
      FROM (SELECT u.email, true AS own, p.prefers_easy_read, false AS of_holder, 0 AS place
              FROM person p JOIN app_user u ON u.id = p.user_id AND u.active WHERE p.id = $1
            UNION ALL
            SELECT u.email, false, false, false, 1
              FROM authority a JOIN app_user u ON u.id = a.user_id AND u.active
             WHERE a.person_id = $1 AND a.starts_on <= $2 AND (a.ends_on IS NULL OR a.ends_on > $2)
               AND (a.kind IN ('nominated_person', 'authorised_person', 'trust')
                    OR a.kind = 'representative' AND 'pay' = ANY (a.scopes))
            UNION ALL SELECT email, false, false, true, 2 FROM organisation WHERE id = $3 AND email <> ''
            UNION ALL SELECT email, false, false, true, 2 FROM app_user WHERE id = $4 AND active) t
     ORDER BY t.email, t.place
"""


async def tell_of_offer(agreement: Record) -> None:
    """Write to the person's side and to the holder; joins the open unit of work."""
    reference: str = await db.fetch_value("SELECT reference FROM person WHERE id = $1", agreement.person_id)
    title = fund_title(agreement.kind, agreement.names.holder)
    link = f"{settings().base_url}/agreements/{agreement.id}"
    rows = await db.fetch_all(
        _SIGNERS,
        agreement.person_id,
        clock.today(),
        agreement.holder_organisation_id,
        agreement.holder_user_id,
    )
    for row in rows:
        if row["own"] and row["prefers_easy_read"]:
            body = _easy(title, link)
        else:
            whose = "your money" if row["own"] else f"the money of {reference}"
            body = _plain(whose, title, link)
        await mail_to_the_living(row["email"], "An agreement waits for you", body)


def _plain(whose: str, title: str, link: str) -> str:
    return (
        f"An agreement about {whose} waits for you: {title}.\n\nIt says what each side does, what it costs, and how it"
        " can end. Read it first; you can ask the council about anything in it. It counts when everybody has signed."
        f"\n\nRead and sign it here:\n{link}\n\nThere you also find it as a PDF and in Easy Read.\n"
    )


def _easy(title: str, link: str) -> str:
    lines = [
        "There is an agreement about your money: " + title + ".",
        "An agreement says what everybody promises.",
        "Read it first.",
        "You can ask somebody to read it with you.",
        "You can ask the council what it means.",
        "If you agree, you sign it.",
        "It is in Easy Read, with pictures.",
        "You can look at it here:",
        f"{link}?easy=on",
    ]
    return "\n\n".join(lines) + "\n"
