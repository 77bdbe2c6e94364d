"""The invoices of a month as files, by several processes: the same bytes as one by one, the UBL beside (row V4)."""

from datetime import date
from pathlib import Path

import pytest

from invoicing import printing, queries
from invoicing.documents import print_with_ubl
from invoicing.printing import print_issued
from invoicing.runs.commands import issue_invoices
from marketplace.kernel.audit import SYSTEM
from tests.invoicing.delivering import NOVEMBER, deliver, november
from tests.world import World

DECEMBER = date(2026, 12, 1)


@pytest.mark.row("V4")
async def test_a_month_is_printed_as_each_invoice_is(
    december: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = december
    monkeypatch.setattr(printing, "BATCH", 1)
    activity = await world.activity()
    await deliver(world, world.broker, world.emma_isf, november(6), activity=activity)
    await deliver(world, world.dan_user, world.dan_direct, november(7), activity=activity)
    run = await issue_invoices(SYSTEM, NOVEMBER)
    assert await print_issued(NOVEMBER, tmp_path / "none") == 0
    folder = tmp_path / "december"
    assert await print_issued(DECEMBER, folder) == 2
    made = sorted(file.name for file in folder.iterdir())
    assert made == sorted(f"{each.number}.{kind}" for each in run.invoices for kind in ("pdf", "xml"))
    first = next(each for each in run.invoices if each.payer_name == "Harbour Brokerage")
    pdf, ubl = print_with_ubl((await queries.invoice(world.broker, first.invoice_id)).document)
    assert (folder / f"{first.number}.pdf").read_bytes() == pdf
    assert (folder / f"{first.number}.xml").read_text(encoding="utf-8") == ubl
