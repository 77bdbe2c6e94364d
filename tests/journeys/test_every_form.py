"""Every form that is sent empty says what to type."""

import pytest

from tests.journeys.looking import Looker, errors_told, send_empty
from tests.journeys.looking_everywhere import Look, pages_of
from tests.journeys.page_list import has_own_form, routes

# Nothing has to be typed here: the only fund that can pay is chosen already, it was all typed on the pages before, the
# form is one button, or it may be left empty.
COMPLETE_WHEN_EMPTY = frozenset(
    {
        "/provider/activities/{activity_id:uuid}/steps/suits",
        "/provider/activities/{activity_id:uuid}/steps/outcomes",
        "/provider/activities/{activity_id:uuid}/steps/access",
        "/people/{person_id:uuid}/book/{session_id:uuid}",
        "/people/{person_id:uuid}/waitlist/{full_session_id:uuid}",
        "/people/{person_id:uuid}/budget/change/{change_id:uuid}/check",
        "/people/{person_id:uuid}/budget/holder/{handover_id:uuid}/check",
        "/people/{person_id:uuid}/plan",
        "/plans/{version_id:uuid}/send",
        "/plans/{version_id:uuid}/words/{chapter:str}",
        "/disagreements/{disagreement_id:uuid}",
        "/council/lots/{lot_id:uuid}",
        "/provider/applications/{commission_id:uuid}",
        "/council/payments-in",
        "/provider/inbox",
        "/council/payments-in/{payment_id:uuid}",
        "/payment-runs/{pay_run_id:uuid}",
        "/periods/close",
        "/purchase-orders/{order_id:uuid}",
        "/invoices/own/{upload_id:uuid}",
        # Nothing is left to enter on these in the site that is looked at: no credit is owed back, every line that
        # could be queried is, and a billing run is begun on its preview.
        "/credit-notes/{credit_note:str}/received",
        "/invoices/{name:str}/query",
        "/invoices/runs",
    }
)


@pytest.mark.row("A1")
def test_every_form_sent_empty_says_what_to_type(look: Look) -> None:
    # As somebody who may send the form: others may see the page without it.
    sent = routes("POST")
    forms = {route: sent[route] for route in routes() if route in sent and route not in COMPLETE_WHEN_EMPTY}
    pages, unfilled = pages_of(look.finder, forms, has_own_form)
    assert not unfilled, "\n".join(unfilled)
    for who, found in pages.items():
        looker = Looker(look.page_of(who))
        for each in found:
            looker.page.goto(look.site.url + each.path)
            faults = look.faults[f"{each.route}, sent empty by {who}"]
            if send_empty(looker.page):
                faults += [*errors_told(looker.page), *looker.faults()]
            else:
                faults.append("it has no form that is sent to itself")
        looker.page.context.close()
    wrong = look.told()
    assert not wrong, "\n".join(wrong)
