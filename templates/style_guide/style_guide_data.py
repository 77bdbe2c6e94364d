"""Invented people and money for the style guide; the shapes are those that each macro documents."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from invoicing.document_words import invoice_words
from invoicing.invoice_document import (
    ActivityLine,
    BankDetails,
    InvoiceDocument,
    Party,
    PersonLines,
    Standing,
)
from invoicing.vat import vat_totals
from marketplace.kernel.money import Money
from marketplace.kernel.vat import VatCategory

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
MONDAY = date(2026, 11, 23)

Data = dict[str, Any]


def at(day: int, start: int, end: int, minutes: int = 0) -> Data:
    """Hours of a day in November 2026 (London is on UTC then)."""
    first = datetime(2026, 11, day, start, minutes, tzinfo=UTC)
    return {"starts_at": first, "ends_at": datetime(2026, 11, day, end, tzinfo=UTC)}


FUNDS = [
    {
        "id": "isf", "title": "ISF with Harbour", "href": "#fund", "period": "this month", "left_pence": 21240,
        "booked_pence": 18700, "used_pence": 12060, "note": "On track until 31 March", "pace": "on_track",
    },
    {
        "id": "dp", "title": "Direct payment", "href": "#fund", "period": "this month", "left_pence": 9600,
        "booked_pence": 2400, "used_pence": 4000, "note": "£31.00 ahead of plan by March", "pace": "ahead",
    },
    {
        "id": "cm", "title": "Council arranges it", "href": "#fund", "period": "this month", "left_pence": -1250,
        "booked_pence": 8000, "used_pence": 6000, "note": "Your care manager has been told", "pace": "short",
    },
]  # fmt: skip

OFF = {"text": "Cancel", "href": "#cancel"}
WEEK_ENTRIES: dict[int, list[Data]] = {
    23: [{**at(23, 14, 16), "title": "Choir", "href": "#choir", "place": "Live! Cheshire", "price_pence": 1200,
          "state": "attended", "fund": "direct payment"}],
    24: [{**at(24, 10, 15), "title": "Garden group", "href": "#garden", "place": "Pettypool, Sandiway",
          "price_pence": 3850, "state": "confirmed", "fund": "ISF with Harbour", "actions": [OFF]}],
    25: [{**at(25, 9, 10, 30), "title": "Swimming", "href": "#swim", "place": "Northgate Arena", "price_pence": 620,
          "state": "idea", "actions": [{"text": "Book", "href": "#book"}, {"text": "Remove", "action": "#remove"}]}],
    26: [{**at(26, 10, 12), "title": "Cooking for friends", "href": "#cook", "place": "1st Enable, Chester",
          "price_pence": 2200, "state": "confirmed", "fund": "ISF with Harbour", "actions": [OFF]},
         {**at(26, 18, 20), "title": "Film night", "href": "#film", "place": "Live! Cheshire", "price_pence": 500,
          "state": "held", "actions": [{"text": "Pay", "href": "#pay", "kind": "primary"}]}],
    28: [{**at(28, 9, 19), "title": "Day trip to the sea", "href": "#trip", "place": "Meet at Chester station",
          "price_pence": 4500, "state": "idea", "warning": "Two places left",
          "actions": [{"text": "Book", "href": "#book"}, {"text": "Remove", "action": "#remove"}]}],
}  # fmt: skip


def week() -> list[Data]:
    """Seven days, Monday first."""
    days = [MONDAY + timedelta(days=offset) for offset in range(7)]
    return [
        {
            "date": day,
            "entries": WEEK_ENTRIES.get(day.day, []),
            "is_today": day.day == 24,
            "find_href": "#find",
        }
        for day in days
    ]


ACTIVITIES = [
    {
        "title": "Garden group", "href": "#garden", "picture": "gardening", "place": "Pettypool, Sandiway",
        "distance_metres": 9700, "price_pence": 3850, "summary": "Grow vegetables and flowers with others.",
        "next": at(24, 10, 15), "places_left": 3, "more_dates": 7,
        "routes": ["direct_payment", "isf", "council_managed"],
    },
    {
        "title": "Choir", "href": "#choir", "picture": "choir", "place": "Live! Cheshire, Chester",
        "distance_metres": 900,
        "price_pence": 1200, "summary": "Sing songs you know. No need to read music.", "next": at(26, 14, 16),
        "places_left": 12, "ways": [{"allowed": True, "name": "ISF with Harbour", "left_pence": 21240,
        "period": "this month"}],
    },
    {
        "title": "Day centre, Canal Street", "href": "#vivo", "picture": "social",
        "place": "Vivo Care Choices, Chester",
        "distance_metres": 1700, "price_pence": 5200,
        "summary": "A day with people you know: crafts, lunch and games.",
        "next": at(25, 9, 15), "places_left": 0,
        "ways": [{"allowed": False, "what": "use your personal budget here",
                  "because": "this service belongs to the council that pays your budget",
                  "instead": "ask your care manager to arrange it", "why_href": "#why"}],
    },
    {
        "title": "Walk and talk", "href": "#walk", "picture": "walks", "place": "Grosvenor Park",
        "distance_metres": 400,
        "price_pence": 0, "summary": "A slow walk by the river, then tea.", "next": None, "routes": ["own_money"],
        "attribution": "Listed by Bristol City Council, Open Government Licence",
    },
]  # fmt: skip

SESSIONS = [
    {**at(24, 10, 15), "places_left": 3, "price_pence": 3850, "book": {"text": "Book", "href": "#b"}},
    {**at(27, 10, 15), "places_left": 1, "price_pence": 3850, "book": {"text": "Put in the week", "href": "#b"}},
    {**at(28, 10, 15), "places_left": 0, "price_pence": 3850, "book": {"text": "Join the waiting list",
    "href": "#b"}},
    {**at(29, 10, 15), "state": "cancelled", "price_pence": 3850},
    {**at(30, 10, 15), "places_left": 5, "price_pence": 3850,

         "refusal": "You cannot book this, because there is another booking at the same time; "
     "you can choose another date."},
]  # fmt: skip

REGISTER = [
    {
        "id": "BK-7F3K2M",
        "name": "Emma Hughes",
        "needs": "Uses a wheelchair. Show pictures.",
        "attendance": "attended",
    },
    {"id": "BK-9Q1T4P", "name": "Daniel Okafor", "attendance": "left_early", "note": "Collected at 13:30"},
    {"id": "BK-2W8X6Z", "name": "Priya Shah"},
    {
        "id": "BK-4H5J7L",
        "name": "Tom Bradshaw",
        "locked": "On an invoice since 2 November. Ask us to change it.",
    },
]


def _lines(*delivered: tuple[int, str, VatCategory, int, int]) -> tuple[ActivityLine, ...]:
    return tuple(
        ActivityLine(
            date(2026, 11, day),
            title,
            f"BK-7F3K2{place}",
            category,
            rate,
            Money(net),
            Money(net + net * rate // 10_000),
        )
        for place, (day, title, category, rate, net) in enumerate(delivered)
    )


def _invoice() -> Data:
    garden = ("Garden group", VatCategory.EXEMPT, 0, 3850)
    bus = ("Minibus, both ways", VatCategory.STANDARD, 2000, 1500)
    people = (
        PersonLines("PN-7F3K2M", _lines((10, *garden), (17, *garden), (24, *garden))),
        PersonLines("PN-9QXW4T", _lines((24, *bus))),
    )
    lines = [line for person in people for line in person.lines]
    return invoice_words(
        InvoiceDocument(
            number="PET-2026-000042", issued_on=date(2026, 12, 1), due_on=date(2026, 12, 31),
            period_starts=date(2026, 11, 1), period_ends=date(2026, 11, 30),
            supplier=Party("Pettypool", ("Dalefords Lane", "Sandiway", "CW8 2DR"), "bookings@pettypool.example",
                           "GB 000 0000 00", "Charity 100000 (invented)"),
            payer=Party("Harbour (ISF holder)", ("12 Quay Street", "Chester", "CH1 2HJ")),
            people=people,
            vat=vat_totals((line.vat_category, line.vat_rate_basis_points, line.gross) for line in lines),
            payment_reference="PET-2026-000042", purchase_order="PO 4500123", how_to_pay=("Pay by bank transfer.",),
            bank=BankDetails("Pettypool", "00-00-00", "00000000"), exemption_reason="Welfare services by a charity",
            how_to_query=("Tell us within 7 days, and say which line.",), standing=Standing.DEMONSTRATION,
        )
    )  # fmt: skip


DESK_COLUMNS = [
    {"key": "name", "text": "Person", "sort": {"href": "#s", "now": "ascending"}},
    {"key": "left", "text": "Money left", "kind": "money", "sort": {"href": "#s", "now": "none"}},
    {"key": "next", "text": "Next thing to do"},
    {"key": "state", "text": "Plan", "kind": "state"},
    {"key": "due", "text": "Due", "kind": "day"},
]
DESK_ROWS = [
    {"name": "Emma Hughes", "href": "#e", "left": 21240, "next": "Book ideas", "state": "on_track",
     "due": date(2026, 11, 25)},
    {"name": "Daniel Okafor", "href": "#d", "left": -1250, "next": "Over-booked: talk to Daniel", "state": "short",
     "due": date(2026, 11, 24), "urgent": True},
    {"name": "Priya Shah", "href": "#p", "left": 128000, "next": "Six-week review", "state": "behind", "due": None},
]  # fmt: skip

BURN = [
    {"label": label, "planned_pence": 45000 * (n + 1), "used_pence": used}
    for n, (label, used) in enumerate(
        [("Aug", 31000), ("Sep", 88000), ("Oct", 131000), ("Nov", 176500),
         ("Dec", None), ("Jan", None), ("Feb", None), ("Mar", None)]
    )
]  # fmt: skip

CHOICES = {
    "within_miles": [("5", "5 miles"), ("10", "10 miles"), ("25", "25 miles")],
    "day": [("", "Any day"), ("mon", "Mondays"), ("2026-11-24", "Today")],
    "time": [("", "Any time"), ("morning", "Morning"), ("afternoon", "Afternoon"), ("evening", "Evening")],
    "access": [
        ("wheelchair", "Step-free"),
        ("changing-place", "Changing Places toilet"),
        ("quiet", "Quiet room"),
    ],
    "route": [
        ("direct_payment", "Direct payment"),
        ("isf", "ISF"),
        ("council_managed", "Council arranges it"),
    ],
    "provider": [("", "Any provider"), ("pettypool", "Pettypool"), ("live", "Live! Cheshire")],
}

EASY = [
    {"picture": "money", "words": "You have £212.40 left this month."},
    {"picture": "calendar", "words": "The garden group is on Tuesday 24 November."},
    {"picture": "clock", "words": "It starts at 10:00. It ends at 15:00."},
    {"picture": "place", "words": "It is at Pettypool in Sandiway."},
    {"picture": "bus", "words": "Bus 82 stops near the gate."},
    {"picture": "tick", "words": "Your place is booked."},
    {"picture": "cross", "words": "If you cannot go, cancel before Sunday at 10:00. Then you pay nothing."},
    {"picture": "help", "words": "Harbour can help you. Call 01244 000000."},
]


def context() -> Data:
    """Everything the pages use."""
    return {
        "demonstration": True,
        "viewer": {"name": "Sam Ellis", "organisation": "Harbour"},
        "csrf_token": "invented",
        "nav": [
            {"text": "People", "href": "#people", "current": True},
            {"text": "Find something to do", "href": "#find"},
            {"text": "Invoices", "href": "#invoices"},
            {"text": "Ways of paying", "href": "#ways"},
        ],
        "back": {"href": "#back", "text": "All people"},
        "easy_read": {"href": "#easy", "on": False},
        "flash": [
            {"kind": "done", "text": "Garden group is booked for Emma. £212.40 is left this month."},
            {"kind": "problem",
             "text": "You cannot book Swimming, because all places are taken; you can choose another date."},
        ],
        "attributions": [
            {"text": "Contains OS data © Crown copyright and database right 2026", "href": "#ogl"},
        ],
        "funds": FUNDS, "days": week(), "monday": MONDAY, "activities": ACTIVITIES, "sessions": SESSIONS,
        "register_people": REGISTER, "invoice": _invoice(), "desk_columns": DESK_COLUMNS, "desk_rows": DESK_ROWS,
        "burn": BURN, "choices": CHOICES, "easy": EASY,
        "form": {"title": "Garden gruop", "price": "38.5x", "route": "isf", "access": ["quiet"], "starts-day": "31",
                 "starts-month": "2", "starts-year": "2026", "vat": "exempt"},
        "wrong": {"price": "Type the price in pounds and pence, such as 38.50",
                  "starts": "Type a day that exists: February has 28 days", "rules": "Choose how to cancel",
                  "_all": "The timetable ends before it starts"},
    }  # fmt: skip
