"""Payments by hand and in runs, what the bank does with them, and its statements: told late, twice, in two formats."""

import io
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from uuid import UUID

import hypothesis.strategies as st

from invoicing.credits.commands import receive_credit
from invoicing.payment_runs import commands as runs
from invoicing.payment_runs.by_hand import mark_paid
from invoicing.payment_runs.pain001 import payment_file
from invoicing.payment_runs.proposing import propose_run
from invoicing.payment_runs.queries import bank_order, payments_of_run, run
from invoicing.payment_runs.returning import return_payment
from invoicing.reconciliation import things
from invoicing.reconciliation.commands import set_aside
from invoicing.reconciliation.giving_in import give_in
from invoicing.reconciliation.matching import explain_line, explain_lines, look_again
from marketplace.identity.access import Actor
from marketplace.kernel import db
from marketplace.kernel.errors import DomainError
from marketplace.kernel.money import Money
from tests.invoicing.reconciliation.bank_files import camt053, entry
from tests.withstand.money_machine import VisitModel
from tests.withstand.money_scene import Office
from tests.withstand.moving import NTH, State, among, move

OFFICE = st.integers(0, 1)

# What a bank knows: the payments that were sent to it, with the organisation whose account it is.
_SENT = """
    SELECT p.id, coalesce(nullif(p.bank_reference, ''), p.reference) AS reference, p.amount_pence,
           p.payment_run_id AS run, p.payer_organisation_id AS payer
      FROM payment p
     WHERE p.state IN ('sent', 'returned') AND p.amount_pence > 0 AND p.payer_organisation_id IS NOT NULL
     ORDER BY p.sent_at, p.provider_id, p.bank_reference,
              (SELECT min(i.number) FROM payment_item t JOIN invoice i ON i.id = t.invoice_id WHERE t.payment_id = p.id)
"""


@dataclass(frozen=True)
class Booked:
    """A movement on an account, as its bank has it."""

    number: int
    day: date
    pence: int
    reference: str

    def as_entry(self) -> str:
        """For a camt.053 statement."""
        pounds, side = f"{abs(self.pence) / 100:.2f}", "DBIT" if self.pence < 0 else "CRDT"
        return entry(pounds, side=side, day=str(self.day), reference=f"B{self.number}", words=self.reference)

    def as_row(self) -> str:
        """For a CSV, which has no number of the bank's."""
        return f"{self.day},{self.reference},{self.pence / 100:.2f}"


def _can_be_proposed(state: State) -> bool:
    owed = among("invoices", "issued", "part_paid")(state)
    return owed and not among("runs", "proposed", "approved")(state)


def _some_bank(state: State) -> bool:
    return bool(among("payments", "sent", "returned")(state) or among("credits")(state))


class BankModel(VisitModel):
    """Who pays whom, by what, and what the bank says of it."""

    def opens(self) -> None:
        """Both accounts are empty."""
        super().opens()
        self.accounts: list[list[Booked]] = [[], []]
        self.executed: set[UUID] = set()

    def _books(self, office: int, pence: int, reference: str) -> None:
        account = self.accounts[office]
        account.append(Booked(100 * len(account) + office, self.today(), pence, reference))

    def _office_of(self, organisation: UUID) -> Office:
        return self.scene.offices[self._office(organisation)]

    def _office(self, organisation: UUID) -> int:
        return next(n for n, each in enumerate(self.scene.offices) if each.organisation == organisation)

    # --- Payments --------------------------------------------------------------------------------------------------

    @move(6, among("invoices", "issued", "part_paid"), nth=NTH)
    def is_marked_paid(self, nth: int) -> None:
        """By its payer, twice with one reference: the same payment."""
        found = self.chosen(
            nth, "SELECT id, payer_organisation_id AS payer FROM invoice WHERE state IN ('issued', 'part_paid')"
            " ORDER BY number",
        )  # fmt: skip
        assert found is not None
        self.given += 1
        pay = partial(
            mark_paid, self.scene.payer(found["payer"]), found["id"], f"BACS{self.given:04}", self.today()
        )
        first = self.run(pay)
        if first is not None:
            assert self.run_in_parts(pay) == first

    @move(16, _can_be_proposed, nth=NTH, second=st.booleans(), ahead=st.sampled_from([0, 59, 59, 59]))
    def a_run_is_proposed(self, nth: int, second: bool, ahead: int) -> None:
        """Of what is due, or will be, where somebody is owed."""
        found = self.chosen(
            nth, "SELECT DISTINCT payer_organisation_id AS id FROM invoice WHERE state IN ('issued', 'part_paid')"
            " AND payer_organisation_id IS NOT NULL ORDER BY 1",
        )  # fmt: skip
        if found:
            office, until = self._office_of(found["id"]), self.today() + timedelta(days=ahead)
            self.run(partial(propose_run, office.who(second), until, self.today()))

    def _run_of(self, nth: int, states: str) -> tuple[UUID, Office]:
        found = self.chosen(
            nth, "SELECT id, organisation_id FROM payment_run WHERE state = ANY ($1) ORDER BY organisation_id",
            states.split(),
        )  # fmt: skip
        assert found is not None
        return found["id"], self._office_of(found["organisation_id"])

    @move(18, among("runs", "proposed"), nth=NTH, second=st.booleans())
    def a_run_is_approved(self, nth: int, second: bool) -> None:
        """By the other of the two."""
        found, office = self._run_of(nth, "proposed")
        self.run(partial(runs.approve_run, office.who(second), found))

    @move(3, among("runs", "proposed"), nth=NTH)
    def a_payee_is_left_out(self, nth: int) -> None:
        """Of a run that nobody approved."""
        found, office = self._run_of(nth, "proposed")
        payments = self._run(partial(payments_of_run, office.first, found))
        self.run(partial(runs.leave_out, office.first, found, payments[nth % len(payments)].id, "Not now"))

    @move(2, among("runs", "proposed", "approved"), nth=NTH)
    def a_run_is_withdrawn(self, nth: int) -> None:
        """All of it is open again."""
        found, office = self._run_of(nth, "proposed approved")
        self.run(partial(runs.withdraw_run, office.second, found, "Not now"))

    @move(18, among("runs", "approved"), nth=NTH, second=st.booleans())
    def a_run_is_sent(self, nth: int, second: bool) -> None:
        """The file says what the books and the page say."""
        found, office = self._run_of(nth, "approved")
        self.run(partial(runs.send_run, office.who(second), found))
        head = self._run(partial(run, office.first, found))
        if head.state == "sent":
            assert head.amount_pence == head.ledger_pence, (head.amount_pence, head.ledger_pence)
            self._run(partial(_file_adds_up, office.first, found, head.amount_pence))

    @move(3, among("payments", "sent", "returned"), nth=NTH)
    def a_return_is_entered(self, nth: int) -> None:
        """By the payer, who saw it at the bank; again changes nothing."""
        found = self.chosen(
            nth, "SELECT p.id, p.payer_organisation_id AS payer FROM payment p WHERE state IN ('sent', 'returned')"
            " ORDER BY p.sent_at, p.bank_reference, p.provider_id, p.gross_pence",
        )  # fmt: skip
        assert found is not None
        payer = self.scene.payer(found["payer"])
        self.run(partial(return_payment, payer, found["id"], self.today(), "Account closed"))

    def _owed(self, nth: int) -> db.Row | None:
        return self.chosen(
            nth, "SELECT n.id, n.number, n.payer_organisation_id AS payer, n.gross_pence - coalesce(("
            "       SELECT sum(s.amount_pence) FROM credit_settlement s"
            "         JOIN credit_note_line c ON c.id = s.credit_note_line_id"
            "        WHERE c.credit_note_id = n.id), 0)::bigint AS pence FROM credit_note n ORDER BY 4 DESC, n.number",
        )  # fmt: skip

    @move(3, among("credits"), nth=NTH)
    def a_credit_is_received(self, nth: int) -> None:
        """The payer says that it is back."""
        if found := self._owed(nth):
            self.given += 1
            work = partial(
                receive_credit,
                self.scene.payer(found["payer"]),
                found["id"],
                f"BACK{self.given}",
                self.today(),
            )
            assert self.run(work) in (Money(found["pence"]), None)

    # --- The bank --------------------------------------------------------------------------------------------------

    @move(
        7,
        among("payments", "sent", "returned"),
        bulk=st.booleans(),
        twice=st.sampled_from([False] * 5 + [True]),
    )
    def the_bank_pays(self, bulk: bool, twice: bool) -> None:
        """What it was sent, one by one or a run in one sum; now and then by mistake once more."""
        waits = [row for row in self.rows(_SENT) if row["id"] not in self.executed]
        self.executed |= {row["id"] for row in waits}
        if not bulk:
            for row in waits:
                for _ in range(1 + twice):
                    self._books(
                        self._office(row["payer"]),
                        -row["amount_pence"],
                        row["reference"],
                    )
            return
        for row in self.rows(
            "SELECT r.reference, r.organisation_id AS payer, sum(p.amount_pence)::bigint AS pence FROM payment_run r"
            "  JOIN payment p ON p.payment_run_id = r.id WHERE p.id = ANY ($1) GROUP BY r.id"
            " ORDER BY r.sent_at, r.organisation_id",
            [row["id"] for row in waits],
        ):  # fmt: skip
            for _ in range(1 + twice):
                self._books(self._office(row["payer"]), -row["pence"], row["reference"])
        for row in waits:
            # The bank's mistake with one of a run that left in one sum, or a payment by hand.
            if twice or row["run"] is None:
                self._books(
                    self._office(row["payer"]),
                    -row["amount_pence"],
                    row["reference"],
                )

    @move(4, among("payments", "sent", "returned"), nth=NTH)
    def the_bank_sends_back(self, nth: int) -> None:
        """One of them, perhaps again."""
        made = [row for row in self.rows(_SENT) if row["id"] in self.executed]
        if made:
            row = made[nth % len(made)]
            self._books(self._office(row["payer"]), row["amount_pence"], row["reference"])

    @move(4, among("credits"), nth=NTH, less=st.sampled_from([0, 0, 1]))
    def a_seller_pays_back(self, nth: int, less: int) -> None:
        """What it owes for a credit note, or not quite."""
        found = self._owed(nth)
        if found and found["payer"] and found["pence"] > less:
            self._books(self._office(found["payer"]), found["pence"] - less, found["number"])

    @move(12, _some_bank, office=OFFICE, csv=st.sampled_from([False, False, True]), skips=st.integers(0, 4))
    def a_statement_is_given_in(self, office: int, csv: bool, skips: int) -> None:
        """All but the first lines, which were told before or never are; then what says so itself is explained."""
        told, who = self.accounts[office][skips:], self.scene.offices[office].first
        if not told:
            return
        file = _csv(told) if csv else camt053(*(each.as_entry() for each in told))
        first = self.run(lambda: give_in(who, io.BytesIO(file), "statement"))
        again = self.run_in_parts(lambda: give_in(who, io.BytesIO(file), "again"))
        assert first is not None
        assert again.new_lines in (0, first.new_lines)
        self.run_in_parts(partial(explain_lines, who))
        assert self._run(partial(explain_lines, who)) == 0

    def _told(self, nth: int, states: str) -> db.Row | None:
        return self.chosen(
            nth, "SELECT id, amount_pence, organisation_id FROM bank_line WHERE state = ANY ($1)"
            " ORDER BY bank_reference, booked_on, amount_pence, state",
            states.split(),
        )  # fmt: skip

    @move(3, among("bank", "open"), nth=NTH, which=NTH)
    def somebody_says_what_a_line_is(self, nth: int, which: int) -> None:
        """One of what is suggested, rightly or not: of the same amount; or nothing of ours."""
        found = self._told(nth, "open")
        assert found is not None
        office = self._office_of(found["organisation_id"])
        suggested = self._run(partial(things.suggested, office.organisation, Money(found["amount_pence"])))
        if not suggested or which % 5 == 0:
            self.run(partial(set_aside, office.second, found["id"], "A charge of the bank"))
            return
        suggested.sort(key=lambda each: (each.meaning, each.who))
        thing = suggested[which % len(suggested)]
        self.run(partial(explain_line, office.second, found["id"], thing.meaning, thing.id))

    @move(1, among("bank", "matched", "set_aside"), nth=NTH)
    def somebody_looks_at_a_line_again(self, nth: int) -> None:
        """What moved the books stays."""
        if found := self._told(nth, "matched set_aside"):
            office = self._office_of(found["organisation_id"])
            self.run(partial(look_again, office.second, found["id"]))


def _csv(told: list[Booked]) -> bytes:
    return "\n".join(["Date,Description,Amount", *(each.as_row() for each in told), ""]).encode()


async def _file_adds_up(who: Actor, run_id: UUID, pence: int) -> None:
    try:
        order = await bank_order(who, run_id)
    except DomainError:
        assert pence == 0
        return
    assert sum(each.amount.pence for each in order.transfers) == pence
    assert f"<CtrlSum>{pence / 100:.2f}</CtrlSum>".encode() in payment_file(order)
