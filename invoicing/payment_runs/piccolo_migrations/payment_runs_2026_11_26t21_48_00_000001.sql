-- A direct payment pays no close relative unless the council agreed (rules.md 3), also when they became known as one
-- after the invoice: nothing of it is paid until the council agrees, or the seller credits it.
CREATE FUNCTION line_to_relative(p_line uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT 1 FROM invoice_line l JOIN booking b ON b.id = l.booking_id
                    WHERE l.id = p_line AND l.route = 'direct_payment'
                      AND relative_bars(b.person_id, b.provider_id, b.service_on))
$$;

CREATE FUNCTION payment_item_not_to_relative() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF line_to_relative(NEW.invoice_line_id) THEN
        RAISE EXCEPTION 'a direct payment would pay a close relative'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_not_to_relative';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payment_item_not_to_relative BEFORE INSERT ON payment_item
    FOR EACH ROW WHEN (NEW.route = 'direct_payment') EXECUTE FUNCTION payment_item_not_to_relative();

-- What was proposed before that is not sent after it.
CREATE FUNCTION payment_not_to_relative() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM payment_item t WHERE t.payment_id = NEW.id AND t.route = 'direct_payment'
                  AND line_to_relative(t.invoice_line_id)) THEN
        RAISE EXCEPTION 'payment % would pay a close relative from a direct payment', NEW.reference
            USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_not_to_relative';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payment_not_to_relative BEFORE UPDATE OF state ON payment
    FOR EACH ROW WHEN (NEW.state = 'sent' AND OLD.state <> 'sent') EXECUTE FUNCTION payment_not_to_relative();
