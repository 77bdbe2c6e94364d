"""Pages that look across packages: where each role begins, the council's start, and whether the house stands."""

from marketplace.home.routes import router

__all__ = ["router"]
