"""Who may call what: one row for each route, one letter for each visitor.

a allowed (the request reached its command, whatever that said of an empty form) · s sent to sign in (401 on the API)
· 3 refused with 403 · 4 told that there is nothing (404). Objects are Emma's, Pettypool's and Northshire's.
"""

VISITORS = (
    *("nobody", "care_manager", "finance_officer", "commissioner", "monitoring_officer"),
    *("other_care_manager", "other_commissioner", "broker", "stranger", "emma_user", "dan_user", "sister"),
    *("manager", "staff", "other_manager", "in_house_manager"),
)

TABLE = """
"""


def rows() -> dict[str, str]:
    """The table as route → letters."""
    return {
        route.strip(): letters
        for letters, route in (line.split(" ", 1) for line in TABLE.strip().splitlines())
    }
