-- A price may be for an hour now: it goes by the length of each session (`activity_price_on` of three, of providers).
CREATE OR REPLACE FUNCTION rate_is_searched() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM search_prices_refresh(ARRAY(SELECT DISTINCT activity_id FROM changed));
    RETURN NULL;
END $$;

CREATE FUNCTION search_prices_refresh(p_activities uuid[]) RETURNS void LANGUAGE sql AS $$
    UPDATE search_session s SET price_pence = n.price_pence
      FROM (SELECT t.id, activity_price_on(t.activity_id, t.service_on, session_minutes(t.starts_at, t.ends_at)) AS price_pence
              FROM activity_session t WHERE t.activity_id = ANY (p_activities)) n
     WHERE s.session_id = n.id AND s.activity_id = ANY (p_activities) AND s.price_pence IS DISTINCT FROM n.price_pence
$$;

CREATE OR REPLACE FUNCTION activity_session_inserted_is_searched() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO search_session (session_id, activity_id, starts_at, service_on, weekday, minute, price_pence)
    SELECT f.id, f.activity_id, f.starts_at, f.service_on, extract(isodow FROM w.wall) - 1,
           extract(hour FROM w.wall) * 60 + extract(minute FROM w.wall),
           activity_price_on(f.activity_id, f.service_on, session_minutes(f.starts_at, f.ends_at))
      FROM fresh f CROSS JOIN LATERAL (SELECT f.starts_at AT TIME ZONE 'Europe/London' AS wall) w
     WHERE f.state = 'scheduled'
        ON CONFLICT (session_id) DO NOTHING;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION activity_session_changed_is_searched() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE wall timestamp := NEW.starts_at AT TIME ZONE 'Europe/London';
BEGIN
    DELETE FROM search_session WHERE session_id = OLD.id;
    IF NEW.state = 'scheduled' THEN
        INSERT INTO search_session (session_id, activity_id, starts_at, service_on, weekday, minute, price_pence)
        VALUES (NEW.id, NEW.activity_id, NEW.starts_at, NEW.service_on, extract(isodow FROM wall) - 1,
                extract(hour FROM wall) * 60 + extract(minute FROM wall),
                activity_price_on(NEW.activity_id, NEW.service_on, session_minutes(NEW.starts_at, NEW.ends_at)));
    END IF;
    RETURN NULL;
END $$;
DROP TRIGGER activity_session_changed_is_searched ON activity_session;
CREATE TRIGGER activity_session_changed_is_searched AFTER UPDATE OF activity_id, starts_at, ends_at, state ON activity_session
    FOR EACH ROW WHEN ((OLD.activity_id, OLD.starts_at, OLD.ends_at, OLD.state)
                       IS DISTINCT FROM (NEW.activity_id, NEW.starts_at, NEW.ends_at, NEW.state))
    EXECUTE FUNCTION activity_session_changed_is_searched();

-- Another ratio of its own is another price.
CREATE FUNCTION activity_ratio_is_searched() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM search_prices_refresh(ARRAY(
        SELECT n.id FROM fresh n JOIN stale o ON o.id = n.id WHERE o.support_ratio <> n.support_ratio));
    RETURN NULL;
END $$;
CREATE TRIGGER activity_ratio_is_searched AFTER UPDATE ON activity
    REFERENCING OLD TABLE AS stale NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION activity_ratio_is_searched();

DROP FUNCTION activity_price_on(uuid, date);
