-- What of an invoice is due, what waits for an answer to its payer's query, and what is paid, in pence, by its lines.
CREATE FUNCTION invoice_parts(p_invoice uuid) RETURNS TABLE (due bigint, queried bigint, paid bigint)
    LANGUAGE sql STABLE ROWS 1 AS $$
    SELECT coalesce(sum(x.open) FILTER (WHERE NOT x.queried), 0)::bigint,
           coalesce(sum(x.open) FILTER (WHERE x.queried), 0)::bigint, coalesce(sum(x.paid), 0)::bigint
      FROM (SELECT line_open_pence(l.id) AS open, line_queried(l.id) AS queried, line_paid_pence(l.id) AS paid
              FROM invoice_line l WHERE l.invoice_id = p_invoice) x
$$;
