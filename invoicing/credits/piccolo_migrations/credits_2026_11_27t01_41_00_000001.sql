-- What was paid and then came back for a credit is paid no more: as in the ledger.
CREATE OR REPLACE FUNCTION invoice_parts(p_invoice uuid) RETURNS TABLE (due bigint, queried bigint, paid bigint)
    LANGUAGE sql STABLE ROWS 1 AS $$
    SELECT coalesce(sum(x.open) FILTER (WHERE NOT x.queried), 0)::bigint,
           coalesce(sum(x.open) FILTER (WHERE x.queried), 0)::bigint, coalesce(sum(x.paid), 0)::bigint
      FROM (SELECT line_open_pence(l.id) AS open, line_queried(l.id) AS queried,
                   line_paid_pence(l.id) - line_credit_settled_pence(l.id, ARRAY['netted', 'received']) AS paid
              FROM invoice_line l WHERE l.invoice_id = p_invoice) x
$$;
