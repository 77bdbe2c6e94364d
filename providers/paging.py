"""Which page of a list a visitor asks for."""

from marketplace.identity.http import AnyRequest


def page_number(request: AnyRequest, pages: int) -> int:
    """The page of a list that is asked for: from 1 to the last one, whatever was typed."""
    asked = request.query_params.get("page", "1")
    return min(int(asked[:6]), max(pages, 1)) if asked.isdecimal() and int(asked[:6]) > 0 else 1
