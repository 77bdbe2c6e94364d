"""What is known of sellers' accounts at Stripe."""

from piccolo.columns import JSONB, BigInt, Boolean, Date, ForeignKey, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.table import Table

from providers.tables import Provider


class ConnectedAccount(Table, tablename="connected_account"):
    """A seller's account at Stripe, as Stripe told it last; no money of ours is ever in it (`rules.md` 4).

    `due` and `checking` are Stripe's names of what it asks for. Without `asked_at` an operator named the account, and
    Stripe was not asked yet. `left_at`: the seller took this site's access back.
    """

    id = Varchar(length=60, primary_key=True, default=None)
    provider_id = ForeignKey(Provider, null=False, default=None, on_delete=OnDelete.restrict)
    charges_enabled = Boolean(default=False)
    payouts_enabled = Boolean(default=False)
    details_submitted = Boolean(default=False)
    due = JSONB(default="[]")
    checking = JSONB(default="[]")
    disabled_reason = Varchar(length=80, default="")
    due_by = Timestamptz(default=None, null=True)
    asked_at = Timestamptz(default=None, null=True)
    left_at = Timestamptz(default=None, null=True)
    created_at = Timestamptz(default=TimestamptzNow())


class PayoutFailure(Table, tablename="payout_failure"):
    """A payment from Stripe to a seller's bank that came back, by Stripe's name of it; no other payout is kept.

    `reason` is Stripe's code. `mended_at`: a later payout has arrived.
    """

    id = Varchar(length=120, primary_key=True, default=None)
    connected_account = ForeignKey(ConnectedAccount, null=False, default=None, on_delete=OnDelete.restrict)
    amount_pence = BigInt(default=None)
    reason = Varchar(length=80, default="")
    was_to_arrive_on = Date(default=None)
    found_at = Timestamptz(default=TimestamptzNow())
    mended_at = Timestamptz(default=None, null=True)
