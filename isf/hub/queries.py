"""How every part of a person's affairs stands, in one statement: the hub's list, a line each."""

from datetime import date
from uuid import UUID

from isf.hub.words import Line, Standing
from marketplace.identity.access import Actor, require_person
from marketplace.identity.rules import Scope
from marketplace.kernel import clock, db

# $1 person, $2 today. Everything is by the person's own keys, so that it stays one short look-up each.
_STANDING = """
    SELECT p.reference, p.prefers_easy_read,
           v.number AS plan_number, v.state AS plan_state, v.agreed_at AS plan_agreed_at,
           b.council_share_pence + b.contribution_pence AS budget_pence, b.starts_on AS budget_from,
           b.ends_on AS budget_until,
           fa.assessed, fa.weekly_pence,
           ag.signed AS agreements_signed, ag.offered AS agreements_offered, ag.drafts AS agreements_drafted,
           st.month AS statement_month, st.statements,
           au.actors, au.acting,
           (SELECT count(*) FROM need n WHERE n.person_id = p.id AND n.ended_on IS NULL) AS needs,
           (SELECT count(*) FROM outcome o WHERE o.person_id = p.id AND o.ended_on IS NULL) AS outcomes,
           (SELECT count(*) FROM circle_member c WHERE c.person_id = p.id AND c.ended_on IS NULL) AS circle,
           (SELECT count(*) FROM close_relative r WHERE r.person_id = p.id AND r.ended_on IS NULL) AS relatives,
           (SELECT max(coalesce(z.ends_on, 'infinity')) FROM pause z WHERE z.person_id = p.id AND z.starts_on <= $2
               AND (z.ends_on IS NULL OR z.ends_on > $2)) IS NOT NULL AS paused,
           (SELECT e.kind FROM person_end e WHERE e.person_id = p.id) AS end_kind,
           (SELECT e.last_on FROM person_end e WHERE e.person_id = p.id) AS end_day,
           EXISTS (SELECT 1 FROM close_relative r WHERE r.person_id = p.id AND relative_bars(p.id, r.provider_id, $2))
               AS relatives_wait,
           (SELECT count(*) FROM carer_link l WHERE l.person_id = p.id AND l.ended_on IS NULL) AS carers,
           (SELECT count(*) FROM communication_need c WHERE c.person_id = p.id AND c.ended_on IS NULL
               AND c.review_on <= $2) AS communication_due,
           (SELECT count(*) FROM disagreement d
             WHERE d.person_id = p.id AND d.state IN ('raised', 'escalated')) AS disagreements,
           np.way AS messages_way,
           (SELECT max(u.ends_on) FROM urgent_support u
             WHERE u.person_id = p.id AND u.state = 'running') AS urgent_until
      FROM person p LEFT JOIN notice_preference np ON np.person_id = p.id
      LEFT JOIN LATERAL (SELECT number, state, agreed_at FROM plan_version WHERE person_id = p.id
                            AND state NOT IN ('superseded', 'withdrawn') ORDER BY number DESC LIMIT 1) v ON true
      LEFT JOIN LATERAL (SELECT council_share_pence, contribution_pence, starts_on, ends_on FROM personal_budget
                          WHERE person_id = p.id AND kind = 'agreed' AND ends_on > $2
                          ORDER BY starts_on LIMIT 1) b ON true
      LEFT JOIN LATERAL (SELECT true AS assessed, weekly_pence FROM financial_assessment
                          WHERE person_id = p.id AND starts_on <= $2
                          ORDER BY starts_on DESC, version DESC LIMIT 1) fa ON true
      LEFT JOIN LATERAL (SELECT count(*) FILTER (WHERE state = 'signed') AS signed,
                                count(*) FILTER (WHERE state = 'offered') AS offered,
                                count(*) FILTER (WHERE state = 'draft') AS drafts
                           FROM agreement WHERE person_id = p.id) ag ON true
      LEFT JOIN LATERAL (SELECT max(s.month) AS month, count(*) AS statements
                           FROM statement s JOIN fund f ON f.id = s.fund_id WHERE f.person_id = p.id) st ON true
      LEFT JOIN LATERAL (SELECT count(DISTINCT coalesce(a.user_id, a.organisation_id)) AS actors,
                                array_agg(DISTINCT coalesce(o.name, au.name)) AS acting
                           FROM authority a LEFT JOIN organisation o ON o.id = a.organisation_id
                           LEFT JOIN app_user au ON au.id = a.user_id
                          WHERE a.person_id = p.id AND a.starts_on <= $2
                            AND (a.ends_on IS NULL OR a.ends_on > $2)) au ON true
     WHERE p.id = $1
"""


async def hub_lines(actor: Actor, person_id: UUID, today: date | None = None) -> list[Line]:
    """The parts of a person's affairs, each with how it stands and where it is. Raises NotFound."""
    await require_person(actor, person_id, Scope.SEE)
    row = await db.fetch_one(_STANDING, person_id, today or clock.today())
    assert row is not None  # noqa: S101 - somebody may see them
    return Standing(row).lines(f"/people/{person_id}")
