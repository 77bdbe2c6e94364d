"""Payments into funds, declarations of client accounts with the checks on them, and warnings of a surplus."""

from piccolo.columns import UUID, BigInt, Date, ForeignKey, Integer, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.columns.defaults.uuid import UUID4
from piccolo.table import Table

from isf.ledger.tables import Journal
from isf.tables import Fund
from marketplace.identity.tables import AppUser, Council, Organisation

RESTRICT = OnDelete.restrict


class FundSchedule(Table, tablename="fund_schedule"):
    """When one fund is paid, where it differs from its council's usual way; the newest row counts.

    `weeks` in one payment, or null for monthly; `advance_days` before the first of its days.
    """

    id = UUID(primary_key=True, default=UUID4())
    fund_id = ForeignKey(Fund, null=False, default=None, on_delete=RESTRICT)
    weeks = Integer(default=None, null=True)
    advance_days = Integer(default=None)
    because = Text(default="")
    set_by = ForeignKey(AppUser, null=False, default=None, on_delete=RESTRICT)
    set_at = Timestamptz(default=TimestamptzNow())


class PaymentIn(Table, tablename="payment_in"):
    """One proposal of a council's payments into funds. Two officers see it: who checked it never approves it."""

    id = UUID(primary_key=True, default=UUID4())
    reference = Varchar(length=12, unique=True, default=None)
    council_id = ForeignKey(Council, null=False, default=None, on_delete=RESTRICT)
    run_day = Date(default=None)
    state = Varchar(length=20, default="proposed")
    proposed_by = ForeignKey(AppUser, null=True, default=None, on_delete=RESTRICT)
    proposed_at = Timestamptz(default=TimestamptzNow())
    checked_by = ForeignKey(AppUser, null=True, default=None, on_delete=RESTRICT)
    checked_at = Timestamptz(default=None, null=True)
    approved_by = ForeignKey(AppUser, null=True, default=None, on_delete=RESTRICT)
    approved_at = Timestamptz(default=None, null=True)
    refused_by = ForeignKey(AppUser, null=True, default=None, on_delete=RESTRICT)
    refused_at = Timestamptz(default=None, null=True)
    because = Text(default="")
    paid_at = Timestamptz(default=None, null=True)


class PaymentInLine(Table, tablename="payment_in_line"):
    """What one fund gets for the days that it covers (half-open), with the figures that it came from.

    `part` is 0 for the cycle itself and counts on for more about the same cycle. `owed_pence` is what the council owes
    by the end of the days, `paid_before_pence` what was paid or was on its way, `even_pence` what the days alone come
    to. The `last_` columns are the fund's line before. `transfer` says whether money goes to a bank or stays.
    """

    id = UUID(primary_key=True, default=UUID4())
    payment_in_id = ForeignKey(PaymentIn, null=False, default=None, on_delete=RESTRICT)
    fund_id = ForeignKey(Fund, null=False, default=None, on_delete=RESTRICT)
    cycle_start = Date(default=None)
    part = Integer(default=0)
    covers_from = Date(default=None)
    covers_until = Date(default=None)
    amount_pence = BigInt(default=None)
    owed_pence = BigInt(default=None)
    paid_before_pence = BigInt(default=None)
    even_pence = BigInt(default=None)
    weekly_pence = BigInt(default=None)
    last_amount_pence = BigInt(default=None, null=True)
    last_days = Integer(default=None, null=True)
    last_weekly_pence = BigInt(default=None, null=True)
    transfer = Varchar(length=10, default=None)
    state = Varchar(length=20, default="proposed")
    because = Text(default="")
    decided_by = ForeignKey(AppUser, null=True, default=None, on_delete=RESTRICT)
    decided_at = Timestamptz(default=None, null=True)
    journal_id = ForeignKey(Journal, null=True, default=None, on_delete=RESTRICT)
    paid_on = Date(default=None, null=True)
    created_at = Timestamptz(default=TimestamptzNow())


class ClientAccountDeclaration(Table, tablename="client_account_declaration"):
    """What a holder says was in its client account at the end of a day. Insert only: a later one corrects it."""

    id = UUID(primary_key=True, default=UUID4())
    organisation_id = ForeignKey(Organisation, null=False, default=None, on_delete=RESTRICT)
    day = Date(default=None)
    declared_pence = BigInt(default=None)
    note = Text(default="")
    declared_by = ForeignKey(AppUser, null=False, default=None, on_delete=RESTRICT)
    declared_at = Timestamptz(default=TimestamptzNow())


class ClientAccountPart(Table, tablename="client_account_part"):
    """How much of a declared balance is one fund's, where the holder can tell."""

    id = UUID(primary_key=True, default=UUID4())
    declaration_id = ForeignKey(ClientAccountDeclaration, null=False, default=None, on_delete=RESTRICT)
    fund_id = ForeignKey(Fund, null=False, default=None, on_delete=RESTRICT)
    declared_pence = BigInt(default=None)


class RingFenceCheck(Table, tablename="ring_fence_check"):
    """A declaration against the books of its day, as they were when it was checked. Insert only."""

    id = UUID(primary_key=True, default=UUID4())
    declaration_id = ForeignKey(ClientAccountDeclaration, null=False, default=None, on_delete=RESTRICT)
    declared_pence = BigInt(default=None)
    books_pence = BigInt(default=None)
    checked_at = Timestamptz(default=TimestamptzNow())


class RingFenceCheckFund(Table, tablename="ring_fence_check_fund"):
    """One fund in a check: what the books say lies there, and what was declared where it was. Insert only."""

    id = UUID(primary_key=True, default=UUID4())
    check_id = ForeignKey(RingFenceCheck, null=False, default=None, on_delete=RESTRICT)
    fund_id = ForeignKey(Fund, null=False, default=None, on_delete=RESTRICT)
    declared_pence = BigInt(default=None, null=True)
    books_pence = BigInt(default=None)


class SurplusWarning(Table, tablename="surplus_warning"):
    """Somebody was told that a fund's unused money will pass its limit, or has; one open row for each crossing."""

    id = UUID(primary_key=True, default=UUID4())
    fund_id = ForeignKey(Fund, null=False, default=None, on_delete=RESTRICT)
    passes_on = Date(default=None)
    limit_pence = BigInt(default=None)
    unspent_pence = BigInt(default=None)
    over_pence = BigInt(default=None)
    warned_at = Timestamptz(default=TimestamptzNow())
    ended_at = Timestamptz(default=None, null=True)
