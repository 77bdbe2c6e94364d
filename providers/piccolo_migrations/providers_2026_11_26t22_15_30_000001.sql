ALTER TABLE rate ADD CONSTRAINT rate_known_basis CHECK (price_basis IN ('gross', 'net'));
