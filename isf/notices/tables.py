"""What was told to whom, in which way, and how they like to be told."""

from piccolo.columns import JSONB, UUID, ForeignKey, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.columns.defaults.uuid import UUID4
from piccolo.table import Table

from isf.tables import Person
from marketplace.identity.tables import AppUser, Organisation

RESTRICT = OnDelete.restrict


class NoticePreference(Table, tablename="notice_preference"):
    """How a person, a user or an organisation likes to be told; one of the three. `address` is for letters."""

    id = UUID(primary_key=True, default=UUID4())
    person_id = ForeignKey(Person, null=True, default=None, on_delete=RESTRICT)
    user_id = ForeignKey(AppUser, null=True, default=None, on_delete=RESTRICT)
    organisation_id = ForeignKey(Organisation, null=True, default=None, on_delete=RESTRICT)
    way = Varchar(length=10, default=None)
    print = Varchar(length=10, default="")
    address = Text(default="")
    chosen_by = UUID(default=None, null=True)
    chosen_at = Timestamptz(default=TimestamptzNow())


class SentNotice(Table, tablename="sent_notice"):
    """One message to one recipient, as it was worded; a mail has the id of its place in the outbox.

    `person_id` is whom it is about. It goes to a user, to an organisation, or to the person where neither is said.
    `recipient` is the address. A letter waits until it is `posted_at`.
    """

    id = UUID(primary_key=True, default=UUID4())
    person_id = ForeignKey(Person, null=True, default=None, on_delete=RESTRICT)
    user_id = ForeignKey(AppUser, null=True, default=None, on_delete=RESTRICT)
    organisation_id = ForeignKey(Organisation, null=True, default=None, on_delete=RESTRICT)
    name = Varchar(length=200, default="")
    recipient = Text(default="")
    way = Varchar(length=10, default=None)
    print = Varchar(length=10, default="")
    kind = Varchar(length=20, default=None)
    subject = Varchar(length=200, default=None)
    words = Text(default="")
    path = Text(default="")
    event = JSONB(default=None, null=True)
    made_at = Timestamptz(default=TimestamptzNow())
    posted_at = Timestamptz(default=None, null=True)
    posted_by = UUID(default=None, null=True)
