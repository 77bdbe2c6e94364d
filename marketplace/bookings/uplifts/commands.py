"""Proposing a dearer price, withdrawing it, and each council's decision; audited, everybody told (row P6)."""

from dataclasses import replace
from uuid import UUID

from isf.notices import Notice, NoticeKind, ToPerson, tell_council, tell_people, tell_provider
from marketplace.bookings.uplifts.effects import effect, totals
from marketplace.bookings.uplifts.queries import new_rate, old_rate
from marketplace.identity.access import Actor
from marketplace.identity.rules import Permission
from marketplace.kernel import audit, clock, db, formats
from marketplace.kernel.errors import Conflict, Invalid, NotFound, StateConflict
from marketplace.kernel.ids import new_id
from marketplace.kernel.states import transition
from providers.access import own_provider, require_activity, require_council
from providers.offers.drafts import check_rate
from providers.offers.pricing import write_rate
from providers.offers.wording import price_words
from providers.rules import Rate
from providers.uplifts.gate import councils_asked, rise_over
from providers.uplifts.rules import MOST_WORDS, TRANSITIONS, NoUpliftNeeded, UpliftState, Verdict

db.explain_constraint(
    "price_uplift_one_open",
    Conflict(
        "You cannot propose this price, because another one for the same number of people waits for a decision. "
        "You can withdraw that one first."
    ),
)


async def propose(actor: Actor, activity_id: UUID, rate: Rate, reason: str) -> UUID:
    """Propose a dearer rate from its day on; each council that approves the provider is told. Answers its id.

    Raises NotFound (another's), Invalid, NoUpliftNeeded, or Conflict when one for the ratio waits already.
    """
    words = _words("reason", reason, "Write why the price goes up")
    uplift_id = new_id()
    async with db.unit_of_work():
        activity = await require_activity(actor, activity_id)
        check_rate(rate)
        if rate.starts_on < clock.today():
            raise Invalid({"starts_on": "Enter today or a later day"})
        was = await rise_over(activity, rate)
        if was is None:
            raise NoUpliftNeeded
        told = {**_columns(rate), **{f"was_{name}": value for name, value in _priced(was).items()}}
        values = {"id": uplift_id, "activity_id": activity_id, **told, "reason": words, "state": "proposed"}
        values |= {"proposed_by": actor.user_id, "proposed_at": clock.now()}
        await db.execute(
            f"INSERT INTO price_uplift ({', '.join(values)})"  # noqa: S608 - names are ours
            f" VALUES ({', '.join(f'${number}' for number in range(1, len(values) + 1))})",
            *values.values(),
        )
        await audit.record(
            actor, "uplift.proposed", "price_uplift", uplift_id, after={"activity": activity_id, **told}, because=words
        )  # fmt: skip
        notice = _notice(
            "A provider proposes a higher price",
            f"{activity['title']}: {price_words(rate)} from {formats.full_date(rate.starts_on)}. It was "
            f"{price_words(was)}. Nothing changes before every council that approves the provider has agreed.",
            f"/council/uplifts/{uplift_id}",
        )
        for council_id in await councils_asked(activity["provider_id"]):
            await tell_council(council_id, Permission.COMMISSION_DECIDE, notice)
    return uplift_id


async def withdraw(actor: Actor, uplift_id: UUID) -> None:
    """The provider takes its proposal back. Raises NotFound (another's) or StateConflict when it is decided."""
    provider_id = await own_provider(actor)
    async with db.unit_of_work():
        row = await _locked(uplift_id)
        if row["provider_id"] != provider_id:
            raise NotFound
        await _close(actor, row, UpliftState.WITHDRAWN)


async def decide(actor: Actor, uplift_id: UUID, verdict: Verdict, words: str) -> UpliftState:
    """What the actor's council says, once; the rate is set when the last council has approved.

    It starts on the day proposed, or today when that has passed: never backdated. One refusal refuses it. Answers
    where the proposal stands now. Raises NotFound, Invalid (a refusal without words), StateConflict.
    """
    council_id = require_council(actor, Permission.COMMISSION_DECIDE)
    said = words.strip()
    if verdict is Verdict.REFUSED or said:
        said = _words("words", words, "Write why the council does not agree. The provider reads it")
    async with db.unit_of_work():
        row = await _locked(uplift_id)
        asked = await councils_asked(row["provider_id"])
        if council_id not in asked:
            raise NotFound
        if row["state"] != UpliftState.PROPOSED:
            raise StateConflict("This proposal is not open any more. You can read what became of it.")
        await _record(actor, row, council_id, verdict, said)
        if verdict is Verdict.REFUSED:
            await _close(actor, row, UpliftState.REFUSED, because=said)
            await _tell_provider(
                row, "A council refused your new price", f"The council does not agree: {said}"
            )
            return UpliftState.REFUSED
        agreed = await db.fetch_all(
            "SELECT council_id FROM price_uplift_decision WHERE uplift_id = $1 AND verdict = 'approved'",
            uplift_id,
        )
        if set(asked) - {each["council_id"] for each in agreed}:
            await _tell_provider(
                row, "A council approved your new price", "Other councils are still to decide."
            )
            return UpliftState.PROPOSED
        await _put_in_force(actor, row)
        return UpliftState.APPROVED


async def _put_in_force(actor: Actor, row: db.Row) -> None:
    old, proposed = old_rate(row), new_rate(row)
    rate = replace(proposed, starts_on=max(proposed.starts_on, clock.today()))
    concerned = await effect(row["activity_id"], old, rate)
    await write_rate(actor, row["activity_id"], rate)
    await _close(actor, row, UpliftState.APPROVED, rate_starts_on=rate.starts_on)
    day = formats.full_date(rate.starts_on)
    await _tell_provider(
        row, "Your new price is approved", f"It counts from {day}. What is booked already keeps its price."
    )
    told = Notice(
        "A price goes up",
        f"From {day} {row['title']} costs {price_words(rate)}. Before, it costs {price_words(old)}. "
        "What is booked already keeps its price.",
        f"/activities/{row['activity_id']}",
        kind=NoticeKind.BOOKING,
    )
    await tell_people(
        [ToPerson(person_id, told) for person_id in sorted({each.person_id for each in concerned})]
    )


async def _record(actor: Actor, row: db.Row, council_id: UUID, verdict: Verdict, words: str) -> None:
    shown = totals(await effect(row["activity_id"], old_rate(row), new_rate(row), council_id))
    made = await db.fetch_value(
        "INSERT INTO price_uplift_decision (id, uplift_id, council_id, verdict, words, people, weekly_pence,"
        " until_end_pence, decided_by, decided_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
        " ON CONFLICT (uplift_id, council_id) DO NOTHING RETURNING id",
        new_id(),
        row["id"],
        council_id,
        str(verdict),
        words,
        shown.people,
        shown.weekly_pence,
        shown.until_end_pence,
        actor.user_id,
        clock.now(),
    )
    if made is None:
        raise StateConflict("Your council has decided about this already. You can read what it said.")
    await audit.record(
        actor, f"uplift.{verdict}_by_council", "price_uplift", row["id"],
        after={"council": council_id, "people": shown.people, "weekly_pence": shown.weekly_pence}, because=words,
    )  # fmt: skip


async def _close(actor: Actor, row: db.Row, to: UpliftState, *, because: str = "", **also: object) -> None:
    await transition(
        actor, "price_uplift", row["id"], UpliftState(row["state"]), to, TRANSITIONS, action=f"uplift.{to}",
        because=because, also={"closed_by": actor.user_id, "closed_at": clock.now(), **also},
    )  # fmt: skip


async def _locked(uplift_id: UUID) -> db.Row:
    """The proposal and its activity, locked: two councils, or a council and the provider, come one after the other."""
    row = await db.fetch_one(
        "SELECT u.*, a.title, a.provider_id FROM price_uplift u JOIN activity a ON a.id = u.activity_id"
        " WHERE u.id = $1 FOR NO KEY UPDATE OF a, u",
        uplift_id,
    )
    if row is None:
        raise NotFound
    return row


async def _tell_provider(row: db.Row, subject: str, words: str) -> None:
    path = f"/provider/uplifts/{row['id']}"
    await tell_provider(
        row["provider_id"], _notice(subject, f"{row['title']}: {price_words(new_rate(row))}. {words}", path)
    )


def _notice(subject: str, words: str, path: str) -> Notice:
    return Notice(subject, words, path, kind=NoticeKind.SELLER)


def _columns(rate: Rate) -> dict[str, object]:
    return {
        "ratio": str(rate.ratio),
        "starts_on": rate.starts_on,
        "vat_category": str(rate.vat_category),
        "vat_rate_basis_points": rate.vat_rate_basis_points,
        **_priced(rate),
    }


def _priced(rate: Rate) -> dict[str, object]:
    return {
        "price_pence": rate.price.pence,
        "unit": str(rate.unit),
        "minimum_pence": rate.minimum.pence if rate.minimum else None,
        "split": str(rate.split),
    }


def _words(name: str, typed: str, required: str) -> str:
    words = typed.replace("\x00", "").strip()
    if not words:
        raise Invalid({name: required})
    if len(words) > MOST_WORDS:
        raise Invalid({name: f"Use {MOST_WORDS} characters or fewer"})
    return words
