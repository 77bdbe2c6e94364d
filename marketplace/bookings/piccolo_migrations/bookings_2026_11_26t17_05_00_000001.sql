ALTER TABLE series ADD CONSTRAINT series_known_state CHECK (state IN ('running', 'stopped'));
ALTER TABLE series ADD CONSTRAINT series_every_weeks CHECK (every_weeks BETWEEN 1 AND 52);
ALTER TABLE series_left_out ADD CONSTRAINT series_left_out_once UNIQUE (series_id, activity_session_id);
CREATE INDEX series_by_person ON series (person_id);
CREATE INDEX booking_by_series ON booking (series_id) WHERE series_id IS NOT NULL;

ALTER TABLE support_group ADD CONSTRAINT support_group_number UNIQUE (activity_session_id, ratio, number);
ALTER TABLE support_group ADD CONSTRAINT support_group_known_ratio CHECK (ratio IN ('1:2', '1:3'));
ALTER TABLE support_group ADD CONSTRAINT support_group_amounts CHECK (seats > 1 AND worker_pence >= 0);
-- What a group costs together was agreed with everybody in it.
CREATE TRIGGER support_group_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON support_group
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

UPDATE booking SET ratio = a.support_ratio FROM activity_session s JOIN activity a ON a.id = s.activity_id
 WHERE s.id = booking.activity_session_id;
ALTER TABLE booking ADD CONSTRAINT booking_known_ratio CHECK (ratio IN ('1:1', '1:2', '1:3', 'group'));
ALTER TABLE booking ADD CONSTRAINT booking_transport CHECK (
    transport_pence BETWEEN 0 AND price_pence
    AND (transport_vat_category IS NULL) = (transport_vat_rate_basis_points IS NULL)
    AND (transport_pence = 0 OR transport_vat_category IS NOT NULL));
ALTER TABLE booking ADD CONSTRAINT booking_seat CHECK ((support_group_id IS NULL) = (seat IS NULL) AND seat > 0);
-- A seat is one person's at a time; whoever gives it up leaves it to the next with exactly its share.
CREATE UNIQUE INDEX booking_one_on_each_seat ON booking (support_group_id, seat)
    WHERE state IN ('held', 'confirmed', 'delivered', 'missed');

-- The share of one seat in the worker's price, by largest remainder: the first seats carry the odd pennies.
CREATE FUNCTION seat_share(p_worker bigint, p_seats integer, p_seat integer) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
    SELECT p_worker / p_seats + CASE WHEN p_seat <= p_worker % p_seats THEN 1 ELSE 0 END
$$;
-- How many people share a worker at a ratio.
CREATE FUNCTION seats_of(p_ratio text) RETURNS integer LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE p_ratio WHEN '1:2' THEN 2 WHEN '1:3' THEN 3 END
$$;
-- The seat that the next person gets: the first empty one of the first group that has one, else the first of a new
-- group (`support_group` is null). Certain only for whoever holds the session.
CREATE FUNCTION next_seat(p_session uuid, p_ratio text, p_worker bigint)
RETURNS TABLE (group_id uuid, seat integer, share_pence bigint) LANGUAGE sql STABLE AS $$
    (SELECT g.id, n::integer, seat_share(g.worker_pence, g.seats, n::integer)
       FROM support_group g, generate_series(1, g.seats) AS n
      WHERE g.activity_session_id = p_session AND g.ratio = p_ratio AND NOT EXISTS (
            SELECT 1 FROM booking b WHERE b.support_group_id = g.id AND b.seat = n
               AND b.state IN ('held', 'confirmed', 'delivered', 'missed'))
      ORDER BY g.number, n LIMIT 1)
    UNION ALL
    SELECT NULL::uuid, 1, seat_share(p_worker, seats_of(p_ratio), 1)
     ORDER BY 1 NULLS LAST LIMIT 1
$$;

-- As before, and: a series, a ratio, transport within the price, and a seat for whoever shares a worker. The books of
-- the fund are locked before the booking is written, so that whoever waits for somebody's other booking holds no money
-- that this one waits for.
-- `p_price` is all that the fund holds. With `p_worker` (the worker's price) the seat must cost what was shown:
-- otherwise seat_changed, FD004.
DROP FUNCTION place_booking(uuid, text, uuid, uuid, uuid, uuid, uuid, text, text, timestamptz, bigint, text, integer,
    integer, integer, boolean, text, text, text, text, text, text);
CREATE FUNCTION place_booking(
    p_booking uuid, p_reference text, p_person uuid, p_fund uuid, p_session uuid, p_actor uuid, p_organisation uuid,
    p_state text, p_payment text, p_held_until timestamptz, p_price bigint, p_vat_category text, p_vat_rate integer,
    p_notice_hours integer, p_charge_percent integer, p_refill_waives boolean,
    p_recipient text, p_subject text, p_body text,
    p_key text, p_fingerprint text, p_answer text,
    p_series uuid DEFAULT NULL, p_ratio text DEFAULT NULL, p_worker bigint DEFAULT NULL, p_transport bigint DEFAULT 0,
    p_transport_vat_category text DEFAULT NULL, p_transport_vat_rate integer DEFAULT NULL)
RETURNS TABLE (replayed_fingerprint text, replayed_body text) LANGUAGE plpgsql AS $$
DECLARE
    known idempotency_record;
    s activity_session;
    f fund;
    place record;
BEGIN
    IF p_key IS NOT NULL THEN
        known := idempotency_claim(p_actor, p_key, p_fingerprint, 201, p_answer);
        IF known.key IS NOT NULL THEN
            RETURN QUERY SELECT known.fingerprint::text, known.body;
            RETURN;
        END IF;
    END IF;
    UPDATE activity_session SET places_taken = places_taken + 1
     WHERE id = p_session AND state = 'scheduled' AND places_taken + places_offered < capacity RETURNING * INTO s;
    IF NOT FOUND THEN
        IF EXISTS (SELECT 1 FROM activity_session WHERE id = p_session AND state = 'scheduled') THEN
            RAISE EXCEPTION 'session_full' USING ERRCODE = 'FD001';
        END IF;
        RAISE EXCEPTION 'not_bookable' USING ERRCODE = 'FD002';
    END IF;
    SELECT NULL::uuid AS group_id, NULL::integer AS seat INTO place;
    IF p_worker IS NOT NULL THEN
        SELECT * INTO place FROM next_seat(p_session, p_ratio, p_worker);
        IF place.share_pence + p_transport <> p_price THEN
            RAISE EXCEPTION 'seat_changed' USING ERRCODE = 'FD004';
        END IF;
        IF place.group_id IS NULL THEN
            place.group_id := gen_random_uuid();
            INSERT INTO support_group (id, activity_session_id, ratio, number, seats, worker_pence)
                SELECT place.group_id, p_session, p_ratio, 1 + count(*), seats_of(p_ratio), p_worker
                  FROM support_group WHERE activity_session_id = p_session AND ratio = p_ratio;
        END IF;
    END IF;
    SELECT * INTO f FROM fund WHERE id = p_fund AND person_id = p_person AND state = 'open'
        AND starts_on <= s.service_on AND ends_on > s.service_on FOR KEY SHARE;
    IF NOT FOUND THEN RAISE EXCEPTION 'fund_closed' USING ERRCODE = 'FD003'; END IF;
    PERFORM 1 FROM ledger_head WHERE fund_id = p_fund FOR UPDATE;
    INSERT INTO booking (id, reference, person_id, fund_id, activity_session_id, provider_id, council_id, route,
            owner_council_id, state, payment, starts_at, ends_at, service_on, price_pence, vat_category,
            vat_rate_basis_points, notice_hours, charge_percent, refill_waives_charge, booked_by, held_until,
            series_id, ratio, transport_pence, transport_vat_category, transport_vat_rate_basis_points,
            support_group_id, seat)
        VALUES (p_booking, p_reference, p_person, p_fund, p_session, s.provider_id, f.council_id, f.route,
            s.owner_council_id, p_state, p_payment, s.starts_at, s.ends_at, s.service_on, p_price, p_vat_category,
            p_vat_rate, p_notice_hours, p_charge_percent, p_refill_waives, p_actor, p_held_until,
            p_series, coalesce(p_ratio, (SELECT support_ratio FROM activity WHERE id = s.activity_id)), p_transport,
            p_transport_vat_category, p_transport_vat_rate, place.group_id, place.seat);
    IF p_price > 0 THEN
        PERFORM ledger_post(p_fund, 'booking:' || p_booking || ':hold', 'hold', p_booking, s.service_on, p_actor, '',
                            ARRAY['available', 'committed'], ARRAY[-p_price, p_price]);
    END IF;
    INSERT INTO audit_record (actor_user, actor_organisation, action, subject_type, subject_id, after)
        VALUES (p_actor, p_organisation, 'booking.' || p_state, 'booking', p_booking,
                jsonb_build_object('state', p_state, 'fund', p_fund, 'session', p_session, 'price_pence', p_price));
    IF p_recipient <> '' THEN
        INSERT INTO outbox_message (id, topic, recipient, subject, body)
            VALUES (gen_random_uuid(), 'mail', p_recipient, p_subject, p_body);
    END IF;
    RETURN;
END $$;

-- Takes any number of places for one person from one fund, in the order of the array (earliest first: two such
-- calls for one person then never wait for each other in a ring). All sessions are locked first, by id; then the fund.
-- Answers a row for each date: refused is null for a booking that was made. A refused date undoes only itself; whoever
-- wants all or nothing rolls back. A reference that was drawn before is raised, to be drawn again.
CREATE FUNCTION place_bookings(p_person uuid, p_fund uuid, p_series uuid, p_actor uuid, p_organisation uuid, p_dates jsonb)
RETURNS TABLE (booking_id uuid, refused text, refused_constraint text, refused_detail text) LANGUAGE plpgsql AS $$
DECLARE
    d record;
BEGIN
    PERFORM 1 FROM activity_session WHERE id IN (SELECT (e ->> 'session')::uuid FROM jsonb_array_elements(p_dates) AS e)
      ORDER BY id FOR NO KEY UPDATE;
    PERFORM 1 FROM fund WHERE id = p_fund FOR KEY SHARE;
    PERFORM 1 FROM ledger_head WHERE fund_id = p_fund FOR UPDATE;
    FOR d IN SELECT * FROM jsonb_to_recordset(p_dates) AS x(
            booking uuid, reference text, session uuid, price bigint, vat_category text, vat_rate integer,
            notice_hours integer, charge_percent integer, refill_waives boolean, ratio text, worker bigint,
            transport bigint, transport_vat_category text, transport_vat_rate integer)
    LOOP
        booking_id := d.booking; refused := NULL; refused_constraint := NULL; refused_detail := NULL;
        BEGIN
            PERFORM place_booking(d.booking, d.reference, p_person, p_fund, d.session, p_actor, p_organisation,
                'confirmed', 'invoice', NULL, d.price, d.vat_category, d.vat_rate, d.notice_hours, d.charge_percent,
                d.refill_waives, '', '', '', NULL, NULL, NULL, p_series, d.ratio, d.worker, d.transport,
                d.transport_vat_category, d.transport_vat_rate);
        EXCEPTION WHEN OTHERS THEN
            GET STACKED DIAGNOSTICS refused = RETURNED_SQLSTATE, refused_constraint = CONSTRAINT_NAME,
                refused_detail = PG_EXCEPTION_DETAIL;
            IF refused NOT LIKE 'FD%' AND refused NOT LIKE '23%' OR refused_constraint = 'booking_reference_key' THEN
                RAISE;
            END IF;
        END;
        RETURN NEXT;
    END LOOP;
END $$;
