-- What those who deliver support are told: only what the person agreed to share (Accessible Information Standard).
CREATE FUNCTION shared_needs(p_person uuid) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT coalesce(string_agg(words, '; ' ORDER BY recorded_at, id), '') FROM communication_need
     WHERE person_id = p_person AND shared AND ended_on IS NULL
$$;

-- The same as one line for a letter; empty when there is nothing to tell.
CREATE FUNCTION communication_line(p_person uuid) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN s.words = '' THEN '' ELSE
               'How to communicate with ' || coalesce(nullif(p.preferred_name, ''), p.name) || ': ' || s.words || '.' END
      FROM person p, LATERAL (SELECT shared_needs(p.id) AS words) s WHERE p.id = p_person
$$;
