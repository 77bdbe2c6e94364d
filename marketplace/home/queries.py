"""The numbers of a council's start page, each as its own page counts its rows; a fixed few statements."""

from collections.abc import Mapping

from invoicing.cards.watching import TO_LOOK_AT_SQL
from isf.contributions.queries import bills_of_council
from isf.contributions.queries.bills import Shown
from isf.payments.client_accounts.queries import holders
from isf.payments.client_accounts.rules import Fence
from marketplace.bookings.desk.queries import Asked, desk
from marketplace.bookings.lapses.queries import LACKING_SQL
from marketplace.bookings.uplifts.queries import WAITS_FOR_COUNCIL
from marketplace.identity.access import Actor
from marketplace.identity.rules import Permission
from marketplace.kernel import clock, db
from marketplace.kernel.errors import Forbidden

# $1 council, $2 today.
_COUNTS = f"""
    SELECT (SELECT count(*) FROM plan_version v JOIN person p ON p.id = v.person_id
             WHERE p.council_id = $1 AND v.state = 'waiting_for_keys') AS keys,
           (SELECT count(*) FROM person WHERE council_id = $1) AS people,
           (SELECT count(*) FROM reported_change c JOIN person p ON p.id = c.person_id
             WHERE p.council_id = $1 AND c.state IN ('reported', 'opened')) AS changes,
           (SELECT count(*) FROM disagreement d JOIN person p ON p.id = d.person_id
             WHERE p.council_id = $1 AND d.state IN ('raised', 'escalated')) AS disagreements,
           (SELECT count(*) FROM close_relative r JOIN person p ON p.id = r.person_id
             WHERE p.council_id = $1 AND r.ended_on IS NULL
               AND (r.kind = 'spouse_or_partner' OR (r.same_household AND r.kind <> 'other'))
               AND NOT EXISTS (SELECT 1 FROM relative_decision d WHERE d.relative_id = r.id)) AS relatives,
           (SELECT count(*) FILTER (WHERE e.state = 'asked') FROM in_house_exception e WHERE e.council_id = $1
            HAVING bool_or(e.state = 'asked') OR EXISTS (
                SELECT 1 FROM council_parameter WHERE council_id = $1 AND name = 'in_house_exceptions_most'
                   AND value > 0)) AS exceptions,
           (SELECT count(*) FROM call_request WHERE council_id = $1 AND closed_at IS NULL) AS calls,
           (SELECT count(*) FROM attendance_check k JOIN booking b ON b.id = k.booking_id
             WHERE b.council_id = $1 AND k.state IN ('disputed', 'answered')) AS disputes,
           (SELECT count(*) FROM sent_notice n JOIN person p ON p.id = n.person_id
             WHERE p.council_id = $1 AND n.way = 'letter' AND n.posted_at IS NULL) AS letters,
           (SELECT count(*) FROM commission WHERE council_id = $1 AND state = 'applied') AS applications,
           ({WAITS_FOR_COUNCIL}) AS uplifts,
           (SELECT count(*) FROM accreditation a WHERE a.state = 'sent' AND considers_provider($1, a.provider_id))
               AS proofs,
           (SELECT count(*) FROM ({LACKING_SQL}) l) AS lapses,
           (SELECT count(DISTINCT provider_id) FROM commission
             WHERE council_id = $1 AND state = 'approved' AND starts_on <= $2 AND (ends_on IS NULL OR ends_on > $2))
               AS providers,
           (SELECT count(*) FROM payment_in WHERE council_id = $1 AND state IN ('proposed', 'checked')) AS payments,
           (SELECT count(*) FROM payment_run
             WHERE organisation_id = $1 AND state IN ('proposed', 'approved')) AS payment_runs,
           (SELECT count(*) FROM invoice WHERE payer_organisation_id = $1
               AND state IN ('issued', 'part_paid')) AS invoices,
           ({TO_LOOK_AT_SQL}) AS cards,
           (SELECT count(*) FROM over_commitment o JOIN fund f ON f.id = o.fund_id
             WHERE f.council_id = $1 AND o.state = 'open') AS over,
           (SELECT count(*) FROM outside_plan o JOIN person p ON p.id = o.person_id
              JOIN booking b ON b.person_id = o.person_id AND b.activity_session_id = o.activity_session_id
               AND b.state IN ('confirmed', 'delivered', 'missed')
             WHERE p.council_id = $1 AND o.seen_at IS NULL) AS outside,
           (SELECT count(*) FROM surplus_warning w JOIN fund f ON f.id = w.fund_id
             WHERE f.council_id = $1 AND w.ended_at IS NULL) AS surplus,
           (SELECT count(DISTINCT c.person_id) FROM communication_need c JOIN person p ON p.id = c.person_id
             WHERE p.council_id = $1 AND c.ended_on IS NULL AND c.review_on <= $2) AS communication,
           (SELECT count(*) FROM suspension WHERE council_id = $1 AND state = 'open') AS suspensions,
           (SELECT count(*) FROM reprovision_item i JOIN person p ON p.id = i.person_id
             WHERE p.council_id = $1 AND i.state = 'open') AS reprovision
"""


async def counts(actor: Actor) -> Mapping[str, int]:
    """What waits in the actor's council, by the name of the tile. Raises Forbidden for those of no council."""
    if actor.council_id is None:
        raise Forbidden
    found = await db.fetch_one(_COUNTS, actor.council_id, clock.today())
    told: dict[str, int] = {name: number for name, number in (found or {}).items() if number is not None}
    if Permission.PERSON_SEE in actor.permissions:
        work = await desk(actor, Asked(page_size=1))
        told |= {
            str(kind): number for kind, number in work.counts.items() if kind in ("ahead", "sign", "plan")
        }
    if Permission.COUNCIL_WATCH in actor.permissions:
        told["fences"] = await _fences(actor)
    if Permission.CONTRIBUTION_MANAGE in actor.permissions:
        told["charges"] = await _late(actor)
    return told


async def _fences(actor: Actor) -> int:
    return sum(each.state not in (Fence.TIES, Fence.UNDECLARED) for each in await holders(actor))


async def _late(actor: Actor) -> int:
    return (await bills_of_council(actor, shown=Shown.LATE)).total
