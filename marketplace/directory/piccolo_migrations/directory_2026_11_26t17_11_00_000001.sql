-- Whoever makes a listing, a stopped provider has none: so nobody finds it.
CREATE FUNCTION listing_not_suspended() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF provider_suspended(NEW.provider_id) THEN RETURN NULL; END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER listing_not_suspended BEFORE INSERT ON listing
    FOR EACH ROW EXECUTE FUNCTION listing_not_suspended();

CREATE FUNCTION suspension_is_searched() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF provider_suspended(NEW.provider_id) THEN
        DELETE FROM listing WHERE provider_id = NEW.provider_id;
    ELSE
        PERFORM listing_refresh(ARRAY(SELECT id FROM activity
                                       WHERE provider_id = NEW.provider_id AND state = 'published'));
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER suspension_is_searched AFTER INSERT OR UPDATE ON suspension
    FOR EACH ROW EXECUTE FUNCTION suspension_is_searched();
