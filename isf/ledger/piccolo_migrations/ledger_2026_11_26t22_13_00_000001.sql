-- The last day that the holder of a fund has closed; the package that closes months fills it in.
CREATE FUNCTION books_closed_until(fund uuid) RETURNS date LANGUAGE sql STABLE AS $$ SELECT NULL::date WHERE fund IS NOT NULL $$;

ALTER TABLE journal ADD CONSTRAINT journal_adjusts_earlier CHECK (service_on < occurred_on);

-- As before, and what is about a day of a closed month counts on the first day after it that is not in the past of
-- `p_today`: an adjustment, which says the day that it is about (rules.md 11). Looked at after the head is locked, so
-- that a closing, which locks the heads, lets no posting slip in behind it.
DROP FUNCTION ledger_post(uuid, text, text, uuid, date, uuid, text, text[], bigint[], uuid);
CREATE FUNCTION ledger_post(p_fund uuid, p_reference text, p_kind text, p_subject uuid, p_occurred date,
                            p_actor uuid, p_because text, p_accounts text[], p_amounts bigint[],
                            p_reverses uuid DEFAULT NULL, p_today date DEFAULT NULL) RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
    head ledger_head;
    known journal;
    link bytea;
    told text;
    closed date;
    counts date := p_occurred;
    service date;
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
    closed := books_closed_until(p_fund);
    IF p_occurred <= closed THEN
        service := p_occurred;
        counts := greatest(closed + 1, p_today);
        told := told || '|' || to_char(service, 'YYYY-MM-DD');
    END IF;
    UPDATE account SET balance_pence = balance_pence + e.m
      FROM unnest(p_accounts, p_amounts) AS e(a, m) WHERE fund_id = p_fund AND kind = e.a;
    link := journal_hash(head.hash, p_fund, head.sequence + 1, p_reference, p_kind, counts, told);
    INSERT INTO journal (id, fund_id, sequence, reference, kind, subject_id, occurred_on, service_on, actor_user, because,
                         reverses_id, previous_hash, hash)
        VALUES (journal_id, p_fund, head.sequence + 1, p_reference, p_kind, p_subject, counts, service, p_actor, p_because,
                p_reverses, head.hash, link);
    INSERT INTO entry (id, journal_id, account, amount_pence)
        SELECT gen_random_uuid(), journal_id, e.a, e.m FROM unnest(p_accounts, p_amounts) AS e(a, m);
    UPDATE ledger_head SET sequence = head.sequence + 1, hash = link WHERE fund_id = p_fund;
    RETURN journal_id;
END $$;
