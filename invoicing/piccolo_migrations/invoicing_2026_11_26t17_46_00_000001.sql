-- An attendance makes one line for the support and one for the journey, each once and for ever (rules.md 22).
ALTER TABLE invoice_line DROP CONSTRAINT IF EXISTS invoice_line_booking_id_key;
ALTER TABLE invoice_line ADD CONSTRAINT invoice_line_each_part_once UNIQUE (booking_id, part);
ALTER TABLE invoice_line ADD CONSTRAINT invoice_line_known_part CHECK (part IN ('support', 'transport'));
