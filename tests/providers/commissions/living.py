"""A lot that asks for something, and an application to it that was sent, given back and sent again."""

from uuid import UUID

from litestar.datastructures import UploadFile

from marketplace.kernel import clock
from providers.commands import (
    answer_question,
    ask_for_more,
    keep_evidence,
    open_framework,
    send_application,
    set_lot,
    start_application,
)
from providers.commissions.queries import criteria_of, lots_of, questions_of
from providers.commissions.rules import CriterionDraft, QuestionDraft, QuestionKind
from tests.world import World

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"


def pdf(name: str = "policy.pdf") -> UploadFile:
    """A small PDF."""
    return UploadFile(content_type="application/pdf", filename=name, file_data=PDF)


async def asking_lot(world: World) -> UUID:
    """A lot that asks for words and a file, and is judged by two criteria."""
    framework_id = await open_framework(world.commissioner, "Skills", ["Cooking"], clock.today())
    lot = (await lots_of(framework_id))["Cooking"]
    await set_lot(
        world.commissioner,
        lot,
        "Learning to cook at home.",
        [
            QuestionDraft(QuestionKind.WORDS, "How do you keep people safe?"),
            QuestionDraft(QuestionKind.WORDS, "Where else do you work?", needed=False),
            QuestionDraft(QuestionKind.FILE, "Your safeguarding policy"),
        ],
        [CriterionDraft("Safe", 3), CriterionDraft("Choice")],
    )
    return lot


async def whole_application(world: World, lot: UUID) -> tuple[UUID, UUID]:
    """A draft of Pettypool with every answer that is needed; answers its id and the file's."""
    asked = await start_application(world.manager, lot)
    safe, _, policy = await questions_of(asked, lot)
    await answer_question(world.manager, asked, safe["id"], "Two workers, always.")
    return asked, await keep_evidence(world.manager, asked, policy["id"], pdf())


async def live_with_applications(world: World) -> dict[str, object]:
    """What fills the addresses of applications."""
    lot = await asking_lot(world)
    asked, file_id = await whole_application(world, lot)
    await send_application(world.manager, asked)
    await ask_for_more(world.commissioner, asked, "Who is the second worker?")
    return {
        "new_commission_id": asked,
        "lot_id": lot,
        "evidence_id": file_id,
        "question_id": (await questions_of(asked, lot))[2]["id"],
        "criterion_id": (await criteria_of(asked, lot))[0]["id"],
    }
