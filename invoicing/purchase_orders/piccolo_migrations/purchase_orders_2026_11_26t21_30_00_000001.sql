-- One order at a time for each payer and provider: the day of the service says which.
ALTER TABLE purchase_order ADD CONSTRAINT purchase_order_one_at_a_time EXCLUDE USING gist
    (payer_organisation_id WITH =, provider_id WITH =, daterange(starts_on, ends_on) WITH &&);
ALTER TABLE purchase_order ADD CONSTRAINT purchase_order_number_once UNIQUE (payer_organisation_id, provider_id, number);
ALTER TABLE purchase_order ADD CONSTRAINT purchase_order_of_parties UNIQUE (id, payer_organisation_id, provider_id);
ALTER TABLE purchase_order ADD CONSTRAINT purchase_order_dates CHECK (ends_on > starts_on);
ALTER TABLE purchase_order ADD CONSTRAINT purchase_order_number CHECK (btrim(number) <> '');
ALTER TABLE purchase_order ADD CONSTRAINT purchase_order_limit CHECK (limit_pence > 0);
CREATE INDEX purchase_order_by_provider ON purchase_order (provider_id, starts_on);
