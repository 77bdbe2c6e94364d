"""The terms of an agreement as a form: read from what was typed, and filled from what is there."""

from decimal import Decimal, InvalidOperation
from typing import Any

from isf.agreements.rules import MOST_SERVICES, Fee, FeeKind, Service, Terms
from isf.agreements.wording import percent
from isf.rules import first_day_after, last_day
from marketplace.kernel import clock
from marketplace.kernel.forms import Form
from marketplace.kernel.money import ZERO
from marketplace.kernel.routes_of_money import Route


def terms_typed(form: Form, kind: Route) -> Terms:
    """What was typed; errors are noted in the form."""
    starts_on = form.day("starts_on", required="Enter the first day, like 1 12 2026")
    last = form.day("ends_on")
    sells = kind is Route.ISF and form.one_of("sells", ("yes", "no"), required="Choose yes or no") == "yes"
    services = _services(form) if sells else ()
    if sells and not services:
        form.fail("service-1", "Say what is sold, and for how much")
    return Terms(
        starts_on=starts_on or clock.today(),
        ends_on=first_day_after(last) if last else None,
        fee=_fee(form) if kind is Route.ISF else Fee(),
        payment_weeks=form.whole(
            "payment_weeks", required="Enter a number of weeks, like 4", least=1, most=53
        ),
        surplus_times=form.whole("surplus_times", required="Enter a number, like 8", most=53),
        surplus_weeks=form.whole("surplus_weeks", required="Enter a number of weeks, like 4", most=53),
        notice_days=form.whole("notice_days", required="Enter a number of days, like 28", most=365),
        services=services,
        exit_words=form.text("exit_words", most=2000),
        bank_name=form.text("bank_name", most=60) if kind is Route.DIRECT_PAYMENT else "",
        account_last_four=form.text("account_last_four", most=20) if kind is Route.DIRECT_PAYMENT else "",
    )


def _fee(form: Form) -> Fee:
    kind = form.choice("fee_kind", FeeKind, required="Choose how the fee is reckoned") or FeeKind.NONE
    if kind is FeeKind.NONE:
        return Fee()
    vat = basis_points(form, "fee_vat", required="Enter a rate, like 20, or 0 if there is no VAT")
    if kind is FeeKind.PERCENT:
        return Fee(
            kind, basis_points(form, "fee_percent", required="Enter a percentage, like 4.5"), ZERO, vat
        )
    return Fee(kind, 0, form.money("fee_amount", required="Enter the fee without VAT, like 5.00"), vat)


def basis_points(form: Form, name: str, *, required: str) -> int:
    """A percentage with up to two decimals, in basis points."""
    try:
        value = Decimal(form.text(name).removesuffix("%").strip()) * 100
    except InvalidOperation:
        form.fail(name, required)
        return 0
    if not value.is_finite() or value != value.to_integral_value() or not 0 <= value <= 10_000:
        form.fail(name, required)
        return 0
    return int(value)


def _services(form: Form) -> tuple[Service, ...]:
    found = []
    for index in range(1, MOST_SERVICES + 1):
        what, typed = form.text(f"service-{index}", most=200), form.text(f"price-{index}")
        if not what and not typed:
            continue
        price = form.money(f"price-{index}", required="Enter a price in pounds, like 38.50")
        if not what:
            form.fail(f"service-{index}", "Say what is sold for this price")
        found.append(Service(what, price))
    return tuple(found)


def filled(terms: Terms) -> dict[str, Any]:
    """The form's fields for terms that are there."""
    values: dict[str, Any] = {
        "fee_kind": str(terms.fee.kind),
        "fee_percent": percent(terms.fee.basis_points).removesuffix("%") if terms.fee.basis_points else "",
        "fee_amount": _pounds(terms.fee.amount.pence) if terms.fee.amount else "",
        "fee_vat": percent(terms.fee.vat_basis_points).removesuffix("%"),
        "payment_weeks": terms.payment_weeks,
        "surplus_times": terms.surplus_times,
        "surplus_weeks": terms.surplus_weeks,
        "notice_days": terms.notice_days,
        "sells": "yes" if terms.services else "no",
        "exit_words": terms.exit_words,
        "bank_name": terms.bank_name,
        "account_last_four": terms.account_last_four,
    }
    values |= _date("starts_on", terms.starts_on)
    if terms.ends_on is not None:
        values |= _date("ends_on", last_day(terms.ends_on))
    for index, service in enumerate(terms.services, start=1):
        values[f"service-{index}"] = service.what
        values[f"price-{index}"] = _pounds(service.price.pence)
    return values


def _date(name: str, day: Any) -> dict[str, Any]:
    return {f"{name}-day": day.day, f"{name}-month": day.month, f"{name}-year": day.year}


def _pounds(pence: int) -> str:
    return f"{pence // 100}.{pence % 100:02d}"
