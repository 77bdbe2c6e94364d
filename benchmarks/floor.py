"""The floor for bookings: a bare Litestar handler and one SQL function that does the same checks and writes.

No sign-in, no permission, no idempotency, no framework of ours: what remains is what the work itself costs.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import asyncpg
import msgspec
from litestar import Litestar, post
from litestar.datastructures import State

FUNCTION = """
CREATE OR REPLACE FUNCTION floor_book(p_session uuid, p_fund uuid, p_actor uuid)
RETURNS TABLE (id uuid, reference text, state text, price_pence bigint) LANGUAGE plpgsql AS $$
DECLARE
    f record; made uuid := gen_random_uuid(); told text := 'BK-' || upper(substr(md5(random()::text), 1, 9));
BEGIN
    SELECT a.title, pr.email, s.state AS session_state, s.ends_at, s.service_on, s.owner_council_id, a.routes_accepted,
           a.state AS activity_state, r.price_pence AS price, r.vat_category, r.vat_rate_basis_points, a.notice_hours,
           a.charge_percent, a.refill_waives_charge, n.person_id, n.council_id, n.route, n.starts_on, n.ends_on,
           EXISTS (SELECT 1 FROM commission c WHERE c.provider_id = s.provider_id AND c.council_id = n.council_id
                    AND c.state = 'approved' AND c.starts_on <= s.service_on
                    AND (c.ends_on IS NULL OR c.ends_on > s.service_on)) AS commissioned
      INTO f
      FROM activity_session s JOIN activity a ON a.id = s.activity_id JOIN provider pr ON pr.id = s.provider_id
      LEFT JOIN LATERAL (SELECT * FROM rate WHERE activity_id = s.activity_id AND ratio = a.support_ratio
                                                 AND starts_on <= s.service_on
                          ORDER BY starts_on DESC LIMIT 1) r ON true
      JOIN fund n ON n.id = p_fund
     WHERE s.id = p_session;
    IF NOT FOUND OR f.owner_council_id = f.council_id AND f.route <> 'council_managed'
       OR NOT f.route = ANY (f.routes_accepted) OR NOT f.commissioned OR f.session_state <> 'scheduled'
       OR f.activity_state <> 'published' OR f.ends_at < now() OR f.service_on < f.starts_on
       OR f.service_on >= f.ends_on OR f.price IS NULL THEN
        RAISE EXCEPTION 'refused';
    END IF;
    PERFORM place_booking(made, told, f.person_id, p_fund, p_session, p_actor, NULL, 'confirmed', 'invoice', NULL,
        f.price, f.vat_category, f.vat_rate_basis_points, f.notice_hours, f.charge_percent, f.refill_waives_charge,
        f.email, 'New booking ' || told, f.title || ': one place was booked.', NULL, NULL, NULL);
    RETURN QUERY SELECT made, told, 'confirmed', f.price;
END $$
"""


class Wanted(msgspec.Struct):
    """The body of a request."""

    activity_session_id: UUID
    fund_id: UUID


ACTOR = UUID(int=1)


@post("/bookings")
async def book(data: Wanted, state: State) -> dict[str, object]:
    """One call of one SQL function."""
    async with state.pool.acquire() as connection:
        row = await connection.fetchrow(
            "SELECT * FROM floor_book($1, $2, $3)", data.activity_session_id, data.fund_id, ACTOR
        )
    return dict(row)


@asynccontextmanager
async def _pool(app: Litestar) -> AsyncIterator[None]:
    async def no_reset(connection: asyncpg.Connection) -> None:
        return None

    app.state.pool = await asyncpg.create_pool(
        os.environ["DATABASE_URL"], min_size=2, max_size=4, reset=no_reset
    )
    yield
    await app.state.pool.close()


def create_app() -> Litestar:
    """The bare application."""
    return Litestar([book], lifespan=[_pool], openapi_config=None, logging_config=None)
