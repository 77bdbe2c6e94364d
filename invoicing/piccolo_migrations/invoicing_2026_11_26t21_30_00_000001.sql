-- The order on an invoice is one of its payer to its provider.
ALTER TABLE invoice ADD CONSTRAINT invoice_order_of_parties
    FOREIGN KEY (purchase_order_id, payer_organisation_id, provider_id)
    REFERENCES purchase_order (id, payer_organisation_id, provider_id);
CREATE INDEX invoice_by_run ON invoice (run_id) WHERE run_id IS NOT NULL;
CREATE INDEX invoice_by_order ON invoice (purchase_order_id) WHERE purchase_order_id IS NOT NULL;

-- What is billed on an order, less what was credited of it.
CREATE FUNCTION purchase_order_used(p_order uuid) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT (SELECT coalesce(sum(gross_pence), 0) FROM invoice WHERE purchase_order_id = p_order)::bigint
         - (SELECT coalesce(sum(line_credited_pence(l.id)), 0)
              FROM invoice i JOIN invoice_line l ON l.invoice_id = i.id WHERE i.purchase_order_id = p_order)::bigint
$$;

-- The order by which a payer buys of a provider on a day; none: no row.
CREATE FUNCTION purchase_order_on(p_payer uuid, p_provider uuid, p_day date) RETURNS SETOF purchase_order
    LANGUAGE sql STABLE ROWS 1 AS $$
    SELECT * FROM purchase_order WHERE payer_organisation_id = p_payer AND provider_id = p_provider
       AND starts_on <= p_day AND (ends_on IS NULL OR ends_on > p_day)
$$;

-- No invoice takes an order beyond its limit; two at once wait for each other at the order.
CREATE FUNCTION invoice_within_order() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE most bigint;
BEGIN
    SELECT limit_pence INTO most FROM purchase_order WHERE id = NEW.purchase_order_id FOR NO KEY UPDATE;
    IF most IS NOT NULL AND purchase_order_used(NEW.purchase_order_id) + NEW.gross_pence > most THEN
        RAISE EXCEPTION 'invoice % goes beyond the limit of its order', NEW.number
            USING ERRCODE = 'check_violation', CONSTRAINT = 'invoice_within_order', TABLE = 'invoice';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER invoice_within_order BEFORE INSERT ON invoice
    FOR EACH ROW WHEN (NEW.purchase_order_id IS NOT NULL) EXECUTE FUNCTION invoice_within_order();
