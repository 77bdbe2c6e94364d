"""Something of everything about Emma's care, for the tests that look at every page and ask at every address."""

from collections.abc import Mapping

from litestar.datastructures import UploadFile

from isf.care.calls.commands import CallDraft, ask_for_a_call
from isf.care.carers.commands import (
    CarerAssessmentDraft,
    CarerDraft,
    assess_carer,
    create_carer,
    link_carer,
)
from isf.care.circle.commands import CircleDraft, add_to_circle
from isf.care.needs.commands import (
    AssessmentDraft,
    NeedDraft,
    OutcomeDraft,
    add_need,
    add_outcome,
    record_assessment,
)
from isf.care.rules import NeedArea
from marketplace.kernel import clock, db, files
from tests.world import World


async def live_with_care(world: World) -> Mapping[str, object]:
    """Answers what fills each parameter of an address of these pages, by the parameter's name."""
    today, carol = clock.today(), world.care_manager
    member = await add_to_circle(
        carol, world.emma,
        CircleDraft("Nan Example", "Grandmother", "01606 555 010", "nan@example.com", emergency_contact=True,
                    may_be_told=True, note="Calls on Sundays"),
    )  # fmt: skip
    assessment = await record_assessment(
        carol,
        world.emma,
        AssessmentDraft(today, "Carol Manager", "At home, with Mum and two photos of last summer."),
    )
    need = await add_need(
        carol, world.emma,
        NeedDraft(assessment, NeedArea.COMMUNITY, "Help to get about", True, "Buses with two changes are too much"),
    )  # fmt: skip
    outcome = await add_outcome(
        carol, world.emma, OutcomeDraft("I want to go to choir by myself on the bus", need)
    )
    carer = await create_carer(
        carol,
        CarerDraft(
            "Meg Example", "01606 555 012", communication_needs="Text first", matters="One evening a week"
        ),
    )
    link = await link_carer(
        carol, world.emma, carer, relationship="Mother", does="Nights and weekends", starts_on=today
    )
    await assess_carer(
        carol,
        carer,
        CarerAssessmentDraft(today, "Carol Manager", "To sleep through", True, "A sitter", assessment),
    )
    call = await ask_for_a_call(
        CallDraft(world.council, "Ned Neighbour", "01606 555 013", "Slowly", "My mum"), whence="a test"
    )
    await db.execute("UPDATE communication_need SET review_on = $1", today)
    letter = UploadFile(content_type="application/pdf", filename="order.pdf", file_data=b"%PDF-1.7\n%%EOF\n")
    return {
        "communication_id": await db.fetch_value(
            "SELECT id FROM communication_need WHERE person_id = $1", world.emma
        ),
        "member_id": member,
        "need_id": need,
        "outcome_id": outcome,
        "carer_id": carer,
        "link_id": link,
        "call_id": call,
        "file_id": await files.keep(carol, letter, person_id=world.emma, purpose="authority"),
    }
