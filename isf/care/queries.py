"""What other parts of a person's affairs ask about their care."""

from isf.care.communication.queries import communication_line, letter_note
from isf.care.needs.queries import NeedLine, OutcomeLine, needs_of, outcomes_of

__all__ = ["NeedLine", "OutcomeLine", "communication_line", "letter_note", "needs_of", "outcomes_of"]
