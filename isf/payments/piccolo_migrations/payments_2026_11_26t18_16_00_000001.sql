-- As before, and what was netted for a one-off session of the council's own service (rules.md 2): the council gave it
-- as support, so the next payment is smaller by exactly that.
CREATE OR REPLACE FUNCTION council_paid(p_fund uuid) RETURNS bigint LANGUAGE sql STABLE AS $$
    SELECT coalesce(sum(e.amount_pence), 0)::bigint
      FROM journal j JOIN entry e ON e.journal_id = j.id AND e.account = 'promised'
      LEFT JOIN journal r ON r.id = j.reverses_id
     WHERE j.fund_id = p_fund AND coalesce(r.kind, j.kind) IN ('funding', 'transfer_in', 'return', 'netting')
$$;
