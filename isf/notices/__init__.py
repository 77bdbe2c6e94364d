"""Telling people things in the way they like to be told, and the record of what they were told (`rules.md` 25)."""

from isf.notices.commands import tell_council, tell_people, tell_person, tell_provider, tell_providers
from isf.notices.recipients import ToProvider
from isf.notices.rules import Notice, NoticeKind, ToPerson

__all__ = [
    "Notice",
    "NoticeKind",
    "ToPerson",
    "ToProvider",
    "tell_council",
    "tell_people",
    "tell_person",
    "tell_provider",
    "tell_providers",
]
