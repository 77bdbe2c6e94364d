"""A month of attendances as it lies in the books before it is billed: sellers, holders, people and their dates."""

import os
from datetime import date

from marketplace.kernel import db
from tests.world import World

SELLERS = int(os.environ.get("BENCH_SELLERS") or 40)
HOLDERS = int(os.environ.get("BENCH_HOLDERS") or 50)
PEOPLE, DATES = 5, 5  # of each holder, and of each seller: 25 lines on each invoice

_COPY = "INSERT INTO {table} SELECT (jsonb_populate_record(t, {changes})).* FROM {table} t, {many} WHERE t.id = {one}"
_MAKE = (
    # Sellers: everything of one that the commands made, again and again.
    f"CREATE UNLOGGED TABLE seller AS SELECT n, gen_random_uuid() AS organisation, gen_random_uuid() AS id,"
    f" gen_random_uuid() AS activity FROM generate_series(1, {SELLERS}) AS n",
    _COPY.format(
        table="organisation", many="seller", one="$1",
        changes="jsonb_build_object('id', seller.organisation, 'name', 'Seller ' || n)",
    ),
    _COPY.format(
        table="provider", many="seller", one="$2",
        changes="jsonb_build_object('id', seller.id, 'organisation_id', seller.organisation, 'name', 'Seller ' || n,"
        " 'slug', left(md5(n::text), 8), 'registration_number', '11' || (10000 + n))",
    ),
    _COPY.format(
        table="activity", many="seller", one="$3",
        changes="jsonb_build_object('id', seller.activity, 'provider_id', seller.id)",
    ),
    "INSERT INTO vat_registration (id, provider_id, vat_number, starts_on)"
    " SELECT gen_random_uuid(), id, 'GB980780684', '2000-01-01' FROM seller",
    # Half of them sell welfare, the others what carries VAT.
    "INSERT INTO rate (id, activity_id, starts_on, price_pence, vat_category, vat_rate_basis_points, ratio)"
    " SELECT gen_random_uuid(), activity, '2000-01-01', 3850, CASE n % 2 WHEN 0 THEN 'exempt' ELSE 'standard' END,"
    " n % 2 * 2000, 'group' FROM seller",
    f"CREATE UNLOGGED TABLE held AS SELECT n, k, seller.id AS provider, gen_random_uuid() AS id, activity,"
    f" $5::date + ((n * {DATES} + k) / 8)::int AS day, 9 + (n * {DATES} + k) % 8 AS hour"
    f" FROM seller, generate_series(0, {DATES - 1}) AS k",
    _COPY.format(
        table="activity_session", many="held", one="$4",
        changes="jsonb_build_object('id', held.id, 'activity_id', held.activity, 'provider_id', held.provider,"
        " 'service_on', held.day, 'starts_at', held.day + make_interval(hours => held.hour),"
        " 'ends_at', held.day + make_interval(hours => held.hour + 1))",
    ),
)  # fmt: skip
_PEOPLE = (
    f"CREATE UNLOGGED TABLE holder AS SELECT h, gen_random_uuid() AS id FROM generate_series(1, {HOLDERS}) AS h",
    _COPY.format(
        table="organisation", many="holder", one="$2",
        changes="jsonb_build_object('id', holder.id, 'name', 'Holder ' || h)",
    ),
    "CREATE UNLOGGED TABLE somebody AS SELECT gen_random_uuid() AS id, gen_random_uuid() AS budget,"
    f" gen_random_uuid() AS fund, holder.id AS holder, h * 100 + n AS n FROM holder, generate_series(1, {PEOPLE}) AS n",
    "INSERT INTO person (id, council_id, reference, name) SELECT id, $1, 'PN-I' || n, 'Person ' || n FROM somebody",
    "INSERT INTO personal_budget (id, person_id, version, council_share_pence, contribution_pence, starts_on, ends_on)"
    " SELECT budget, id, 1, 10000000, 0, $3::date - 60, $3::date + 365 FROM somebody",
    "INSERT INTO fund (id, budget_id, person_id, council_id, route, holder_organisation_id, amount_pence, starts_on,"
    " ends_on) SELECT fund, budget, id, $1, 'isf', holder, 10000000, $3::date - 60, $3::date + 365 FROM somebody",
    """INSERT INTO booking (id, reference, person_id, fund_id, activity_session_id, provider_id, council_id, route,
                            owner_council_id, state, starts_at, ends_at, service_on, price_pence, vat_category,
                            vat_rate_basis_points, notice_hours, charge_percent, refill_waives_charge)
       SELECT gen_random_uuid(), 'BK' || upper(substr(md5(p.id::text || s.id::text), 1, 10)), p.id, p.fund, s.id,
              s.provider_id, $1, 'isf', s.owner_council_id, 'delivered', s.starts_at, s.ends_at, s.service_on, 3850,
              'exempt', 0, 48, 50, true
         FROM somebody p, activity_session s JOIN held ON held.id = s.id""",
    "INSERT INTO attendance (id, booking_id, outcome, charge_pence) SELECT gen_random_uuid(), id, 'attended', 3850"
    " FROM booking WHERE provider_id IN (SELECT id FROM seller)",
)  # fmt: skip


def _told(statement: str, *values: object) -> str:
    """A statement with its values in it: what makes a table takes no parameters."""
    for place, value in enumerate(values, start=1):
        statement = statement.replace(f"${place}", f"'{value}'")
    return statement


async def prepare(world: World, month: date) -> None:
    """Sellers, holders and people; each person was at every date of every seller."""
    activity = await world.activity()
    session = await world.session(activity)
    organisation = await db.fetch_value("SELECT organisation_id FROM provider WHERE id = $1", world.pettypool)
    async with db.connection() as connection:
        # Past the triggers that know today's rules: this is a month as it lies in the books afterwards.
        await connection.execute("SET session_replication_role = replica")
        for statement in _MAKE:
            await connection.execute(
                _told(statement, organisation, world.pettypool, activity, session, month)
            )
        for statement in _PEOPLE:
            await connection.execute(_told(statement, world.council, world.harbour, month))
        await connection.execute("SET session_replication_role = DEFAULT")
        await connection.execute("ANALYZE")
