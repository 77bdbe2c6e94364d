"""Of a change everybody concerned is told at once, at the old addresses and the new (invoice redirection fraud)."""

from collections.abc import Iterable
from uuid import UUID

from invoicing.bank_details.parties import contacts_before, contacts_now, finance_of_those_who_know
from invoicing.bank_details.rules import Account, Purpose
from marketplace.kernel import db
from marketplace.kernel.clock import london_day
from marketplace.kernel.formats import full_date
from marketplace.kernel.ids import new_id
from marketplace.kernel.outbox import Mail, enqueue_mails
from marketplace.kernel.settings import settings

_USES = {Purpose.INTO: "the account into which you are paid", Purpose.FROM: "the account from which you pay"}


async def tell_proposed(change: db.Row, account: Account, *, call_back: bool) -> None:
    """Somebody proposed another account. With nobody else there, whoever pays is asked to call back."""
    purpose = Purpose(change["purpose"])
    name = await _name(change["organisation_id"])
    await _tell(
        change,
        f"{name}: other bank details were proposed",
        f"Somebody proposed another account for {name}: {_USES[purpose]} would be the one {account.masked}.\n\n"
        "Nothing is changed yet. If you do not expect this, stop it now:\n",
    )
    if call_back:
        await _send(
            await finance_of_those_who_know(change["organisation_id"], purpose),
            f"{name}: call back about other bank details",
            f"{name} proposed another account and has nobody else who could confirm it. Call a number that you knew"
            " before, not one from a letter or e-mail about this change, and ask. Then confirm it or stop it:\n"
            f"{_link(change['id'])}\n",
        )


async def tell_confirmed(change: db.Row) -> None:
    """A second person confirmed it; it counts from a day on and can be stopped until then."""
    account = account_of(change)
    name, purpose = await _name(change["organisation_id"]), Purpose(change["purpose"])
    if purpose is Purpose.FROM:
        told = f"The account {account.masked} is confirmed: it is {_USES[purpose]} from now on.\n\nSee it here:\n"
    else:
        day = full_date(london_day(change["usable_from"]))
        told = (
            f"The account {account.masked} is confirmed for {name}. Money goes there from {day} on; until then the"
            " account before counts.\n\nIf you do not expect this, stop it before that day:\n"
        )
    await _tell(change, f"{name}: other bank details were confirmed", told)


async def tell_stopped(change: db.Row, because: str) -> None:
    """A change was stopped: what was in force stays in force."""
    account, name = account_of(change), await _name(change["organisation_id"])
    await _tell(
        change,
        f"{name}: the change of bank details was stopped",
        f"The account {account.masked} is not used. What counted before counts on.\n\nThe reason: {because}\n\n"
        "See it here:\n",
    )


def account_of(change: db.Row) -> Account:
    """The account of a version's row."""
    return Account(
        change["account_name"], change["sort_code"], change["account_number"], change["roll_number"]
    )


async def _tell(change: db.Row, subject: str, words: str) -> None:
    """To every address: today's, those of this version and of versions before."""
    organisation_id, purpose = change["organisation_id"], Purpose(change["purpose"])
    known = [
        *await contacts_now(organisation_id, purpose),
        *await contacts_before(organisation_id, purpose),
    ]
    await _send(dict.fromkeys(known), subject, words + _link(change["id"]) + "\n")


async def _send(addresses: Iterable[str], subject: str, body: str) -> None:
    await enqueue_mails([Mail(new_id(), address, subject, body) for address in addresses])


def _link(change_id: UUID) -> str:
    return f"{settings().base_url}/bank-details/changes/{change_id}"


async def _name(organisation_id: UUID) -> str:
    return str(await db.fetch_value("SELECT name FROM organisation WHERE id = $1", organisation_id))
