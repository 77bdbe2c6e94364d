"""Addresses of calendars, known only by their hash."""

from piccolo.columns import UUID, ForeignKey, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.columns.defaults.uuid import UUID4
from piccolo.table import Table

from isf.tables import Person
from marketplace.identity.tables import AppUser, Organisation
from providers.tables import Provider, Venue

RESTRICT = OnDelete.restrict


class CalendarFeed(Table, tablename="calendar_feed"):
    """One calendar of one user, acting for an organisation or for themselves; what it shows is asked at each reading.

    `token_hash` changes when the address is renewed; a stopped feed keeps its row and answers nothing any more.
    """

    id = UUID(primary_key=True, default=UUID4())
    user_id = ForeignKey(AppUser, null=False, default=None, on_delete=RESTRICT)
    organisation_id = ForeignKey(Organisation, null=True, default=None, on_delete=RESTRICT)
    kind = Varchar(length=10, default=None)
    person_id = ForeignKey(Person, null=True, default=None, on_delete=RESTRICT)
    provider_id = ForeignKey(Provider, null=True, default=None, on_delete=RESTRICT)
    venue_id = ForeignKey(Venue, null=True, default=None, on_delete=RESTRICT)
    name = Varchar(length=100, default=None)
    token_hash = Varchar(length=64, unique=True, default=None)
    created_at = Timestamptz(default=TimestamptzNow())
    renewed_at = Timestamptz(default=None, null=True)
    stopped_at = Timestamptz(default=None, null=True)
    last_used_at = Timestamptz(default=None, null=True)
