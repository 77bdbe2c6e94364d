"""Passwords, session cookies and API tokens: made, checked, and never kept in the clear."""

import hashlib
import secrets
from datetime import timedelta
from functools import lru_cache
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from marketplace.identity.access import Actor
from marketplace.identity.rules import Role
from marketplace.kernel import audit, clock, db
from marketplace.kernel.errors import DomainError, Invalid

SESSION_LASTS = timedelta(hours=12)
TRIES = 10
WINDOW = timedelta(minutes=15)

_hasher = PasswordHasher()


class TooManyTries(DomainError):
    """Sign-in was tried too often in a quarter of an hour, counted exactly over all processes."""

    status = 429
    code = "too_many_tries"

    def __init__(self) -> None:
        super().__init__("There were too many tries to sign in. Wait 15 minutes, then try again.")


def hash_token(token: str) -> str:
    """What the database keeps of a cookie or token."""
    return hashlib.sha256(token.encode()).hexdigest()


def hash_password(password: str) -> str:
    """Argon2id. Raises Invalid when it is shorter than 12 characters."""
    if len(password) < 12:
        raise Invalid({"password": "Enter a password of 12 characters or more"})
    return _hasher.hash(password)


@lru_cache(maxsize=1)
def _decoy() -> str:
    return _hasher.hash(secrets.token_hex(16))


def password_matches(kept: str | None, password: str) -> bool:
    """Whether it is the password; as slow for an unknown user as for a known one."""
    try:
        _hasher.verify(kept or _decoy(), password)
    except (VerificationError, InvalidHashError):
        return False
    return kept is not None


async def count_try(key: str) -> int:
    """Count one try in the current quarter of an hour, exactly over all processes; answers how many there were."""
    now = clock.now()
    window = now - timedelta(seconds=now.timestamp() % WINDOW.total_seconds())
    spent = await db.fetch_value(
        "INSERT INTO spent_attempt AS s (key, window_starts, spent) VALUES ($1, $2, 1)"
        " ON CONFLICT (key, window_starts) DO UPDATE SET spent = s.spent + 1 RETURNING spent",
        key,
        window,
    )
    return int(spent)


async def spend_try(key: str) -> None:
    """Count one try in the current window. Raises TooManyTries past the limit."""
    if await count_try(key) > TRIES:
        raise TooManyTries


async def sign_in(email: str, password: str) -> str:
    """Check e-mail and password and begin a session; answers the cookie's value, new at every sign-in.

    Raises Invalid (the same words whichever part was wrong) and TooManyTries.
    """
    await spend_try("sign-in:" + email.strip().lower()[:140])
    user = await db.fetch_one(
        "SELECT id, password_hash FROM app_user WHERE lower(email) = lower($1) AND active", email.strip()
    )
    if not password_matches(user["password_hash"] if user else None, password) or user is None:
        raise Invalid({"email": "The e-mail or password is not right. Check both and try again"})
    return await begin_session(user["id"])


async def begin_session(user_id: UUID, acting_for: UUID | None = None) -> str:
    """A new session for a user, acting for that organisation, else for the first in which they have a role."""
    token = secrets.token_urlsafe(32)
    now = clock.now()
    async with db.unit_of_work():
        organisation = await db.fetch_value(
            "SELECT organisation_id FROM role_grant WHERE user_id = $1 AND starts_on <= $2"
            " AND (ends_on IS NULL OR ends_on > $2)"
            " ORDER BY organisation_id = $3 DESC NULLS LAST, organisation_id IS NULL, starts_on, id LIMIT 1",
            user_id,
            clock.today(),
            acting_for,
        )
        await db.execute(
            "INSERT INTO login_session (token_hash, user_id, organisation_id, created_at, last_seen_at, expires_at)"
            " VALUES ($1, $2, $3, $4, $4, $5)",
            hash_token(token),
            user_id,
            organisation,
            now,
            now + SESSION_LASTS,
        )
        who = Actor(user_id, organisation, frozenset())
        await audit.record(who, "user.signed_in", "app_user", user_id)
    return token


async def sign_out(token: str) -> None:
    """End the session; unknown tokens are ignored."""
    await db.execute("DELETE FROM login_session WHERE token_hash = $1", hash_token(token))


_ROLES = """
    ARRAY(SELECT g.role FROM role_grant g WHERE g.user_id = u.id
           AND (g.organisation_id IS NULL OR g.organisation_id = k.organisation_id)
           AND g.starts_on <= $2 AND (g.ends_on IS NULL OR g.ends_on > $2))::text[] AS roles
"""
_BY_SESSION = f"""
    SELECT u.id, u.name, k.organisation_id, o.name AS organisation_name, k.flash, k.chosen_person, {_ROLES}
      FROM login_session k JOIN app_user u ON u.id = k.user_id LEFT JOIN organisation o ON o.id = k.organisation_id
     WHERE k.token_hash = $1 AND u.active AND k.expires_at > $3
"""  # noqa: S608
_BY_TOKEN = f"""
    SELECT u.id, u.name, k.organisation_id, o.name AS organisation_name, '' AS flash, NULL AS chosen_person, {_ROLES}
      FROM api_token k JOIN app_user u ON u.id = k.user_id LEFT JOIN organisation o ON o.id = k.organisation_id
     WHERE k.token_hash = $1 AND u.active AND k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > $3)
"""  # noqa: S608

_BY_USER = f"""
    SELECT u.id, u.name, k.organisation_id, o.name AS organisation_name, {_ROLES}
      FROM app_user u CROSS JOIN (SELECT $3::uuid AS organisation_id) k
      LEFT JOIN organisation o ON o.id = k.organisation_id
     WHERE u.id = $1 AND u.active
"""  # noqa: S608


def _actor(row: db.Row) -> Actor:
    return Actor(
        user_id=row["id"],
        organisation_id=row["organisation_id"],
        roles=frozenset(Role(role) for role in row["roles"]),
        name=row["name"],
        organisation_name=row["organisation_name"] or "",
    )


async def actor_of_session(token: str) -> tuple[Actor, str, UUID | None] | None:
    """The actor behind a cookie, the words to show once, and the person chosen; None for an unknown or expired one."""
    row = await db.fetch_one(_BY_SESSION, hash_token(token), clock.today(), clock.now())
    return None if row is None else (_actor(row), row["flash"], row["chosen_person"])


async def actor_of_token(token: str) -> Actor | None:
    """The actor behind a bearer token; None when it is unknown, expired or revoked."""
    row = await db.fetch_one(_BY_TOKEN, hash_token(token), clock.today(), clock.now())
    return None if row is None else _actor(row)


async def actor_of_user(user_id: UUID, organisation_id: UUID | None) -> Actor | None:
    """A user acting for an organisation, or for themselves, with the roles of today; None when they may not sign in.

    For what a user left to be done or read in their name; a visitor is found by `actor_of_session`.
    """
    row = await db.fetch_one(_BY_USER, user_id, clock.today(), organisation_id)
    return None if row is None else _actor(row)


async def create_token(email: str, name: str) -> str:
    """An API token for a user, shown once. Raises Invalid when there is no such user."""
    user = await db.fetch_one("SELECT id FROM app_user WHERE lower(email) = lower($1) AND active", email)
    if user is None:
        raise Invalid({"email": f"There is no user with the e-mail {email}"})
    token = "fd_" + secrets.token_urlsafe(32)
    async with db.unit_of_work():
        organisation = await db.fetch_value(
            "SELECT organisation_id FROM role_grant WHERE user_id = $1 AND organisation_id IS NOT NULL"
            " ORDER BY starts_on, id LIMIT 1",
            user["id"],
        )
        token_id = await db.fetch_value(
            "INSERT INTO api_token (id, user_id, organisation_id, name, token_hash)"
            " VALUES (gen_random_uuid(), $1, $2, $3, $4) RETURNING id",
            user["id"],
            organisation,
            name,
            hash_token(token),
        )
        await audit.record(audit.SYSTEM, "token.created", "api_token", token_id, after={"user": user["id"]})
    return token
