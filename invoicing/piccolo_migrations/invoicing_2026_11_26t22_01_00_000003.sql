-- The books themselves: a journal about a booking is of the fund that the booking is paid from, and the booking is lawful;
-- one about a payment settles what that payment pays out of the fund; none of any other kind makes money payable or paid
-- (rules.md 1).
CREATE FUNCTION journal_not_in_house() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE refused boolean;
BEGIN
    CASE
        WHEN NEW.kind IN ('hold', 'deliver', 'card', 'charge_again') THEN
            SELECT b.fund_id <> NEW.fund_id OR NOT (b.route = 'council_managed' OR b.owner_council_id <> b.council_id
                                                    OR (b.payment = 'netted' AND NEW.kind = 'hold'))
              INTO refused FROM booking b WHERE b.id = NEW.subject_id;
        WHEN NEW.kind = 'settle' THEN
            SELECT (SELECT coalesce(sum(e.amount_pence), 0) FROM entry e
                     WHERE e.journal_id = NEW.id AND e.account = 'paid')
                <> (SELECT coalesce(sum(t.amount_pence), 0) FROM payment_item t
                     WHERE t.payment_id = p.id AND t.fund_id = NEW.fund_id)
              INTO refused FROM payment p WHERE p.id = NEW.subject_id;
        WHEN NEW.kind NOT IN ('set_aside_paid', 'reversal') THEN
            SELECT EXISTS (SELECT 1 FROM entry e WHERE e.journal_id = NEW.id
                              AND e.account IN ('payable', 'paid') AND e.amount_pence > 0) INTO refused;
        ELSE
            refused := false;
    END CASE;
    IF refused THEN
        RAISE EXCEPTION 'journal % would pay for what is no lawful booking of its fund', NEW.reference
            USING ERRCODE = 'check_violation', CONSTRAINT = 'journal_not_in_house', TABLE = 'journal';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER journal_not_in_house AFTER INSERT ON journal
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION journal_not_in_house();
