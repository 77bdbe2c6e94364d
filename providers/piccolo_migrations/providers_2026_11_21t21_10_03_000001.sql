ALTER TABLE provider ADD CONSTRAINT provider_known_seller_type CHECK (seller_type IN (
    'in_house', 'private', 'voluntary', 'user_led', 'community_group', 'individual', 'unknown'));
ALTER TABLE provider ADD CONSTRAINT provider_one_source_key UNIQUE (source_id, source_key);

-- One owner at a time, and the owner of a day is a fact that can be asked for.
ALTER TABLE ownership ADD CONSTRAINT ownership_dates CHECK (ends_on IS NULL OR ends_on > starts_on);
ALTER TABLE ownership ADD CONSTRAINT ownership_one_at_a_time
    EXCLUDE USING gist (provider_id WITH =, daterange(starts_on, ends_on) WITH &&);

CREATE FUNCTION owner_on(p_provider uuid, p_day date) RETURNS uuid LANGUAGE sql STABLE AS $$
    SELECT coalesce(
        (SELECT council_id FROM ownership
          WHERE provider_id = p_provider AND daterange(starts_on, ends_on) @> p_day),
        '00000000-0000-0000-0000-000000000000'::uuid)
$$;

ALTER TABLE commission ADD CONSTRAINT commission_known_state CHECK (state IN ('applied', 'approved', 'refused'));
ALTER TABLE commission ADD CONSTRAINT commission_dates
    CHECK (ends_on IS NULL OR ends_on > starts_on);
ALTER TABLE commission ADD CONSTRAINT commission_approved_has_start
    CHECK (state <> 'approved' OR starts_on IS NOT NULL);
ALTER TABLE framework ADD CONSTRAINT framework_of_council UNIQUE (id, council_id);
ALTER TABLE commission ADD CONSTRAINT commission_one_at_a_time EXCLUDE USING gist
    (provider_id WITH =, lot_id WITH =, daterange(starts_on, ends_on) WITH &&) WHERE (state = 'approved');

ALTER TABLE venue ADD CONSTRAINT venue_one_source_key UNIQUE (provider_id, source_key);
ALTER TABLE venue ADD CONSTRAINT venue_whole_position CHECK (num_nonnulls(easting, northing) IN (0, 2));

ALTER TABLE activity ADD CONSTRAINT activity_known_state CHECK (state IN ('draft', 'published', 'archived'));
ALTER TABLE activity ADD CONSTRAINT activity_known_routes
    CHECK (routes_accepted <@ ARRAY['direct_payment', 'isf', 'council_managed']::varchar[]);
ALTER TABLE activity ADD CONSTRAINT activity_charge_share CHECK (charge_percent BETWEEN 0 AND 100);
ALTER TABLE activity ADD CONSTRAINT activity_notice CHECK (notice_hours BETWEEN 0 AND 24 * 90);
ALTER TABLE activity ADD CONSTRAINT activity_one_source_key UNIQUE (source_id, source_key);
ALTER TABLE activity ADD CONSTRAINT activity_of_provider UNIQUE (id, provider_id);

ALTER TABLE rate ADD CONSTRAINT rate_one_a_day UNIQUE (activity_id, starts_on);
ALTER TABLE rate ADD CONSTRAINT rate_not_negative CHECK (price_pence >= 0);
ALTER TABLE rate ADD CONSTRAINT rate_known_vat CHECK (
    (vat_category = 'standard' AND vat_rate_basis_points BETWEEN 1 AND 10000)
    OR (vat_category IN ('exempt', 'zero', 'outside_scope') AND vat_rate_basis_points = 0));

ALTER TABLE timetable ADD CONSTRAINT timetable_ends CHECK (ends_on >= starts_on AND ends_on <= starts_on + 1100);
ALTER TABLE timetable ADD CONSTRAINT timetable_length CHECK (minutes BETWEEN 5 AND 1440);
ALTER TABLE timetable ADD CONSTRAINT timetable_capacity CHECK (capacity > 0);

ALTER TABLE activity_session ADD CONSTRAINT activity_session_known_state CHECK (state IN ('scheduled', 'cancelled'));
ALTER TABLE activity_session ADD CONSTRAINT activity_session_places CHECK (places_taken BETWEEN 0 AND capacity);
ALTER TABLE activity_session ADD CONSTRAINT activity_session_lasts CHECK (ends_at > starts_at);
ALTER TABLE activity_session ADD CONSTRAINT activity_session_of_activity
    FOREIGN KEY (activity_id, provider_id) REFERENCES activity (id, provider_id);
ALTER TABLE activity_session ADD CONSTRAINT activity_session_one_start UNIQUE (timetable_id, starts_at);
ALTER TABLE activity_session ADD CONSTRAINT activity_session_one_source_key UNIQUE (activity_id, source_key);
-- Bookings refer to these three together, which keeps their copy of the owner true.
ALTER TABLE activity_session ADD CONSTRAINT activity_session_owned UNIQUE (id, provider_id, owner_council_id);
CREATE INDEX activity_session_by_activity ON activity_session (activity_id, starts_at);
CREATE INDEX activity_session_by_provider ON activity_session (provider_id, starts_at);

-- Nobody writes the owner of a session: it follows from ownership on the London day of the service.
CREATE FUNCTION activity_session_facts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.service_on := (NEW.starts_at AT TIME ZONE 'Europe/London')::date;
    NEW.owner_council_id := owner_on(NEW.provider_id, NEW.service_on);
    RETURN NEW;
END $$;
CREATE TRIGGER activity_session_facts
    BEFORE INSERT OR UPDATE OF provider_id, starts_at, service_on, owner_council_id ON activity_session
    FOR EACH ROW EXECUTE FUNCTION activity_session_facts();

-- A change of ownership reaches every session (and by cascade every booking and invoice line) in the same transaction.
CREATE FUNCTION ownership_reaches_sessions() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE activity_session s SET owner_council_id = owner_on(s.provider_id, s.service_on)
     WHERE s.provider_id IN (NEW.provider_id, OLD.provider_id)
       AND s.owner_council_id <> owner_on(s.provider_id, s.service_on);
    RETURN NULL;
END $$;
CREATE TRIGGER ownership_reaches_sessions AFTER INSERT OR UPDATE OR DELETE ON ownership
    FOR EACH ROW EXECUTE FUNCTION ownership_reaches_sessions();
