-- A council that paid an ISF to a service of its own would pay itself (rules.md 1, 4); to itself: fund_holder_fits_route.
CREATE FUNCTION fund_not_held_in_house() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM provider p JOIN ownership w ON w.provider_id = p.id
         WHERE p.organisation_id = NEW.holder_organisation_id AND w.council_id = NEW.council_id
           AND daterange(w.starts_on, w.ends_on) && daterange(NEW.starts_on, NEW.ends_on)) THEN
        RAISE EXCEPTION 'an ISF would be held by the council that pays it'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'fund_not_held_in_house', TABLE = 'fund';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER fund_not_held_in_house BEFORE INSERT OR UPDATE OF route, council_id, holder_organisation_id, starts_on
    ON fund FOR EACH ROW WHEN (NEW.route = 'isf') EXECUTE FUNCTION fund_not_held_in_house();
