"""The floor for a month's invoices: an expert's one set-based transaction for exactly this month, and Typst alone.

The transaction writes the rows that a billing run writes: the run, claims, counters, series of numbers, invoices with
their frozen documents, lines, audit records and letters, into the same tables with their keys, checks and triggers.
Money moved in the ledger when the attendances were recorded: billing moves none. It knows what a run has to find out:
that nothing is in dispute, nobody is a relative, nothing was billed before, no journey was driven, no order and no
agreement about self-billing stands, and that each invoice has one rate of VAT. $1 is the month.
"""

import json
import time
from datetime import UTC, date, datetime
from datetime import time as clock_time
from pathlib import Path

import asyncpg
import msgspec

from invoicing.document_words import invoice_words
from invoicing.documents import LAYOUT, from_stored
from invoicing.printing import BATCH
from invoicing.ubl.writer import ubl_invoice
from marketplace.kernel import db
from marketplace.kernel.typesetting import PDF_STANDARDS, compiler, inputs_of

STATEMENTS = (
    """CREATE TEMP TABLE owed ON COMMIT DROP AS
       SELECT b.id, b.reference, b.provider_id, f.holder_organisation_id AS payer, b.fund_id, b.council_id, b.route,
              b.owner_council_id, b.service_on, a.title, p.reference AS person, t.charge_pence AS gross,
              r.vat_category, r.vat_rate_basis_points AS rate,
              row_number() OVER (PARTITION BY b.provider_id, f.holder_organisation_id
                                 ORDER BY p.reference, b.service_on, b.reference) AS position
         FROM attendance t JOIN booking b ON b.id = t.booking_id JOIN fund f ON f.id = b.fund_id
         JOIN person p ON p.id = b.person_id
         JOIN activity_session s ON s.id = b.activity_session_id JOIN activity a ON a.id = s.activity_id
         JOIN LATERAL (SELECT * FROM rate WHERE activity_id = a.id AND ratio = b.ratio AND starts_on <= b.service_on
                        ORDER BY starts_on DESC LIMIT 1) r ON true
        WHERE t.charge_pence > 0 AND NOT t.disputed AND b.payment = 'invoice'
          AND b.service_on BETWEEN $1 AND ($1::date + interval '1 month - 1 day')""",
    "ANALYZE owed",
    "INSERT INTO claim (booking_id, kind) SELECT id, 'invoice' FROM owed",
    """CREATE TEMP TABLE made ON COMMIT DROP AS
       SELECT gen_random_uuid() AS id, x.*, gross - net AS vat, pr.name AS supplier, pr.registration_number,
              coalesce(nullif(pr.email, ''), so.email) AS supplier_email, so.address, o.name AS payer_name,
              o.email AS payer_email, v.vat_number,
              upper(left(pr.slug, 8)) || '-' || extract(year FROM CURRENT_DATE) || '-'
                || lpad((row_number() OVER (PARTITION BY x.provider_id ORDER BY x.payer))::text, 6, '0') AS number
         FROM (SELECT provider_id, payer, min(vat_category) AS category, min(rate) AS rate, sum(gross)::bigint AS gross,
                      round(sum(gross) / (1 + min(rate) / 10000.0))::bigint AS net, count(*) AS lines
                 FROM owed GROUP BY provider_id, payer) x
         JOIN provider pr ON pr.id = x.provider_id JOIN organisation so ON so.id = pr.organisation_id
         JOIN organisation o ON o.id = x.payer
         LEFT JOIN vat_registration v ON v.provider_id = x.provider_id AND v.ends_on IS NULL""",
    "ANALYZE made",
    # The net of an invoice over its lines, by largest remainder.
    """CREATE TEMP TABLE line ON COMMIT DROP AS
       SELECT x.*, base + (row_number() OVER (PARTITION BY invoice ORDER BY rest DESC, position)
                           <= invoice_net - sum(base) OVER (PARTITION BY invoice))::int AS net
         FROM (SELECT o.*, m.id AS invoice, m.net AS invoice_net, m.net * o.gross / m.gross AS base,
                      m.net * o.gross % m.gross AS rest
                 FROM owed o JOIN made m USING (provider_id, payer)) x""",
    "ANALYZE line",
    "INSERT INTO counter AS c (scope, last) SELECT 'invoice:' || provider_id, count(*) FROM made"
    " GROUP BY provider_id ON CONFLICT (scope) DO UPDATE SET last = c.last + excluded.last",
    "INSERT INTO invoice_series (provider_id, prefix)"
    " SELECT DISTINCT provider_id, split_part(number, '-', 1) FROM made",
    "INSERT INTO billing_run (id, reference, starts_on, ends_on, state, lines_expected, invoices_made, lines_made,"
    " gross_pence, finished_at) SELECT gen_random_uuid(), 'BRFLOOR', $1, ($1::date + interval '1 month - 1 day'),"
    " 'done', sum(lines), count(*), sum(lines), sum(gross), now() FROM made",
    """INSERT INTO invoice (id, number, provider_id, payer_organisation_id, period_starts, period_ends, issued_on,
                            due_on, net_pence, vat_pence, gross_pence, state, run_id, document)
       SELECT m.id, m.number, m.provider_id, m.payer, $1, ($1::date + interval '1 month - 1 day'), CURRENT_DATE,
              CURRENT_DATE + 30, m.net, m.vat, m.gross, 'issued', r.id,
              jsonb_build_object(
                'number', m.number, 'issued_on', CURRENT_DATE, 'due_on', CURRENT_DATE + 30, 'received_on', NULL,
                'period_starts', $1::date, 'period_ends', ($1::date + interval '1 month - 1 day')::date,
                'payment_reference', m.number, 'purchase_order', NULL, 'bank', NULL, 'paid_on', NULL,
                'self_billed', NULL, 'standing', 'real', 'how_to_pay', '[]'::jsonb,
                'exemption_reason', CASE m.category WHEN 'exempt' THEN 'Welfare services: Value Added Tax Act 1994' END,
                'how_to_query', jsonb_build_array('If a line is wrong, write to ' || m.supplier_email,
                                                  'Pay the lines that are right by the date above.'),
                'supplier', jsonb_build_object('name', m.supplier, 'email', m.supplier_email,
                    'vat_number', m.vat_number, 'registration', m.registration_number, 'electronic_address', NULL,
                    'address_lines', string_to_array(m.address, chr(10))),
                'payer', jsonb_build_object('name', m.payer_name, 'email', m.payer_email, 'vat_number', NULL,
                    'registration', NULL, 'electronic_address', NULL, 'address_lines', '[]'::jsonb),
                'people', d.people,
                'vat', jsonb_build_object('taxable', jsonb_build_object('pence', m.net),
                    'vat', jsonb_build_object('pence', m.vat), 'gross', jsonb_build_object('pence', m.gross),
                    'line_nets', d.nets, 'categories', jsonb_build_array(jsonb_build_object(
                        'category', m.category, 'rate_basis_points', m.rate, 'reason_code', NULL,
                        'taxable', jsonb_build_object('pence', m.net), 'vat', jsonb_build_object('pence', m.vat),
                        'gross', jsonb_build_object('pence', m.gross)))))
         FROM made m CROSS JOIN billing_run r
         JOIN (SELECT invoice, jsonb_agg(jsonb_build_object('person_reference', person, 'lines', lines)
                                         ORDER BY first) AS people,
                      jsonb_path_query_array(jsonb_agg(nets ORDER BY first), '$[*][*]') AS nets
                 FROM (SELECT invoice, person, min(position) AS first,
                              jsonb_agg(jsonb_build_object('pence', net) ORDER BY position) AS nets,
                              jsonb_agg(jsonb_build_object(
                                'service_date', service_on, 'description', title, 'booking_reference', reference,
                                'vat_category', vat_category, 'vat_rate_basis_points', rate,
                                'net', jsonb_build_object('pence', net), 'gross', jsonb_build_object('pence', gross))
                                ORDER BY position) AS lines
                         FROM line GROUP BY invoice, person) x GROUP BY invoice) d ON d.invoice = m.id
        WHERE r.reference = 'BRFLOOR'""",
    """INSERT INTO invoice_line (id, invoice_id, position, booking_id, part, fund_id, council_id, route,
                                 owner_council_id, description, service_on, net_pence, gross_pence, vat_category,
                                 vat_rate_basis_points)
       SELECT gen_random_uuid(), invoice, position, id, 'support', fund_id, council_id, route, owner_council_id, title,
              service_on, net, gross, vat_category, rate FROM line""",
    "INSERT INTO audit_record (action, subject_type, subject_id, after, because)"
    " SELECT 'invoice.issued', 'invoice', id,"
    "        jsonb_build_object('number', number, 'gross_pence', gross, 'lines', lines), '' FROM made",
    "INSERT INTO outbox_message (id, topic, recipient, subject, body)"
    " SELECT gen_random_uuid(), 'mail', payer_email, 'Invoice ' || number || ' from ' || supplier,"
    "        supplier || ' sends you invoice ' || number || ' for ' || gross / 100.0 || '. It is due on '"
    "        || CURRENT_DATE + 30 || '. Read it, or mark it paid: /invoices/' || id FROM made",
)  # fmt: skip


async def bill_by_sql(dsn: str, month: date) -> float:
    """Do it in one transaction and keep it; answers the seconds that it took."""
    connection = await asyncpg.connect(dsn)
    try:
        began = time.perf_counter()
        async with connection.transaction():
            for statement in STATEMENTS:
                # What makes a table takes no parameters.
                await connection.execute(statement.replace("$1", f"'{month}'"))
        return time.perf_counter() - began
    finally:
        await connection.close()


def typst_alone(file: Path, folder: Path) -> int:
    """Inputs ready in a file, nothing but the compiler."""
    done = 0
    for line in file.read_text().splitlines():
        inputs = json.loads(line)
        noon = datetime.combine(date(*json.loads(inputs["document"])["made"]), clock_time(12), tzinfo=UTC)
        pdf = compiler(LAYOUT).compile(
            format="pdf", sys_inputs=inputs, pdf_standards=PDF_STANDARDS, timestamp=noon
        )
        assert isinstance(pdf, bytes)
        (folder / f"{file.stem}-{done}.pdf").write_bytes(pdf)
        done += 1
    return done


async def ready_inputs(folder: Path) -> list[Path]:
    """What the compiler takes for every invoice of the database, in files of a batch each."""
    rows = await db.fetch_all("SELECT document::text AS document FROM invoice ORDER BY id")
    files = []
    for place in range(0, len(rows), BATCH):
        lines = []
        for row in rows[place : place + BATCH]:
            document = from_stored(msgspec.json.decode(row["document"]))
            words = invoice_words(document)
            inputs = inputs_of(words, title=words["title"], made_on=document.issued_on, language="en-GB")
            lines.append(json.dumps({**inputs, "attached": ubl_invoice(document).decode()}))
        files.append(folder / f"{place:06}.jsonl")
        files[-1].write_text("\n".join(lines))
    return files
