"""Bare statements that would let Emma's ISF or Dan's direct payment pay Vivo, the council's own service, as if no code
stood before them. Each is refused by the database; `line` is a lawful and paid invoice line of Emma's at Pettypool.
"""

from uuid import UUID

from invoicing.credits.commands import CreditDraft, issue_credit_note
from invoicing.runs.commands import issue_invoices
from isf.ledger.posting import post
from isf.ledger.rules import Account, Movement, transfer
from marketplace.bookings.commands import book
from marketplace.identity.access import Actor
from marketplace.identity.rules import Role
from marketplace.kernel import clock, db
from marketplace.kernel.audit import SYSTEM
from marketplace.kernel.ids import new_id
from marketplace.kernel.money import Money
from tests.invoicing.bank_details.making import in_force
from tests.invoicing.delivering import NOVEMBER, november
from tests.withstand.in_house_attempts import at_vivo
from tests.world import World, persona


async def insert_copy(table: str, row: db.Row, **other: object) -> UUID:
    """Insert a row of a table again with other values in it."""
    values = {**row, "id": new_id(), **other}
    names = ", ".join(values)
    places = ", ".join(f"${number}" for number in range(1, len(values) + 1))
    await db.execute(f"INSERT INTO {table} ({names}) VALUES ({places})", *values.values())
    made: UUID = values["id"]
    return made


async def _row(query: str, *arguments: object) -> db.Row:
    row = await db.fetch_one(query, *arguments)
    assert row is not None
    return row


async def _invoice(line: db.Row, **other: object) -> UUID:
    """A copy of Pettypool's invoice with something changed, and Emma's visit that nobody has billed on it."""
    waiting = await db.fetch_value(
        "SELECT id FROM booking WHERE fund_id = $1 AND id NOT IN (SELECT booking_id FROM claim)",
        line["fund_id"],
    )
    await db.execute(
        "INSERT INTO claim (booking_id, kind, claimed_at) VALUES ($1, 'invoice', now())", waiting
    )
    row = await _row("SELECT * FROM invoice WHERE id = $1", line["invoice_id"])
    invoice = await insert_copy("invoice", row, **{"number": "X-1", "state": "issued", "paid_on": None,
                                                   "payment_reference": "", **other})  # fmt: skip
    await insert_copy("invoice_line", line, invoice_id=invoice, booking_id=waiting)
    return invoice


async def line_of_its_own(world: World, line: db.Row) -> None:
    """A line of Emma's that says whose the service is."""
    await insert_copy("invoice_line", line, position=2, part="transport", owner_council_id=line["council_id"])


async def invoice_of_vivos(world: World, line: db.Row) -> None:
    """Vivo bills what Pettypool delivered."""
    async with db.unit_of_work():
        await _invoice(line, provider_id=world.vivo)


async def agreement(world: World, line: db.Row) -> None:
    """Harbour writes Vivo's invoices, as if Vivo had accepted that."""
    await db.execute(
        "INSERT INTO self_billing_agreement (id, reference, payer_organisation_id, provider_id, vat_number, starts_on,"
        " ends_on, terms, state, proposed_by, proposed_at, answered_by, answered_at)"
        " VALUES (gen_random_uuid(), 'SB-1', $1, $2, '', $3, $3, 'words', 'accepted', $4, now(), $4, now())",
        world.harbour, world.vivo, clock.today(), world.broker.user_id,
    )  # fmt: skip


async def self_billed(world: World, line: db.Row) -> None:
    """The council, who may write Vivo's invoices for its own money, writes Emma's visit onto one."""
    async with db.unit_of_work():
        await _invoice(line, provider_id=world.vivo, payer_organisation_id=world.council)


async def received(world: World, line: db.Row) -> None:
    """Vivo's upload is taken under its own number."""
    async with db.unit_of_work():
        await _invoice(line, provider_id=world.vivo, number="VIV-7", received_on=clock.today())


async def credit_line(world: World, line: db.Row) -> None:
    """A credit of Emma's that says whose the service is."""
    columns = (
        "booking_id",
        "part",
        "fund_id",
        "council_id",
        "route",
        "description",
        "service_on",
        "net_pence",
    )
    kept = {name: line[name] for name in (*columns, "gross_pence", "vat_category", "vat_rate_basis_points")}
    await insert_copy(
        "credit_note_line", kept, credit_note_id=new_id(), position=1, invoice_line_id=line["id"],
        owner_council_id=line["council_id"],
    )  # fmt: skip


async def credit_of_vivos(world: World, line: db.Row) -> None:
    """Vivo credits Pettypool's invoice, to net it against what Vivo is paid by others."""
    issued = await issue_credit_note(
        world.manager, line["invoice_id"], CreditDraft({line["id"]: Money(1)}, "Wrong")
    )
    row = await _row("SELECT * FROM credit_note WHERE id = $1", issued.id)
    await insert_copy("credit_note", row, number="X-CN-1", provider_id=world.vivo)


async def payment_item(world: World, line: db.Row) -> None:
    """The one thing of a payment's item that may change, as ownership would change it."""
    await db.execute("UPDATE payment_item SET owner_council_id = $1", line["council_id"])


async def payee_exchanged(world: World, line: db.Row) -> None:
    """The payment that Harbour made becomes Vivo's."""
    await db.execute("UPDATE payment SET provider_id = $1", world.vivo)


async def _payment(world: World, line: db.Row, **other: object) -> None:
    """A second payment, of what is billed of another visit."""
    issued = await issue_invoices(SYSTEM, NOVEMBER)
    later = await _row("SELECT * FROM invoice_line WHERE invoice_id = $1", issued.invoices[0].invoice_id)
    payment = await _row("SELECT * FROM payment")
    item = await _row("SELECT * FROM payment_item")
    async with db.unit_of_work():
        made = await insert_copy("payment", payment, reference="PY-X", **other)
        await insert_copy("payment_item", item, payment_id=made, invoice_id=later["invoice_id"],
                          invoice_line_id=later["id"], booking_id=later["booking_id"])  # fmt: skip


async def payment_to_vivo(world: World, line: db.Row) -> None:
    """Pettypool's invoice is paid, and to Vivo."""
    await _payment(world, line, provider_id=world.vivo)


async def payment_to_vivos_account(world: World, line: db.Row) -> None:
    """Pettypool is paid, into Vivo's account."""
    details = await in_force(world.in_house_manager, await _second_of_vivo(world))
    await _payment(world, line, details_id=details)


async def _second_of_vivo(world: World) -> Actor:
    return await persona("Vic Second", Role.PROVIDER_MANAGER, world.in_house_manager.organisation_id)


async def card_payment(world: World, line: db.Row) -> None:
    """Dan's card pays Vivo for a visit that the council pays for."""
    managed = await book(world.care_manager, await at_vivo(world), world.emma_managed)
    await db.execute(
        "INSERT INTO connected_account (id, provider_id, charges_enabled, payouts_enabled, details_submitted,"
        " created_at) VALUES ('acct_vivo', $1, true, true, true, now())", world.vivo,
    )  # fmt: skip
    await db.execute(
        "INSERT INTO card_payment (id, booking_id, amount_pence, connected_account, state, fund_id, council_id, route,"
        " owner_council_id) SELECT gen_random_uuid(), id, price_pence, 'acct_vivo', 'started', fund_id, council_id,"
        " 'direct_payment', owner_council_id FROM booking WHERE id = $1", managed.id,
    )  # fmt: skip


async def card_to_vivos_account(world: World, line: db.Row) -> None:
    """Dan's card pays Pettypool's visit, into Vivo's account at the card company."""
    booked = await book(world.dan_user, await world.session(), world.dan_direct)
    await db.execute(
        "INSERT INTO connected_account (id, provider_id, charges_enabled, payouts_enabled, details_submitted,"
        " created_at) VALUES ('acct_vivo', $1, true, true, true, now())", world.vivo,
    )  # fmt: skip
    await db.execute(
        "INSERT INTO card_payment (id, booking_id, amount_pence, connected_account, state, fund_id, council_id, route,"
        " owner_council_id) SELECT gen_random_uuid(), id, price_pence, 'acct_vivo', 'started', fund_id, council_id,"
        " route, owner_council_id FROM booking WHERE id = $1", booked.id,
    )  # fmt: skip


async def booking(world: World, line: db.Row) -> None:
    """A booking at Vivo, as a file of bookings would bring it."""
    session = await at_vivo(world)
    row = await _row("SELECT * FROM booking WHERE id = $1", line["booking_id"])
    told = await _row("SELECT starts_at, ends_at, service_on FROM activity_session WHERE id = $1", session)
    await insert_copy(
        "booking", row, **told, reference="BK-AAAAAA", activity_session_id=session, provider_id=world.vivo,
        owner_council_id=world.council, state="confirmed",
    )  # fmt: skip


async def bank_line(world: World, line: db.Row) -> None:
    """A line of the bank's about Vivo is said to be the payment that Pettypool had."""
    statement = new_id()
    await db.execute(
        "INSERT INTO bank_statement (id, organisation_id, file_name, file_sha256, position, account, reference,"
        " told_lines, new_lines, first_day, last_day, given_by, given_at)"
        " VALUES ($1, $2, 'x', '\\x00', 0, '', '', 1, 1, $3, $3, $4, now())",
        statement, world.harbour, clock.today(), world.broker.user_id,
    )  # fmt: skip
    await db.execute(
        "INSERT INTO bank_line (id, statement_id, organisation_id, booked_on, amount_pence, end_to_end, bank_reference,"
        " counterparty, words, returned, fingerprint, state, meaning, meaning_id, decided_at)"
        " SELECT gen_random_uuid(), $1, $2, $3, -1200, '', '', 'Vivo', '', false, '\\x01', 'matched', 'payment', id,"
        " now() FROM payment", statement, world.harbour, clock.today(),
    )  # fmt: skip


async def changed_owner(world: World, line: db.Row) -> None:
    """The ownership itself, entered past every command for a day on which something is owed."""
    await _owned(world)


async def _owned(world: World) -> None:
    await db.execute(
        "INSERT INTO ownership (id, provider_id, council_id, starts_on) VALUES (gen_random_uuid(), $1, $2, $3)",
        world.pettypool, world.council, november(1),
    )  # fmt: skip


async def changed_owner_of_what_was_credited(world: World, line: db.Row) -> None:
    """All of the line is credited and its visit given up: a bank that returns its payment makes it owed again."""
    await issue_credit_note(
        world.manager, line["invoice_id"], CreditDraft({line["id"]: Money(line["gross_pence"])}, "Wrong")
    )
    async with db.unit_of_work():
        await db.execute("SET LOCAL session_replication_role = replica")
        await db.execute("UPDATE booking SET state = 'cancelled', cancelled_at = now()")
        await db.execute("SET LOCAL session_replication_role = DEFAULT")
        await _owned(world)


async def held_fund(world: World, line: db.Row) -> None:
    """Emma's ISF is held by Vivo."""
    vivo = await db.fetch_value("SELECT organisation_id FROM provider WHERE id = $1", world.vivo)
    await db.execute("UPDATE fund SET holder_organisation_id = $2 WHERE id = $1", world.emma_isf, vivo)


async def raw_delivery(world: World, line: db.Row) -> None:
    """Emma's council-managed money may pay Vivo; her ISF is made to pay for that very booking."""
    managed = await book(world.care_manager, await at_vivo(world), world.emma_managed)
    await _raw(world, Movement.DELIVER, Account.AVAILABLE, Account.PAYABLE, subject=managed.id)


async def raw_card(world: World, line: db.Row) -> None:
    """The same, as if a card had paid it."""
    managed = await book(world.care_manager, await at_vivo(world), world.emma_managed)
    await _raw(world, Movement.CARD, Account.AVAILABLE, Account.PAID, subject=managed.id)


async def raw_settlement(world: World, line: db.Row) -> None:
    """More than the payment pays out of this fund."""
    payment = await db.fetch_value("SELECT id FROM payment")
    await _raw(world, Movement.SETTLE, Account.PAYABLE, Account.PAID, subject=payment)


async def raw_transfer(world: World, line: db.Row) -> None:
    """What comes from another fund is paid at once."""
    await _raw(world, Movement.TRANSFER_IN, Account.FUNDING, Account.PAID, subject=None)


async def raw_return(world: World, line: db.Row) -> None:
    """What is sent back is to be paid."""
    await _raw(world, Movement.RETURN, Account.AVAILABLE, Account.PAYABLE, subject=None)


async def _raw(world: World, kind: Movement, source: Account, to: Account, *, subject: UUID | None) -> None:
    """A journal that no command would post."""
    await post(
        SYSTEM, world.emma_isf, kind, f"raw:{new_id()}", transfer(source, to, Money(100)), on=clock.today(),
        subject_id=subject,
    )  # fmt: skip
