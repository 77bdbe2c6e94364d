-- An invoice is its seller's to its payer: each line is of a booking at that seller, out of a fund that this payer holds.
-- So what one seller is owed never becomes another's money, a service of the council's own among them (rules.md 1).
CREATE FUNCTION invoice_line_of_its_parties() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM written w JOIN invoice i ON i.id = w.invoice_id JOIN booking b ON b.id = w.booking_id
          JOIN fund f ON f.id = b.fund_id
         WHERE b.provider_id <> i.provider_id
            OR f.holder_organisation_id IS DISTINCT FROM i.payer_organisation_id
            OR f.holder_user_id IS DISTINCT FROM i.payer_user_id) THEN
        RAISE EXCEPTION 'a line is of a booking at the seller of its invoice, and its payer holds the fund'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'invoice_line_of_its_parties', TABLE = 'invoice_line';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER invoice_line_of_its_parties AFTER INSERT ON invoice_line
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION invoice_line_of_its_parties();
