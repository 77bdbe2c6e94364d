"""Bank details for programs: the same queries and commands as the pages; whole numbers go in and never come out."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Router, get, post
from litestar.params import PathParameter

from invoicing.bank_details import commands, queries
from invoicing.bank_details.queries import Version
from invoicing.bank_details.rules import Call, Purpose, account_typed
from marketplace.identity.access import Actor
from marketplace.identity.rules import Permission

MANAGES = {"permission": Permission.BANK_DETAILS_MANAGE}

PurposeName = Annotated[
    Purpose, PathParameter(description="`into`: where you are paid; `from`: what you pay from")
]


class AccountIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Another account, and why."""

    account_name: str
    sort_code: str
    account_number: str
    because: str
    roll_number: str = ""


class CallIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The number that you called, from where you knew it before this change, and who answered."""

    called_number: str
    number_known_from: str
    spoke_to: str


class StopIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why a change is stopped."""

    because: str


class VersionOut(msgspec.Struct, frozen=True, kw_only=True):
    """One version; of its numbers the last four. `standing`: proposed, cooling, in_force, replaced or stopped."""

    id: UUID
    organisation: str
    purpose: Purpose
    account_name: str
    last_four: str
    standing: str
    proposed_at: datetime
    confirmed_at: datetime | None
    usable_from: datetime | None


class ChangeId(msgspec.Struct, frozen=True):
    """A change that was proposed."""

    id: UUID


def _out(version: Version) -> VersionOut:
    return VersionOut(**{name: getattr(version, name) for name in VersionOut.__struct_fields__})


@get("/bank-details/{purpose:str}", opt=MANAGES)
async def list_versions(actor: Actor, purpose: PurposeName) -> list[VersionOut]:
    """Every version of your organisation's account, the newest first."""
    return [_out(each) for each in await queries.versions(actor, purpose)]


@post("/bank-details/{purpose:str}", opt=MANAGES, status_code=201)
async def propose(actor: Actor, purpose: PurposeName, data: AccountIn) -> ChangeId:
    """Propose another account. Nothing is changed before a second person confirms it and the days are over."""
    account = account_typed(data.account_name, data.sort_code, data.account_number, data.roll_number)
    return ChangeId(await commands.propose(actor, purpose, account, data.because))


@get("/bank-details/of-others", opt=MANAGES)
async def of_others(actor: Actor) -> list[VersionOut]:
    """Changes of those whom you pay that may need a call, or can still be stopped."""
    return [_out(each) for each in await queries.waiting(actor)]


@post("/bank-details/changes/{details_id:uuid}/confirm", opt=MANAGES, status_code=204)
async def confirm(actor: Actor, details_id: UUID) -> None:
    """Confirm, as your organisation's second person."""
    await commands.confirm(actor, details_id)


@post("/bank-details/changes/{details_id:uuid}/call", opt=MANAGES, status_code=204)
async def confirm_by_call(actor: Actor, details_id: UUID, data: CallIn) -> None:
    """Confirm, having called back an organisation that has nobody else."""
    await commands.confirm_by_call(
        actor, details_id, Call(data.called_number, data.number_known_from, data.spoke_to)
    )


@post("/bank-details/changes/{details_id:uuid}/stop", opt=MANAGES, status_code=204)
async def stop(actor: Actor, details_id: UUID, data: StopIn) -> None:
    """Stop a change that is not in force yet."""
    await commands.stop(actor, details_id, data.because)


router = Router(
    "/api/v1",
    include_in_schema=True,
    route_handlers=[list_versions, propose, of_others, confirm, confirm_by_call, stop],
    tags=["bank details"],
)
