ALTER TABLE booking_news ADD CONSTRAINT booking_news_known_kind CHECK (kind IN ('booked', 'moved', 'cancelled'));
CREATE INDEX booking_news_to_tell ON booking_news (happened_at) WHERE told_at IS NULL;
CREATE INDEX booking_news_by_provider ON booking_news (provider_id, happened_at DESC);
CREATE INDEX booking_news_by_booking ON booking_news (booking_id);

-- A cheap row with the change, whoever makes it and by whichever statement; the words are made afterwards.
CREATE FUNCTION booking_news_of_new() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO booking_news (id, booking_id, provider_id, kind, happened_at)
        VALUES (gen_random_uuid(), NEW.id, NEW.provider_id, 'booked', NEW.booked_at);
    RETURN NULL;
END $$;
CREATE TRIGGER booking_news_of_new AFTER INSERT ON booking
    FOR EACH ROW WHEN (NEW.state = 'confirmed') EXECUTE FUNCTION booking_news_of_new();

CREATE FUNCTION booking_news_of_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO booking_news (id, booking_id, provider_id, kind, was_at, happened_at)
        VALUES (gen_random_uuid(), NEW.id, NEW.provider_id,
                CASE WHEN NEW.state = 'cancelled' THEN 'cancelled' WHEN OLD.state = 'held' THEN 'booked' ELSE 'moved' END,
                CASE WHEN OLD.starts_at <> NEW.starts_at THEN OLD.starts_at END, coalesce(NEW.cancelled_at, now()));
    RETURN NULL;
END $$;
CREATE TRIGGER booking_news_of_change AFTER UPDATE OF state, starts_at, ends_at ON booking
    FOR EACH ROW WHEN ((NEW.state = 'cancelled' AND OLD.state <> 'cancelled')
                       OR (NEW.state = 'confirmed' AND (OLD.state = 'held' OR OLD.starts_at <> NEW.starts_at
                                                        OR OLD.ends_at <> NEW.ends_at)))
    EXECUTE FUNCTION booking_news_of_change();
