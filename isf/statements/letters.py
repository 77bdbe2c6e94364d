"""Tells people that a statement is ready: in the transaction that makes it, in one query for a whole batch.

No letter holds a name or an amount; it leads to the page. The person and whoever acts for them are told of each
statement, in the way the person likes to be told; a holder and a council once for each month.
"""

from collections.abc import Sequence

from isf.statements.document import StatementDocument, StatementKind
from isf.statements.gathering import Period
from marketplace.kernel import clock, db, formats
from marketplace.kernel.settings import settings

# $1 statements, $2 their people, $3 to $6 words for the person and for others, $7 today, $8 now.
_TO_PEOPLE = """
    INSERT INTO outbox_message (id, topic, recipient, subject, body, not_before, created_at)
    SELECT gen_random_uuid(), 'mail', t.email, CASE WHEN t.own THEN s.own_subject ELSE s.subject END,
           CASE WHEN t.own THEN s.own_body ELSE s.body END, $8, $8
      FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[])
           AS s(id, person_id, own_subject, own_body, subject, body)
      JOIN LATERAL (
          SELECT u.email, bool_or(who.own) AS own
            FROM (SELECT user_id, true AS own FROM person WHERE id = s.person_id
                  UNION ALL
                  SELECT user_id, false FROM authority
                   WHERE person_id = s.person_id AND 'see' = ANY (scopes)
                     AND starts_on <= $7 AND (ends_on IS NULL OR ends_on > $7)) AS who
            JOIN app_user u ON u.id = who.user_id AND u.active
           GROUP BY u.email) t ON true
"""

# $1 statements of the batch, $2 month, $3 kind, $4 subject, $5 and $6 words for a council and a holder, $7 now.
_TO_ORGANISATIONS = """
    INSERT INTO outbox_message (id, topic, recipient, subject, body, not_before, created_at)
    SELECT gen_random_uuid(), 'mail', o.email, $4, CASE WHEN told.council THEN $5 ELSE $6 END, $7, $7
      FROM (SELECT side.id, bool_or(side.id = f.council_id) AS council
              FROM statement s JOIN fund f ON f.id = s.fund_id
              CROSS JOIN LATERAL (VALUES (f.council_id), (f.holder_organisation_id)) AS side(id)
             WHERE s.id = ANY ($1::uuid[]) GROUP BY side.id) AS told
      JOIN organisation o ON o.id = told.id AND o.email <> ''
     WHERE NOT EXISTS (
           SELECT 1 FROM statement s JOIN fund f ON f.id = s.fund_id
            WHERE s.month = $2 AND s.kind = $3 AND s.id <> ALL ($1::uuid[])
              AND (f.council_id = o.id OR f.holder_organisation_id = o.id))
"""


async def write_letters(period: Period, made: Sequence[StatementDocument]) -> None:
    """Write what is to be sent about these statements; joins the open unit of work."""
    if not made:
        return
    now = clock.now()
    ids = [each.id for each in made]
    own = [_own_words(each) for each in made]
    others = [_words_for_others(each) for each in made]
    await db.execute(
        _TO_PEOPLE,
        ids,
        [each.person_id for each in made],
        [subject for subject, _ in own],
        [body for _, body in own],
        [subject for subject, _ in others],
        [body for _, body in others],
        clock.today(),
        now,
    )
    month = formats.month(period.month)
    final = period.kind is StatementKind.FINAL
    site = settings().base_url
    query = f"?month={period.month:%Y-%m}"
    subject = f"A final statement, {month}" if final else f"The statements for {month} are ready"
    closing = "Nothing has to be done. Each statement is a page, a PDF and Easy Read."
    await db.execute(
        _TO_ORGANISATIONS,
        ids,
        period.month,
        str(period.kind),
        subject,
        f"{subject}.\n\nSee them here:\n{site}/council/statements{query}\n\n{closing}\n",
        f"{subject}.\n\nSee them here:\n{site}/holder/statements{query}\n\n{closing}\n",
        now,
    )


def _own_words(told: StatementDocument) -> tuple[str, str]:
    link = f"{settings().base_url}/statements/{told.id}"
    subject = f"Your statement for {told.period} is ready"
    if told.prefers_easy_read:
        lines = [
            "Your money: " + told.fund + ".",
            "There is a new statement.",
            "A statement says what happened to your money.",
            "It is in Easy Read, with pictures.",
            "You can look at it here:",
            f"{link}?easy=on",
            "You do not have to do anything.",
        ]
        return subject, "\n\n".join(lines) + "\n"
    return subject, (
        f"{subject}: {told.fund}.\n\nIt says what was agreed and paid in, what was used, what is booked, and what is"
        f" left.\n\nSee it here:\n{link}\n\nThere you also find it as a PDF and in Easy Read.\n"
    )


def _words_for_others(told: StatementDocument) -> tuple[str, str]:
    link = f"{settings().base_url}/statements/{told.id}"
    subject = f"A statement for {told.period} is ready, for {told.person_reference}"
    return subject, (
        f"{subject}.\n\nSee it here:\n{link}\n\nThere you also find it as a PDF and in Easy Read.\n"
    )
