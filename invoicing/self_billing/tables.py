"""Agreements about self-billing, and the series in which a payer numbers each supplier's invoices."""

from piccolo.columns import UUID, Date, ForeignKey, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.columns.defaults.uuid import UUID4
from piccolo.table import Table

from marketplace.identity.tables import AppUser, Organisation
from providers.tables import Provider

RESTRICT = OnDelete.restrict


class SelfBillingAgreement(Table, tablename="self_billing_agreement"):
    """A payer's offer to write a supplier's invoices, and the supplier's answer. Its words never change.

    In force on a day when it is accepted, has started, has not ended, and the supplier has the VAT number of the
    agreement on that day (empty: none). `ends_on` is the last day that was agreed; `ended_on` the first day after it
    was ended before that.
    """

    id = UUID(primary_key=True, default=UUID4())
    reference = Varchar(length=12, unique=True, default=None)
    payer_organisation_id = ForeignKey(Organisation, null=False, default=None, on_delete=RESTRICT)
    provider_id = ForeignKey(Provider, null=False, default=None, on_delete=RESTRICT)
    vat_number = Varchar(length=20, default="")
    starts_on = Date(default=None)
    ends_on = Date(default=None)
    terms = Text(default=None)
    state = Varchar(length=20, default="proposed")
    proposed_by = ForeignKey(AppUser, null=False, default=None, on_delete=RESTRICT)
    proposed_at = Timestamptz(default=TimestamptzNow())
    answered_by = ForeignKey(AppUser, null=True, default=None, on_delete=RESTRICT)
    answered_at = Timestamptz(default=None, null=True)
    ended_on = Date(default=None, null=True)
    ended_by = ForeignKey(AppUser, null=True, default=None, on_delete=RESTRICT)
    ended_because = Text(default="")


class SelfBillingSeries(Table, tablename="self_billing_series"):
    """What begins the numbers that a payer gives to a supplier's invoices; for ever."""

    id = UUID(primary_key=True, default=UUID4())
    payer_organisation_id = ForeignKey(Organisation, null=False, default=None, on_delete=RESTRICT)
    provider_id = ForeignKey(Provider, null=False, default=None, on_delete=RESTRICT)
    prefix = Varchar(length=25, unique=True, default=None)
