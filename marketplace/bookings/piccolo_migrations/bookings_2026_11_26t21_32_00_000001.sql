-- What is owed for a place given up late is billed, or waived for a refill, when its date is over: it moves with it.
CREATE OR REPLACE FUNCTION booking_follows_session() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE booking b SET starts_at = NEW.starts_at, ends_at = NEW.ends_at, service_on = NEW.service_on
     WHERE activity_session_id = NEW.id
       AND (state IN ('held', 'confirmed') OR state = 'cancelled'
            AND EXISTS (SELECT 1 FROM attendance t WHERE t.booking_id = b.id AND t.outcome = 'late_cancelled'
                           AND t.charge_pence > 0)
            AND NOT EXISTS (SELECT 1 FROM claim c WHERE c.booking_id = b.id AND c.kind = 'invoice'))
       AND (starts_at, ends_at, service_on) IS DISTINCT FROM (NEW.starts_at, NEW.ends_at, NEW.service_on);
    RETURN NULL;
END $$;
