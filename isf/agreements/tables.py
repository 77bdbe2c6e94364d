"""What was agreed about a fund, who signed what, the fees taken, and how a fund ended."""

from piccolo.columns import (
    JSONB,
    UUID,
    BigInt,
    Boolean,
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

from isf.tables import Fund

RESTRICT = OnDelete.restrict


class Agreement(Table, tablename="agreement"):
    """One version of what person, council and holder agree about a fund (`rules.md` 4, 8; rows I2, I3, F7).

    `kind` is the fund's route: `isf` or `direct_payment`. Half-open dates; null as the end: as long as the fund runs.
    The fee is a part of what is paid in (`percent`, basis points) or fixed a week or a month (net pence); its VAT
    comes on top, and the fund pays the gross. The surplus limit: `surplus_times` the weekly amount may be kept, and
    more than that for no longer than `surplus_weeks`. `edit` counts changes of the terms: a signature belongs to one.
    `document` is what everybody reads, frozen when it is offered. Of a bank account only the last four digits.
    """

    id = UUID(primary_key=True, default=UUID4())
    fund_id = ForeignKey(Fund, null=False, default=None, on_delete=RESTRICT)
    person_id = UUID(default=None)
    council_id = UUID(default=None)
    kind = Varchar(length=20, default=None)
    version = Integer(default=None)
    state = Varchar(length=20, default="draft")
    edit = Integer(default=1)
    fee_kind = Varchar(length=10, default="none")
    fee_basis_points = Integer(default=0)
    fee_pence = BigInt(default=0)
    fee_vat_basis_points = Integer(default=0)
    payment_weeks = Integer(default=4)
    surplus_times = Integer(default=8)
    surplus_weeks = Integer(default=4)
    notice_days = Integer(default=28)
    sells_too = Boolean(default=False)
    services = JSONB(default="[]")
    exit_words = Text(default="")
    bank_name = Varchar(length=60, default="")
    account_last_four = Varchar(length=4, default="")
    document = JSONB(default=None, null=True)
    starts_on = Date(default=None)
    ends_on = Date(default=None, null=True)
    drafted_by = UUID(default=None, null=True)
    created_at = Timestamptz(default=TimestamptzNow())
    offered_at = Timestamptz(default=None, null=True)
    signed_at = Timestamptz(default=None, null=True)


class AgreementSignature(Table, tablename="agreement_signature"):
    """Somebody signed one edit of an agreement for one party; insert only.

    `words` is exactly what was shown to them (`shown_as`: full or easy), with its SHA-256 in hexadecimal.
    """

    id = UUID(primary_key=True, default=UUID4())
    agreement_id = ForeignKey(Agreement, null=False, default=None, on_delete=RESTRICT)
    edit = Integer(default=None)
    party = Varchar(length=10, default=None)
    user_id = UUID(default=None)
    name = Varchar(length=200, default=None)
    role = Varchar(length=300, default=None)
    words = Text(default=None)
    sha256 = Varchar(length=64, default=None)
    shown_as = Varchar(length=10, default="full")
    acknowledged = Boolean(default=False)
    signed_at = Timestamptz(default=None)


class HolderFee(Table, tablename="holder_fee"):
    """What a holder takes by an agreement for one period (half-open): net, VAT and gross in pence.

    `due` until there is enough money left in the fund; `base_pence` is what was paid in, where the fee is a part of it.
    """

    id = UUID(primary_key=True, default=UUID4())
    agreement_id = ForeignKey(Agreement, null=False, default=None, on_delete=RESTRICT)
    fund_id = ForeignKey(Fund, null=False, default=None, on_delete=RESTRICT)
    starts_on = Date(default=None)
    ends_on = Date(default=None)
    base_pence = BigInt(default=0)
    net_pence = BigInt(default=None)
    vat_pence = BigInt(default=None)
    gross_pence = BigInt(default=None)
    state = Varchar(length=20, default="due")
    words = Text(default="")
    made_at = Timestamptz(default=TimestamptzNow())
    settled_at = Timestamptz(default=None, null=True)


class FundExit(Table, tablename="fund_exit"):
    """The end of a fund: announced, wound up, completed (`rules.md` 18). `ends_on` is the first day without it.

    What is left goes to `to_fund_id`, or to the council when that is null. The amounts in pence are written when it
    is completed; money that comes in later is sent on the same way and added.
    """

    id = UUID(primary_key=True, default=UUID4())
    fund_id = ForeignKey(Fund, null=False, unique=True, default=None, on_delete=RESTRICT)
    person_id = UUID(default=None)
    council_id = UUID(default=None)
    to_fund_id = ForeignKey(Fund, null=True, default=None, on_delete=RESTRICT)
    state = Varchar(length=20, default="announced")
    reason = Varchar(length=20, default=None)
    because = Text(default="")
    announced_on = Date(default=None)
    ends_on = Date(default=None)
    notice_days = Integer(default=0)
    shorter_because = Text(default="")
    taken_back_pence = BigInt(default=0)
    top_up_back_pence = BigInt(default=0)
    contribution_back_pence = BigInt(default=0)
    early_pence = BigInt(default=0)
    left_pence = BigInt(default=0)
    announced_by = UUID(default=None, null=True)
    finished_by = UUID(default=None, null=True)
    announced_at = Timestamptz(default=TimestamptzNow())
    completed_at = Timestamptz(default=None, null=True)
