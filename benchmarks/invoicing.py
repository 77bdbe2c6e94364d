"""A month of 50,000 attendances to 2,000 invoices with PDF and UBL, against bare SQL and Typst alone.

Ours is a billing run (lock, sort, claim, number, freeze, audit, letters, progress) and `print_issued` (UBL, words and
layout, on all processors). The floor claims, numbers and writes the same invoices and lines by one set-based
transaction, rolled back afterwards, and gives the same JSON with the same UBL inside to the same layout in the same
number of processes.
"""

import asyncio
import json
import os
import resource
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from pathlib import Path

import asyncpg
import msgspec

from benchmarks.bookings import Row
from benchmarks.printing import count_queries, floor_typst, megabytes
from invoicing.document_words import invoice_words
from invoicing.documents import LAYOUT, from_stored
from invoicing.printing import BATCH, print_issued
from invoicing.rules import month_of
from invoicing.runs.commands import begin, bill, work_on
from invoicing.runs.rules import month_scope
from invoicing.ubl.writer import ubl_invoice
from marketplace.kernel import clock, db
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.typesetting import PDF_STANDARDS, compiler, inputs_of
from tests.world import World, make_world

SELLERS = int(os.environ.get("BENCH_SELLERS") or 40)
BEFORE = 4
"""Sellers that billed already: nobody’s books begin empty, and plans for empty tables are not those of a month."""
HOLDERS = int(os.environ.get("BENCH_HOLDERS") or 50)
PEOPLE, DATES = 5, 5  # of each holder, and of each seller: 25 lines on each invoice

_COPY = "INSERT INTO {table} SELECT (jsonb_populate_record(t, {changes})).* FROM {table} t, {many} WHERE t.id = {one}"
_MAKE = (
    # Sellers: everything of one that the commands made, again and again.
    f"CREATE UNLOGGED TABLE seller AS SELECT n, gen_random_uuid() AS organisation, gen_random_uuid() AS id,"
    f" gen_random_uuid() AS activity FROM generate_series(1, {SELLERS + BEFORE}) AS n",
    _COPY.format(
        table="organisation", many="seller", one="$1",
        changes="jsonb_build_object('id', seller.organisation, 'name', 'Seller ' || n)",
    ),
    _COPY.format(
        table="provider", many="seller", one="$2",
        changes="jsonb_build_object('id', seller.id, 'organisation_id', seller.organisation, 'name', 'Seller ' || n,"
        " 'slug', 'seller-' || n, 'registration_number', '11' || (10000 + n))",
    ),
    _COPY.format(
        table="activity", many="seller", one="$3",
        changes="jsonb_build_object('id', seller.activity, 'provider_id', seller.id)",
    ),
    "INSERT INTO vat_registration (id, provider_id, vat_number, starts_on)"
    " SELECT gen_random_uuid(), id, 'GB980780684', '2000-01-01' FROM seller",
    # Half of them sell welfare, the others what carries VAT.
    "INSERT INTO rate (id, activity_id, starts_on, price_pence, vat_category, vat_rate_basis_points, ratio)"
    " SELECT gen_random_uuid(), activity, '2000-01-01', 3850, CASE n % 2 WHEN 0 THEN 'exempt' ELSE 'standard' END,"
    " n % 2 * 2000, 'group' FROM seller",
    f"CREATE UNLOGGED TABLE held AS SELECT n, k, seller.id AS provider, gen_random_uuid() AS id, activity,"
    f" $5::date + ((n * {DATES} + k) / 8)::int AS day, 9 + (n * {DATES} + k) % 8 AS hour"
    f" FROM seller, generate_series(0, {DATES - 1}) AS k",
    _COPY.format(
        table="activity_session", many="held", one="$4",
        changes="jsonb_build_object('id', held.id, 'activity_id', held.activity, 'provider_id', held.provider,"
        " 'service_on', held.day, 'starts_at', held.day + make_interval(hours => held.hour),"
        " 'ends_at', held.day + make_interval(hours => held.hour + 1))",
    ),
)  # fmt: skip
_PEOPLE = (
    f"CREATE UNLOGGED TABLE holder AS SELECT h, gen_random_uuid() AS id FROM generate_series(1, {HOLDERS}) AS h",
    _COPY.format(
        table="organisation", many="holder", one="$2",
        changes="jsonb_build_object('id', holder.id, 'name', 'Holder ' || h)",
    ),
    "CREATE UNLOGGED TABLE somebody AS SELECT gen_random_uuid() AS id, gen_random_uuid() AS budget,"
    f" gen_random_uuid() AS fund, holder.id AS holder, h * 100 + n AS n FROM holder, generate_series(1, {PEOPLE}) AS n",
    "INSERT INTO person (id, council_id, reference, name) SELECT id, $1, 'PN-I' || n, 'Person ' || n FROM somebody",
    "INSERT INTO personal_budget (id, person_id, version, council_share_pence, contribution_pence, starts_on, ends_on)"
    " SELECT budget, id, 1, 10000000, 0, $3::date - 60, $3::date + 365 FROM somebody",
    "INSERT INTO fund (id, budget_id, person_id, council_id, route, holder_organisation_id, amount_pence, starts_on,"
    " ends_on) SELECT fund, budget, id, $1, 'isf', holder, 10000000, $3::date - 60, $3::date + 365 FROM somebody",
    """INSERT INTO booking (id, reference, person_id, fund_id, activity_session_id, provider_id, council_id, route,
                            owner_council_id, state, starts_at, ends_at, service_on, price_pence, vat_category,
                            vat_rate_basis_points, notice_hours, charge_percent, refill_waives_charge)
       SELECT gen_random_uuid(), 'BK' || upper(substr(md5(p.id::text || s.id::text), 1, 10)), p.id, p.fund, s.id,
              s.provider_id, $1, 'isf', s.owner_council_id, 'delivered', s.starts_at, s.ends_at, s.service_on, 3850,
              'exempt', 0, 48, 50, true
         FROM somebody p, activity_session s JOIN held ON held.id = s.id""",
    "INSERT INTO attendance (id, booking_id, outcome, charge_pence) SELECT gen_random_uuid(), id, 'attended', 3850"
    " FROM booking WHERE provider_id IN (SELECT id FROM seller)",
)  # fmt: skip

_FLOOR = (
    """CREATE TEMP TABLE owed ON COMMIT DROP AS
       SELECT b.id, b.provider_id, f.holder_organisation_id AS payer, b.fund_id, b.council_id, b.route,
              b.owner_council_id, b.service_on, a.title, t.charge_pence AS gross, r.vat_category,
              r.vat_rate_basis_points AS rate,
              round(t.charge_pence / (1 + r.vat_rate_basis_points / 10000.0))::bigint AS net
         FROM attendance t JOIN booking b ON b.id = t.booking_id JOIN fund f ON f.id = b.fund_id
         JOIN activity_session s ON s.id = b.activity_session_id JOIN activity a ON a.id = s.activity_id
         JOIN LATERAL (SELECT * FROM rate WHERE activity_id = a.id AND ratio = b.ratio AND starts_on <= b.service_on
                        ORDER BY starts_on DESC LIMIT 1) r ON true
        WHERE t.charge_pence > 0 AND NOT t.disputed AND b.payment = 'invoice'
          AND b.service_on BETWEEN $1 AND ($1::date + interval '1 month - 1 day')
          AND NOT EXISTS (SELECT 1 FROM claim c WHERE c.booking_id = b.id)""",
    "INSERT INTO claim (booking_id, kind) SELECT id, 'invoice' FROM owed",
    """CREATE TEMP TABLE made ON COMMIT DROP AS
       SELECT gen_random_uuid() AS id, provider_id, payer, sum(net)::bigint AS net, sum(gross)::bigint AS gross,
              row_number() OVER (PARTITION BY provider_id ORDER BY payer) AS number,
              jsonb_agg(jsonb_build_object('on', service_on, 'what', title, 'net', net, 'gross', gross)) AS document
         FROM owed GROUP BY provider_id, payer""",
    "ANALYZE owed",
    "ANALYZE made",
    "INSERT INTO counter AS c (scope, last) SELECT 'invoice:' || provider_id, count(*) FROM made"
    " GROUP BY provider_id ON CONFLICT (scope) DO UPDATE SET last = c.last + excluded.last",
    "INSERT INTO invoice (id, number, provider_id, payer_organisation_id, period_starts, period_ends, issued_on,"
    " due_on, net_pence, vat_pence, gross_pence, document, state)"
    " SELECT id, provider_id || '-' || number, provider_id, payer, $1, $1, $1, $1, net, gross - net, gross, document,"
    " 'issued' FROM made",
    """INSERT INTO invoice_line (id, invoice_id, position, booking_id, part, fund_id, council_id, route,
                                 owner_council_id, description, service_on, net_pence, gross_pence, vat_category,
                                 vat_rate_basis_points)
       SELECT gen_random_uuid(), m.id, row_number() OVER (PARTITION BY m.id ORDER BY o.service_on), o.id, 'support',
              o.fund_id, o.council_id, o.route, o.owner_council_id, o.title, o.service_on, o.net, o.gross,
              o.vat_category, o.rate
         FROM owed o JOIN made m USING (provider_id, payer)""",
)


def _told(statement: str, *values: object) -> str:
    """A statement with its values in it: what makes a table takes no parameters."""
    for place, value in enumerate(values, start=1):
        statement = statement.replace(f"${place}", f"'{value}'")
    return statement


async def _prepare(world: World, month: date) -> None:
    """Sellers, holders and people; each person was at every date of every seller."""
    activity = await world.activity()
    session = await world.session(activity)
    organisation = await db.fetch_value("SELECT organisation_id FROM provider WHERE id = $1", world.pettypool)
    async with db.connection() as connection:
        # Past the triggers that know today's rules: this is a month as it lies in the books afterwards.
        await connection.execute("SET session_replication_role = replica")
        for statement in _MAKE:
            await connection.execute(
                _told(statement, organisation, world.pettypool, activity, session, month)
            )
        for statement in _PEOPLE:
            await connection.execute(_told(statement, world.council, world.harbour, month))
        await connection.execute("SET session_replication_role = DEFAULT")
        await connection.execute("ANALYZE")


async def _floor_sql(dsn: str, month: date) -> float:
    connection = await asyncpg.connect(dsn)
    began = time.perf_counter()
    transaction = connection.transaction()
    await transaction.start()
    for statement in _FLOOR:
        await connection.execute(_told(statement, month))
    await connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
    lasted = time.perf_counter() - began
    await transaction.rollback()
    await connection.close()
    return lasted


def _typst_alone(file: Path, folder: Path) -> int:
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


async def _inputs(folder: Path) -> list[Path]:
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


async def _measure(dsn: str) -> list[Row]:
    db.use_database(dsn)
    await db.open_pool(4)
    try:
        return await _rows(dsn)
    finally:
        await db.close_pool()


async def _rows(dsn: str) -> list[Row]:
    month = month_of(month_of(clock.today()) - timedelta(days=1))
    await _prepare(await make_world(), month)
    for number in range(1, BEFORE + 1):
        seller = await db.fetch_value("SELECT id FROM seller WHERE n = $1", number)
        await bill(SYSTEM, month_scope(month, seller))
    await db.execute("ANALYZE")
    sql = min([await _floor_sql(dsn, month) for _ in range(2)])
    asked, at_first = count_queries(), megabytes(resource.RUSAGE_SELF)
    began = time.perf_counter()
    run_id = await begin(SYSTEM, month_scope(month))
    assert run_id is not None
    # Stopped once on the way, as by a crash between two steps, and gone on with.
    stopped = await work_on(SYSTEM, run_id, steps=10)
    run = stopped + await work_on(SYSTEM, run_id)
    billing = time.perf_counter() - began
    queries, grown = len(asked), megabytes(resource.RUSAGE_SELF) - at_first
    made, lines = len(run.invoices), run.lines
    assert (made, lines) == (SELLERS * HOLDERS, SELLERS * HOLDERS * PEOPLE * DATES)
    with tempfile.TemporaryDirectory() as here:
        ours, floor, inputs = (Path(here) / name for name in ("ours", "floor", "inputs"))
        for each in (floor, inputs):
            each.mkdir()
        began = time.perf_counter()
        printed = await print_issued(month_of(clock.today()), ours)
        printing = time.perf_counter() - began
        workers = megabytes(resource.RUSAGE_CHILDREN)
        typst_alone = floor_typst(_typst_alone, await _inputs(inputs), floor)
        assert printed == made + BEFORE * HOLDERS == len(list(ours.glob("*.xml")))
    return [
        _row(f"invoicing: {lines:,} attendances billed, {made:,} invoices frozen (SQL)", billing, sql),
        _row(f"invoicing: {printed:,} PDFs with UBL inside, and UBL beside (Typst)", printing, typst_alone),
        _row(
            "invoicing: a month from attendances to files",
            billing + printing * made / printed,
            sql + typst_alone * made / printed,
        ),
        Row(
            f"invoicing: statements for {made:,} invoices; memory",
            f"{queries}; +{grown} MB, a worker {workers} MB",
            "–",
            1,
        ),
    ]


def _row(name: str, ours: float, floor: float) -> Row:
    return Row(f"{name} (s)", f"{ours:.1f}", f"{floor:.1f}", ours / floor)


def run(dsn: str) -> list[Row]:
    """The rows of this benchmark."""
    return asyncio.run(_measure(dsn))
