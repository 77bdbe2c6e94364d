"""Keys for machines (UUID) and references that people can read out (`BK-7F3K2M`)."""

import secrets
from typing import NewType
from uuid import UUID, uuid4

CouncilId = NewType("CouncilId", UUID)
OrganisationId = NewType("OrganisationId", UUID)
UserId = NewType("UserId", UUID)
PersonId = NewType("PersonId", UUID)
ProviderId = NewType("ProviderId", UUID)
ActivityId = NewType("ActivityId", UUID)
ActivitySessionId = NewType("ActivitySessionId", UUID)
FundId = NewType("FundId", UUID)
BookingId = NewType("BookingId", UUID)
InvoiceId = NewType("InvoiceId", UUID)

NOBODY = UUID(int=0)
"""Stands for "no council" where the database needs a value to compare (`docs/decisions/0003`)."""

# Without 0/O, 1/I/L and U: read aloud and typed back without mistakes, and no words appear.
_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_id() -> UUID:
    """A fresh key."""
    return uuid4()


def reference(prefix: str) -> str:
    """A short reference, such as `BK-7F3K2M`. The database keeps them unique; whoever writes one draws again."""
    return f"{prefix}-" + "".join(secrets.choice(_ALPHABET) for _ in range(6))
