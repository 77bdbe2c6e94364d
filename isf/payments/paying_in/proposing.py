"""Making a council's proposal for a day: one statement that finds what is due and writes its lines.

What a fund gets is what the council owes by the end of the cycle less what was paid or is on its way. So a change of
budget or route puts itself right with the next line, days that were missed are caught up by one line, and nothing is
paid twice. Funds whose plan is not agreed get no line: no money leaves before the four keys (row SP3). Nor do direct
payments and ISFs without an agreement in force, where the council has it so (rows F7, I2). What they waited for comes
with the first line after.
"""

from datetime import date
from uuid import UUID

from isf.parameters import Parameter, ParameterNotSet, parameter
from isf.payments.paying_in.rules import LineState
from marketplace.identity.access import Actor, require
from marketplace.identity.rules import Permission
from marketplace.kernel import audit, clock, db
from marketplace.kernel.errors import Conflict, Forbidden
from marketplace.kernel.ids import new_id, reference
from marketplace.kernel.money import Money

# $1 council, $2 day; $3 weeks and $4 days before are the council's, where neither fund nor agreement says otherwise.
DUE = """
    WITH terms AS (
        SELECT f.id AS fund_id, f.person_id, f.route, f.starts_on, f.ends_on,
               CASE WHEN s.set_at IS NOT NULL THEN s.weeks ELSE coalesce(g.payment_weeks, $3::int) END AS weeks,
               coalesce(s.advance_days, $4::int) AS advance_days,
               (SELECT bool_or(a.locked) FROM account a WHERE a.fund_id = f.id) AS locked
          FROM fund f
          LEFT JOIN LATERAL (SELECT weeks, advance_days, set_at FROM fund_schedule
                              WHERE fund_id = f.id ORDER BY set_at DESC LIMIT 1) s ON true
          LEFT JOIN LATERAL (SELECT payment_weeks FROM agreement a
                              WHERE a.fund_id = f.id AND a.signed_at IS NOT NULL
                                AND daterange(a.starts_on, a.ends_on)
                                    @> least(greatest($2::date, f.starts_on), f.ends_on - 1)
                              ORDER BY a.version DESC LIMIT 1) g ON true
         WHERE f.council_id = $1 AND f.state = 'open'),
    due AS (
        SELECT t.*, n.number, cycle_start(t.starts_on, t.weeks, n.number) AS cycle_start,
               least(cycle_start(t.starts_on, t.weeks, n.number + 1), t.ends_on) AS cycle_end
          FROM terms t,
               LATERAL (SELECT cycle_number(t.starts_on, t.weeks,
                                            least($2::date + t.advance_days, t.ends_on - 1)) AS number) n
         WHERE t.starts_on <= $2::date + t.advance_days),
    standing AS (
        SELECT l.fund_id,
               max(l.covers_until) FILTER (WHERE l.state IN ('proposed', 'held', 'nothing', 'paid')) AS covered,
               max(l.covers_until) FILTER (WHERE l.state IN ('proposed', 'nothing', 'paid')) AS paid_until,
               coalesce(sum(l.amount_pence) FILTER (WHERE l.state = 'proposed'), 0)::bigint AS waiting_pence,
               coalesce(bool_or(l.state = 'held'), false) AS held,
               max(l.because) FILTER (WHERE l.state = 'held') AS held_because,
               max(l.decided_at) FILTER (WHERE l.state IN ('refused', 'released')) AS dropped_at,
               max(l.created_at) FILTER (WHERE l.state NOT IN ('refused', 'released')) AS made_at
          FROM payment_in_line l JOIN due d ON d.fund_id = l.fund_id GROUP BY l.fund_id),
    open_cycles AS (
        SELECT d.*, s.paid_until, coalesce(s.held, false) AS held, s.held_because,
               (s.fund_id IS NULL OR s.covered IS NULL OR d.cycle_end > s.covered) AS new_days,
               coalesce(s.waiting_pence, 0) AS waiting_pence
          FROM due d LEFT JOIN standing s ON s.fund_id = d.fund_id
         -- More about a cycle that has run: after the last one, or when something that was due was refused or let go.
         WHERE s.covered IS NULL OR d.cycle_end > s.covered
            OR (NOT s.held AND (s.covered >= d.ends_on OR s.dropped_at > s.made_at))),
    figured AS (
        SELECT o.*, council_owes(o.fund_id, o.cycle_end) AS owed_pence,
               council_paid(o.fund_id) + o.waiting_pence AS paid_before_pence
          FROM open_cycles o)
"""

_LINES = (
    DUE
    + """
    INSERT INTO payment_in_line (id, payment_in_id, fund_id, cycle_start, part, covers_from, covers_until, amount_pence,
                                 owed_pence, paid_before_pence, even_pence, weekly_pence, last_amount_pence, last_days,
                                 last_weekly_pence, transfer, state, because, created_at)
    SELECT gen_random_uuid(), $5, f.fund_id, f.cycle_start,
           (SELECT count(*) FROM payment_in_line l WHERE l.fund_id = f.fund_id AND l.cycle_start = f.cycle_start),
           c.covers_from, f.cycle_end, greatest(f.owed_pence - f.paid_before_pence, 0), f.owed_pence,
           f.paid_before_pence,
           CASE WHEN f.new_days OR f.paid_until IS NULL OR f.paid_until < f.cycle_end
                THEN f.owed_pence - council_owes(f.fund_id, c.covers_from) ELSE 0 END,
           council_weekly(f.fund_id, f.cycle_end - 1), last.amount_pence, last.covers_until - last.covers_from,
           last.weekly_pence, CASE f.route WHEN 'council_managed' THEN 'stays' ELSE 'bank' END,
           CASE WHEN f.owed_pence <= f.paid_before_pence THEN 'nothing' WHEN f.held THEN 'held' ELSE 'proposed' END,
           CASE WHEN f.held AND f.owed_pence > f.paid_before_pence THEN f.held_because ELSE '' END, $6
      FROM figured f
      CROSS JOIN LATERAL (SELECT CASE WHEN f.paid_until IS NULL THEN f.starts_on
                                      WHEN f.paid_until < f.cycle_end THEN f.paid_until
                                      ELSE f.cycle_start END AS covers_from) c
      LEFT JOIN LATERAL (SELECT l.amount_pence, l.covers_from, l.covers_until, l.weekly_pence FROM payment_in_line l
                          WHERE l.fund_id = f.fund_id AND l.state IN ('proposed', 'nothing', 'paid')
                          ORDER BY l.created_at DESC, l.covers_until DESC LIMIT 1) last ON true
     WHERE NOT f.locked AND NOT waits_for_agreement(f.fund_id, $2::date)
       AND (f.owed_pence > f.paid_before_pence OR (f.new_days AND last.amount_pence IS NOT NULL))
    RETURNING amount_pence, state
"""
)


class NothingDue(Conflict):
    """No fund is due, or today's proposal is made already."""

    code = "nothing_due"

    def __init__(self) -> None:
        super().__init__(
            "There is nothing to propose today: no payment is due, or today’s proposal is made already."
        )


async def propose(who: audit.Who, council_id: UUID) -> UUID | None:
    """A council's proposal for today, or None when there is one already or nothing is due. Running it again is safe.

    Two processes at once: the second waits at the proposal's row for the first, and then finds it. Raises
    ParameterNotSet while the council has not said how often it pays, and whether that waits for the agreement.
    """
    today = clock.today()
    await parameter(council_id, Parameter.AGREEMENT_BEFORE_PAYMENT, today)
    weeks = await parameter(council_id, Parameter.PAYMENT_CYCLE_WEEKS, today)
    advance = await parameter(council_id, Parameter.PAYMENT_ADVANCE_DAYS, today)
    payment_id = new_id()
    try:
        async with db.unit_of_work():
            await _write(who, council_id, payment_id, today, weeks, advance)
    except NothingDue:
        return None
    return payment_id


async def _write(
    who: audit.Who, council_id: UUID, payment_id: UUID, today: date, weeks: int, advance: int
) -> None:
    told = reference("PI")
    made = await db.execute(
        "INSERT INTO payment_in (id, reference, council_id, run_day, proposed_by, proposed_at)"
        " VALUES ($1, $2, $3, $4, $5, $6)"
        " ON CONFLICT (council_id, run_day) WHERE state <> 'refused' DO NOTHING",
        payment_id,
        told,
        council_id,
        today,
        who.user_id,
        clock.now(),
    )
    if made != "INSERT 0 1":
        raise NothingDue
    lines = await db.fetch_all(_LINES, council_id, today, weeks, advance, payment_id, clock.now())
    pence = sum(line["amount_pence"] for line in lines if line["state"] == LineState.PROPOSED)
    if not pence:
        raise NothingDue  # Takes the empty proposal back with it.
    await audit.record(
        who,
        "payment_in.proposed",
        "payment_in",
        payment_id,
        after={"reference": told, "council": council_id, "lines": len(lines), "amount": Money(pence)},
    )


async def propose_now(actor: Actor) -> UUID:
    """A proposal outside the job's hour, for the actor's own council. Needs PAYMENT_IN_DECIDE. Raises NothingDue.

    Who proposes it can check it, and another officer approves it.
    """
    require(actor, Permission.PAYMENT_IN_DECIDE)
    if actor.council_id is None:
        raise Forbidden
    made = await propose(actor, actor.council_id)
    if made is None:
        raise NothingDue
    return made


async def propose_for_all(who: audit.Who) -> tuple[int, list[str]]:
    """Today's proposals of every council; answers how many were made, and the councils that pay nothing yet."""
    made, unset = 0, []
    for council in await db.fetch_all("SELECT c.id, c.slug FROM council c ORDER BY c.slug"):
        try:
            made += await propose(who, council["id"]) is not None
        except ParameterNotSet:
            unset.append(council["slug"])
    return made, unset
