-- What is owed of a booking's price for a session that took place (rules.md 21): `price_basis` in providers/rules.py.
-- Where the price without VAT stays and less VAT falls on the day than was booked, the difference is not owed, the half
-- penny up. Never more than was booked: the fund holds no more for it.
CREATE FUNCTION price_at_delivery(p_booking uuid) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN x.price_basis = 'net' AND x.now < x.booked
                THEN x.journey + (2 * ((2 * x.support * 10000 + 10000 + x.booked) / (2 * (10000 + x.booked))) * (10000 + x.now)
                                  + 10000) / 20000
                ELSE x.support + x.journey END
      FROM (SELECT b.price_pence - b.transport_pence AS support, b.transport_pence AS journey,
                   b.vat_rate_basis_points::bigint AS booked, v.vat_rate_basis_points::bigint AS now, r.price_basis
              FROM booking b JOIN activity_session s ON s.id = b.activity_session_id
              LEFT JOIN LATERAL rate_on(s.activity_id, b.ratio, b.service_on) r ON true
              LEFT JOIN LATERAL vat_on(b.provider_id, b.service_on, r.vat_category, r.vat_rate_basis_points) v ON true
             WHERE b.id = p_booking) x
$$;
