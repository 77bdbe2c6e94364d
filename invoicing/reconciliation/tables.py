"""Bank statements that were given in, their lines, and what each line was found to be."""

from piccolo.columns import (
    UUID,
    BigInt,
    Boolean,
    Bytea,
    Date,
    ForeignKey,
    Integer,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.columns.base import OnDelete
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.columns.defaults.uuid import UUID4
from piccolo.table import Table

from marketplace.identity.tables import AppUser, Organisation

RESTRICT = OnDelete.restrict


class BankStatement(Table, tablename="bank_statement"):
    """One statement of an organisation's own account, as a file told it. `position` counts the statements of a file."""

    id = UUID(primary_key=True, default=UUID4())
    organisation_id = ForeignKey(Organisation, null=False, default=None, on_delete=RESTRICT)
    file_name = Varchar(length=120, default=None)
    file_sha256 = Bytea(default=None)
    position = Integer(default=None)
    account = Varchar(length=14, default="")
    reference = Varchar(length=500, default="")
    opening_pence = BigInt(default=None, null=True)
    closing_pence = BigInt(default=None, null=True)
    told_lines = Integer(default=None)
    new_lines = Integer(default=None)
    first_day = Date(default=None, null=True)
    last_day = Date(default=None, null=True)
    given_by = ForeignKey(AppUser, null=False, default=None, on_delete=RESTRICT)
    given_at = Timestamptz(default=TimestamptzNow())


class BankLine(Table, tablename="bank_line"):
    """One movement on an organisation's account: kept once, however often a statement tells it.

    `return_code` is the bank's reason where it sent something back. `fingerprint` is made of what names the movement.
    `meaning` says what it was found to be, `meaning_id` of which thing; both are empty while it waits on the worklist.
    Only these, and who decided, ever change.
    """

    id = UUID(primary_key=True, default=UUID4())
    statement_id = ForeignKey(BankStatement, null=False, default=None, on_delete=RESTRICT)
    organisation_id = ForeignKey(Organisation, null=False, default=None, on_delete=RESTRICT)
    booked_on = Date(default=None)
    amount_pence = BigInt(default=None)
    end_to_end = Varchar(length=500, default="")
    bank_reference = Varchar(length=500, default="")
    counterparty = Varchar(length=500, default="")
    words = Text(default="")
    returned = Boolean(default=False)
    return_code = Varchar(length=35, default="")
    fingerprint = Bytea(default=None)
    state = Varchar(length=20, default="open")
    meaning = Varchar(length=20, default="")
    meaning_id = UUID(default=None, null=True)
    because = Text(default="")
    decided_by = ForeignKey(AppUser, null=True, default=None, on_delete=RESTRICT)
    decided_at = Timestamptz(default=None, null=True)
