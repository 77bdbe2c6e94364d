-- A place is free when nobody has it and it is kept for nobody: offered places are not promised twice.
ALTER TABLE activity_session DROP CONSTRAINT activity_session_places;
ALTER TABLE activity_session ADD CONSTRAINT activity_session_places CHECK (
    places_taken >= 0 AND places_offered >= 0 AND places_taken + places_offered <= capacity);
