"""A statement of hundreds of thousands of lines takes no more memory than a short one (row V7)."""

import subprocess
import sys

import pytest

_READ = """
import resource, sys
from invoicing.reconciliation.reading import pieces
from tests.invoicing.reconciliation.bank_files import Endless, NAMESPACE, entry, head
kind, times = sys.argv[1], int(sys.argv[2])
if kind == "camt":
    begin = f'<Document xmlns="{NAMESPACE}"><BkToCstmrStmt><Stmt>{head()}'
    end = "</Stmt></BkToCstmrStmt></Document>"
    file = Endless(begin.encode(), entry("1.00", reference="{number}").encode(), times, end.encode())
else:
    file = Endless(b"Date,Amount,Reference\\n", b"03/12/2026,1.00,{number}\\n", times, b"")
assert sum(1 for _ in pieces(file)) == times + 1
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def most_megabytes(kind: str, times: int) -> int:
    """The most memory that a process of its own took to read so many lines."""
    done = subprocess.run(
        [sys.executable, "-c", _READ, kind, str(times)], capture_output=True, text=True, check=True
    )
    return int(done.stdout)


@pytest.mark.row("V7")
@pytest.mark.parametrize(("kind", "many"), [("camt", 100_000), ("csv", 1_000_000)])
def test_a_very_long_statement_takes_no_more_memory_than_a_short_one(kind: str, many: int) -> None:
    assert most_megabytes(kind, many) - most_megabytes(kind, 1_000) < 30
