-- The search tables are copies. Triggers keep them true in the transaction of the change, so that no caller can forget.
-- A booking changes only places_taken, and fires none of them.
CREATE EXTENSION IF NOT EXISTS pg_trgm;

ALTER TABLE listing ADD COLUMN words tsvector NOT NULL, ADD COLUMN place point;
ALTER TABLE listing ADD CONSTRAINT listing_of_activity
    FOREIGN KEY (activity_id) REFERENCES activity (id) ON DELETE CASCADE;
CREATE INDEX listing_by_words ON listing USING gin (words);
CREATE INDEX listing_by_place ON listing USING gist (place);
CREATE INDEX listing_by_provider ON listing (provider_id);
CREATE INDEX listing_by_town ON listing (town);

ALTER TABLE search_session ADD CONSTRAINT search_session_of_session
    FOREIGN KEY (session_id) REFERENCES activity_session (id) ON DELETE CASCADE;
-- Both answer from the index alone.
CREATE INDEX search_session_by_activity ON search_session (activity_id, starts_at)
    INCLUDE (weekday, minute, price_pence);
CREATE INDEX search_session_by_time ON search_session (starts_at)
    INCLUDE (activity_id, weekday, minute, price_pence);

CREATE INDEX search_word_alike ON search_word USING gist (word gist_trgm_ops);
CREATE UNIQUE INDEX published_fact_in_order ON published_fact (activity_id, position);
CREATE INDEX activity_by_provider ON activity (provider_id);
CREATE INDEX activity_by_venue ON activity (venue_id);

-- The words that people see for a category; a test holds them against providers.rules.Category.
CREATE FUNCTION category_words(p_category text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE p_category
        WHEN 'arts' THEN 'Arts and crafts' WHEN 'cooking' THEN 'Cooking and food'
        WHEN 'dance' THEN 'Dance and drama' WHEN 'gardening' THEN 'Gardening'
        WHEN 'animals' THEN 'Animals and farming' WHEN 'music' THEN 'Music and singing'
        WHEN 'sport' THEN 'Sport and fitness' WHEN 'swimming' THEN 'Swimming'
        WHEN 'learning' THEN 'Learning and computers' WHEN 'work' THEN 'Work and volunteering'
        WHEN 'social' THEN 'Meeting people' WHEN 'outdoors' THEN 'Walks and trips'
        WHEN 'wellbeing' THEN 'Health and wellbeing' WHEN 'day_support' THEN 'Day support'
        ELSE '' END
$$;

-- What one session of an activity costs on a day: the rate that started last; null when none has.
CREATE FUNCTION activity_price_on(p_activity uuid, p_day date) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT price_pence FROM rate WHERE activity_id = p_activity AND starts_on <= p_day
     ORDER BY starts_on DESC LIMIT 1
$$;

-- Makes the listings of these activities anew: published ones are there, others are not.
CREATE FUNCTION listing_refresh(p_activities uuid[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF cardinality(p_activities) = 0 THEN RETURN; END IF;
    DELETE FROM listing l USING activity a
     WHERE l.activity_id = ANY (p_activities) AND a.id = l.activity_id AND a.state <> 'published';
    WITH shown AS (
        SELECT a.id, a.provider_id, a.title, a.category, a.outcomes, a.support_ratio, a.routes_accepted,
               ARRAY(SELECT DISTINCT unnest(a.access_features || coalesce(v.access_features, '{}'))) AS access_features,
               coalesce(v.town, '') AS town, point(v.easting, v.northing) AS place, a.summary,
               concat_ws(' ', a.title, category_words(a.category), p.name, v.name, v.town) AS names,
               concat_ws(' ', category_words(a.category), p.name, v.name, v.town) AS around,
               (SELECT string_agg(f.text, ' ') FROM published_fact f WHERE f.activity_id = a.id) AS facts
          FROM activity a
          JOIN provider p ON p.id = a.provider_id
          LEFT JOIN venue v ON v.id = a.venue_id
         WHERE a.id = ANY (p_activities) AND a.state = 'published'
    ), vocabulary AS (
        INSERT INTO search_word (word)
        SELECT DISTINCT word FROM shown, regexp_split_to_table(lower(names), '[^[:alpha:]]+') AS word
         WHERE length(word) BETWEEN 4 AND 40
         ORDER BY word
            ON CONFLICT DO NOTHING
    )
    INSERT INTO listing AS l (activity_id, provider_id, title, category, outcomes, access_features, support_ratio,
                              routes_accepted, town, place, words)
    SELECT id, provider_id, title, category, outcomes, access_features, support_ratio, routes_accepted, lower(town),
           place,
           setweight(to_tsvector('english', title), 'A')
           -- Unstemmed too, so that the beginning of a word finds it.
           || setweight(to_tsvector('simple', names), 'B')
           || setweight(to_tsvector('english', around), 'B')
           || setweight(to_tsvector('english', left(summary, 20000)), 'C')
           || setweight(to_tsvector('english', replace(array_to_string(access_features, ' '), '_', ' ')), 'D')
           || setweight(to_tsvector('english', left(coalesce(facts, ''), 20000)), 'D')
      FROM shown ORDER BY id
        ON CONFLICT (activity_id) DO UPDATE SET
           provider_id = excluded.provider_id, title = excluded.title, category = excluded.category,
           outcomes = excluded.outcomes, access_features = excluded.access_features,
           support_ratio = excluded.support_ratio, routes_accepted = excluded.routes_accepted, town = excluded.town,
           place = excluded.place, words = excluded.words;
END $$;

-- Activities
CREATE FUNCTION activity_is_searched() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM listing_refresh(ARRAY(SELECT id FROM fresh WHERE state = 'published'));
    ELSE
        PERFORM listing_refresh(ARRAY(
            SELECT n.id FROM fresh n JOIN stale o ON o.id = n.id
             WHERE (o.title, o.summary, o.category, o.outcomes, o.access_features, o.support_ratio,
                    o.routes_accepted, o.venue_id, o.provider_id, o.state)
                IS DISTINCT FROM
                   (n.title, n.summary, n.category, n.outcomes, n.access_features, n.support_ratio,
                    n.routes_accepted, n.venue_id, n.provider_id, n.state)));
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER activity_inserted_is_searched AFTER INSERT ON activity
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION activity_is_searched();
CREATE TRIGGER activity_updated_is_searched AFTER UPDATE ON activity
    REFERENCING OLD TABLE AS stale NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION activity_is_searched();

-- What a publisher says about them
CREATE FUNCTION published_fact_is_searched() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM listing_refresh(ARRAY(SELECT DISTINCT activity_id FROM changed));
    RETURN NULL;
END $$;
CREATE TRIGGER published_fact_inserted_is_searched AFTER INSERT ON published_fact
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION published_fact_is_searched();
CREATE TRIGGER published_fact_updated_is_searched AFTER UPDATE ON published_fact
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION published_fact_is_searched();
CREATE TRIGGER published_fact_deleted_is_searched AFTER DELETE ON published_fact
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION published_fact_is_searched();

-- Venues and providers
CREATE FUNCTION venue_is_searched() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM listing_refresh(ARRAY(
        SELECT a.id FROM fresh n JOIN stale o ON o.id = n.id JOIN activity a ON a.venue_id = n.id
         WHERE (o.name, o.town, o.easting, o.northing, o.access_features)
            IS DISTINCT FROM (n.name, n.town, n.easting, n.northing, n.access_features)));
    RETURN NULL;
END $$;
CREATE TRIGGER venue_updated_is_searched AFTER UPDATE ON venue
    REFERENCING OLD TABLE AS stale NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION venue_is_searched();

CREATE FUNCTION provider_is_searched() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM listing_refresh(ARRAY(
        SELECT a.id FROM fresh n JOIN stale o ON o.id = n.id JOIN activity a ON a.provider_id = n.id
         WHERE o.name IS DISTINCT FROM n.name));
    RETURN NULL;
END $$;
CREATE TRIGGER provider_updated_is_searched AFTER UPDATE ON provider
    REFERENCING OLD TABLE AS stale NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION provider_is_searched();

-- Prices
CREATE FUNCTION rate_is_searched() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE search_session s SET price_pence = activity_price_on(s.activity_id, s.service_on)
     WHERE s.activity_id IN (SELECT activity_id FROM changed)
       AND s.price_pence IS DISTINCT FROM activity_price_on(s.activity_id, s.service_on);
    RETURN NULL;
END $$;
CREATE TRIGGER rate_inserted_is_searched AFTER INSERT ON rate
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION rate_is_searched();
CREATE TRIGGER rate_updated_is_searched AFTER UPDATE ON rate
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION rate_is_searched();
CREATE TRIGGER rate_deleted_is_searched AFTER DELETE ON rate
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION rate_is_searched();

-- Dates: inserted many at a time, changed one by one. The columns named below are never touched by a booking.
CREATE FUNCTION activity_session_inserted_is_searched() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO search_session (session_id, activity_id, starts_at, service_on, weekday, minute, price_pence)
    SELECT f.id, f.activity_id, f.starts_at, f.service_on, extract(isodow FROM w.wall) - 1,
           extract(hour FROM w.wall) * 60 + extract(minute FROM w.wall), activity_price_on(f.activity_id, f.service_on)
      FROM fresh f CROSS JOIN LATERAL (SELECT f.starts_at AT TIME ZONE 'Europe/London' AS wall) w
     WHERE f.state = 'scheduled'
        ON CONFLICT (session_id) DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER activity_session_inserted_is_searched AFTER INSERT ON activity_session
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION activity_session_inserted_is_searched();

CREATE FUNCTION activity_session_changed_is_searched() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE wall timestamp := NEW.starts_at AT TIME ZONE 'Europe/London';
BEGIN
    DELETE FROM search_session WHERE session_id = OLD.id;
    IF NEW.state = 'scheduled' THEN
        INSERT INTO search_session (session_id, activity_id, starts_at, service_on, weekday, minute, price_pence)
        VALUES (NEW.id, NEW.activity_id, NEW.starts_at, NEW.service_on, extract(isodow FROM wall) - 1,
                extract(hour FROM wall) * 60 + extract(minute FROM wall),
                activity_price_on(NEW.activity_id, NEW.service_on));
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER activity_session_changed_is_searched AFTER UPDATE OF activity_id, starts_at, state ON activity_session
    FOR EACH ROW
    WHEN ((OLD.activity_id, OLD.starts_at, OLD.state) IS DISTINCT FROM (NEW.activity_id, NEW.starts_at, NEW.state))
    EXECUTE FUNCTION activity_session_changed_is_searched();

-- What is there already
SELECT listing_refresh(ARRAY(SELECT id FROM activity WHERE state = 'published'));
INSERT INTO search_session (session_id, activity_id, starts_at, service_on, weekday, minute, price_pence)
SELECT f.id, f.activity_id, f.starts_at, f.service_on, extract(isodow FROM w.wall) - 1,
       extract(hour FROM w.wall) * 60 + extract(minute FROM w.wall), activity_price_on(f.activity_id, f.service_on)
  FROM activity_session f CROSS JOIN LATERAL (SELECT f.starts_at AT TIME ZONE 'Europe/London' AS wall) w
 WHERE f.state = 'scheduled';
