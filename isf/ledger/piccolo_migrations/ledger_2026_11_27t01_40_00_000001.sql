-- A payment that came back can ask for money that is booked again (rules.md 19, 23).
ALTER TABLE over_commitment DROP CONSTRAINT over_commitment_known_kind;
ALTER TABLE over_commitment ADD CONSTRAINT over_commitment_known_kind CHECK (kind IN ('reduction', 'ended', 'returned'));
