"""Journals and entries are insert only; balances move only with them (`design.md`, Ledger)."""

from piccolo.columns import UUID, BigInt, Boolean, Bytea, Date, ForeignKey, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.columns.defaults.uuid import UUID4
from piccolo.table import Table

from isf.tables import Fund, PersonalBudget

RESTRICT = OnDelete.restrict


class LedgerHead(Table, tablename="ledger_head"):
    """The end of a fund's chain of journals; the row that a posting locks."""

    fund_id = UUID(primary_key=True, default=None)
    sequence = BigInt(default=0)
    hash = Bytea(default=b"")


class Account(Table, tablename="account"):
    """One account of a fund with its running balance in pence.

    While `locked`, nothing can be booked, used, paid or taken as a fee: the support plan is not agreed yet.
    """

    id = UUID(primary_key=True, default=UUID4())
    fund_id = ForeignKey(Fund, null=False, default=None, on_delete=RESTRICT)
    kind = Varchar(length=20, default=None)
    balance_pence = BigInt(default=0)
    locked = Boolean(default=False)


class Journal(Table, tablename="journal"):
    """One movement. `reference` is unique: posting it again is refused, which makes retries harmless.

    `occurred_on` is the day on which it counts. `service_on` is set where that is not the day that it is about, because
    that day's month was closed: an adjustment in the open period (`rules.md` 11).
    """

    id = UUID(primary_key=True, default=UUID4())
    fund_id = ForeignKey(Fund, null=False, default=None, on_delete=RESTRICT)
    sequence = BigInt(default=None)
    reference = Varchar(length=120, unique=True, default=None)
    kind = Varchar(length=40, default=None)
    subject_id = UUID(default=None, null=True, index=True)
    occurred_on = Date(default=None)
    service_on = Date(default=None, null=True)
    posted_at = Timestamptz(default=TimestamptzNow())
    actor_user = UUID(default=None, null=True)
    because = Text(default="")
    reverses_id = UUID(default=None, null=True)
    previous_hash = Bytea(default=b"")
    hash = Bytea(default=None)


class Entry(Table, tablename="entry"):
    """One side of a journal: signed pence on one account. A journal's entries sum to zero."""

    id = UUID(primary_key=True, default=UUID4())
    journal_id = ForeignKey(Journal, null=False, default=None, on_delete=RESTRICT)
    account = Varchar(length=20, default=None)
    amount_pence = BigInt(default=None)


class OverCommitment(Table, tablename="over_commitment"):
    """A fund has more booked than its budget gives it: what is still to be taken back, and from which day on.

    What becomes free in the fund goes here first (`rules.md` 19). `kind` is `reduction` (the budget went down), `ended`
    (it ends or went to another holder, so every booking from that day on has to go) or `returned` (a payment came back,
    and what a credit had freed through it is booked again). What the council bears
    in the end is `honoured_pence`.
    """

    id = UUID(primary_key=True, default=UUID4())
    fund_id = ForeignKey(Fund, null=False, default=None, on_delete=RESTRICT)
    budget_id = ForeignKey(PersonalBudget, null=False, default=None, on_delete=RESTRICT)
    kind = Varchar(length=20, default=None)
    starts_on = Date(default=None)
    shortfall_pence = BigInt(default=None)
    still_to_take_pence = BigInt(default=None)
    honoured_pence = BigInt(default=0)
    state = Varchar(length=20, default="open")
    because = Text(default="")
    opened_at = Timestamptz(default=TimestamptzNow())
    settled_at = Timestamptz(default=None, null=True)
