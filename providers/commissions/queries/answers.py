"""What a lot asks with what was answered, its criteria with their scores, and what was said; asks for no permission."""

from uuid import UUID

from marketplace.kernel import db


async def questions_of(commission_id: UUID | None, lot_id: UUID) -> list[db.Row]:
    """What the lot asks now, or what this application answered, with `answer`, `file_id`, `file_name`."""
    return await db.fetch_all(
        "SELECT q.id, q.kind, q.words, q.needed AND q.asked AS needed, a.words AS answer, a.file_id,"
        " s.name AS file_name, s.size_bytes FROM lot_question q"
        " LEFT JOIN commission_answer a ON a.question_id = q.id AND a.commission_id = $1"
        " LEFT JOIN stored_file s ON s.id = a.file_id"
        " WHERE q.lot_id = $2 AND (q.asked OR a.id IS NOT NULL) ORDER BY q.position, q.words",
        commission_id,
        lot_id,
    )


async def criteria_of(commission_id: UUID | None, lot_id: UUID) -> list[db.Row]:
    """What the lot's applications are judged by, in order, with this one's `score` and `note` and who gave it."""
    return await db.fetch_all(
        "SELECT c.id, c.words, c.least_score, s.score, s.note, s.scored_at, u.name AS scored_by FROM lot_criterion c"
        " LEFT JOIN commission_score s ON s.criterion_id = c.id AND s.commission_id = $1"
        " LEFT JOIN app_user u ON u.id = s.scored_by"
        " WHERE c.lot_id = $2 AND c.used ORDER BY c.position, c.words",
        commission_id,
        lot_id,
    )


async def said_about(commission_id: UUID) -> list[db.Row]:
    """Every word that was said about an application, the first one first."""
    return await db.fetch_all(
        "SELECT w.kind, w.words, w.said_at, u.name AS said_by FROM commission_word w"
        " LEFT JOIN app_user u ON u.id = w.said_by WHERE w.commission_id = $1 ORDER BY w.said_at, w.id",
        commission_id,
    )
