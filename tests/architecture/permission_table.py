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
aaaaaaaaaaaaaaaa GET /
aaaaaaaaaaaaaaaa GET /accessibility
aaaaaaaaaaaaaaaa GET /activities/{activity_id:uuid}
s33333333333a3aa POST /api/v1/activities
aaaaaaaaaaaaaaaa GET /api/v1/activities/{activity_id:uuid}
s33333333333a3aa POST /api/v1/activities/{activity_id:uuid}/timetables
sa333a3aaaaa3333 POST /api/v1/bookings
saa4a44a4a4aaa44 GET /api/v1/bookings/{booking_id:uuid}
s33333333333aaaa POST /api/v1/bookings/{booking_id:uuid}/attendance
sa34344a4a4aaa44 POST /api/v1/bookings/{booking_id:uuid}/cancel
s333333aa3333333 GET /api/v1/client-account
s333333aa3333333 POST /api/v1/client-account
s3a3333333333333 GET /api/v1/council/charges
saaaaaa333333333 GET /api/v1/council/parameters
s3a3333333333333 POST /api/v1/council/parameters
saa3a43a4a4a3333 GET /api/v1/funds/{fund_id:uuid}/surplus
s3a3a33aaaaaa3aa GET /api/v1/invoices
s343433a4444a344 GET /api/v1/invoices/{name:str}
s3a3333aaaaa3333 POST /api/v1/invoices/{name:str}/pay
s3a3333333333333 GET /api/v1/payments-in
s3a3333333333333 POST /api/v1/payments-in
s3a3333333333333 GET /api/v1/payments-in/{payment_id:uuid}
s3a3333333333333 POST /api/v1/payments-in/{payment_id:uuid}/approve
s3a3333333333333 POST /api/v1/payments-in/{payment_id:uuid}/check
s3a3333333333333 POST /api/v1/payments-in/{payment_id:uuid}/lines/{line_id:uuid}/hold
s3a3333333333333 POST /api/v1/payments-in/{payment_id:uuid}/lines/{line_id:uuid}/let-go
s3a3333333333333 POST /api/v1/payments-in/{payment_id:uuid}/refuse
saa3aa3aaaaa3333 GET /api/v1/people
saa3a43a4a4a3333 GET /api/v1/people/{person_id:uuid}/contribution
s3a3333333333333 POST /api/v1/people/{person_id:uuid}/contribution/assessments
saa3a43a4a4a3333 GET /api/v1/people/{person_id:uuid}/contribution/bills
saa3aa3aaaaa3333 POST /api/v1/people/{person_id:uuid}/contribution/payments
saa3a43a4a4a3333 GET /api/v1/people/{person_id:uuid}/funds
saa3a43a4a4a3333 GET /api/v1/people/{person_id:uuid}/statements
saa3a43a4a4a3333 GET /api/v1/people/{person_id:uuid}/top-ups
saa3aa3aaaaa3333 POST /api/v1/people/{person_id:uuid}/top-ups
aaaaaaaaaaaaaaaa GET /api/v1/providers/{provider_id:uuid}
saaaaaa333333333 GET /api/v1/ring-fence
saaaa44333333333 GET /api/v1/ring-fence/{check_id:uuid}
aaaaaaaaaaaaaaaa GET /api/v1/sessions
saa3aa3aaaaa3333 GET /api/v1/statements
saa3a43a4a4a3333 GET /api/v1/statements/{statement_id:uuid}
saaaaaa333333333 GET /api/v1/surplus
saa4a44a4a4aaa44 GET /bookings/{booking_id:uuid}
sa34344a4a4aaa44 GET /bookings/{booking_id:uuid}/cancel
sa34344a4a4aaa44 POST /bookings/{booking_id:uuid}/cancel
s333333334443333 GET /card/back
s333333334443333 GET /card/return
saaaaaaaaaaaaaaa POST /chosen-person/clear
aaaaaaaaaaaaaaaa GET /cookies
s33a334333333333 GET /council/applications/{commission_id:uuid}
s33a334333333333 POST /council/applications/{commission_id:uuid}
s33a334333333333 POST /council/applications/{commission_id:uuid}/end
s3a3333333333333 GET /council/charges
s3a3333333333333 GET /council/charges.csv
s33a33a333333333 GET /council/frameworks/new
s33a33a333333333 POST /council/frameworks/new
saaaaaa333333333 GET /council/parameters
saaaaaa333333333 GET /council/parameters/{figure:str}
s3a3333333333333 POST /council/parameters/{figure:str}
s3a3333333333333 POST /council/parameters/{figure:str}/{figure_id:uuid}/withdraw
s3a3333333333333 GET /council/payments-in
s3a3333333333333 POST /council/payments-in
s3a3333333333333 GET /council/payments-in/schedule/{fund_id:uuid}
s3a3333333333333 POST /council/payments-in/schedule/{fund_id:uuid}
s3a3333333333333 GET /council/payments-in/{payment_id:uuid}
s3a3333333333333 POST /council/payments-in/{payment_id:uuid}
s3a3333333333333 GET /council/payments-in/{payment_id:uuid}/bank.csv
s3a3333333333333 GET /council/payments-in/{payment_id:uuid}/lines/{line_id:uuid}
s3a3333333333333 POST /council/payments-in/{payment_id:uuid}/lines/{line_id:uuid}
s33a33a333333333 GET /council/providers
s33a33a333333333 GET /council/providers/{provider_id:uuid}
s33a33a333333333 POST /council/providers/{provider_id:uuid}/ownership
s33a33a333333333 POST /council/providers/{provider_id:uuid}/ownership/{ownership_id:uuid}
saaaaaa333333333 GET /council/ring-fence
saaaa44333333333 GET /council/ring-fence/{check_id:uuid}
saa3aa3aaaaa3333 GET /council/statements
saa3aa3aaaaa3333 GET /council/statements.csv
saaaaaa333333333 GET /council/surplus
saa3aa3aaaaa3333 GET /desk
saa3a43a4a4a3333 GET /funds/{fund_id:uuid}
s333333aa3333333 GET /holder/client-account
s333333aa3333333 POST /holder/client-account
s333333aa3333333 GET /holder/contributions
saa3aa3aaaaa3333 GET /holder/statements
saa3aa3aaaaa3333 GET /holder/statements.csv
saaaaaaaaaaaaaaa GET /home
s3a3a33aaaaaa3aa GET /invoices
s333333333334344 POST /invoices/run
s33333333333a3aa GET /invoices/to-be-billed
s343433a4444a344 GET /invoices/{name:str}
s343333a44443333 GET /invoices/{name:str}/pay
s343333a44443333 POST /invoices/{name:str}/pay
saa3aa3aaaaa3333 GET /me
aaaaaaaaaaaaaaaa GET /open-data
saa3aa3aaaaa3333 GET /people
sa333a3333333333 GET /people/new
sa333a3333333333 POST /people/new
saa3a43a4a4a3333 GET /people/{person_id:uuid}
sa33343333333333 GET /people/{person_id:uuid}/authority/new
sa33343333333333 POST /people/{person_id:uuid}/authority/new
sa33343333333333 GET /people/{person_id:uuid}/authority/{authority_id:uuid}/end
sa33343333333333 POST /people/{person_id:uuid}/authority/{authority_id:uuid}/end
sa33343a4a4a3333 GET /people/{person_id:uuid}/book/{session_id:uuid}
sa33343a4a4a3333 POST /people/{person_id:uuid}/book/{session_id:uuid}
sa33343333333333 GET /people/{person_id:uuid}/budget/new
sa33343333333333 POST /people/{person_id:uuid}/budget/new
saa3a43a4a4a3333 GET /people/{person_id:uuid}/contribution
s3a3333333333333 GET /people/{person_id:uuid}/contribution/assess
s3a3333333333333 POST /people/{person_id:uuid}/contribution/assess
saa3a4344a4a3333 GET /people/{person_id:uuid}/contribution/assessments/{financial_id:uuid}
saa3a43a4a4a3333 GET /people/{person_id:uuid}/contribution/bills/{charge_id:uuid}
s3a3333333333333 POST /people/{person_id:uuid}/contribution/bills/{charge_id:uuid}
s3a3333333333333 GET /people/{person_id:uuid}/contribution/free/new
s3a3333333333333 POST /people/{person_id:uuid}/contribution/free/new
s3a3333333333333 GET /people/{person_id:uuid}/contribution/free/{exempt_id:uuid}/end
s3a3333333333333 POST /people/{person_id:uuid}/contribution/free/{exempt_id:uuid}/end
s3a3343a43433333 GET /people/{person_id:uuid}/contribution/pay
s3a3343a43433333 POST /people/{person_id:uuid}/contribution/pay
s3a3333333333333 GET /people/{person_id:uuid}/contribution/payments/{paid_id:uuid}/take-back
s3a3333333333333 POST /people/{person_id:uuid}/contribution/payments/{paid_id:uuid}/take-back
saa3a43a4a4a3333 GET /people/{person_id:uuid}/contribution/print
sa33343a4a4a3333 POST /people/{person_id:uuid}/ideas
sa33343a4a4a3333 POST /people/{person_id:uuid}/ideas/{idea_id:uuid}/remove
sa33343444a43333 GET /people/{person_id:uuid}/pay/{session_id:uuid}
s433343444443333 POST /people/{person_id:uuid}/pay/{session_id:uuid}
saa3a43a4a4a3333 GET /people/{person_id:uuid}/statements
saa3a43a4a4a3333 GET /people/{person_id:uuid}/top-ups
s3a3343a43433333 POST /people/{person_id:uuid}/top-ups
saa3a43a4a4a3333 GET /people/{person_id:uuid}/week
sa33343a4a4a3333 POST /people/{person_id:uuid}/week/book-ideas
saa3a43a4a4a3333 GET /plans/{version_id:uuid}/copy
saa3a43a4a4a3333 GET /plans/{version_id:uuid}/copy.pdf
saa3a43a4a4a3333 GET /plans/{version_id:uuid}/easy-read.pdf
s33333333333aaaa GET /provider
s33333333333a3aa GET /provider/activities
s33333333333a3aa GET /provider/activities/new
s33333333333a3aa POST /provider/activities/new
s33333333333a344 GET /provider/activities/{activity_id:uuid}
s33333333333a344 POST /provider/activities/{activity_id:uuid}/archive
s33333333333a344 GET /provider/activities/{activity_id:uuid}/dates
s33333333333a344 GET /provider/activities/{activity_id:uuid}/dates/new
s33333333333a344 POST /provider/activities/{activity_id:uuid}/dates/new
s33333333333a344 POST /provider/activities/{activity_id:uuid}/dates/{session_id:uuid}/cancel
s33333333333a344 GET /provider/activities/{activity_id:uuid}/edit
s33333333333a344 POST /provider/activities/{activity_id:uuid}/edit
s33333333333a344 GET /provider/activities/{activity_id:uuid}/preview
s33333333333a344 GET /provider/activities/{activity_id:uuid}/price
s33333333333a344 POST /provider/activities/{activity_id:uuid}/price
s33333333333a344 POST /provider/activities/{activity_id:uuid}/publish
s33333333333a344 GET /provider/activities/{activity_id:uuid}/timetable
s33333333333a344 POST /provider/activities/{activity_id:uuid}/timetable
s33333333333a344 GET /provider/activities/{activity_id:uuid}/timetables/{timetable_id:uuid}/end
s33333333333a344 POST /provider/activities/{activity_id:uuid}/timetables/{timetable_id:uuid}/end
s33333333333a3aa GET /provider/organisation
s33333333333a3aa POST /provider/organisation/apply
s33333333333a3aa GET /provider/organisation/edit
s33333333333a3aa POST /provider/organisation/edit
saaaaaaaaaaaaaaa GET /provider/register
saaaaaaaaaaaaaaa POST /provider/register
s33333333333aa44 GET /provider/sessions/{session_id:uuid}
s33333333333aa44 POST /provider/sessions/{session_id:uuid}/register
s33333333333a3aa GET /provider/venues
s33333333333a3aa GET /provider/venues/new
s33333333333a3aa POST /provider/venues/new
s33333333333a344 GET /provider/venues/{venue_id:uuid}/edit
s33333333333a344 POST /provider/venues/{venue_id:uuid}/edit
aaaaaaaaaaaaaaaa GET /providers/{slug:str}
aaaaaaaaaaaaaaaa GET /sign-in
aaaaaaaaaaaaaaaa POST /sign-in
aaaaaaaaaaaaaaaa POST /sign-out
saa3a43a4a4a3333 GET /statements/{statement:str}
saa3a43a4a4a3333 GET /statements/{statement_id:uuid}/easy-read.pdf
aaaaaaaaaaaaaaaa GET /ways-to-pay
"""


def rows() -> dict[str, str]:
    """The table as route → letters."""
    return {
        route.strip(): letters
        for letters, route in (line.split(" ", 1) for line in TABLE.strip().splitlines())
    }
