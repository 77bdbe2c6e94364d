"""The way back to a desk: to the same list, at the person who was opened from it."""

from uuid import UUID

from marketplace.identity.http import AnyRequest
from marketplace.kernel.formats import link

DESK = "/desk"


def place_asked(request: AnyRequest) -> str | None:
    """The desk from which this page was opened, if its address says so; no other address is taken."""
    back = request.query_params.get("back", "")
    known = back == DESK or back.startswith(f"{DESK}?")
    return back if known and "\n" not in back and "\r" not in back and len(back) < 500 else None


def back_to_desk(request: AnyRequest, person_id: UUID) -> dict[str, str]:
    """The link above a page about a person: to the desk as it was, at that person."""
    return {"href": f"{place_asked(request) or DESK}#person-{person_id}", "text": "Your desk"}


def keeping(path: str, request: AnyRequest) -> str:
    """An address that keeps the way back."""
    return link(path, back=place_asked(request))
