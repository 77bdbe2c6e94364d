"""Hard case 10: the credit note for one line of the invoice with exempt, standard and zero lines.

The second studio session of the mixed invoice (`case_ten.py`) did not happen. Its line carries the third of
£31.88 net by largest remainder: £10.62; so its VAT is 12.75 - 10.62 = £2.13. Credited whole, it has just these figures:

  Credit note:     S 10.62                                  VAT 2.13    gross 12.75
  What is left:    E 38.50                                  VAT 0.00    gross 38.50
                   S 31.88 - 10.62 = 21.26, VAT 6.37 - 2.13 = 4.24      gross 25.50
                   Z  6.20                                  VAT 0.00    gross  6.20
                   together net 65.96, VAT 4.24, gross 70.20
  To be paid from Emma's ISF: 12.75 (the first invoice) + 70.20 = 82.95
"""

import pytest

from invoicing.credits.queries import credit_note
from invoicing.payment_runs.by_hand import mark_paid
from isf.ledger.verify import verify
from marketplace.kernel import clock, db
from tests.invoicing.case_ten import case_ten
from tests.invoicing.credits.crediting import credit_booking
from tests.world import World, balances


@pytest.mark.row("V2")
@pytest.mark.row("V3")
async def test_case_ten_the_credit_note_for_one_line(december: World) -> None:
    world = december
    case = await case_ten(world)
    issued = await credit_booking(world.manager, case.bookings["second"], because="The studio was closed")

    vat = (await credit_note(world.broker, issued.id)).document.vat
    (row,) = vat.categories
    assert (row.category.code, row.rate_basis_points) == ("S", 2000)
    assert (row.taxable.pence, row.vat.pence, row.gross.pence) == (1062, 213, 1275)
    left = await db.fetch_all(
        "SELECT l.vat_category, sum(l.net_pence - coalesce(c.net_pence, 0))::int AS net,"
        " sum(l.gross_pence - coalesce(c.gross_pence, 0))::int AS gross"
        " FROM invoice_line l LEFT JOIN credit_note_line c ON c.invoice_line_id = l.id"
        " WHERE l.invoice_id = $1 GROUP BY 1 ORDER BY 1",
        case.mixed,
    )
    assert [tuple(each.values()) for each in left] == [
        ("exempt", 3850, 3850), ("standard", 2126, 2550), ("zero", 620, 620),
    ]  # fmt: skip
    assert (await balances(world.emma_isf))["payable"] == 8295
    await mark_paid(world.broker, case.mixed, "BACS 10", clock.today())
    money = await balances(world.emma_isf)
    assert (money["paid"], money["payable"]) == (7020, 1275)
    assert await verify() == []
