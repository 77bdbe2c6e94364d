-- As before, but a place that is offered to somebody on the waitlist is not free.
CREATE OR REPLACE FUNCTION place_booking(
    p_booking uuid, p_reference text, p_person uuid, p_fund uuid, p_session uuid, p_actor uuid, p_organisation uuid,
    p_state text, p_payment text, p_held_until timestamptz, p_price bigint, p_vat_category text, p_vat_rate integer,
    p_notice_hours integer, p_charge_percent integer, p_refill_waives boolean,
    p_recipient text, p_subject text, p_body text,
    p_key text, p_fingerprint text, p_answer text)
RETURNS TABLE (replayed_fingerprint text, replayed_body text) LANGUAGE plpgsql AS $$
DECLARE
    known idempotency_record;
    s activity_session;
    f fund;
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
    SELECT * INTO f FROM fund WHERE id = p_fund AND person_id = p_person AND state = 'open'
        AND starts_on <= s.service_on AND ends_on > s.service_on FOR KEY SHARE;
    IF NOT FOUND THEN RAISE EXCEPTION 'fund_closed' USING ERRCODE = 'FD003'; END IF;
    INSERT INTO booking (id, reference, person_id, fund_id, activity_session_id, provider_id, council_id, route,
            owner_council_id, state, payment, starts_at, ends_at, service_on, price_pence, vat_category,
            vat_rate_basis_points, notice_hours, charge_percent, refill_waives_charge, booked_by, held_until)
        VALUES (p_booking, p_reference, p_person, p_fund, p_session, s.provider_id, f.council_id, f.route,
            s.owner_council_id, p_state, p_payment, s.starts_at, s.ends_at, s.service_on, p_price, p_vat_category,
            p_vat_rate, p_notice_hours, p_charge_percent, p_refill_waives, p_actor, p_held_until);
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
