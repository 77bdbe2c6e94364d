"""Bank statements as banks send them: ISO 20022 `camt.053`, or CSV. Files in, values out, a piece at a time."""

from collections.abc import Iterator
from typing import IO

from invoicing.reconciliation.reading import camt053, sheets
from invoicing.reconciliation.reading.values import Piece


def pieces(file: IO[bytes]) -> Iterator[Piece]:
    """Every statement of a file with its lines, in the order of the file, whatever its size; one piece in memory.

    `file` can be rewound. Raises StatementRefused, with words for whoever sent it, as soon as something is wrong:
    use nothing of a file before its end.
    """
    start = file.read(64)
    file.seek(0)
    return camt053.pieces(file) if camt053.looks_like_xml(start) else sheets.pieces(file)
