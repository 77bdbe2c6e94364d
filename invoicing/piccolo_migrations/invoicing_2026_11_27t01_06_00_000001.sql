-- What a card's bank did not take can be paid into the payer's account; what a seller's bank did not take is kept until
-- a later payment has arrived.
ALTER TABLE card_refund ADD CONSTRAINT card_refund_way CHECK (
    way = 'card' AND paid_on IS NULL AND bank_reference = ''
    OR way = 'transfer' AND paid_on IS NOT NULL AND bank_reference <> '' AND state = 'succeeded' AND failure = '');
ALTER TABLE payout_failure ADD CONSTRAINT payout_failure_amount CHECK (amount_pence > 0);
CREATE INDEX payout_failure_open ON payout_failure (connected_account) WHERE mended_at IS NULL;
CREATE TRIGGER payout_failure_stays BEFORE DELETE OR TRUNCATE ON payout_failure
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
