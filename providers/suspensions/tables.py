"""Which provider is stopped, by which council, from which moment, and how that came to its end."""

from piccolo.columns import UUID, ForeignKey, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.columns.defaults.uuid import UUID4
from piccolo.table import Table

from marketplace.identity.tables import Council
from providers.tables import Provider

RESTRICT = OnDelete.restrict


class Suspension(Table, tablename="suspension"):
    """A provider stopped by one council. While it is open or ended, nobody of any council can book there.

    `grounds` are the council's own; `contact` is who the provider and others can speak to.
    """

    id = UUID(primary_key=True, default=UUID4())
    provider_id = ForeignKey(Provider, null=False, default=None, on_delete=RESTRICT)
    council_id = ForeignKey(Council, null=False, default=None, on_delete=RESTRICT)
    state = Varchar(length=20, default="open")
    grounds = Text(default=None)
    contact = Varchar(length=300, default=None)
    starts_at = Timestamptz(default=TimestamptzNow())
    started_by = UUID(default=None)
    closed_at = Timestamptz(default=None, null=True)
    closed_by = UUID(default=None, null=True)
    closing_words = Text(default="")
