"""An approved payment as a CSV file that the council's finance system and a spreadsheet both read."""

import csv
import io
from collections.abc import Sequence

from isf.payments.paying_in.queries import BankRow

HEADINGS = ("Payment", "Person", "Holder", "Fund", "First day", "Last day", "Amount", "Entered on")


def as_csv(rows: Sequence[BankRow]) -> str:
    """Pounds with two decimals, days as YYYY-MM-DD, no names but the holder's."""
    told = io.StringIO(newline="")
    writer = csv.writer(told)
    writer.writerow(HEADINGS)
    for row in rows:
        pounds, pence = divmod(row.amount_pence, 100)
        writer.writerow(
            [
                row.payment,
                row.person,
                _text(row.holder),
                row.fund_id,
                row.covers_from.isoformat(),
                row.last_day.isoformat(),
                f"{pounds}.{pence:02d}",
                row.paid_on.isoformat() if row.paid_on else "",
            ]
        )
    return told.getvalue()


def _text(value: str) -> str:
    """A name that a spreadsheet never takes for a formula."""
    return f"'{value}" if value[:1] in "=+-@\t\r" else value
