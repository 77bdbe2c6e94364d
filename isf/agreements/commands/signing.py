"""Signing: by each party once, on exactly the words that were shown; signed by all, an agreement is in force."""

from datetime import date
from uuid import UUID

from isf.agreements.records import Record, find_locked
from isf.agreements.rules import TRANSITIONS, Acknowledged, AgreementState, Party, party_of
from isf.agreements.standing import role_words, standing_of
from isf.agreements.wording import fingerprint
from marketplace.identity.access import Actor, require, require_person
from marketplace.identity.rules import Permission, Scope
from marketplace.kernel import audit, clock, db
from marketplace.kernel.errors import Conflict, Forbidden, Invalid, StateConflict
from marketplace.kernel.ids import new_id
from marketplace.kernel.routes_of_money import Route
from marketplace.kernel.states import transition

READ_AGAIN = "The terms changed while you read them. Read them again before you sign."
TWO_PARTIES = "You cannot sign this for two sides. Somebody else has to sign for the other one."
NOT_BY_DRAFTER = "You cannot sign this for anybody but the council, because you wrote it."
NO_PARTY = "You cannot sign this agreement, because you are none of those who agree it."

db.explain_constraint("signature_for_one_party", Forbidden(TWO_PARTIES))
db.explain_constraint("signature_not_by_drafter", Forbidden(NOT_BY_DRAFTER))
db.explain_constraint("signature_of_what_is_offered", StateConflict(READ_AGAIN))


class WaitsForAccount(Conflict):
    """A direct payment's account has to be declared before the person's side signs."""

    code = "account_not_declared"

    def __init__(self) -> None:
        super().__init__(
            "You cannot sign this yet, because nobody has said in which account the money is kept."
            " You can say it on the agreement’s page."
        )


async def sign_agreement(
    actor: Actor, agreement_id: UUID, shown: str, *, acknowledged: Acknowledged = Acknowledged.NO
) -> UUID:
    """Sign for the one party that the actor belongs to; answers the signature's id. Signing twice signs once.

    `shown` is the fingerprint of the words that were on the page (full or Easy Read). `acknowledged`: that the holder
    sells things too was seen. Needs AGREEMENT_SIGN. Raises NotFound; Forbidden for who is no party, drafted it, or
    signed for another; StateConflict when the terms are not those that were shown; Invalid without acknowledgement.
    """
    require(actor, Permission.AGREEMENT_SIGN)
    async with db.unit_of_work():
        agreement = await find_locked(agreement_id)
        await require_person(actor, agreement.person_id, Scope.SEE)
        party = await _party(actor, agreement)
        earlier = await _signed_already(actor, agreement, party, shown)
        if earlier is not None:
            return earlier
        words, shown_as = _shown(agreement, shown)
        if party is Party.PERSON:
            _check_person_side(agreement, acknowledged=acknowledged)
        if party is not Party.PERSON or not agreement.terms.services:
            acknowledged = Acknowledged.NO  # Nothing was there for them to acknowledge, whatever was sent.
        signature_id = await _write(actor, agreement, party, words, shown_as, acknowledged=acknowledged)
        await audit.record(
            actor,
            "agreement.signature",
            "agreement",
            agreement_id,
            after={"party": party, "edit": agreement.edit, "sha256": shown, "signature": signature_id},
        )
        await _conclude_if_all(actor, agreement)
    return signature_id


async def _party(actor: Actor, agreement: Record) -> Party:
    standing = await standing_of(actor, agreement)
    party = party_of(standing, agreement.kind, agreement.drafted_by)
    if party is None:
        drafted = standing.user_id == agreement.drafted_by
        raise Forbidden(NOT_BY_DRAFTER if drafted else NO_PARTY)
    other = await db.fetch_value(
        "SELECT party FROM agreement_signature WHERE agreement_id = $1 AND user_id = $2 AND party <> $3 LIMIT 1",
        agreement.id,
        actor.user_id,
        str(party),
    )
    if other is not None:
        raise Forbidden(TWO_PARTIES)
    return party


async def _signed_already(actor: Actor, agreement: Record, party: Party, shown: str) -> UUID | None:
    row = await db.fetch_one(
        "SELECT id, user_id, name FROM agreement_signature WHERE agreement_id = $1 AND edit = $2 AND party = $3",
        agreement.id,
        agreement.edit,
        str(party),
    )
    if row is None:
        return None
    if row["user_id"] == actor.user_id:
        signature_id: UUID = row["id"]
        return signature_id
    raise StateConflict(f"{row['name']} has signed this for {agreement.called(party)} already.")


def _shown(agreement: Record, shown: str) -> tuple[str, str]:
    """The words that were on the page, and in which form. Raises StateConflict when there are others now."""
    if agreement.state is AgreementState.OFFERED:
        for words, form in ((agreement.document.full_words, "full"), (agreement.document.easy_words, "easy")):
            if fingerprint(words) == shown:
                return words, form
    raise StateConflict(READ_AGAIN)


def _check_person_side(agreement: Record, *, acknowledged: Acknowledged) -> None:
    if agreement.kind is Route.DIRECT_PAYMENT and not agreement.terms.account_last_four:
        raise WaitsForAccount
    if agreement.terms.services and acknowledged is not Acknowledged.YES:
        told = f"Tick that you know what {agreement.names.holder} sells itself"
        raise Invalid({"acknowledged": told})


async def _write(
    actor: Actor, agreement: Record, party: Party, words: str, shown_as: str, *, acknowledged: Acknowledged
) -> UUID:
    signature_id = new_id()
    standing = await standing_of(actor, agreement)
    await db.execute(
        "INSERT INTO agreement_signature (id, agreement_id, edit, party, user_id, name, role, words, sha256, shown_as,"
        " acknowledged, signed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        signature_id,
        agreement.id,
        agreement.edit,
        str(party),
        actor.user_id,
        actor.name or await db.fetch_value("SELECT name FROM app_user WHERE id = $1", actor.user_id),
        await role_words(actor, agreement, standing),
        words,
        fingerprint(words),
        shown_as,
        acknowledged is Acknowledged.YES,
        clock.now(),
    )
    return signature_id


async def _conclude_if_all(who: audit.Who, agreement: Record) -> None:
    """With the last signature the agreement is in force from its first day, and the one before ends there."""
    signed: int = await db.fetch_value(
        "SELECT count(*) FROM agreement_signature WHERE agreement_id = $1 AND edit = $2",
        agreement.id,
        agreement.edit,
    )
    if signed < len(agreement.parties):
        return
    await _supersede(who, agreement)
    await transition(
        who,
        "agreement",
        agreement.id,
        AgreementState.OFFERED,
        AgreementState.SIGNED,
        TRANSITIONS,
        action="agreement.signed",
        also={"signed_at": clock.now()},
    )


async def _supersede(who: audit.Who, agreement: Record) -> None:
    before = await db.fetch_all(
        "SELECT a.id, a.starts_on, (SELECT max(h.ends_on) FROM holder_fee h"
        "         WHERE h.agreement_id = a.id AND h.state <> 'let_go') AS fee_until"
        "  FROM agreement a WHERE a.fund_id = $1 AND a.state = 'signed' AND (a.ends_on IS NULL OR a.ends_on > $2)"
        " FOR NO KEY UPDATE",
        agreement.fund_id,
        agreement.terms.starts_on,
    )
    for row in before:
        too_late = row["fee_until"] is not None and row["fee_until"] > agreement.terms.starts_on
        if too_late or row["starts_on"] >= agreement.terms.starts_on:
            raise Conflict(
                "You cannot sign this any more, because the fee for some of its days is reckoned already."
                " You can ask the council for a later first day."
            )
        await transition(
            who,
            "agreement",
            row["id"],
            AgreementState.SIGNED,
            AgreementState.SUPERSEDED,
            TRANSITIONS,
            action="agreement.superseded",
            also={"ends_on": agreement.terms.starts_on},
        )


async def end_agreements(who: audit.Who, fund_id: UUID, on: date, because: str) -> None:
    """The agreements about a fund end: `on` is the first day without. Joins the open unit of work.

    What was on its way is withdrawn. Whether `who` may is asked by the command that ends the fund.
    """
    rows = await db.fetch_all(
        "SELECT id, state, starts_on FROM agreement WHERE fund_id = $1 AND (state IN ('draft', 'offered')"
        " OR state = 'signed' AND (ends_on IS NULL OR ends_on > $2)) FOR NO KEY UPDATE",
        fund_id,
        on,
    )
    for row in rows:
        state = AgreementState(row["state"])
        ended = state is AgreementState.SIGNED
        await transition(
            who,
            "agreement",
            row["id"],
            state,
            AgreementState.ENDED if ended else AgreementState.WITHDRAWN,
            TRANSITIONS,
            action="agreement.ended" if ended else "agreement.withdrawn",
            because=because,
            also={"ends_on": max(on, row["starts_on"])} if ended else None,
        )
