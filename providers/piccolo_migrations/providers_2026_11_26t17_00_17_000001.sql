-- Terms of a keeper, a provider or a council, never two at once.
ALTER TABLE term ADD CONSTRAINT term_of_one_keeper CHECK (num_nonnulls(provider_id, council_id) = 1);
ALTER TABLE term ADD CONSTRAINT term_dates CHECK (ends_on >= starts_on);
ALTER TABLE term ADD CONSTRAINT term_one_at_a_time EXCLUDE USING gist
    ((coalesce(provider_id, council_id)) WITH =, daterange(starts_on, ends_on, '[]') WITH &&);

-- A timetable may go on without an end: a job makes its dates.
ALTER TABLE timetable DROP CONSTRAINT timetable_ends;
ALTER TABLE timetable ADD CONSTRAINT timetable_ends CHECK (ends_on IS NULL OR ends_on >= starts_on - 1);
ALTER TABLE timetable ADD CONSTRAINT timetable_known_bank_holidays CHECK (bank_holidays IN ('on', 'off'));
ALTER TABLE timetable ADD CONSTRAINT timetable_known_terms CHECK (in_terms IN ('always', 'term_time', 'holidays'));
ALTER TABLE timetable ADD CONSTRAINT timetable_follows FOREIGN KEY (follows_id) REFERENCES timetable (id);
-- Those that are there made all their dates at once; their bank holidays are among their exceptions.
UPDATE timetable SET made_until = ends_on;
CREATE INDEX timetable_to_make ON timetable (made_until);

-- One session for each day of a rule, wherever it was moved to since.
UPDATE activity_session SET rule_on = service_on WHERE timetable_id IS NOT NULL;
ALTER TABLE activity_session DROP CONSTRAINT activity_session_one_start;
ALTER TABLE activity_session ADD CONSTRAINT activity_session_one_day UNIQUE (timetable_id, rule_on);
ALTER TABLE activity_session ADD CONSTRAINT activity_session_rule_day CHECK (timetable_id IS NOT NULL OR rule_on IS NULL);
ALTER TABLE venue ADD CONSTRAINT venue_of_provider UNIQUE (id, provider_id);
ALTER TABLE activity_session ADD CONSTRAINT activity_session_venue_of_provider
    FOREIGN KEY (venue_id, provider_id) REFERENCES venue (id, provider_id);
