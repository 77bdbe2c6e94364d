"""The supplier and the payer in UBL (BG-4 to BG-9), from what the frozen document says of them."""

import re
from dataclasses import dataclass
from typing import Final

from lxml import etree

from invoicing.invoice_document import Party
from invoicing.ubl.xml import group, put

COUNTRY: Final = "GB"
EMAIL_SCHEME: Final = "EM"

_POSTCODE: Final = re.compile(r"[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An electronic address (BT-34, BT-49)."""

    scheme: str
    value: str


@dataclass(frozen=True, slots=True)
class Address:
    """Address lines put where the standard wants them; an absent part is None."""

    street: str | None = None
    second: str | None = None
    third: str | None = None
    city: str | None = None
    postcode: str | None = None


def vat_identifier(number: str | None) -> str | None:
    """`GB123456789`: with its country and without gaps (BR-CO-09)."""
    if number is None:
        return None
    joined = "".join(character for character in number.upper() if character.isalnum())
    return joined if joined[:2].isalpha() else f"{COUNTRY}{joined}"


def endpoint_of(party: Party) -> Endpoint | None:
    """Where e-invoices reach a party: the address that it recorded, else e-mail; None when it has none.

    A VAT number is no address before it is registered as one, so none is made of it.
    """
    if party.electronic_address:
        scheme, _, value = party.electronic_address.partition(":")
        return Endpoint(scheme, value)
    return Endpoint(EMAIL_SCHEME, party.email) if party.email else None


def on_peppol(*parties: Party) -> bool:
    """Whether an e-invoice between them can travel by Peppol, which knows no e-mail addresses."""
    return all((found := endpoint_of(party)) and found.scheme != EMAIL_SCHEME for party in parties)


def address_of(lines: tuple[str, ...]) -> Address:
    """The lines as street, town and postcode: the postcode is found by its shape, the town stands before it."""
    rest = [line.strip(" ,") for line in lines if line.strip(" ,")]
    postcode = None
    if rest and (found := _POSTCODE.search(rest[-1])) and found.end() == len(rest[-1]):
        postcode = found.group().upper()
        before = rest[-1][: found.start()].strip(" ,")
        rest = [*rest[:-1], before] if before else rest[:-1]
    city = rest.pop() if len(rest) > 1 else None
    street, second = (rest[place] if len(rest) > place else None for place in (0, 1))
    return Address(street, second, ", ".join(rest[2:]) or None, city, postcode)


def registration_id(registration: str | None) -> str | None:
    """The number in `Company number 01234567` (BT-30); all of it when no word has a figure."""
    if not registration:
        return None
    numbers = [word for word in registration.split() if any(character.isdigit() for character in word)]
    return numbers[-1] if numbers else registration


def add_supplier(parent: etree._Element, party: Party, *, vat_stands: bool) -> None:
    """Write the supplier. `vat_stands` says whether a VAT number may stand there (BR-O-02)."""
    told = _begin(parent, party)
    number = vat_identifier(party.vat_number) if vat_stands else None
    if number is None and registration_id(party.registration) is None:
        # Something must tell suppliers apart (BR-CO-26): what they are reached by, or called.
        put(group(told, "PartyIdentification"), "ID", party.email or party.name)
    _finish(told, party, number)


def add_payer(parent: etree._Element, party: Party, *, vat_stands: bool) -> None:
    """Write the payer; see `add_supplier`."""
    _finish(_begin(parent, party), party, vat_identifier(party.vat_number) if vat_stands else None)


def _begin(parent: etree._Element, party: Party) -> etree._Element:
    told = group(parent, "Party")
    if endpoint := endpoint_of(party):
        put(told, "EndpointID", endpoint.value, schemeID=endpoint.scheme)
    return told


def _finish(told: etree._Element, party: Party, vat_number: str | None) -> None:
    put(group(told, "PartyName"), "Name", party.name)
    _add_address(told, address_of(party.address_lines))
    if vat_number is not None:
        scheme = group(told, "PartyTaxScheme")
        put(scheme, "CompanyID", vat_number)
        put(group(scheme, "TaxScheme"), "ID", "VAT")
    legal = group(told, "PartyLegalEntity")
    put(legal, "RegistrationName", party.name)
    put(legal, "CompanyID", registration_id(party.registration))
    if party.email:
        put(group(told, "Contact"), "ElectronicMail", party.email)


def _add_address(party: etree._Element, address: Address) -> None:
    told = group(party, "PostalAddress")
    put(told, "StreetName", address.street)
    put(told, "AdditionalStreetName", address.second)
    put(told, "CityName", address.city)
    put(told, "PostalZone", address.postcode)
    if address.third:
        put(group(told, "AddressLine"), "Line", address.third)
    put(group(told, "Country"), "IdentificationCode", COUNTRY)
