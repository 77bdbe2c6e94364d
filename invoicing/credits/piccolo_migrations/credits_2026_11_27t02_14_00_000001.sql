-- The same is refused as before, with fewer questions for each line. Functions that look into tables that begin empty
-- look by index from the first row on: a plan made for an empty table stays with its session, and a month is billed in one.

-- What an invoice line has to be, by one look: claimed by an invoice (rules.md 22), never what is netted (rules.md 2), not
-- disputed (row P5), and where its attendance was billed before, in the place of a line that was credited whole.
CREATE FUNCTION invoice_line_billable() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
    claimed boolean;
    netted boolean;
    contested boolean;
    earlier integer;
    last invoice_line;
BEGIN
    SELECT EXISTS (SELECT 1 FROM claim WHERE booking_id = NEW.booking_id AND kind = 'invoice'),
           EXISTS (SELECT 1 FROM booking WHERE id = NEW.booking_id AND payment = 'netted'),
           EXISTS (SELECT 1 FROM attendance WHERE booking_id = NEW.booking_id AND disputed),
           (SELECT count(*) FROM invoice_line WHERE booking_id = NEW.booking_id AND invoice_id <> NEW.invoice_id)
      INTO claimed, netted, contested, earlier;
    IF NOT claimed THEN
        RAISE EXCEPTION 'booking % is not claimed by an invoice', NEW.booking_id
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'invoice_line_claimed';
    ELSIF netted THEN
        RAISE EXCEPTION 'booking % is netted from the next payment and never paid', NEW.booking_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'netted_is_never_paid', TABLE = 'invoice_line';
    ELSIF contested THEN
        RAISE EXCEPTION 'the attendance of booking % is disputed', NEW.booking_id
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'invoice_line_not_disputed';
    END IF;
    IF earlier = 0 THEN
        IF NEW.replaces_id IS NULL THEN RETURN NEW; END IF;
    ELSIF EXISTS (SELECT 1 FROM bill_again WHERE booking_id = NEW.booking_id AND lines_before = earlier) THEN
        SELECT * INTO last FROM invoice_line l WHERE l.booking_id = NEW.booking_id AND l.part = NEW.part
            AND NOT EXISTS (SELECT 1 FROM invoice_line n WHERE n.replaces_id = l.id) FOR NO KEY UPDATE;
        IF (NEW.replaces_id IS NULL OR NEW.replaces_id = last.id)
           AND (last.id IS NULL OR line_credited_pence(last.id) = last.gross_pence) THEN
            NEW.replaces_id := last.id;
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'booking % is on an invoice already', NEW.booking_id
        USING ERRCODE = 'unique_violation', CONSTRAINT = 'invoice_line_each_part_once', TABLE = 'invoice_line';
END $$;
CREATE TRIGGER invoice_line_billable BEFORE INSERT ON invoice_line
    FOR EACH ROW EXECUTE FUNCTION invoice_line_billable();
DROP TRIGGER invoice_line_claimed ON invoice_line;
DROP FUNCTION invoice_line_claimed();
DROP TRIGGER invoice_line_netted_is_never_paid ON invoice_line;
DROP TRIGGER invoice_line_not_disputed ON invoice_line;
DROP FUNCTION invoice_line_not_disputed();
DROP TRIGGER invoice_line_replaces ON invoice_line;
DROP FUNCTION invoice_line_replaces();

-- A claim of what is netted is refused for all the claims of a statement at once.
CREATE FUNCTION claims_not_netted() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE netted uuid;
BEGIN
    SELECT c.booking_id INTO netted FROM claimed c JOIN booking b ON b.id = c.booking_id WHERE b.payment = 'netted' LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'booking % is netted from the next payment and never paid', netted
            USING ERRCODE = 'check_violation', CONSTRAINT = 'netted_is_never_paid', TABLE = 'claim';
    END IF;
    RETURN NULL;
END $$;
DROP TRIGGER claim_netted_is_never_paid ON claim;
CREATE TRIGGER claim_netted_is_never_paid AFTER INSERT ON claim REFERENCING NEW TABLE AS claimed
    FOR EACH STATEMENT EXECUTE FUNCTION claims_not_netted();

-- An invoice is the sum of its lines: asked once for each invoice when its transaction ends, and no statement adds lines
-- beyond that. Lines are above zero and stay, so nothing can be added to an invoice that is whole.
DROP TRIGGER invoice_lines_add_up ON invoice_line;
ALTER FUNCTION invoice_lines_add_up() SET enable_seqscan = off;
CREATE FUNCTION invoice_lines_within() RETURNS trigger LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE beyond uuid;
BEGIN
    SELECT i.id INTO beyond
      FROM invoice i CROSS JOIN LATERAL (
            SELECT sum(l.net_pence) AS net, sum(l.gross_pence) AS gross
              FROM invoice_line l WHERE l.invoice_id = i.id) AS lines
     WHERE i.id IN (SELECT invoice_id FROM added) AND (lines.net > i.net_pence OR lines.gross > i.gross_pence) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'the lines of invoice % do not add up to it', beyond
            USING ERRCODE = 'check_violation', CONSTRAINT = 'invoice_lines_add_up', TABLE = 'invoice_line';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER invoice_lines_within AFTER INSERT ON invoice_line REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION invoice_lines_within();

-- `invoice_line_booking_facts` holds the line's booking and the booking's fund already, so these two said nothing more.
ALTER TABLE invoice_line DROP CONSTRAINT invoice_line_booking_id_fkey;
ALTER TABLE invoice_line DROP CONSTRAINT invoice_line_fund_id_fkey;
