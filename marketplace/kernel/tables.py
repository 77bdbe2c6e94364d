"""Tables of the ground floor: what happened, what must leave, what ran, what was already answered."""

from piccolo.columns import JSONB, UUID, BigInt, Boolean, Integer, Text, Timestamptz, Varchar
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.columns.defaults.uuid import UUID4
from piccolo.table import Table


class AuditRecord(Table, tablename="audit_record"):
    """One thing that somebody did; insert only."""

    at = Timestamptz(default=TimestamptzNow(), index=True)
    actor_user = UUID(default=None, null=True)
    actor_organisation = UUID(default=None, null=True)
    action = Varchar(length=80, default=None)
    subject_type = Varchar(length=40, default=None)
    subject_id = UUID(default=None, null=True, index=True)
    before = JSONB(default=None, null=True)
    after = JSONB(default=None, null=True)
    because = Text(default="")


class OutboxMessage(Table, tablename="outbox_message"):
    """Something that must leave the house: written with the change, sent after it."""

    id = UUID(primary_key=True, default=UUID4())
    topic = Varchar(length=40, default=None)
    recipient = Varchar(length=320, default=None)
    subject = Varchar(length=200, default="")
    body = Text(default="")
    event = JSONB(default=None, null=True)
    document = JSONB(default=None, null=True)
    created_at = Timestamptz(default=TimestamptzNow())
    not_before = Timestamptz(default=TimestamptzNow())
    attempts = Integer(default=0)
    delivered_at = Timestamptz(default=None, null=True)
    last_error = Text(default="")


class JobRun(Table, tablename="job_run"):
    """One slot of one job: whoever inserts it runs it."""

    job = Varchar(length=60, default=None)
    slot = Varchar(length=60, default=None)
    started_at = Timestamptz(default=TimestamptzNow())
    finished_at = Timestamptz(default=None, null=True)
    succeeded = Boolean(default=None, null=True)
    detail = Text(default="")


class IdempotencyRecord(Table, tablename="idempotency_record"):
    """A request that was answered: the same key gets the same answer."""

    owner = UUID(default=None)
    key = Varchar(length=200, default=None)
    fingerprint = Varchar(length=64, default=None)
    status = Integer(default=None)
    body = Text(default=None)
    created_at = Timestamptz(default=TimestamptzNow(), index=True)


class Counter(Table, tablename="counter"):
    """The last number given in a sequence without gaps."""

    scope = Varchar(length=120, primary_key=True, default=None)
    last = BigInt(default=0)


class SpentAttempt(Table, tablename="spent_attempt"):
    """How often something was tried in a window of time: exact over all processes."""

    key = Varchar(length=160, default=None)
    window_starts = Timestamptz(default=None)
    spent = Integer(default=0)


class StoredFile(Table, tablename="stored_file"):
    """Evidence about a person or an organisation; its bytes lie outside the web root (`marketplace.kernel.files`).

    One of the two is set. `person_id` belongs to `isf` and `organisation_id` to `identity`, whose migrations tie them.
    """

    id = UUID(primary_key=True, default=UUID4())
    person_id = UUID(default=None, null=True, index=True)
    organisation_id = UUID(default=None, null=True, index=True)
    purpose = Varchar(length=60, default=None)
    name = Varchar(length=100, default=None)
    kind = Varchar(length=40, default=None)
    size_bytes = BigInt(default=None)
    sha256 = Varchar(length=64, default=None)
    kept_by = UUID(default=None, null=True)
    kept_at = Timestamptz(default=TimestamptzNow())
