-- Everything about a credit is issued once and stays (rules.md 23).
CREATE TRIGGER credit_note_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON credit_note
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER credit_note_line_append_only BEFORE DELETE OR TRUNCATE ON credit_note_line
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER credit_settlement_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON credit_settlement
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER bill_again_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON bill_again
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

ALTER TABLE credit_note ADD CONSTRAINT credit_note_adds_up CHECK (net_pence + vat_pence = gross_pence AND gross_pence > 0);
ALTER TABLE credit_note ADD CONSTRAINT credit_note_one_payer CHECK (num_nonnulls(payer_organisation_id, payer_user_id) = 1);
ALTER TABLE credit_note ADD CONSTRAINT credit_note_because CHECK (because <> '');
CREATE INDEX credit_note_by_provider ON credit_note (provider_id, issued_on);
CREATE INDEX credit_note_by_payer ON credit_note (payer_organisation_id, issued_on);
CREATE INDEX credit_note_by_payer_user ON credit_note (payer_user_id, issued_on);

ALTER TABLE credit_note_line ADD CONSTRAINT credit_note_line_one_position UNIQUE (credit_note_id, position);
ALTER TABLE credit_note_line ADD CONSTRAINT credit_note_line_once UNIQUE (credit_note_id, invoice_line_id);
ALTER TABLE credit_note_line ADD CONSTRAINT credit_note_line_amounts
    CHECK (gross_pence > 0 AND net_pence BETWEEN 0 AND gross_pence);
-- The in-house rule once more, where money goes through (rules.md 1).
ALTER TABLE credit_note_line ADD CONSTRAINT credit_note_line_booking_facts
    FOREIGN KEY (booking_id, fund_id, council_id, route, owner_council_id)
    REFERENCES booking (id, fund_id, council_id, route, owner_council_id) ON UPDATE CASCADE;
ALTER TABLE credit_note_line ADD CONSTRAINT credit_note_line_not_in_house CHECK (
    route = 'council_managed' OR owner_council_id <> council_id);
CREATE FUNCTION credit_note_line_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (to_jsonb(NEW) - 'owner_council_id') = (to_jsonb(OLD) - 'owner_council_id') THEN RETURN NEW; END IF;
    RAISE EXCEPTION 'an issued credit note never changes'
        USING ERRCODE = 'restrict_violation', CONSTRAINT = 'credit_note_frozen';
END $$;
CREATE TRIGGER credit_note_line_frozen BEFORE UPDATE ON credit_note_line
    FOR EACH ROW EXECUTE FUNCTION credit_note_line_frozen();

-- What is credited of a line, and what of that came back after it was paid.
CREATE OR REPLACE FUNCTION line_credited_pence(line uuid) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT coalesce(sum(gross_pence), 0)::bigint FROM credit_note_line WHERE invoice_line_id = line
$$;
CREATE FUNCTION line_credit_settled_pence(line uuid, kinds text[]) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT coalesce(sum(s.amount_pence), 0)::bigint
      FROM credit_settlement s JOIN credit_note_line c ON c.id = s.credit_note_line_id
     WHERE c.invoice_line_id = line AND s.kind = ANY (kinds)
$$;
CREATE OR REPLACE FUNCTION line_open_pence(line uuid) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT greatest(0, l.gross_pence - line_credited_pence(l.id) - line_paid_pence(l.id)
                     + line_credit_settled_pence(l.id, ARRAY['netted', 'received']))
      FROM invoice_line l WHERE l.id = line
$$;
-- As long as an invoice is paid as a whole, what is paid of its lines is what was not credited before.
DO $do$ BEGIN
    IF (SELECT prosrc FROM pg_proc WHERE proname = 'line_paid_pence') LIKE '%THEN l.gross_pence ELSE 0 END%' THEN
        CREATE OR REPLACE FUNCTION line_paid_pence(line uuid) RETURNS bigint LANGUAGE sql STABLE AS $$
            SELECT CASE WHEN i.state = 'paid' THEN l.gross_pence - line_credit_settled_pence(l.id, ARRAY['unpaid']) ELSE 0 END
              FROM invoice_line l JOIN invoice i ON i.id = l.invoice_id WHERE l.id = line
        $$;
    END IF;
END $do$;

-- A credit mirrors its line and never takes more than is left of it; two at once wait for each other at the line.
CREATE FUNCTION credit_note_line_mirrors() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    line invoice_line;
    gross bigint;
    net bigint;
BEGIN
    SELECT * INTO line FROM invoice_line WHERE id = NEW.invoice_line_id FOR NO KEY UPDATE;
    IF (line.booking_id, line.part, line.service_on, line.vat_category, line.vat_rate_basis_points)
       IS DISTINCT FROM (NEW.booking_id, NEW.part, NEW.service_on, NEW.vat_category, NEW.vat_rate_basis_points)
       OR line.invoice_id <> (SELECT invoice_id FROM credit_note WHERE id = NEW.credit_note_id) THEN
        RAISE EXCEPTION 'a credit says what its line says'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'credit_note_line_mirrors', TABLE = 'credit_note_line';
    END IF;
    SELECT coalesce(sum(c.gross_pence), 0) + NEW.gross_pence, coalesce(sum(c.net_pence), 0) + NEW.net_pence
      INTO gross, net FROM credit_note_line c WHERE c.invoice_line_id = line.id;
    IF gross > line.gross_pence OR net > line.net_pence OR gross - net > line.gross_pence - line.net_pence THEN
        RAISE EXCEPTION 'only % pence are left of line %', line.gross_pence - gross + NEW.gross_pence, line.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'credit_note_line_within', TABLE = 'credit_note_line';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER credit_note_line_mirrors BEFORE INSERT ON credit_note_line
    FOR EACH ROW EXECUTE FUNCTION credit_note_line_mirrors();

CREATE FUNCTION credit_note_of_invoice() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM invoice i WHERE i.id = NEW.invoice_id AND i.provider_id = NEW.provider_id
                      AND i.payer_organisation_id IS NOT DISTINCT FROM NEW.payer_organisation_id
                      AND i.payer_user_id IS NOT DISTINCT FROM NEW.payer_user_id) THEN
        RAISE EXCEPTION 'a credit note has the parties of its invoice'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'credit_note_of_invoice', TABLE = 'credit_note';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER credit_note_of_invoice BEFORE INSERT ON credit_note
    FOR EACH ROW EXECUTE FUNCTION credit_note_of_invoice();

CREATE FUNCTION credit_note_lines_add_up() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE wanted uuid := (to_jsonb(NEW) ->> TG_ARGV[0])::uuid;
BEGIN
    IF EXISTS (
        SELECT 1 FROM credit_note n CROSS JOIN LATERAL (
                SELECT coalesce(sum(l.net_pence), 0) AS net, coalesce(sum(l.gross_pence), 0) AS gross
                  FROM credit_note_line l WHERE l.credit_note_id = n.id) AS lines
         WHERE n.id = wanted AND (n.net_pence <> lines.net OR n.gross_pence <> lines.gross)) THEN
        RAISE EXCEPTION 'the lines of credit note % do not add up to it', wanted
            USING ERRCODE = 'check_violation', CONSTRAINT = 'credit_note_lines_add_up';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER credit_note_lines_add_up AFTER INSERT ON credit_note
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION credit_note_lines_add_up('id');
CREATE CONSTRAINT TRIGGER credit_note_lines_add_up AFTER INSERT ON credit_note_line
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION credit_note_lines_add_up('credit_note_id');

-- Money of a credit reaches its fund once.
ALTER TABLE credit_settlement ADD CONSTRAINT credit_settlement_known_kind CHECK (kind IN ('unpaid', 'received', 'netted'));
ALTER TABLE credit_settlement ADD CONSTRAINT credit_settlement_amount
    CHECK (amount_pence > 0 OR kind = 'netted' AND amount_pence < 0);
ALTER TABLE credit_settlement ADD CONSTRAINT credit_settlement_once UNIQUE (credit_note_line_id, reference);
ALTER TABLE credit_settlement ADD CONSTRAINT credit_settlement_journal FOREIGN KEY (journal_id) REFERENCES journal (id);
ALTER TABLE credit_settlement ADD CONSTRAINT credit_settlement_one_journal UNIQUE (journal_id);
CREATE FUNCTION credit_settlement_within() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    credited bigint;
    settled bigint;
    netted bigint;
BEGIN
    SELECT gross_pence INTO credited FROM credit_note_line WHERE id = NEW.credit_note_line_id FOR NO KEY UPDATE;
    SELECT coalesce(sum(amount_pence), 0) + NEW.amount_pence,
           coalesce(sum(amount_pence) FILTER (WHERE kind = 'netted'), 0)
             + CASE WHEN NEW.kind = 'netted' THEN NEW.amount_pence ELSE 0 END
      INTO settled, netted FROM credit_settlement WHERE credit_note_line_id = NEW.credit_note_line_id;
    IF settled NOT BETWEEN 0 AND credited OR netted < 0 THEN
        RAISE EXCEPTION 'a credit of % pence would come back as %', credited, settled
            USING ERRCODE = 'check_violation', CONSTRAINT = 'credit_settlement_within', TABLE = 'credit_settlement';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER credit_settlement_within BEFORE INSERT ON credit_settlement
    FOR EACH ROW EXECUTE FUNCTION credit_settlement_within();

-- --- Billing anew -------------------------------------------------------------------------------------------------
-- The claim stays one for ever (rules.md 22). Its lines form a chain, each credited whole before the next.
ALTER TABLE invoice_line DROP CONSTRAINT invoice_line_each_part_once;
CREATE UNIQUE INDEX invoice_line_each_part_once ON invoice_line (booking_id, part) WHERE replaces_id IS NULL;
CREATE INDEX invoice_line_of_booking ON invoice_line (booking_id);
ALTER TABLE invoice_line ADD CONSTRAINT invoice_line_replaces FOREIGN KEY (replaces_id) REFERENCES invoice_line (id);
ALTER TABLE invoice_line ADD CONSTRAINT invoice_line_replaced_once UNIQUE (replaces_id);

-- The attendances that were billed and may be corrected and billed anew now.
CREATE VIEW bill_again_open AS
    SELECT r.booking_id FROM bill_again r
     WHERE r.lines_before = (SELECT count(*) FROM invoice_line l WHERE l.booking_id = r.booking_id);
CREATE FUNCTION billable_again(booking uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT 1 FROM bill_again_open o WHERE o.booking_id = booking)
$$;
ALTER TABLE bill_again ADD CONSTRAINT bill_again_once UNIQUE (booking_id, lines_before);
ALTER TABLE bill_again ADD CONSTRAINT bill_again_amount CHECK (amount_pence > 0);

-- Only when every line was credited whole and the money is where it was before it was billed.
CREATE FUNCTION bill_again_when_credited() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE lines integer;
BEGIN
    PERFORM 1 FROM invoice_line WHERE booking_id = NEW.booking_id ORDER BY id FOR NO KEY UPDATE;
    SELECT count(*) INTO lines FROM invoice_line WHERE booking_id = NEW.booking_id;
    IF lines = 0 OR lines <> NEW.lines_before OR EXISTS (
        SELECT 1 FROM invoice_line l WHERE l.booking_id = NEW.booking_id AND (
               line_credited_pence(l.id) < l.gross_pence
            OR line_credit_settled_pence(l.id, ARRAY['unpaid', 'netted', 'received']) < l.gross_pence)) THEN
        RAISE EXCEPTION 'booking % was not credited whole', NEW.booking_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'bill_again_when_credited', TABLE = 'bill_again';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER bill_again_when_credited BEFORE INSERT ON bill_again
    FOR EACH ROW EXECUTE FUNCTION bill_again_when_credited();

-- A further line of an attendance names the one that it replaces, which was credited whole: so at any moment at most
-- one line of an attendance and part is owed.
CREATE FUNCTION invoice_line_replaces() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    earlier integer;
    last invoice_line;
BEGIN
    SELECT count(*) INTO earlier FROM invoice_line WHERE booking_id = NEW.booking_id AND invoice_id <> NEW.invoice_id;
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
CREATE TRIGGER invoice_line_replaces BEFORE INSERT ON invoice_line
    FOR EACH ROW EXECUTE FUNCTION invoice_line_replaces();

-- What is on an invoice was delivered as it says there, until it is credited whole and opened to be billed anew.
CREATE OR REPLACE FUNCTION attendance_claimed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND (to_jsonb(NEW) - 'note' - 'arrived_at' - 'left_at') = (to_jsonb(OLD) - 'note' - 'arrived_at' - 'left_at')
    THEN RETURN NEW; END IF;
    IF EXISTS (SELECT 1 FROM claim WHERE booking_id = OLD.booking_id AND kind = 'invoice')
       AND NOT billable_again(OLD.booking_id) THEN
        RAISE EXCEPTION 'the attendance of booking % is on an invoice: issue a credit note', OLD.booking_id
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'attendance_claimed';
    END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
END $$;
