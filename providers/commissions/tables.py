"""What a lot asks, what an applicant answers, how the council judges it, and every word that was said."""

from piccolo.columns import UUID, Boolean, ForeignKey, Integer, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.columns.defaults.uuid import UUID4
from piccolo.table import Table

from marketplace.kernel.tables import StoredFile
from providers.tables import Commission, Lot

RESTRICT = OnDelete.restrict


class LotQuestion(Table, tablename="lot_question"):
    """Something that a lot asks: an answer in words, or a file. One that is not asked any more keeps its answers."""

    id = UUID(primary_key=True, default=UUID4())
    lot_id = ForeignKey(Lot, null=False, default=None, on_delete=RESTRICT)
    position = Integer(default=None)
    kind = Varchar(length=10, default=None)
    words = Varchar(length=300, default=None)
    needed = Boolean(default=True)
    asked = Boolean(default=True)


class LotCriterion(Table, tablename="lot_criterion"):
    """What applications to a lot are judged by, from 0 to 5; below `least_score` nobody is approved."""

    id = UUID(primary_key=True, default=UUID4())
    lot_id = ForeignKey(Lot, null=False, default=None, on_delete=RESTRICT)
    position = Integer(default=None)
    words = Varchar(length=300, default=None)
    least_score = Integer(default=0)
    used = Boolean(default=True)


class CommissionAnswer(Table, tablename="commission_answer"):
    """What an applicant answers to one question: words, or a file about their organisation."""

    id = UUID(primary_key=True, default=UUID4())
    commission_id = ForeignKey(Commission, null=False, default=None, on_delete=RESTRICT)
    question_id = ForeignKey(LotQuestion, null=False, default=None, on_delete=RESTRICT)
    words = Text(default="")
    file_id = ForeignKey(StoredFile, null=True, default=None, on_delete=RESTRICT)
    answered_at = Timestamptz(default=TimestamptzNow())


class CommissionScore(Table, tablename="commission_score"):
    """How an application meets one criterion, from 0 to 5, and why."""

    id = UUID(primary_key=True, default=UUID4())
    commission_id = ForeignKey(Commission, null=False, default=None, on_delete=RESTRICT)
    criterion_id = ForeignKey(LotCriterion, null=False, default=None, on_delete=RESTRICT)
    score = Integer(default=None)
    note = Text(default="")
    scored_by = UUID(default=None, null=True)
    scored_at = Timestamptz(default=TimestamptzNow())


class CommissionWord(Table, tablename="commission_word"):
    """One thing that was said about an application, by the applicant or the council; insert only."""

    id = UUID(primary_key=True, default=UUID4())
    commission_id = ForeignKey(Commission, null=False, default=None, on_delete=RESTRICT)
    kind = Varchar(length=20, default=None)
    words = Text(default="")
    said_by = UUID(default=None, null=True)
    said_at = Timestamptz(default=TimestamptzNow())
