-- What happened before this: each for itself, as it was told.
UPDATE booking_news SET change = id::text;
CREATE INDEX booking_news_by_change ON booking_news (change) WHERE told_at IS NULL;

-- What is changed together is told together: the transaction, or what a command that takes several says it is.
CREATE FUNCTION booking_change() RETURNS text LANGUAGE sql STABLE AS $$
    SELECT coalesce(nullif(current_setting('fairday.change', true), ''), pg_current_xact_id()::text)
$$;

CREATE OR REPLACE FUNCTION booking_news_of_new() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO booking_news (id, booking_id, provider_id, kind, change, happened_at)
        VALUES (gen_random_uuid(), NEW.id, NEW.provider_id, 'booked', booking_change(), NEW.booked_at);
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION booking_news_of_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO booking_news (id, booking_id, provider_id, kind, change, was_at, happened_at)
        VALUES (gen_random_uuid(), NEW.id, NEW.provider_id,
                CASE WHEN NEW.state = 'cancelled' THEN 'cancelled' WHEN OLD.state = 'held' THEN 'booked' ELSE 'moved' END,
                booking_change(), CASE WHEN OLD.starts_at <> NEW.starts_at THEN OLD.starts_at END,
                coalesce(NEW.cancelled_at, now()));
    RETURN NULL;
END $$;
