"""What is searched: narrow copies kept true by the database (see the SQL beside the migrations). Nobody writes them.

`places_left` is not here: it changes with every booking and is read live for the rows of a page.
"""

from piccolo.columns import UUID, Array, BigInt, Date, ForeignKey, SmallInt, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.columns.defaults.uuid import UUID4
from piccolo.table import Table

from providers.tables import Activity


class Listing(Table, tablename="listing"):
    """A published activity as it is searched.

    Two columns that Piccolo has no words for come with the SQL: `words` (tsvector) and `place` (point, British
    National Grid metres; null where no place is known).
    """

    activity_id = UUID(primary_key=True, default=None)
    provider_id = UUID(default=None)
    title = Varchar(length=200, default=None)
    category = Varchar(length=40, default=None)
    outcomes = Array(base_column=Varchar(length=40), default=list)
    access_features = Array(base_column=Varchar(length=40), default=list)
    support_ratio = Varchar(length=10, default=None)
    routes_accepted = Array(base_column=Varchar(length=20), default=list)
    town = Varchar(length=100, default="")


class SearchSession(Table, tablename="search_session"):
    """A scheduled activity session as it is searched. Weekday (Monday is 0) and minute of the day are London's."""

    session_id = UUID(primary_key=True, default=None)
    activity_id = UUID(default=None)
    starts_at = Timestamptz(default=None)
    service_on = Date(default=None)
    weekday = SmallInt(default=None)
    minute = SmallInt(default=None)
    price_pence = BigInt(default=None, null=True)


class SearchWord(Table, tablename="search_word"):
    """A word that stands in some listing; the small vocabulary that “did you mean” looks in."""

    word = Varchar(length=40, primary_key=True, default=None)


class PublishedFact(Table, tablename="published_fact"):
    """Something a publisher says about an imported activity that has no column of ours, in the publisher's words."""

    id = UUID(primary_key=True, default=UUID4())
    activity_id = ForeignKey(Activity, null=False, default=None, on_delete=OnDelete.cascade)
    position = SmallInt(default=None)
    label = Varchar(length=60, default=None)
    text = Text(default=None)
