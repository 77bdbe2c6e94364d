"""Bank details of organisations, version by version."""

from piccolo.columns import UUID, Array, ForeignKey, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.columns.defaults.uuid import UUID4
from piccolo.table import Table

from marketplace.identity.tables import AppUser, Organisation

RESTRICT = OnDelete.restrict


class BankDetailsVersion(Table, tablename="bank_details"):
    """One version of where an organisation is paid (`into`) or pays from (`from`); the account itself never changes.

    In force is the confirmed version with the latest `usable_from` that has come. `contacts` are the addresses that
    were the organisation's when it was proposed: whoever changes them as well still cannot hide the change.
    """

    id = UUID(primary_key=True, default=UUID4())
    organisation_id = ForeignKey(Organisation, null=False, default=None, on_delete=RESTRICT)
    purpose = Varchar(length=10, default=None)
    account_name = Varchar(length=70, default=None)
    sort_code = Varchar(length=6, default=None)
    account_number = Varchar(length=8, default=None)
    roll_number = Varchar(length=18, default="")
    contacts = Array(base_column=Varchar(length=320), default=list)
    state = Varchar(length=20, default="proposed")
    because = Text(default="")
    proposed_by = ForeignKey(AppUser, null=False, default=None, on_delete=RESTRICT)
    proposed_at = Timestamptz(default=TimestamptzNow())
    confirmed_by = ForeignKey(AppUser, null=True, default=None, on_delete=RESTRICT)
    confirmed_for = ForeignKey(Organisation, null=True, default=None, on_delete=RESTRICT)
    confirmed_at = Timestamptz(default=None, null=True)
    confirmed_how = Varchar(length=20, default="")
    called_number = Varchar(length=40, default="")
    number_known_from = Varchar(length=300, default="")
    spoke_to = Varchar(length=200, default="")
    usable_from = Timestamptz(default=None, null=True)
    stopped_by = ForeignKey(AppUser, null=True, default=None, on_delete=RESTRICT)
    stopped_at = Timestamptz(default=None, null=True)
    stopped_because = Text(default="")
