ALTER TABLE self_billing_agreement ADD CONSTRAINT self_billing_known_state
    CHECK (state IN ('proposed', 'accepted', 'refused', 'ended'));
ALTER TABLE self_billing_agreement ADD CONSTRAINT self_billing_days CHECK (
    ends_on >= starts_on AND ends_on - starts_on < 366 AND terms <> '');
ALTER TABLE self_billing_agreement ADD CONSTRAINT self_billing_answered CHECK (
    (state NOT IN ('accepted', 'refused') OR answered_by IS NOT NULL) AND (answered_by IS NULL) = (answered_at IS NULL));
ALTER TABLE self_billing_agreement ADD CONSTRAINT self_billing_ended CHECK (
    (state = 'ended') = (ended_on IS NOT NULL) AND (state <> 'ended' OR ended_because <> ''));
-- One at a time between a payer and a supplier; what was refused or has ended stands in nobody's way.
ALTER TABLE self_billing_agreement ADD CONSTRAINT self_billing_one_at_a_time
    EXCLUDE USING gist (payer_organisation_id WITH =, provider_id WITH =, daterange(starts_on, ends_on, '[]') WITH &&)
    WHERE (state IN ('proposed', 'accepted'));

-- What was offered and answered never changes; only where it stands does, once.
CREATE FUNCTION self_billing_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (to_jsonb(NEW) - 'state' - 'answered_by' - 'answered_at' - 'ended_on' - 'ended_by' - 'ended_because')
       = (to_jsonb(OLD) - 'state' - 'answered_by' - 'answered_at' - 'ended_on' - 'ended_by' - 'ended_because')
       AND OLD.state IN ('proposed', 'accepted') AND NEW.state <> OLD.state
       AND (OLD.answered_by IS NULL OR (NEW.answered_by, NEW.answered_at) = (OLD.answered_by, OLD.answered_at))
       AND (OLD.state, NEW.state) <> ('accepted', 'proposed') AND (OLD.state, NEW.state) <> ('accepted', 'refused') THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'an agreement about self-billing is not changed: it is ended, and another is proposed'
        USING ERRCODE = 'restrict_violation', CONSTRAINT = 'self_billing_frozen';
END $$;
CREATE TRIGGER self_billing_frozen BEFORE UPDATE ON self_billing_agreement
    FOR EACH ROW EXECUTE FUNCTION self_billing_frozen();
CREATE TRIGGER self_billing_kept BEFORE DELETE OR TRUNCATE ON self_billing_agreement
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE FUNCTION self_billing_begins_proposed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state <> 'proposed' THEN
        RAISE EXCEPTION 'self-billing is proposed by the payer and accepted by the supplier'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'self_billing_begins_proposed';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER self_billing_begins_proposed BEFORE INSERT ON self_billing_agreement
    FOR EACH ROW EXECUTE FUNCTION self_billing_begins_proposed();

ALTER TABLE self_billing_series ADD CONSTRAINT self_billing_series_one UNIQUE (payer_organisation_id, provider_id);
ALTER TABLE self_billing_series ADD CONSTRAINT self_billing_series_letters CHECK (prefix ~ '^[A-Z0-9]{3,12}-[A-Z0-9]{3,12}$');
CREATE TRIGGER self_billing_series_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON self_billing_series
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- The agreement by which a payer writes a supplier's invoices on a day (rules.md 24); null: the supplier writes them.
-- A changed VAT number ends it on its first day, whether or not somebody has noted that.
CREATE FUNCTION self_billing_on(p_provider uuid, p_payer uuid, p_day date) RETURNS uuid LANGUAGE sql STABLE AS $$
    SELECT id FROM self_billing_agreement
     WHERE provider_id = p_provider AND payer_organisation_id = p_payer AND answered_at IS NOT NULL
       AND (state = 'accepted' OR (state = 'ended' AND ended_on > p_day))
       AND p_day BETWEEN starts_on AND ends_on AND coalesce(vat_number_on(p_provider, p_day), '') = vat_number
$$;
