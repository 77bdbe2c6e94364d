"""Reads about proposals: the provider's own with totals, a council's with each of its people by reference."""

from datetime import date, datetime
from uuid import UUID

import msgspec

from marketplace.bookings.uplifts.effects import EffectLine, Totals, effect, totals
from marketplace.identity.access import Actor
from marketplace.identity.rules import Permission
from marketplace.kernel import audit, clock, db
from marketplace.kernel.errors import NotFound
from marketplace.kernel.money import Money
from marketplace.kernel.vat import VatCategory
from providers.access import own_provider, require_council
from providers.offers.wording import price_words
from providers.rules import PriceUnit, Rate, Split, SupportRatio
from providers.uplifts.rules import UpliftState, Verdict


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What one council says: nothing yet where there is no verdict."""

    council_id: UUID
    council_name: str
    verdict: Verdict | None
    words: str
    decided_at: datetime | None


class UpliftView(msgspec.Struct, frozen=True, kw_only=True):
    """A proposal, in words, with what the councils said."""

    id: UUID
    activity_id: UUID
    title: str
    provider_name: str
    ratio: SupportRatio
    state: UpliftState
    starts_on: date
    was: str
    becomes: str
    reason: str
    proposed_at: datetime
    rate_starts_on: date | None
    decisions: list[Said]

    def said_by(self, council_id: UUID | None) -> Said | None:
        """What a council has said."""
        return next((each for each in self.decisions if each.council_id == council_id and each.verdict), None)

    @property
    def open(self) -> bool:
        """Whether it still waits for somebody."""
        return self.state is UpliftState.PROPOSED


# $1 today. Who is asked: the councils that approve the provider today, and whoever has said something.
_VIEW = """
    SELECT u.*, a.title, a.provider_id, pr.name AS provider_name,
           (SELECT coalesce(json_agg(json_build_object('council_id', c.id, 'council_name', o.name,
                       'verdict', d.verdict, 'words', coalesce(d.words, ''), 'decided_at', d.decided_at)
                       ORDER BY o.name), '[]')
              FROM council c JOIN organisation o ON o.id = c.id
              LEFT JOIN price_uplift_decision d ON d.uplift_id = u.id AND d.council_id = c.id
             WHERE d.id IS NOT NULL OR (u.state = 'proposed' AND c.id IN (SELECT approving_councils(pr.id, $1))))
           AS decisions
      FROM price_uplift u JOIN activity a ON a.id = u.activity_id JOIN provider pr ON pr.id = a.provider_id
"""
# $2 a council: it approves the provider today, or has said something.
_OF_COUNCIL = """
    ($2 IN (SELECT approving_councils(pr.id, $1))
     OR EXISTS (SELECT 1 FROM price_uplift_decision d WHERE d.uplift_id = u.id AND d.council_id = $2))
"""
WAITS_FOR_COUNCIL = """
    SELECT count(*) FROM price_uplift u JOIN activity a ON a.id = u.activity_id
     WHERE u.state = 'proposed' AND $1 IN (SELECT approving_councils(a.provider_id, $2))
       AND NOT EXISTS (SELECT 1 FROM price_uplift_decision d WHERE d.uplift_id = u.id AND d.council_id = $1)
"""
"""SQL: how many proposals wait for the council $1 today, $2."""


def new_rate(row: db.Row) -> Rate:
    """The rate that is proposed."""
    vat = VatCategory(row["vat_category"]), row["vat_rate_basis_points"]
    return _rate(row, "", vat)


def old_rate(row: db.Row) -> Rate:
    """The rate that it was compared with; its VAT is not kept, because no price is made from it."""
    return _rate(row, "was_", (VatCategory.OUTSIDE_SCOPE, 0))


def _rate(row: db.Row, prefix: str, vat: tuple[VatCategory, int]) -> Rate:
    least = row[f"{prefix}minimum_pence"]
    return Rate(
        row["starts_on"], Money(row[f"{prefix}price_pence"]), *vat, SupportRatio(row["ratio"]),
        PriceUnit(row[f"{prefix}unit"]), None if least is None else Money(least), Split(row[f"{prefix}split"]),
    )  # fmt: skip


def _view(row: db.Row) -> UpliftView:
    told = {
        name: row[name] for name in ("id", "activity_id", "title", "provider_name", "starts_on", "reason")
    }
    return UpliftView(
        **told,
        ratio=SupportRatio(row["ratio"]),
        state=UpliftState(row["state"]),
        was=price_words(old_rate(row)),
        becomes=price_words(new_rate(row)),
        proposed_at=row["proposed_at"],
        rate_starts_on=row["rate_starts_on"],
        decisions=msgspec.json.decode(row["decisions"], type=list[Said]),
    )


async def own_uplifts(actor: Actor, activity_id: UUID | None = None) -> list[UpliftView]:
    """The proposals of the actor's provider, open ones first, the latest first. Raises Forbidden or NotFound."""
    rows = await db.fetch_all(
        _VIEW + " WHERE a.provider_id = $2 AND ($3::uuid IS NULL OR a.id = $3)"
        " ORDER BY u.state <> 'proposed', u.proposed_at DESC, u.id LIMIT 200",
        clock.today(),
        await own_provider(actor),
        activity_id,
    )
    return [_view(row) for row in rows]


async def own_uplift(actor: Actor, uplift_id: UUID) -> tuple[UpliftView, Totals]:
    """One of the actor's provider, with totals over everybody who goes there. Raises Forbidden or NotFound."""
    row = await db.fetch_one(
        _VIEW + " WHERE u.id = $2 AND a.provider_id = $3", clock.today(), uplift_id, await own_provider(actor)
    )
    if row is None:
        raise NotFound
    return _view(row), totals(await effect(row["activity_id"], old_rate(row), new_rate(row)))


async def council_uplifts(actor: Actor) -> list[UpliftView]:
    """Those about which the actor's council is asked or has decided, the open ones first."""
    rows = await db.fetch_all(
        _VIEW + f" WHERE {_OF_COUNCIL} ORDER BY u.state <> 'proposed', u.proposed_at DESC, u.id LIMIT 200",
        clock.today(),
        require_council(actor, Permission.COMMISSION_DECIDE),
    )
    return [_view(row) for row in rows]


async def council_uplift(actor: Actor, uplift_id: UUID) -> tuple[UpliftView, list[EffectLine]]:
    """One of them with what it means for each person of the actor's council; that it was shown is audited.

    Raises Forbidden, or NotFound when the council is not asked.
    """
    council_id = require_council(actor, Permission.COMMISSION_DECIDE)
    row = await db.fetch_one(
        _VIEW + f" WHERE u.id = $3 AND {_OF_COUNCIL}", clock.today(), council_id, uplift_id
    )
    if row is None:
        raise NotFound
    lines = await effect(row["activity_id"], old_rate(row), new_rate(row), council_id)
    await audit.record(
        actor, "uplift.viewed", "price_uplift", uplift_id,
        after={"people": sorted({line.person_reference for line in lines})},
    )  # fmt: skip
    return _view(row), lines
