"""Sellers, what they offer, where, when and for how much."""

from piccolo.columns import (
    UUID,
    Array,
    BigInt,
    Boolean,
    Date,
    ForeignKey,
    Integer,
    Text,
    Time,
    Timestamptz,
    Varchar,
)
from piccolo.columns.base import OnDelete
from piccolo.columns.defaults.timestamptz import TimestamptzNow
from piccolo.columns.defaults.uuid import UUID4
from piccolo.table import Table

from marketplace.identity.tables import Council, Organisation

RESTRICT = OnDelete.restrict


class Source(Table, tablename="source"):
    """An outside publication that listings were imported from, with its licence."""

    id = UUID(primary_key=True, default=UUID4())
    name = Varchar(length=200, unique=True, default=None)
    kind = Varchar(length=30, default=None)
    publisher = Varchar(length=200, default="")
    licence = Varchar(length=300, default="")
    url = Varchar(length=500, default="")
    note = Text(default="")
    imported_at = Timestamptz(default=TimestamptzNow())


class Provider(Table, tablename="provider"):
    """An organisation or a person that sells, or gives, day support."""

    id = UUID(primary_key=True, default=UUID4())
    organisation_id = ForeignKey(Organisation, null=False, unique=True, default=None, on_delete=RESTRICT)
    name = Varchar(length=200, default=None)
    slug = Varchar(length=120, unique=True, default=None)
    seller_type = Varchar(length=30, default=None)
    description = Text(default="")
    easy_read = Text(default="")
    email = Varchar(length=320, default="")
    phone = Varchar(length=40, default="")
    website = Varchar(length=500, default="")
    registration_number = Varchar(length=60, default="")
    employs = Boolean(default=True)
    self_employed = Boolean(default=None, null=True)
    has_constitution = Boolean(default=None, null=True)
    contact_name = Varchar(length=200, default="")
    safeguarding_name = Varchar(length=200, default="")
    safeguarding_email = Varchar(length=320, default="")
    safeguarding_phone = Varchar(length=40, default="")
    stripe_account = Varchar(length=60, default=None, null=True)
    state = Varchar(length=20, default="listed")
    source_id = ForeignKey(Source, null=True, default=None, on_delete=RESTRICT)
    source_key = Varchar(length=200, default=None, null=True)
    created_at = Timestamptz(default=TimestamptzNow())


class VatRegistration(Table, tablename="vat_registration"):
    """Half-open days on which a seller is registered under a number, open-ended without an end (`rules.md` 21)."""

    id = UUID(primary_key=True, default=UUID4())
    provider_id = ForeignKey(Provider, null=False, default=None, on_delete=RESTRICT)
    vat_number = Varchar(length=20, default=None)
    starts_on = Date(default=None)
    ends_on = Date(default=None, null=True)
    recorded_at = Timestamptz(default=TimestamptzNow())


class StandardVatRate(Table, tablename="standard_vat_rate"):
    """The standard rate of VAT from a day on, in basis points (2000 is 20%)."""

    starts_on = Date(primary_key=True, default=None)
    basis_points = Integer(default=None)


class Ownership(Table, tablename="ownership"):
    """Which council owns a provider, from when to when (`rules.md` 1). No row for a day: no council owns it."""

    id = UUID(primary_key=True, default=UUID4())
    provider_id = ForeignKey(Provider, null=False, default=None, on_delete=RESTRICT)
    council_id = ForeignKey(Council, null=False, default=None, on_delete=RESTRICT)
    starts_on = Date(default=None)
    ends_on = Date(default=None, null=True)


class Framework(Table, tablename="framework"):
    """A council's standing list of approved sellers."""

    id = UUID(primary_key=True, default=UUID4())
    council_id = ForeignKey(Council, null=False, default=None, on_delete=RESTRICT)
    name = Varchar(length=200, default=None)
    starts_on = Date(default=None)
    ends_on = Date(default=None, null=True)


class Lot(Table, tablename="lot"):
    """A part of a framework: one kind of support."""

    id = UUID(primary_key=True, default=UUID4())
    framework_id = ForeignKey(Framework, null=False, default=None, on_delete=RESTRICT)
    name = Varchar(length=200, default=None)
    description = Text(default="")


class Commission(Table, tablename="commission"):
    """A provider's place on a lot: applied for, judged and approved, from when to when and on which conditions."""

    id = UUID(primary_key=True, default=UUID4())
    provider_id = ForeignKey(Provider, null=False, default=None, on_delete=RESTRICT)
    lot_id = ForeignKey(Lot, null=False, default=None, on_delete=RESTRICT)
    council_id = ForeignKey(Council, null=False, default=None, on_delete=RESTRICT)
    state = Varchar(length=20, default="applied")
    starts_on = Date(default=None, null=True)
    ends_on = Date(default=None, null=True)
    reason = Text(default="")
    conditions = Text(default="")
    sent_at = Timestamptz(default=None, null=True)
    created_at = Timestamptz(default=TimestamptzNow())


class Venue(Table, tablename="venue"):
    """A place where activities happen. Easting and northing are British National Grid metres, where known."""

    id = UUID(primary_key=True, default=UUID4())
    provider_id = ForeignKey(Provider, null=False, default=None, on_delete=RESTRICT)
    name = Varchar(length=200, default=None)
    street = Varchar(length=300, default="")
    town = Varchar(length=100, default="")
    postcode = Varchar(length=10, default="")
    easting = Integer(default=None, null=True)
    northing = Integer(default=None, null=True)
    access_features = Array(base_column=Varchar(length=40), default=list)
    getting_there = Text(default="")
    source_key = Varchar(length=200, default=None, null=True)


class Activity(Table, tablename="activity"):
    """Something to do, as it is published. Its prices are `Rate`s, its dates `ActivitySession`s."""

    id = UUID(primary_key=True, default=UUID4())
    provider_id = ForeignKey(Provider, null=False, default=None, on_delete=RESTRICT)
    venue_id = ForeignKey(Venue, null=True, default=None, on_delete=RESTRICT)
    title = Varchar(length=200, default=None)
    summary = Text(default="")
    easy_read = Text(default="")
    category = Varchar(length=40, default=None)
    outcomes = Array(base_column=Varchar(length=40), default=list)
    access_features = Array(base_column=Varchar(length=40), default=list)
    support_ratio = Varchar(length=10, default="group")
    routes_accepted = Array(base_column=Varchar(length=20), default=list)
    capacity = Integer(default=None, null=True)
    notice_hours = Integer(default=0)
    charge_percent = Integer(default=0)
    refill_waives_charge = Boolean(default=True)
    suits = Array(base_column=Varchar(length=40), default=list)
    suits_note = Text(default="")
    support_needs = Array(base_column=Varchar(length=40), default=list)
    image_url = Varchar(length=500, default="")
    website = Varchar(length=500, default="")
    published_price = Varchar(length=300, default="")
    state = Varchar(length=20, default="draft")
    source_id = ForeignKey(Source, null=True, default=None, on_delete=RESTRICT)
    source_key = Varchar(length=200, default=None, null=True)
    source_version = Varchar(length=64, default=None, null=True)
    updated_at = Timestamptz(default=TimestamptzNow())


class Picture(Table, tablename="picture"):
    """A picture of an activity, made anew from what was sent; copies lie beside the data. The first is the main one."""

    id = UUID(primary_key=True, default=UUID4())
    activity_id = ForeignKey(Activity, null=False, default=None, on_delete=RESTRICT)
    position = Integer(default=None)
    alt = Varchar(length=300, default=None)
    sha256 = Varchar(length=64, default=None)
    width = Integer(default=None)
    height = Integer(default=None)
    widths = Array(base_column=Integer(), default=list)
    added_at = Timestamptz(default=TimestamptzNow())


class Rate(Table, tablename="rate"):
    """What an activity costs at a ratio from a day on, gross, and how VAT falls on it (`rules.md` 21).

    `price_pence` is for a session or an hour (`unit`), for each person or for the worker whom they share (`split`).
    `price_basis` says which price stays when VAT changes: the one with it (`gross`) or the one without (`net`).
    """

    id = UUID(primary_key=True, default=UUID4())
    activity_id = ForeignKey(Activity, null=False, default=None, on_delete=RESTRICT)
    starts_on = Date(default=None)
    price_pence = BigInt(default=None)
    vat_category = Varchar(length=20, default=None)
    vat_rate_basis_points = Integer(default=None)
    ratio = Varchar(length=10, default="group")
    unit = Varchar(length=10, default="session")
    minimum_pence = BigInt(default=None, null=True)
    split = Varchar(length=10, default="each")
    price_basis = Varchar(length=10, default="gross")


class TransportRate(Table, tablename="transport_rate"):
    """What being fetched and brought home costs on top, for a session, from a day on, with VAT of its own.

    No price means that from that day it is not offered any more.
    """

    id = UUID(primary_key=True, default=UUID4())
    activity_id = ForeignKey(Activity, null=False, default=None, on_delete=RESTRICT)
    starts_on = Date(default=None)
    price_pence = BigInt(default=None, null=True)
    vat_category = Varchar(length=20, default=None)
    vat_rate_basis_points = Integer(default=None)


class Term(Table, tablename="term"):
    """A term, from its first to its last day, as a provider or a council keeps it."""

    id = UUID(primary_key=True, default=UUID4())
    provider_id = ForeignKey(Provider, null=True, default=None, on_delete=RESTRICT)
    council_id = ForeignKey(Council, null=True, default=None, on_delete=RESTRICT)
    name = Varchar(length=100, default=None)
    starts_on = Date(default=None)
    ends_on = Date(default=None)


class Timetable(Table, tablename="timetable"):
    """When an activity recurs: an RFC 5545 rule on London wall time, with exceptions, extra days and term times.

    `ends_on` is the last day, or null while it goes on. Its dates are made up to `made_until`, by a job.
    """

    id = UUID(primary_key=True, default=UUID4())
    activity_id = ForeignKey(Activity, null=False, default=None, on_delete=RESTRICT)
    rule = Varchar(length=300, default=None)
    starts_on = Date(default=None)
    ends_on = Date(default=None, null=True)
    start_time = Time(default=None)
    minutes = Integer(default=None)
    except_on = Array(base_column=Date(), default=list)
    capacity = Integer(default=None)
    created_at = Timestamptz(default=TimestamptzNow())
    also_on = Array(base_column=Date(), default=list)
    bank_holidays = Varchar(length=3, default="on")
    in_terms = Varchar(length=20, default="always")
    terms_council_id = ForeignKey(Council, null=True, default=None, on_delete=RESTRICT)
    venue_id = ForeignKey(Venue, null=True, default=None, on_delete=RESTRICT)
    made_until = Date(default=None)
    follows_id = UUID(default=None, null=True)


class ActivitySession(Table, tablename="activity_session"):
    """One dated occurrence.

    `owner_council_id` is the council that owns the provider on `service_on`, or the nil id. A trigger keeps it true.
    `rule_on` is the day of its timetable's rule that it stands for, wherever it was moved to; `venue_id` is a place of
    its own, where it is not the activity's.
    A place is free while `places_taken + places_offered < capacity`: one offered to somebody on the waitlist is kept.
    """

    id = UUID(primary_key=True, default=UUID4())
    activity_id = ForeignKey(Activity, null=False, default=None, on_delete=RESTRICT)
    provider_id = ForeignKey(Provider, null=False, default=None, on_delete=RESTRICT)
    timetable_id = ForeignKey(Timetable, null=True, default=None, on_delete=RESTRICT)
    rule_on = Date(default=None, null=True)
    venue_id = ForeignKey(Venue, null=True, default=None, on_delete=RESTRICT)
    starts_at = Timestamptz(default=None)
    ends_at = Timestamptz(default=None)
    service_on = Date(default=None)
    capacity = Integer(default=None)
    places_taken = Integer(default=0)
    places_offered = Integer(default=0)
    owner_council_id = UUID(default=None)
    state = Varchar(length=20, default="scheduled")
    source_key = Varchar(length=200, default=None, null=True)
