-- Money that leaves a fund by card is a direct payment's, for a service that is not its council's own, to the seller's
-- own account and back to the card that paid: kept true by keys, checks and triggers (rules.md 1, 4, 22).

-- Accounts that sellers or their payments name already.
INSERT INTO connected_account (id, provider_id, charges_enabled, payouts_enabled, details_submitted, created_at)
SELECT stripe_account, min(id::text)::uuid, true, true, true, now() FROM provider
 WHERE stripe_account IS NOT NULL GROUP BY 1
ON CONFLICT DO NOTHING;
INSERT INTO connected_account (id, provider_id, charges_enabled, payouts_enabled, details_submitted, created_at)
SELECT p.connected_account, min(b.provider_id::text)::uuid, true, true, true, now()
  FROM card_payment p JOIN booking b ON b.id = p.booking_id GROUP BY 1
ON CONFLICT DO NOTHING;
UPDATE card_payment p SET fund_id = b.fund_id, council_id = b.council_id, route = b.route,
       owner_council_id = b.owner_council_id
  FROM booking b WHERE b.id = p.booking_id;
INSERT INTO card_refund (id, card_payment_id, amount_pence, state, failure, created_at, updated_at)
SELECT refund_id, id, refunded_pence, 'succeeded', '', updated_at, updated_at FROM card_payment
 WHERE refunded_pence > 0 AND refund_id IS NOT NULL;

ALTER TABLE connected_account ADD CONSTRAINT connected_account_name CHECK (id ~ '^acct_[A-Za-z0-9]+$');
ALTER TABLE connected_account ADD CONSTRAINT connected_account_left
    CHECK (left_at IS NULL OR NOT charges_enabled AND NOT payouts_enabled);
CREATE INDEX connected_account_by_provider ON connected_account (provider_id);

ALTER TABLE card_payment ADD CONSTRAINT card_payment_account_known
    FOREIGN KEY (connected_account) REFERENCES connected_account (id);
ALTER TABLE card_payment ADD CONSTRAINT card_payment_booking_facts
    FOREIGN KEY (booking_id, fund_id, council_id, route, owner_council_id)
    REFERENCES booking (id, fund_id, council_id, route, owner_council_id) ON UPDATE CASCADE;
ALTER TABLE card_payment ADD CONSTRAINT card_payment_facts_there
    CHECK (num_nulls(fund_id, council_id, route, owner_council_id) = 0);
-- The money of an ISF or of a council lies with its holder: it never passes through a card processor.
ALTER TABLE card_payment ADD CONSTRAINT card_payment_from_direct_payment CHECK (route = 'direct_payment');
ALTER TABLE card_payment ADD CONSTRAINT card_payment_fee CHECK (fee_pence BETWEEN 0 AND amount_pence);
ALTER TABLE card_payment DROP CONSTRAINT card_payment_known_state;
ALTER TABLE card_payment ADD CONSTRAINT card_payment_known_state CHECK (state IN (
    'started', 'paid', 'refund_due', 'refunded', 'refund_failed', 'charged_back', 'expired'));

-- A payment that was taken for a booking given back since stays what it was; its refund is on its way.
CREATE FUNCTION card_payment_not_in_house() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM booking WHERE id = NEW.booking_id AND state NOT IN ('cancelled', 'lapsed')) THEN
        RAISE EXCEPTION 'a card would pay a service of the council that funds it'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'card_payment_not_in_house', TABLE = 'card_payment';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER card_payment_not_in_house BEFORE INSERT OR UPDATE ON card_payment
    FOR EACH ROW WHEN (NEW.state IN ('started', 'paid') AND NEW.owner_council_id = NEW.council_id)
    EXECUTE FUNCTION card_payment_not_in_house();

-- A payment begins only to the seller's own account, and only while that takes cards.
CREATE FUNCTION card_payment_to_able_account() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM connected_account a JOIN booking b ON b.provider_id = a.provider_id
                    WHERE a.id = NEW.connected_account AND b.id = NEW.booking_id AND a.charges_enabled) THEN
        RAISE EXCEPTION 'account % is not the seller''s, or takes no cards now', NEW.connected_account
            USING ERRCODE = 'check_violation', CONSTRAINT = 'card_payment_to_able_account', TABLE = 'card_payment';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER card_payment_to_able_account BEFORE INSERT ON card_payment
    FOR EACH ROW EXECUTE FUNCTION card_payment_to_able_account();

-- What goes back goes back by the payment that brought it: neither account nor payment can be exchanged.
CREATE FUNCTION card_payment_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.booking_id = OLD.booking_id AND NEW.fee_pence = OLD.fee_pence
       AND NEW.connected_account = OLD.connected_account
       AND (OLD.payment_intent IS NULL OR NEW.payment_intent IS NOT DISTINCT FROM OLD.payment_intent) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'to whom and by what a card payment was made never changes'
        USING ERRCODE = 'restrict_violation', CONSTRAINT = 'card_payment_stays', TABLE = 'card_payment';
END $$;
CREATE TRIGGER card_payment_stays BEFORE UPDATE OR DELETE ON card_payment
    FOR EACH ROW EXECUTE FUNCTION card_payment_stays();

ALTER TABLE card_refund ADD CONSTRAINT card_refund_known_state
    CHECK (state IN ('pending', 'requires_action', 'succeeded', 'failed', 'canceled'));
ALTER TABLE card_refund ADD CONSTRAINT card_refund_amount CHECK (amount_pence > 0);
CREATE INDEX card_refund_by_payment ON card_refund (card_payment_id);
ALTER TABLE card_dispute ADD CONSTRAINT card_dispute_amount
    CHECK (amount_pence > 0 AND lost_pence BETWEEN 0 AND amount_pence);
CREATE INDEX card_dispute_by_payment ON card_dispute (card_payment_id);
CREATE INDEX card_payment_look_at ON card_payment (updated_at) WHERE state = 'refund_failed';
CREATE INDEX stripe_event_unhandled ON stripe_event (received_at) WHERE NOT handled;

-- What a payment says went back is the sum of its refunds that did, and with what was lost never more than was paid.
CREATE FUNCTION card_payment_refunds_add_up() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE wanted uuid := (to_jsonb(NEW) ->> TG_ARGV[0])::uuid;
BEGIN
    IF EXISTS (
        SELECT 1 FROM card_payment p CROSS JOIN LATERAL (
                SELECT coalesce(sum(r.amount_pence), 0) AS pence FROM card_refund r
                 WHERE r.card_payment_id = p.id AND r.state NOT IN ('failed', 'canceled')) AS back
            CROSS JOIN LATERAL (
                SELECT coalesce(sum(d.lost_pence), 0) AS pence FROM card_dispute d WHERE d.card_payment_id = p.id) AS lost
         WHERE p.id = wanted
           AND (p.refunded_pence <> back.pence OR back.pence + lost.pence > p.amount_pence)) THEN
        RAISE EXCEPTION 'the refunds of card payment % do not add up', wanted
            USING ERRCODE = 'check_violation', CONSTRAINT = 'card_payment_refunds_add_up';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER card_payment_refunds_add_up AFTER UPDATE OF refunded_pence, amount_pence ON card_payment
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION card_payment_refunds_add_up('id');
CREATE CONSTRAINT TRIGGER card_refund_adds_up AFTER INSERT OR UPDATE ON card_refund
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION card_payment_refunds_add_up('card_payment_id');
CREATE CONSTRAINT TRIGGER card_dispute_adds_up AFTER INSERT OR UPDATE ON card_dispute
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION card_payment_refunds_add_up('card_payment_id');
CREATE TRIGGER card_refund_stays BEFORE DELETE OR TRUNCATE ON card_refund
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER card_dispute_stays BEFORE DELETE OR TRUNCATE ON card_dispute
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
