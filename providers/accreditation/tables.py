"""Proofs with an end, what each council requires from when on, and the reminders that were sent."""

from piccolo.columns import UUID, Date, ForeignKey, Integer, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.columns.defaults.uuid import UUID4
from piccolo.table import Table

from marketplace.identity.tables import Council
from marketplace.kernel.tables import StoredFile
from providers.tables import Provider

RESTRICT = OnDelete.restrict


class Accreditation(Table, tablename="accreditation"):
    """One proof of a seller: insurance, a policy, a number. `expires_on` is the first day without it; null: no end."""

    id = UUID(primary_key=True, default=UUID4())
    provider_id = ForeignKey(Provider, null=False, default=None, on_delete=RESTRICT)
    kind = Varchar(length=30, default=None)
    file_id = ForeignKey(StoredFile, null=True, default=None, on_delete=RESTRICT)
    reference = Varchar(length=100, default="")
    valid_from = Date(default=None)
    expires_on = Date(default=None, null=True)
    state = Varchar(length=20, default="sent")
    reason = Text(default="")
    sent_at = Timestamptz(default=TimestamptzNow())
    decided_by = UUID(default=None, null=True)
    decided_by_council = ForeignKey(Council, null=True, default=None, on_delete=RESTRICT)
    decided_at = Timestamptz(default=None, null=True)


class AccreditationRequirement(Table, tablename="accreditation_requirement"):
    """A kind of proof that a council requires of sellers, from a day on; `ends_on` is the first day without."""

    id = UUID(primary_key=True, default=UUID4())
    council_id = ForeignKey(Council, null=False, default=None, on_delete=RESTRICT)
    kind = Varchar(length=30, default=None)
    starts_on = Date(default=None)
    ends_on = Date(default=None, null=True)
    set_by = UUID(default=None, null=True)


class AccreditationReminder(Table, tablename="accreditation_reminder"):
    """A reminder that was sent so many days before the end: once each."""

    id = UUID(primary_key=True, default=UUID4())
    accreditation_id = ForeignKey(Accreditation, null=False, default=None, on_delete=RESTRICT)
    days_before = Integer(default=None)
    sent_at = Timestamptz(default=TimestamptzNow())
