ALTER TABLE ledger_head ADD CONSTRAINT ledger_head_of_fund FOREIGN KEY (fund_id) REFERENCES fund (id);
ALTER TABLE account ADD CONSTRAINT account_one_kind UNIQUE (fund_id, kind);
ALTER TABLE account ADD CONSTRAINT account_known_kind CHECK (kind IN (
    'funding', 'contribution', 'available', 'committed', 'payable', 'paid', 'fee', 'returned'));
ALTER TABLE account ADD CONSTRAINT account_not_overdrawn
    CHECK (kind NOT IN ('available', 'committed', 'payable') OR balance_pence >= 0);
ALTER TABLE journal ADD CONSTRAINT journal_one_place_in_chain UNIQUE (fund_id, sequence);
ALTER TABLE journal ADD CONSTRAINT journal_reversed_once UNIQUE (reverses_id);
ALTER TABLE journal ADD CONSTRAINT journal_reverses_journal FOREIGN KEY (reverses_id) REFERENCES journal (id);
ALTER TABLE entry ADD CONSTRAINT entry_one_for_each_account UNIQUE (journal_id, account);
ALTER TABLE entry ADD CONSTRAINT entry_moves_something CHECK (amount_pence <> 0);

CREATE TRIGGER journal_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON journal
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER entry_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON entry
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION entries_sum_to_zero() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT sum(amount_pence) FROM entry WHERE journal_id = NEW.journal_id) <> 0 THEN
        RAISE EXCEPTION 'the entries of journal % do not sum to zero', NEW.journal_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'entries_sum_to_zero';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER entries_sum_to_zero AFTER INSERT ON entry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION entries_sum_to_zero();

-- What a journal's link in the chain is made of; verification uses the same words.
CREATE FUNCTION journal_hash(p_previous bytea, p_fund uuid, p_sequence bigint, p_reference text, p_kind text,
                             p_occurred date, p_entries text) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
    SELECT sha256(p_previous || convert_to(
        concat_ws('|', p_fund, p_sequence, p_reference, p_kind, to_char(p_occurred, 'YYYY-MM-DD'), p_entries), 'UTF8'))
$$;

CREATE FUNCTION open_ledger(p_fund uuid) RETURNS void LANGUAGE sql AS $$
    INSERT INTO ledger_head (fund_id, sequence, hash) VALUES (p_fund, 0, ''::bytea);
    INSERT INTO account (fund_id, kind, balance_pence)
        SELECT p_fund, kind, 0 FROM unnest(ARRAY[
            'funding', 'contribution', 'available', 'committed', 'payable', 'paid', 'fee', 'returned']) AS kind;
$$;

-- The only way to move a balance. Locks the fund's head, moves the balances, writes the journal and its entries.
-- Posting a reference again changes nothing and answers the first journal; with other figures it is refused.
CREATE FUNCTION ledger_post(p_fund uuid, p_reference text, p_kind text, p_subject uuid, p_occurred date,
                            p_actor uuid, p_because text, p_accounts text[], p_amounts bigint[],
                            p_reverses uuid DEFAULT NULL) RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
    head ledger_head;
    known journal;
    link bytea;
    told text;
    journal_id uuid := gen_random_uuid();
BEGIN
    SELECT * INTO head FROM ledger_head WHERE fund_id = p_fund FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'fund % has no ledger', p_fund USING ERRCODE = 'foreign_key_violation';
    END IF;
    SELECT string_agg(e.a || ':' || e.m, ',' ORDER BY e.a COLLATE "C") INTO told FROM unnest(p_accounts, p_amounts) AS e(a, m);
    SELECT * INTO known FROM journal WHERE reference = p_reference;
    IF FOUND THEN
        IF known.fund_id <> p_fund OR told IS DISTINCT FROM (
            SELECT string_agg(e.account || ':' || e.amount_pence, ',' ORDER BY e.account COLLATE "C")
              FROM entry e WHERE e.journal_id = known.id) THEN
            RAISE EXCEPTION 'journal % was posted before with other figures', p_reference
                USING ERRCODE = 'unique_violation', CONSTRAINT = 'journal_reference_key';
        END IF;
        RETURN known.id;
    END IF;
    UPDATE account SET balance_pence = balance_pence + e.m
      FROM unnest(p_accounts, p_amounts) AS e(a, m) WHERE fund_id = p_fund AND kind = e.a;
    link := journal_hash(head.hash, p_fund, head.sequence + 1, p_reference, p_kind, p_occurred, told);
    INSERT INTO journal (id, fund_id, sequence, reference, kind, subject_id, occurred_on, actor_user, because,
                         reverses_id, previous_hash, hash)
        VALUES (journal_id, p_fund, head.sequence + 1, p_reference, p_kind, p_subject, p_occurred, p_actor, p_because,
                p_reverses, head.hash, link);
    INSERT INTO entry (id, journal_id, account, amount_pence)
        SELECT gen_random_uuid(), journal_id, e.a, e.m FROM unnest(p_accounts, p_amounts) AS e(a, m);
    UPDATE ledger_head SET sequence = head.sequence + 1, hash = link WHERE fund_id = p_fund;
    RETURN journal_id;
END $$;
