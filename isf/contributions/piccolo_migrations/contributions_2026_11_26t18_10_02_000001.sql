-- What was paid too much goes back: below zero without the payment that it reverses.
ALTER TABLE contribution_payment DROP CONSTRAINT contribution_payment_sign;
ALTER TABLE contribution_payment ADD CONSTRAINT contribution_payment_sign
    CHECK (amount_pence > 0 AND reverses_id IS NULL OR amount_pence < 0);
