"""Inviting, joining and ending a role. Whether somebody may invite is asked by the room that calls this."""

import secrets
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from marketplace.identity.access import Actor
from marketplace.identity.commands import create_user, grant_role
from marketplace.identity.credentials import hash_password, hash_token, password_matches, spend_try
from marketplace.identity.rules import PROVIDER_ROLES, Role
from marketplace.kernel import audit, clock, db
from marketplace.kernel.errors import Conflict, Invalid, NotFound, StateConflict
from marketplace.kernel.ids import new_id
from marketplace.kernel.outbox import enqueue_mail
from marketplace.kernel.settings import settings

LASTS: Final = timedelta(days=7)


class InvitationOver(StateConflict):
    """The link was used, was taken back, or is too old."""

    code = "invitation_over"

    def __init__(self) -> None:
        super().__init__(
            "You cannot use this link, because it was used already or is too old. "
            "You can ask whoever invited you for a new one."
        )


class LastManager(Conflict):
    """Nobody would be left who can manage the organisation."""

    code = "last_manager"

    def __init__(self) -> None:
        super().__init__(
            "You cannot end this, because nobody else manages the organisation. "
            "You can make somebody else a manager first."
        )


async def invite(who: Actor, organisation_id: UUID, email: str, name: str, role: Role) -> UUID:
    """Send somebody a link that lets them in once, within seven days; an earlier one to them is taken back.

    Raises Invalid.
    """
    wrong = {}
    if "@" not in email or len(email) > 320:
        wrong["email"] = "Enter an e-mail address, like name@example.com"
    if not name.strip() or len(name) > 200:
        wrong["name"] = "Enter the person’s name"
    if role not in PROVIDER_ROLES:
        wrong["role"] = "Choose what they may do"
    if wrong:
        raise Invalid(wrong)
    token, invitation_id = secrets.token_urlsafe(32), new_id()
    async with db.unit_of_work():
        await _lock(organisation_id)
        if await db.fetch_value(
            "SELECT EXISTS (SELECT 1 FROM role_grant g JOIN app_user u ON u.id = g.user_id"
            " WHERE g.organisation_id = $1 AND g.role = $2 AND lower(u.email) = lower($3)"
            " AND (g.ends_on IS NULL OR g.ends_on > $4))",
            organisation_id,
            str(role),
            email.strip(),
            clock.today(),
        ):
            raise Invalid({"email": "This person has this role already"})
        await db.execute(
            "UPDATE invitation SET withdrawn_at = $3 WHERE organisation_id = $1 AND lower(email) = lower($2)"
            " AND accepted_at IS NULL AND withdrawn_at IS NULL",
            organisation_id,
            email.strip(),
            clock.now(),
        )
        await db.execute(
            "INSERT INTO invitation (id, organisation_id, email, name, role, token_hash, invited_by, created_at,"
            " expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            invitation_id,
            organisation_id,
            email.strip(),
            name.strip(),
            str(role),
            hash_token(token),
            who.user_id,
            clock.now(),
            clock.now() + LASTS,
        )
        await audit.record(
            who,
            "invitation.sent",
            "invitation",
            invitation_id,
            after={"organisation": organisation_id, "role": role},
        )
        organisation = await db.fetch_value("SELECT name FROM organisation WHERE id = $1", organisation_id)
        await enqueue_mail(
            email.strip(),
            f"{organisation} invites you",
            f"{name.strip()}, {organisation} invites you to work with it on Fairday.\n\n"
            f"Open this link within {LASTS.days} days. It works once:\n{settings().base_url}/join/{token}\n",
        )
    return invitation_id


async def invitation_by(token: str) -> db.Row:
    """What a link invites to: the organisation, the e-mail, whether it signs in here already. Raises InvitationOver."""
    row = await db.fetch_one(
        "SELECT i.id, i.email, i.name, i.role, i.organisation_id, o.name AS organisation,"
        " EXISTS (SELECT 1 FROM app_user u WHERE lower(u.email) = lower(i.email) AND u.password_hash IS NOT NULL)"
        "   AS known FROM invitation i JOIN organisation o ON o.id = i.organisation_id"
        " WHERE i.token_hash = $1 AND i.accepted_at IS NULL AND i.withdrawn_at IS NULL AND i.expires_at > $2",
        hash_token(token),
        clock.now(),
    )
    if row is None:
        raise InvitationOver
    return row


async def join(token: str, password: str) -> UUID:
    """Use a link: set a password, or give the one that is known here already; answers the user's id.

    The link is spent by the first who uses it. Raises InvitationOver, Invalid or TooManyTries.
    """
    invitation = await invitation_by(token)
    if invitation["known"]:
        await spend_try("join:" + invitation["email"].lower()[:140])
    async with db.unit_of_work():
        spent = await db.fetch_value(
            "UPDATE invitation SET accepted_at = $2 WHERE id = $1 AND accepted_at IS NULL AND withdrawn_at IS NULL"
            " RETURNING id",
            invitation["id"],
            clock.now(),
        )
        if spent is None:
            raise InvitationOver
        user_id = await _user(invitation, password)
        who = Actor(user_id, invitation["organisation_id"], frozenset())
        await grant_role(who, user_id, Role(invitation["role"]), invitation["organisation_id"])
        await db.execute("UPDATE invitation SET accepted_by = $2 WHERE id = $1", invitation["id"], user_id)
        await audit.record(who, "invitation.accepted", "invitation", invitation["id"])
    return user_id


async def _user(invitation: db.Row, password: str) -> UUID:
    found = await db.fetch_one(
        "SELECT id, password_hash, active FROM app_user WHERE lower(email) = lower($1)", invitation["email"]
    )
    if found is None:
        return await create_user(audit.SYSTEM, invitation["email"], invitation["name"], password)
    user_id: UUID = found["id"]
    if found["active"] and found["password_hash"] is None:
        # The link came by their own mailbox: it is what a new password would be set by, too.
        await db.execute(
            "UPDATE app_user SET password_hash = $2 WHERE id = $1", user_id, hash_password(password)
        )
        return user_id
    if not found["active"] or not password_matches(found["password_hash"], password):
        raise Invalid({"password": "This is not the password with which you sign in here. Try again"})
    return user_id


async def withdraw_invitation(who: Actor, organisation_id: UUID, invitation_id: UUID) -> None:
    """Take an invitation back; its link opens nothing any more. Raises NotFound or StateConflict."""
    async with db.unit_of_work():
        row = await db.fetch_one(
            "SELECT accepted_at, withdrawn_at FROM invitation WHERE id = $1 AND organisation_id = $2 FOR UPDATE",
            invitation_id,
            organisation_id,
        )
        if row is None:
            raise NotFound
        if row["accepted_at"] or row["withdrawn_at"]:
            raise StateConflict("This invitation was used or taken back already.")
        await db.execute("UPDATE invitation SET withdrawn_at = $2 WHERE id = $1", invitation_id, clock.now())
        await audit.record(who, "invitation.withdrawn", "invitation", invitation_id)


async def end_role(who: Actor, organisation_id: UUID, grant_id: UUID, ends_on: date) -> None:
    """End a role in the organisation; `ends_on` is the first day without it, today or later.

    Raises NotFound, Invalid, StateConflict (it has ended) or LastManager.
    """
    if ends_on < clock.today():
        raise Invalid({"ends_on": "Enter today or a later day"})
    async with db.unit_of_work():
        # Two managers who end each other see each other.
        await _lock(organisation_id)
        row = await db.fetch_one(
            "SELECT id, user_id, role, starts_on, ends_on FROM role_grant WHERE id = $1 AND organisation_id = $2"
            " FOR UPDATE",
            grant_id,
            organisation_id,
        )
        if row is None or row["role"] not in PROVIDER_ROLES:
            raise NotFound
        if row["ends_on"] is not None and row["ends_on"] <= clock.today():
            raise StateConflict("This role has ended already.")
        if row["role"] == Role.PROVIDER_MANAGER and not await db.fetch_value(
            "SELECT EXISTS (SELECT 1 FROM role_grant g JOIN app_user u ON u.id = g.user_id AND u.active"
            " WHERE g.organisation_id = $1 AND g.role = $2 AND g.id <> $3 AND g.user_id <> $4 AND g.ends_on IS NULL)",
            organisation_id,
            str(Role.PROVIDER_MANAGER),
            grant_id,
            row["user_id"],
        ):
            raise LastManager
        await db.execute(
            "UPDATE role_grant SET ends_on = $2 WHERE id = $1", grant_id, max(ends_on, row["starts_on"])
        )
        await audit.record(
            who,
            "role.ended",
            "app_user",
            row["user_id"],
            before={"ends_on": row["ends_on"]},
            after={"role": row["role"], "organisation": organisation_id, "ends_on": ends_on},
        )


async def people_of(organisation_id: UUID) -> tuple[list[db.Row], list[db.Row]]:
    """Who has a role in the organisation today or later, and whom it has invited; asks for no permission."""
    people = await db.fetch_all(
        "SELECT g.id, g.user_id, u.name, u.email, g.role, g.starts_on, g.ends_on FROM role_grant g"
        " JOIN app_user u ON u.id = g.user_id WHERE g.organisation_id = $1 AND (g.ends_on IS NULL OR g.ends_on > $2)"
        " AND g.role = ANY ($3) ORDER BY g.role, u.name, g.id",
        organisation_id,
        clock.today(),
        [str(role) for role in PROVIDER_ROLES],
    )
    invited = await db.fetch_all(
        "SELECT id, name, email, role, expires_at FROM invitation WHERE organisation_id = $1 AND accepted_at IS NULL"
        " AND withdrawn_at IS NULL AND expires_at > $2 ORDER BY created_at, id",
        organisation_id,
        clock.now(),
    )
    return people, invited


async def _lock(organisation_id: UUID) -> None:
    await db.execute("SELECT 1 FROM organisation WHERE id = $1 FOR NO KEY UPDATE", organisation_id)
