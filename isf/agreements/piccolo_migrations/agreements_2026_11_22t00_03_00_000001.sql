-- An agreement is about a fund of its own route; person and council are the fund's.
ALTER TABLE agreement ADD CONSTRAINT agreement_fund_facts FOREIGN KEY (fund_id, person_id, council_id, kind)
    REFERENCES fund (id, person_id, council_id, route);
ALTER TABLE agreement ADD CONSTRAINT agreement_known_kind CHECK (kind IN ('isf', 'direct_payment'));
ALTER TABLE agreement ADD CONSTRAINT agreement_known_state
    CHECK (state IN ('draft', 'offered', 'signed', 'superseded', 'ended', 'withdrawn'));
ALTER TABLE agreement ADD CONSTRAINT agreement_numbered UNIQUE (fund_id, version);
ALTER TABLE agreement ADD CONSTRAINT agreement_dates CHECK (ends_on IS NULL OR ends_on >= starts_on);
ALTER TABLE agreement ADD CONSTRAINT agreement_fee CHECK (CASE fee_kind
    WHEN 'none' THEN fee_basis_points = 0 AND fee_pence = 0
    WHEN 'percent' THEN fee_basis_points BETWEEN 1 AND 10000 AND fee_pence = 0
    WHEN 'weekly' THEN fee_basis_points = 0 AND fee_pence > 0
    WHEN 'monthly' THEN fee_basis_points = 0 AND fee_pence > 0
    ELSE false END);
ALTER TABLE agreement ADD CONSTRAINT agreement_vat CHECK (fee_vat_basis_points BETWEEN 0 AND 10000);
ALTER TABLE agreement ADD CONSTRAINT agreement_figures CHECK (
    payment_weeks BETWEEN 1 AND 53 AND surplus_times BETWEEN 0 AND 53 AND surplus_weeks BETWEEN 0 AND 53
    AND notice_days BETWEEN 0 AND 365);
-- Nobody is paid a fee for holding a direct payment, and who sells says what.
ALTER TABLE agreement ADD CONSTRAINT agreement_of_direct_payment
    CHECK (kind = 'isf' OR (fee_kind = 'none' AND NOT sells_too));
ALTER TABLE agreement ADD CONSTRAINT agreement_discloses CHECK (sells_too = (jsonb_array_length(services) > 0));
-- Never a whole account number or sort code, in whatever field.
ALTER TABLE agreement ADD CONSTRAINT agreement_last_four CHECK (account_last_four ~ '^([0-9]{4})?$');
ALTER TABLE agreement ADD CONSTRAINT agreement_no_account_numbers CHECK (bank_name !~ '[0-9]([^0-9]?[0-9]){3}');
-- What is offered or signed has its words, and they stay.
ALTER TABLE agreement ADD CONSTRAINT agreement_offered_words
    CHECK (state IN ('draft', 'withdrawn') OR document IS NOT NULL);
ALTER TABLE agreement ADD CONSTRAINT agreement_signed_when
    CHECK ((state IN ('signed', 'superseded', 'ended')) = (signed_at IS NOT NULL));
-- One version is on its way, and on any day one that everybody signed is in force.
CREATE UNIQUE INDEX agreement_one_open ON agreement (fund_id) WHERE state IN ('draft', 'offered');
ALTER TABLE agreement ADD CONSTRAINT agreement_one_in_force
    EXCLUDE USING gist (fund_id WITH =, daterange(starts_on, ends_on) WITH &&)
    WHERE (state IN ('signed', 'superseded', 'ended'));
CREATE INDEX agreement_by_person ON agreement (person_id);
CREATE INDEX agreement_waiting ON agreement (council_id) WHERE state = 'offered';

CREATE FUNCTION agreement_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'an agreement is never deleted';
    END IF;
    IF OLD.state <> 'draft' AND (to_jsonb(OLD) - ARRAY['state', 'ends_on', 'signed_at', 'offered_at', 'document', 'edit',
            'bank_name', 'account_last_four']) <> (to_jsonb(NEW) - ARRAY['state', 'ends_on', 'signed_at', 'offered_at',
            'document', 'edit', 'bank_name', 'account_last_four'])
       OR OLD.state NOT IN ('draft', 'offered') AND (OLD.document, OLD.edit, OLD.bank_name, OLD.account_last_four)
            IS DISTINCT FROM (NEW.document, NEW.edit, NEW.bank_name, NEW.account_last_four)
       OR OLD.state = 'offered' AND NEW.state <> 'draft' AND NEW.edit = OLD.edit
            AND (OLD.document, OLD.bank_name, OLD.account_last_four)
                IS DISTINCT FROM (NEW.document, NEW.bank_name, NEW.account_last_four)
    THEN
        RAISE EXCEPTION 'the terms of agreement % stand', OLD.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'agreement_stays';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER agreement_stays BEFORE UPDATE OR DELETE ON agreement FOR EACH ROW EXECUTE FUNCTION agreement_stays();

ALTER TABLE agreement_signature ADD CONSTRAINT signature_known_party CHECK (party IN ('person', 'council', 'holder'));
ALTER TABLE agreement_signature ADD CONSTRAINT signature_known_form CHECK (shown_as IN ('full', 'easy'));
ALTER TABLE agreement_signature ADD CONSTRAINT signature_by_user FOREIGN KEY (user_id) REFERENCES app_user (id);
ALTER TABLE agreement_signature ADD CONSTRAINT signature_of_these_words
    CHECK (sha256 = encode(sha256(convert_to(words, 'UTF8')), 'hex'));
ALTER TABLE agreement_signature ADD CONSTRAINT signature_once UNIQUE (agreement_id, edit, party);
-- Nobody signs for two parties of one agreement, whatever its edit.
ALTER TABLE agreement_signature ADD CONSTRAINT signature_for_one_party
    EXCLUDE USING gist (agreement_id WITH =, user_id WITH =, party WITH <>);
CREATE TRIGGER agreement_signature_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON agreement_signature
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION signature_fits() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE a agreement;
BEGIN
    SELECT * INTO a FROM agreement WHERE id = NEW.agreement_id FOR UPDATE;
    IF a.state <> 'offered' OR a.edit <> NEW.edit THEN
        RAISE EXCEPTION 'these terms are not on offer'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'signature_of_what_is_offered';
    END IF;
    IF a.drafted_by = NEW.user_id AND NEW.party <> 'council' THEN
        RAISE EXCEPTION 'who drafted an agreement signs for the council or not at all'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'signature_not_by_drafter';
    END IF;
    IF NEW.party = 'person' AND a.sells_too AND NOT NEW.acknowledged THEN
        RAISE EXCEPTION 'what the holder sells was not acknowledged'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'signature_acknowledges';
    END IF;
    IF NEW.party = 'holder' AND a.kind <> 'isf' OR NEW.party = 'person' AND a.kind = 'direct_payment'
        AND (a.bank_name = '' OR a.account_last_four = '') THEN
        RAISE EXCEPTION 'this party cannot sign this agreement now'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'signature_fits_kind';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER signature_fits BEFORE INSERT ON agreement_signature FOR EACH ROW EXECUTE FUNCTION signature_fits();

-- Signed means: by every party, on the terms as they stand.
CREATE FUNCTION agreement_signed_by_all() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT count(*) FROM agreement_signature s WHERE s.agreement_id = NEW.id AND s.edit = NEW.edit)
        < (CASE NEW.kind WHEN 'isf' THEN 3 ELSE 2 END) THEN
        RAISE EXCEPTION 'agreement % is not signed by all', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'agreement_signed_by_all';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER agreement_signed_by_all BEFORE INSERT OR UPDATE ON agreement FOR EACH ROW
    WHEN (NEW.state IN ('signed', 'superseded', 'ended')) EXECUTE FUNCTION agreement_signed_by_all();

ALTER TABLE holder_fee ADD CONSTRAINT holder_fee_once UNIQUE (agreement_id, starts_on);
ALTER TABLE holder_fee ADD CONSTRAINT holder_fee_one_at_a_time
    EXCLUDE USING gist (agreement_id WITH =, daterange(starts_on, ends_on) WITH &&);
ALTER TABLE holder_fee ADD CONSTRAINT holder_fee_dates CHECK (ends_on > starts_on);
ALTER TABLE holder_fee ADD CONSTRAINT holder_fee_adds_up
    CHECK (net_pence >= 0 AND vat_pence >= 0 AND net_pence + vat_pence = gross_pence);
ALTER TABLE holder_fee ADD CONSTRAINT holder_fee_known_state CHECK (state IN ('due', 'taken', 'let_go'));
ALTER TABLE holder_fee ADD CONSTRAINT holder_fee_settled CHECK ((state = 'due') = (settled_at IS NULL));
CREATE INDEX holder_fee_due ON holder_fee (fund_id) WHERE state = 'due';
CREATE INDEX holder_fee_by_fund ON holder_fee (fund_id, starts_on);

ALTER TABLE fund_exit ADD CONSTRAINT fund_exit_known_state CHECK (state IN ('announced', 'winding_up', 'completed'));
ALTER TABLE fund_exit ADD CONSTRAINT fund_exit_known_reason
    CHECK (reason IN ('person_wish', 'holder_notice', 'council_notice', 'moved', 'died', 'route_changed', 'over'));
ALTER TABLE fund_exit ADD CONSTRAINT fund_exit_of_person FOREIGN KEY (person_id, council_id) REFERENCES person (id, council_id);
ALTER TABLE fund_exit ADD CONSTRAINT fund_exit_elsewhere CHECK (to_fund_id <> fund_id);
ALTER TABLE fund_exit ADD CONSTRAINT fund_exit_not_negative CHECK (least(taken_back_pence, top_up_back_pence,
    contribution_back_pence, early_pence, left_pence) >= 0);
ALTER TABLE fund_exit ADD CONSTRAINT fund_exit_completed_when CHECK ((state = 'completed') = (completed_at IS NOT NULL));
-- Who announced the end does not send the money on.
ALTER TABLE fund_exit ADD CONSTRAINT fund_exit_two_people CHECK (finished_by IS NULL OR finished_by <> announced_by);
CREATE INDEX fund_exit_open ON fund_exit (council_id, ends_on) WHERE state <> 'completed';

-- A fund is closed only when nothing is booked in it or waits to be paid, and nothing of it lies anywhere.
CREATE FUNCTION exit_left_nothing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM account WHERE fund_id = NEW.fund_id AND balance_pence <> 0
                AND kind IN ('promised', 'available', 'committed', 'payable')) THEN
        RAISE EXCEPTION 'fund % still has money', NEW.fund_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'exit_left_nothing';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER exit_left_nothing BEFORE INSERT OR UPDATE ON fund_exit FOR EACH ROW
    WHEN (NEW.state = 'completed') EXECUTE FUNCTION exit_left_nothing();
