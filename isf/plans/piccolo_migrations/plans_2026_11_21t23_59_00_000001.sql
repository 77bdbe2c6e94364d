ALTER TABLE plan_version ADD CONSTRAINT plan_version_known_state
    CHECK (state IN ('draft', 'waiting_for_keys', 'agreed', 'superseded', 'withdrawn'));
ALTER TABLE plan_version ADD CONSTRAINT plan_version_numbered UNIQUE (person_id, number);
ALTER TABLE plan_version ADD CONSTRAINT plan_version_of_person UNIQUE (id, person_id);
ALTER TABLE plan_version ADD CONSTRAINT plan_version_for_own_budget
    FOREIGN KEY (budget_id, person_id) REFERENCES personal_budget (id, person_id);
ALTER TABLE plan_version ADD CONSTRAINT plan_version_based_on_version
    FOREIGN KEY (based_on, person_id) REFERENCES plan_version (id, person_id);
ALTER TABLE plan_version ADD CONSTRAINT plan_version_dates CHECK (ends_on > starts_on);
ALTER TABLE plan_version ADD CONSTRAINT plan_version_agreed_when
    CHECK ((state IN ('agreed', 'superseded')) = (agreed_at IS NOT NULL));
-- One version is being written, and one is agreed.
CREATE UNIQUE INDEX plan_version_one_open ON plan_version (person_id) WHERE state IN ('draft', 'waiting_for_keys');
CREATE UNIQUE INDEX plan_version_one_agreed ON plan_version (person_id) WHERE state = 'agreed';
CREATE INDEX plan_version_waiting ON plan_version (submitted_at) WHERE state = 'waiting_for_keys';

ALTER TABLE plan_words ADD CONSTRAINT plan_words_known_kind CHECK (kind IN (
    'important_to_me', 'keeps_me_well', 'support_i_want', 'how_money_is_used', 'what_i_pay'));
ALTER TABLE plan_words ADD CONSTRAINT plan_words_once UNIQUE (version_id, kind);
ALTER TABLE plan_item ADD CONSTRAINT plan_item_once UNIQUE (version_id, line_id);
ALTER TABLE plan_item ADD CONSTRAINT plan_item_known_frequency CHECK (frequency IN ('week', 'month', 'year', 'once'));
ALTER TABLE plan_item ADD CONSTRAINT plan_item_known_money
    CHECK (paid_from IN ('direct_payment', 'isf', 'council_managed', 'free', 'self'));
ALTER TABLE plan_item ADD CONSTRAINT plan_item_cost
    CHECK (cost_pence >= 0 AND times > 0 AND (paid_from <> 'free' OR cost_pence = 0));
ALTER TABLE plan_item ADD CONSTRAINT plan_item_weeks CHECK (weeks IS NULL OR (weeks > 0 AND frequency = 'week'));
CREATE INDEX plan_helper_by_version ON plan_helper (version_id);
ALTER TABLE plan_helper ADD CONSTRAINT plan_helper_known_kind
    CHECK (kind IN ('care_manager', 'broker', 'family', 'friend', 'advocate'));
ALTER TABLE plan_author ADD CONSTRAINT plan_author_once UNIQUE (version_id, user_id);
ALTER TABLE approval_key ADD CONSTRAINT approval_key_known_kind
    CHECK (kind IN ('needs', 'allocation', 'risk', 'safe_and_well'));
ALTER TABLE approval_key ADD CONSTRAINT approval_key_carried_from_key
    FOREIGN KEY (carried_from) REFERENCES approval_key (id);
-- One key of a kind stands on a version; those that fell stay to be read.
CREATE UNIQUE INDEX approval_key_one_of_a_kind ON approval_key (version_id, kind) WHERE fell_at IS NULL;
ALTER TABLE fund_release ADD CONSTRAINT fund_release_by_plan_or_urgent
    CHECK ((plan_version_id IS NULL) <> (urgent_support_id IS NULL));
CREATE INDEX fund_release_by_plan ON fund_release (plan_version_id);

-- What the keys are turned on stands still: only a draft is written.
CREATE FUNCTION plan_only_draft_is_written() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE found text;
BEGIN
    SELECT state INTO found FROM plan_version
     WHERE id = CASE WHEN TG_OP = 'DELETE' THEN OLD.version_id ELSE NEW.version_id END FOR SHARE;
    IF found <> 'draft' OR (TG_OP = 'UPDATE' AND NEW.version_id <> OLD.version_id) THEN
        RAISE EXCEPTION 'only a draft of a plan is written'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'plan_only_draft_is_written';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER plan_words_of_draft BEFORE INSERT OR UPDATE OR DELETE ON plan_words
    FOR EACH ROW EXECUTE FUNCTION plan_only_draft_is_written();
CREATE TRIGGER plan_item_of_draft BEFORE INSERT OR UPDATE OR DELETE ON plan_item
    FOR EACH ROW EXECUTE FUNCTION plan_only_draft_is_written();
CREATE TRIGGER plan_helper_of_draft BEFORE INSERT OR UPDATE OR DELETE ON plan_helper
    FOR EACH ROW EXECUTE FUNCTION plan_only_draft_is_written();

-- Who wrote, or is named as having helped, turns no key: the keys that they turned before fall.
CREATE FUNCTION plan_author_holds_no_key() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE approval_key SET fell_at = now()
     WHERE version_id = NEW.version_id AND turned_by = NEW.user_id AND fell_at IS NULL;
    RETURN NEW;
END $$;
CREATE TRIGGER plan_author_holds_no_key AFTER INSERT ON plan_author
    FOR EACH ROW EXECUTE FUNCTION plan_author_holds_no_key();
CREATE TRIGGER plan_helper_holds_no_key AFTER INSERT OR UPDATE ON plan_helper
    FOR EACH ROW WHEN (NEW.user_id IS NOT NULL) EXECUTE FUNCTION plan_author_holds_no_key();
-- Nobody stops having written.
CREATE TRIGGER plan_author_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON plan_author
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION approval_key_is_turned() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE v plan_version;
BEGIN
    SELECT * INTO v FROM plan_version WHERE id = NEW.version_id FOR SHARE;
    IF v.state <> 'waiting_for_keys' THEN
        RAISE EXCEPTION 'version % does not wait for keys', NEW.version_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'approval_key_on_waiting_plan';
    END IF;
    IF EXISTS (SELECT 1 FROM plan_author WHERE version_id = v.id AND user_id = NEW.turned_by)
       OR EXISTS (SELECT 1 FROM plan_helper WHERE version_id = v.id AND user_id = NEW.turned_by) THEN
        RAISE EXCEPTION 'who wrote version % turns no key on it', NEW.version_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'approval_key_not_by_author';
    END IF;
    -- A carried key is the same key, on the version before, of the same thing.
    IF NEW.carried_from IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM approval_key k WHERE k.id = NEW.carried_from AND k.version_id = v.based_on AND k.kind = NEW.kind
           AND k.turned_by = NEW.turned_by AND k.fingerprint = NEW.fingerprint AND k.fell_at IS NULL) THEN
        RAISE EXCEPTION 'no such key to carry' USING ERRCODE = 'check_violation', CONSTRAINT = 'approval_key_carried';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER approval_key_is_turned BEFORE INSERT ON approval_key
    FOR EACH ROW EXECUTE FUNCTION approval_key_is_turned();

-- A key can fall, once, while its plan is not agreed; nothing else about it changes.
CREATE FUNCTION approval_key_stands() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.fell_at IS NOT NULL OR to_jsonb(NEW) - 'fell_at' <> to_jsonb(OLD) - 'fell_at'
       OR (SELECT agreed_at IS NOT NULL FROM plan_version WHERE id = OLD.version_id) THEN
        RAISE EXCEPTION 'a key that was turned stays as it is'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'approval_key_stands';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER approval_key_stands BEFORE UPDATE OR DELETE ON approval_key
    FOR EACH ROW EXECUTE FUNCTION approval_key_stands();
CREATE TRIGGER approval_key_kept BEFORE TRUNCATE ON approval_key FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Agreed only with four keys, and agreed for ever: a later version takes its place, nothing is written in it.
CREATE FUNCTION plan_version_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (TG_OP = 'UPDATE' AND OLD.agreed_at IS NOT NULL
       AND (NEW.state NOT IN ('agreed', 'superseded') OR to_jsonb(NEW) - 'state' <> to_jsonb(OLD) - 'state')) THEN
        RAISE EXCEPTION 'an agreed plan stays as it is'
            USING ERRCODE = 'restrict_violation', CONSTRAINT = 'plan_version_stands';
    END IF;
    IF NEW.state IN ('agreed', 'superseded') AND (TG_OP = 'INSERT' OR OLD.agreed_at IS NULL)
       AND (SELECT count(*) FROM approval_key WHERE version_id = NEW.id AND fell_at IS NULL) <> 4 THEN
        RAISE EXCEPTION 'version % has not its four keys', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'plan_version_has_four_keys';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER plan_version_moves BEFORE INSERT OR UPDATE OR DELETE ON plan_version
    FOR EACH ROW EXECUTE FUNCTION plan_version_moves();

-- Whether a fund is the one of arranged support that could not wait; whoever keeps such support replaces this.
CREATE FUNCTION urgent_support_stands(p_urgent uuid, p_fund uuid) RETURNS boolean LANGUAGE sql STABLE AS 'SELECT false';

-- The one door to the money: an agreed plan of that person, or urgent support from council-managed money.
CREATE FUNCTION fund_release_is_due() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.plan_version_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM plan_version v JOIN fund f ON f.person_id = v.person_id
         WHERE v.id = NEW.plan_version_id AND f.id = NEW.fund_id AND v.state = 'agreed') THEN
        RAISE EXCEPTION 'the plan is not agreed' USING ERRCODE = 'check_violation', CONSTRAINT = 'fund_release_by_agreed_plan';
    END IF;
    IF NEW.urgent_support_id IS NOT NULL AND NOT (
        (SELECT route = 'council_managed' FROM fund WHERE id = NEW.fund_id)
        AND urgent_support_stands(NEW.urgent_support_id, NEW.fund_id)) THEN
        RAISE EXCEPTION 'only the council’s own arranged support is urgent'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'fund_release_of_urgent_support';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER fund_release_is_due BEFORE INSERT ON fund_release
    FOR EACH ROW EXECUTE FUNCTION fund_release_is_due();
CREATE TRIGGER fund_release_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON fund_release
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A release opens the lock. The fund's head first, as every posting takes it, so that the two never cross.
CREATE FUNCTION fund_release_unlocks() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM ledger_head WHERE fund_id = NEW.fund_id FOR UPDATE;
    UPDATE account SET locked = false WHERE fund_id = NEW.fund_id AND locked;
    RETURN NULL;
END $$;
CREATE TRIGGER fund_release_unlocks AFTER INSERT ON fund_release
    FOR EACH ROW EXECUTE FUNCTION fund_release_unlocks();

-- An account is unlocked by its release only, and never locked again.
CREATE FUNCTION account_lock_holds() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.locked OR NOT EXISTS (SELECT 1 FROM fund_release WHERE fund_id = NEW.fund_id) THEN
        RAISE EXCEPTION 'the money of fund % is locked until its plan is agreed', NEW.fund_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'account_lock_holds';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER account_lock_holds BEFORE UPDATE OF locked ON account
    FOR EACH ROW WHEN (OLD.locked IS DISTINCT FROM NEW.locked) EXECUTE FUNCTION account_lock_holds();
