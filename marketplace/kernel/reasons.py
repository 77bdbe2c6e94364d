"""Reasons that people give for what they do: always there, never endless."""

from typing import Final

from marketplace.kernel.errors import Invalid

REASON_MOST: Final = 500


def check_reason(typed: str, field: str = "because", *, ask: str = "Say why", most: int = REASON_MOST) -> str:
    """A reason without spaces around it. Raises Invalid at `field`, saying `ask` when there is none."""
    told = typed.strip()
    if not told:
        raise Invalid({field: ask})
    if len(told) > most:
        raise Invalid({field: f"Use {most:,} characters or fewer"})
    return told
