ALTER TABLE commission DROP CONSTRAINT commission_known_state;
ALTER TABLE commission ADD CONSTRAINT commission_known_state
    CHECK (state IN ('draft', 'applied', 'returned', 'approved', 'refused', 'withdrawn'));
UPDATE commission SET sent_at = created_at;
ALTER TABLE commission ADD CONSTRAINT commission_sent
    CHECK (state IN ('draft', 'withdrawn') OR sent_at IS NOT NULL);
-- Of one provider one application to a lot is on its way at a time.
CREATE UNIQUE INDEX commission_one_on_its_way ON commission (provider_id, lot_id)
    WHERE state IN ('draft', 'applied', 'returned');
CREATE INDEX commission_by_council ON commission (council_id, state);
