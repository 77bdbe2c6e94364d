-- One payment for each held place: whoever presses twice goes to the same page.
DROP INDEX card_payment_by_booking;
CREATE UNIQUE INDEX card_payment_one_for_each_booking ON card_payment (booking_id);
CREATE INDEX card_payment_by_intent ON card_payment (payment_intent);
CREATE INDEX card_payment_paid ON card_payment (updated_at) WHERE state IN ('paid', 'refunded');

-- Money never waits on an account of ours (rules.md 4), and what was paid can be found again at Stripe.
ALTER TABLE card_payment ADD CONSTRAINT card_payment_to_provider CHECK (connected_account IS NOT NULL);
ALTER TABLE card_payment ADD CONSTRAINT card_payment_amount CHECK (amount_pence > 0);
ALTER TABLE card_payment ADD CONSTRAINT card_payment_known_payment
    CHECK (state IN ('started', 'expired') OR payment_intent IS NOT NULL);
ALTER TABLE card_payment ADD CONSTRAINT card_payment_refund_due
    CHECK (refund_due_pence BETWEEN refunded_pence AND amount_pence);

-- A card pays only what it has claimed; what an invoice claimed goes back to the card (rules.md 22).
CREATE FUNCTION card_payment_claimed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM claim WHERE booking_id = NEW.booking_id AND kind = 'card') THEN
        RAISE EXCEPTION 'booking % is not claimed by a card', NEW.booking_id
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'card_payment_claimed';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER card_payment_claimed BEFORE INSERT OR UPDATE OF state ON card_payment
    FOR EACH ROW WHEN (NEW.state = 'paid') EXECUTE FUNCTION card_payment_claimed();

-- What went back to the card cannot be charged again by correcting a register.
CREATE FUNCTION attendance_refunded() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM card_payment WHERE booking_id = NEW.booking_id
                AND NEW.charge_pence > amount_pence - refund_due_pence AND refund_due_pence > 0) THEN
        RAISE EXCEPTION 'part of the price of booking % went back to the card', NEW.booking_id
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'attendance_refunded';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER attendance_refunded BEFORE INSERT OR UPDATE OF charge_pence ON attendance
    FOR EACH ROW EXECUTE FUNCTION attendance_refunded();
