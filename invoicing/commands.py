"""Issuing invoices: see `invoicing.runs`."""

from invoicing.runs.commands import issue_invoices, issue_own_invoices
from invoicing.runs.issued import Issued, IssuedRun, Skipped

__all__ = ["Issued", "IssuedRun", "Skipped", "issue_invoices", "issue_own_invoices"]
