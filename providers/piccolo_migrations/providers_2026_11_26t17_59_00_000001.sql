-- Six places, and never two pictures in one; checked at the end of a statement, so that all can move at once.
ALTER TABLE picture ADD CONSTRAINT picture_has_a_place CHECK (position BETWEEN 1 AND 6);
ALTER TABLE picture ADD CONSTRAINT picture_one_in_a_place UNIQUE (activity_id, position) DEFERRABLE;
ALTER TABLE picture ADD CONSTRAINT picture_in_words CHECK (btrim(alt) <> '');
ALTER TABLE picture ADD CONSTRAINT picture_has_copies CHECK (cardinality(widths) > 0 AND width > 0 AND height > 0);
