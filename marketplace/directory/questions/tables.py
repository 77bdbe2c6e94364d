"""What visitors ask about activities."""

from piccolo.columns import UUID, ForeignKey, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.columns.defaults.uuid import UUID4
from piccolo.table import Table

from providers.tables import Activity, Provider

RESTRICT = OnDelete.restrict


class ActivityQuestion(Table, tablename="activity_question"):
    """A question and its answer. The address goes to nobody, and is emptied when the answer is sent."""

    id = UUID(primary_key=True, default=UUID4())
    activity_id = ForeignKey(Activity, null=False, default=None, on_delete=RESTRICT)
    provider_id = ForeignKey(Provider, null=False, default=None, on_delete=RESTRICT)
    name = Varchar(length=100, default="")
    email = Varchar(length=320, default="")
    words = Text(default=None)
    asked_at = Timestamptz(default=TimestamptzNow())
    answer = Text(default="")
    answered_by = UUID(default=None, null=True)
    answered_at = Timestamptz(default=None, null=True)
