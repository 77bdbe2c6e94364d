"""An agreement as a tagged PDF: the words that everybody signs, and who has signed them."""

from typing import Any, Literal

from isf.agreements.queries import AgreementView
from isf.agreements.rules import AgreementState
from marketplace.kernel import clock, db, formats
from marketplace.kernel.typesetting import typeset

_STANDS = {
    AgreementState.DRAFT: "This is a draft. Nobody has signed it.",
    AgreementState.OFFERED: "This is not signed by everybody yet.",
    AgreementState.SIGNED: "This is signed by everybody.",
    AgreementState.SUPERSEDED: "This was signed by everybody. A newer version has taken its place.",
    AgreementState.ENDED: "This was signed by everybody. It has ended.",
    AgreementState.WITHDRAWN: "This version was withdrawn. Nobody is bound by it.",
}


async def agreement_pdf(view: AgreementView, form: Literal["full", "easy"]) -> bytes:
    """The agreement as PDF/A-3a and PDF/UA-1, in full or in Easy Read. The same agreement gives the same bytes."""
    flag = await db.fetch_one(
        "SELECT communication_needs, (SELECT demonstration FROM organisation WHERE id = council_id) AS demonstration"
        "  FROM person WHERE id = $1",
        view.record.person_id,
    )
    assert flag is not None  # noqa: S101 - an agreement has a person
    record = view.record
    stands = _STANDS[record.state]
    around: dict[str, Any] = {
        "author": record.names.council,
        "foot": f"{record.document.title}, version {record.version}",
        "heading": record.document.title,
        "communication": flag["communication_needs"],
        "demonstration": "Demonstration: people and money are invented." if flag["demonstration"] else None,
    }
    made_on = clock.london_day(record.signed_at or record.offered_at or clock.now())
    if form == "easy":
        ideas = [{"picture": idea.picture, "words": idea.words} for idea in record.document.easy]
        names = [
            {"picture": "sign", "words": f"{signature.name} has signed this."}
            for signature in view.signatures
            if signature.counts
        ]
        parts = [
            {"heading": "", "ideas": ideas},
            {"heading": "Who has signed", "ideas": names or [{"picture": "none", "words": stands}]},
        ]
        return await typeset(
            "easy_read.typ",
            around | {"parts": parts},
            title=f"{record.document.title}, Easy Read",
            made_on=made_on,
        )
    return await typeset(
        "agreement.typ",
        around
        | {
            "stands": stands,
            "sections": [
                {"heading": section.heading, "lines": section.lines} for section in record.document.sections
            ],
            "signatures": _signatures(view),
        },
        title=record.document.title,
        made_on=made_on,
    )


def _signatures(view: AgreementView) -> list[dict[str, str]]:
    return [
        {
            "name": signature.name,
            "role": signature.role,
            "when": f"{formats.full_date(signature.signed_at)}, {formats.clock_time(signature.signed_at)}",
            "read": "the Easy Read words" if signature.shown_as == "easy" else "these words",
            "mark": signature.sha256,
        }
        for signature in view.signatures
        if signature.counts
    ]
