"""Contributions that were paid: into the books where the money goes into a fund, and against the bills."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from isf.contributions.commands.assessing import lock_own_person
from isf.contributions.holding import decides, holds
from isf.ledger.commands import pay_in, reverse
from isf.ledger.rules import Account
from isf.rules import Collection
from marketplace.identity.access import Actor, require_person
from marketplace.identity.rules import Scope
from marketplace.kernel import audit, clock, db
from marketplace.kernel.errors import Conflict, Forbidden, IdempotencyConflict, Invalid, NotFound
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import Money, allocate
from marketplace.kernel.routes_of_money import Route

db.explain_constraint(
    "contribution_payment_reverses_id_key", Conflict("This payment has been taken back already.")
)
_FIRST_DAY = date(2000, 1, 1)


@dataclass(frozen=True, slots=True)
class PaymentDraft:
    """A payment to be noted. `key` names the form that was sent, so that sending it twice notes one payment."""

    amount: Money
    received_on: date
    key: UUID
    note: str = ""


def check_money(amount: Money, on: date, day_field: str) -> None:
    """Raises Invalid unless there is an amount and the day has come."""
    wrong = {}
    if amount.pence <= 0:
        wrong["amount"] = "Enter an amount in pounds, like 80.00"
    if not _FIRST_DAY <= on <= clock.today():
        wrong[day_field] = "Enter a day up to today"
    if wrong:
        raise Invalid(wrong)


async def record_payment(actor: Actor, person_id: UUID, draft: PaymentDraft) -> UUID:
    """Note that a contribution was paid. The same `key` again answers the first.

    Who may: a finance officer of the person's council; where the council does not send the bills, also whoever may pay
    for the person and holds the money it goes to. It is shared over those funds as the budget shares the contribution,
    and makes good on what was promised. Raises Forbidden, Invalid, Conflict without a budget.
    """
    check_money(draft.amount, draft.received_on, "received_on")
    await require_person(actor, person_id, Scope.PAY)
    async with db.unit_of_work():
        person = await db.fetch_one(
            "SELECT id, council_id FROM person WHERE id = $1 FOR NO KEY UPDATE", person_id
        )
        assert person is not None  # noqa: S101 - require_person saw them
        known = await _known(draft, person_id)
        if known is not None:
            return known
        shares = await _shares(person_id, draft.received_on)
        collection = Collection(shares[0]["collection"])
        into = _into(actor, person["council_id"], collection, shares)
        payment_id = await _write(actor, person, draft, collection)
        await _pay_into(actor, payment_id, draft, into)
        await audit.record(
            actor,
            "contribution.paid",
            "contribution_payment",
            payment_id,
            after={"person": person_id, "amount": draft.amount, "received_on": draft.received_on},
        )
    return payment_id


async def _known(draft: PaymentDraft, person_id: UUID) -> UUID | None:
    row = await db.fetch_one(
        "SELECT id, person_id, amount_pence FROM contribution_payment WHERE key = $1", draft.key
    )
    if row is None:
        return None
    if (row["person_id"], row["amount_pence"]) != (person_id, draft.amount.pence):
        raise IdempotencyConflict
    known: UUID = row["id"]
    return known


async def _shares(person_id: UUID, day: date) -> list[db.Row]:
    """The shares of the budget of a day, else of the last before it. Raises Conflict without a budget."""
    rows = await db.fetch_all(
        "SELECT b.collection, s.fund_id, s.contribution_pence, s.council_share_pence, f.route, f.holder_organisation_id"
        "  FROM fund_share s JOIN personal_budget b ON b.id = s.budget_id JOIN fund f ON f.id = s.fund_id"
        " WHERE b.id = (SELECT id FROM personal_budget WHERE person_id = $1 AND kind = 'agreed' AND starts_on <= $2"
        "                ORDER BY starts_on DESC LIMIT 1) ORDER BY s.fund_id",
        person_id,
        day,
    )
    if not rows:
        raise Conflict(
            "You cannot note a payment for that day, because no budget had begun. You can change the day."
        )
    return rows


def _into(
    actor: Actor, council_id: UUID, collection: Collection, shares: Sequence[db.Row]
) -> Sequence[db.Row]:
    """Which funds the money went to; none where it went to the council. Raises Forbidden."""
    finance = decides(actor, council_id)
    if collection is Collection.GROSS:
        if not finance:
            raise Forbidden("The council sends these bills, so the council notes what was paid.")
        return []
    if finance:
        return shares
    held = [row for row in shares if holds(actor, Route(row["route"]), row["holder_organisation_id"])]
    if not held:
        raise Forbidden("Who holds the money notes what was paid in. You can tell them that you paid.")
    return held


async def _write(actor: Actor, person: db.Row, draft: PaymentDraft, collection: Collection) -> UUID:
    payment_id = new_id()
    await db.execute(
        "INSERT INTO contribution_payment (id, person_id, council_id, amount_pence, received_on, collection, note, key,"
        " recorded_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        payment_id,
        person["id"],
        person["council_id"],
        draft.amount.pence,
        draft.received_on,
        str(collection),
        draft.note.strip(),
        draft.key,
        actor.user_id,
    )
    return payment_id


async def _pay_into(actor: Actor, payment_id: UUID, draft: PaymentDraft, shares: Sequence[db.Row]) -> None:
    if not shares:
        return
    weights = [row["contribution_pence"] for row in shares]
    if not any(weights):
        # The assessment asks for something, and the budget does not know it yet.
        weights = [row["council_share_pence"] for row in shares]
    for row, part in zip(shares, allocate(draft.amount, weights), strict=True):
        await pay_in(
            actor,
            row["fund_id"],
            Account.CONTRIBUTION,
            part,
            draft.received_on,
            reference=f"contribution:{payment_id}:{row['fund_id']}",
            subject_id=payment_id,
        )


async def take_payment_back(actor: Actor, person_id: UUID, payment_id: UUID, because: str) -> UUID:
    """Undo a payment by its opposite, in the books too: it bounced, or was noted by mistake.

    Needs CONTRIBUTION_MANAGE in the person's council. Raises NotFound, Invalid without a reason, Conflict when it was
    taken back already.
    """
    if not because.strip():
        raise Invalid({"because": "Enter why it is taken back"})
    async with db.unit_of_work():
        await lock_own_person(actor, person_id)
        row = await db.fetch_one(
            "SELECT council_id, amount_pence, received_on, collection FROM contribution_payment"
            " WHERE id = $1 AND person_id = $2 AND reverses_id IS NULL",
            payment_id,
            person_id,
        )
        if row is None:
            raise NotFound
        opposite = new_id()
        await db.execute(
            "INSERT INTO contribution_payment (id, person_id, council_id, amount_pence, received_on, collection, note,"
            " key, reverses_id, recorded_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $1, $8, $9)",
            opposite,
            person_id,
            row["council_id"],
            -row["amount_pence"],
            row["received_on"],
            row["collection"],
            because.strip(),
            payment_id,
            actor.user_id,
        )
        journals = await db.fetch_all(
            "SELECT id FROM journal WHERE subject_id = $1 AND reverses_id IS NULL ORDER BY fund_id",
            payment_id,
        )
        for journal in journals:
            await reverse(actor, journal["id"], because.strip())
        await audit.record(
            actor,
            "contribution.taken_back",
            "contribution_payment",
            payment_id,
            after={"person": person_id},
            because=because.strip(),
        )
    return opposite
