"""Who there is: councils, organisations, users, what they may do, and for whom."""

from piccolo.columns import UUID, Array, Boolean, Date, ForeignKey, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.columns.defaults.uuid import UUID4
from piccolo.table import Table


class Organisation(Table, tablename="organisation"):
    """A body that acts or is paid: a council, a seller, an ISF holder."""

    id = UUID(primary_key=True, default=UUID4())
    name = Varchar(length=200, default=None)
    email = Varchar(length=320, default="")
    address = Text(default="")
    demonstration = Boolean(default=False)
    created_at = Timestamptz(default=TimestamptzNow())


class Council(Table, tablename="council"):
    """A council with adult social care duties; its key is its organisation's."""

    id = UUID(primary_key=True, default=None)
    slug = Varchar(length=60, unique=True, default=None)


class AppUser(Table, tablename="app_user"):
    """Somebody who can sign in."""

    id = UUID(primary_key=True, default=UUID4())
    email = Varchar(length=320, default=None)
    name = Varchar(length=200, default=None)
    password_hash = Text(default=None, null=True)
    active = Boolean(default=True)
    demonstration = Boolean(default=False)
    created_at = Timestamptz(default=TimestamptzNow())


class RoleGrant(Table, tablename="role_grant"):
    """A role that a user has, for an organisation or, without one, for themselves."""

    id = UUID(primary_key=True, default=UUID4())
    user_id = ForeignKey(AppUser, null=False, default=None, on_delete=OnDelete.restrict)
    organisation_id = ForeignKey(Organisation, null=True, default=None, on_delete=OnDelete.restrict)
    role = Varchar(length=40, default=None)
    starts_on = Date(default=None)
    ends_on = Date(default=None, null=True)


class Authority(Table, tablename="authority"):
    """What a user, or everybody in an organisation, may do for one person, from when to when.

    `ends_on` is the first day without authority (half-open). `person_id` belongs to `isf`, whose migration ties it.
    """

    id = UUID(primary_key=True, default=UUID4())
    person_id = UUID(default=None, index=True)
    user_id = ForeignKey(AppUser, null=True, default=None, on_delete=OnDelete.restrict)
    organisation_id = ForeignKey(Organisation, null=True, default=None, on_delete=OnDelete.restrict)
    kind = Varchar(length=40, default=None)
    scopes = Array(base_column=Varchar(length=10), default=list)
    starts_on = Date(default=None)
    ends_on = Date(default=None, null=True)
    evidence = Text(default="")
    evidence_file = UUID(default=None, null=True)
    capacity_decided_by = Varchar(length=200, default="")
    capacity_decided_on = Date(default=None, null=True)
    created_by = UUID(default=None, null=True)
    created_at = Timestamptz(default=TimestamptzNow())
    changed_by = UUID(default=None, null=True)
    changed_at = Timestamptz(default=None, null=True)
    changed_because = Text(default="")


class AuthorityChange(Table, tablename="authority_change"):
    """What an authority said before it was changed, and when that was: written by the database, insert only.

    With it, "who could do what on that day" is answered as it was true then, whatever was changed afterwards.
    """

    id = UUID(primary_key=True, default=UUID4())
    authority_id = ForeignKey(Authority, null=False, default=None, on_delete=OnDelete.restrict)
    ends_on_before = Date(default=None, null=True)
    ends_on_after = Date(default=None, null=True)
    changed_by = UUID(default=None, null=True)
    because = Text(default="")
    changed_at = Timestamptz(default=TimestamptzNow())


class Invitation(Table, tablename="invitation"):
    """A link sent to somebody that gives them a role, once and for a while. Only a hash of the link is kept."""

    id = UUID(primary_key=True, default=UUID4())
    organisation_id = ForeignKey(Organisation, null=False, default=None, on_delete=OnDelete.restrict)
    email = Varchar(length=320, default=None)
    name = Varchar(length=200, default=None)
    role = Varchar(length=40, default=None)
    token_hash = Varchar(length=64, unique=True, default=None)
    invited_by = ForeignKey(AppUser, null=False, default=None, on_delete=OnDelete.restrict)
    created_at = Timestamptz(default=TimestamptzNow())
    expires_at = Timestamptz(default=None)
    accepted_at = Timestamptz(default=None, null=True)
    accepted_by = UUID(default=None, null=True)
    withdrawn_at = Timestamptz(default=None, null=True)


class LoginSession(Table, tablename="login_session"):
    """A signed-in browser. Only a hash of its cookie is kept, so that a copy of this table opens nothing."""

    token_hash = Varchar(length=64, primary_key=True, default=None)
    user_id = ForeignKey(AppUser, null=False, default=None, on_delete=OnDelete.cascade)
    organisation_id = ForeignKey(Organisation, null=True, default=None, on_delete=OnDelete.cascade)
    chosen_person = UUID(default=None, null=True)
    flash = Text(default="")
    created_at = Timestamptz(default=TimestamptzNow())
    last_seen_at = Timestamptz(default=TimestamptzNow())
    expires_at = Timestamptz(default=None)


class ApiToken(Table, tablename="api_token"):
    """A key for programs; shown once, kept as a hash."""

    id = UUID(primary_key=True, default=UUID4())
    user_id = ForeignKey(AppUser, null=False, default=None, on_delete=OnDelete.cascade)
    organisation_id = ForeignKey(Organisation, null=True, default=None, on_delete=OnDelete.cascade)
    name = Varchar(length=100, default="")
    token_hash = Varchar(length=64, unique=True, default=None)
    created_at = Timestamptz(default=TimestamptzNow())
    expires_at = Timestamptz(default=None, null=True)
    revoked_at = Timestamptz(default=None, null=True)
