ALTER TABLE calendar_feed ADD CONSTRAINT calendar_feed_of_one_thing CHECK (CASE kind
    WHEN 'person' THEN person_id IS NOT NULL AND provider_id IS NULL AND venue_id IS NULL
    WHEN 'caseload' THEN person_id IS NULL AND provider_id IS NULL AND venue_id IS NULL
    WHEN 'provider' THEN person_id IS NULL AND provider_id IS NOT NULL AND venue_id IS NULL
    WHEN 'venue' THEN person_id IS NULL AND provider_id IS NOT NULL AND venue_id IS NOT NULL
    ELSE false END);
ALTER TABLE calendar_feed ADD CONSTRAINT calendar_feed_named CHECK (btrim(name) <> '');
CREATE INDEX calendar_feed_by_user ON calendar_feed (user_id, created_at);
