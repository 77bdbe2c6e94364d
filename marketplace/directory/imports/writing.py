"""The statements of an import: each writes a batch as one set and tells which row got which id."""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from marketplace.directory.imports.mapping import MOST_URL, ActivityRow, VenueRow
from marketplace.directory.imports.records import ImportedOrganisation, ImportedSession
from marketplace.directory.imports.report import ImportReport, Outcome
from marketplace.kernel import clock, db
from marketplace.kernel.ids import new_id
from providers.organisations.commands import slug_of
from providers.rules import SellerType

NOBODY_KEY = "-"
"""The key of the provider that stands for everything whose publisher names no organisation."""

Venues = Mapping[tuple[UUID, str], UUID]


def provider_key(row: ActivityRow) -> str:
    """The key of a listing's provider in its source."""
    return row.organisation.source_id if row.organisation else NOBODY_KEY


async def write_providers(
    batch: Sequence[ActivityRow], source_id: UUID, nobody: str, report: ImportReport
) -> dict[str, UUID]:
    """The provider of each key: found, changed where the publisher says something else now, or new."""
    unnamed = ImportedOrganisation(NOBODY_KEY, nobody[:200], None, None)
    wanted = {provider_key(row): row.organisation or unnamed for row in batch}
    rows = await db.fetch_all(
        "SELECT id, source_key, name, description, website FROM provider"
        " WHERE source_id = $1 AND source_key = ANY ($2)",
        source_id,
        list(wanted),
    )
    known = {row["source_key"]: row["id"] for row in rows}
    said = {row["source_key"]: (row["name"], row["description"], row["website"]) for row in rows}
    changed = {key: one for key, one in wanted.items() if key in known and said[key] != _said(one)}
    await _change_providers(known, changed)
    report.count("providers", Outcome.UPDATED, len(changed))
    new = {key: one for key, one in wanted.items() if key not in known}
    report.count("providers", Outcome.ADDED, len(new))
    return known | await _new_providers(new, source_id)


def _said(organisation: ImportedOrganisation) -> tuple[str, str, str]:
    url = organisation.url or ""
    return organisation.name, organisation.description or "", url if len(url) <= MOST_URL else ""


async def _change_providers(known: Mapping[str, UUID], changed: Mapping[str, ImportedOrganisation]) -> None:
    if changed:
        said = [_said(one) for one in changed.values()]
        await db.execute(
            "UPDATE provider p SET name = n.name, description = n.description, website = n.website"
            "  FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[]) AS n (id, name, description, website)"
            " WHERE p.id = n.id",
            [known[key] for key in changed],
            *map(list, zip(*said, strict=True)),
        )


async def _new_providers(new: Mapping[str, ImportedOrganisation], source_id: UUID) -> dict[str, UUID]:
    if not new:
        return {}
    said = [_said(one) for one in new.values()]
    names = [name for name, _, _ in said]
    organisations = [new_id() for _ in new]
    ids = {key: new_id() for key in new}
    await db.execute(
        "INSERT INTO organisation (id, name, email, address, demonstration, created_at)"
        " SELECT n.id, n.name, '', '', false, $3 FROM unnest($1::uuid[], $2::text[]) AS n (id, name)",
        organisations,
        names,
        clock.now(),
    )
    await db.execute(
        "INSERT INTO provider (id, organisation_id, name, slug, seller_type, description, easy_read, email, phone,"
        "   website, registration_number, state, source_id, source_key, created_at)"
        " SELECT n.id, n.organisation, n.name, n.slug, $8, n.description, '', '', '', n.website, '', 'listed',"
        "   $9, n.key, $10"
        "  FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])"
        "    AS n (id, organisation, name, slug, description, website, key)",
        list(ids.values()),
        organisations,
        names,
        await _slugs(names),
        [description for _, description, _ in said],
        [website for _, _, website in said],
        list(ids),
        str(SellerType.UNKNOWN),
        source_id,
        clock.now(),
    )
    return ids


async def _slugs(names: Sequence[str]) -> list[str]:
    """A free slug for each name, numbered where others have it."""
    bases = [slug_of(name) for name in names]
    rows = await db.fetch_all(
        "SELECT slug FROM provider WHERE slug = ANY ($1) OR regexp_replace(slug, '-[0-9]+$', '') = ANY ($1)",
        list(set(bases)),
    )
    taken = {row["slug"] for row in rows}
    slugs = []
    for base in bases:
        slug, number = base, 1
        while slug in taken:
            number += 1
            slug = f"{base}-{number}"
        taken.add(slug)
        slugs.append(slug)
    return slugs


async def write_venues(
    batch: Sequence[ActivityRow], providers: Mapping[str, UUID], report: ImportReport
) -> dict[tuple[UUID, str], UUID]:
    """The venue of each provider and key: new, or as it is published now."""
    wanted: dict[tuple[UUID, str], VenueRow] = {
        (providers[provider_key(row)], row.venue.key): row.venue for row in batch if row.venue
    }
    if not wanted:
        return {}
    rows = await db.fetch_all(
        "INSERT INTO venue AS v (id, provider_id, source_key, name, street, town, postcode, easting, northing,"
        "    access_features, getting_there)"
        " SELECT gen_random_uuid(), n.*, '{}', '' FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[],"
        "    $5::text[], $6::text[], $7::int[], $8::int[]) AS n"
        " ON CONFLICT (provider_id, source_key) DO UPDATE SET name = excluded.name, street = excluded.street,"
        "    town = excluded.town, postcode = excluded.postcode, easting = excluded.easting,"
        "    northing = excluded.northing"
        " RETURNING id, provider_id, source_key, xmax = 0 AS added",
        [provider for provider, _ in wanted],
        [venue.key for venue in wanted.values()],
        [venue.name for venue in wanted.values()],
        [venue.street for venue in wanted.values()],
        [venue.town for venue in wanted.values()],
        [venue.postcode for venue in wanted.values()],
        [venue.easting for venue in wanted.values()],
        [venue.northing for venue in wanted.values()],
    )
    report.count("venues", Outcome.ADDED, sum(row["added"] for row in rows))
    return {(row["provider_id"], row["source_key"]): row["id"] for row in rows}


async def write_activities(
    batch: Sequence[ActivityRow], source_id: UUID, providers: Mapping[str, UUID], venues: Venues
) -> dict[str, UUID]:
    """The listing of each key, published, as its publisher describes it now. It takes no budget."""

    def venue_of(row: ActivityRow) -> UUID | None:
        return venues[providers[provider_key(row)], row.venue.key] if row.venue else None

    rows = await db.fetch_all(
        "INSERT INTO activity AS a (id, source_key, provider_id, venue_id, title, summary, category, website,"
        "    published_price, source_version, source_id, state, easy_read, outcomes, access_features, support_ratio,"
        "    routes_accepted, notice_hours, charge_percent, refill_waives_charge, image_url, updated_at)"
        " SELECT gen_random_uuid(), n.*, $10, 'published', '', '{}', '{}', 'group', '{}', 0, 0, true, '', $11"
        "   FROM unnest($1::text[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[],"
        "    $8::text[], $9::text[]) AS n"
        " ON CONFLICT (source_id, source_key) DO UPDATE SET provider_id = excluded.provider_id,"
        "    venue_id = excluded.venue_id, title = excluded.title, summary = excluded.summary,"
        "    category = excluded.category, website = excluded.website, published_price = excluded.published_price,"
        "    source_version = excluded.source_version, state = 'published', updated_at = excluded.updated_at"
        " RETURNING id, source_key",
        [row.key for row in batch],
        [providers[provider_key(row)] for row in batch],
        [venue_of(row) for row in batch],
        [row.title for row in batch],
        [row.summary for row in batch],
        [str(row.category) for row in batch],
        [row.website for row in batch],
        [row.published_price for row in batch],
        [row.version for row in batch],
        source_id,
        clock.now(),
    )
    return {row["source_key"]: row["id"] for row in rows}


async def write_prices(batch: Sequence[ActivityRow], activities: Mapping[str, UUID]) -> None:
    """The published price for an adult, in place of the one before. Nothing is ever billed by it, so it has no history
    and says nothing about VAT."""
    await db.execute("DELETE FROM rate WHERE activity_id = ANY ($1)", [activities[row.key] for row in batch])
    priced = [(row, row.price_pence) for row in batch if row.price_pence is not None]
    today = clock.today()
    await db.execute(
        "INSERT INTO rate (id, activity_id, starts_on, price_pence, vat_category, vat_rate_basis_points, ratio)"
        " SELECT gen_random_uuid(), n.*, 'outside_scope', 0, a.support_ratio"
        "   FROM unnest($1::uuid[], $2::date[], $3::bigint[]) AS n (activity_id, starts_on, price_pence)"
        "   JOIN activity a ON a.id = n.activity_id",
        [activities[row.key] for row, _ in priced],
        [row.price_from(today) for row, _ in priced],
        [pence for _, pence in priced],
    )


def _places(session: ImportedSession) -> tuple[int, int]:
    """Capacity and places taken. Where the publisher does not say how many are left, 0 and 0: nothing is said then."""
    if session.remaining is None:
        return 0, 0
    capacity = max(session.capacity or 0, session.remaining)
    return capacity, capacity - session.remaining


async def write_sessions(
    batch: Sequence[ActivityRow], activities: Mapping[str, UUID], report: ImportReport
) -> None:
    """The dates as published now; dates to come that are not published any more are cancelled."""
    dated = [(activities[row.key], session) for row in batch for session in row.sessions]
    if dated:
        await _write_dates(dated, report)
    await cancel_dates_gone(
        [activities[row.key] for row in batch],
        ((activity_id, session.source_id) for activity_id, session in dated),
        report,
    )


async def _write_dates(dated: Sequence[tuple[UUID, ImportedSession]], report: ImportReport) -> None:
    rows = await db.fetch_all(
        "INSERT INTO activity_session AS s (id, activity_id, provider_id, source_key, starts_at, ends_at, capacity,"
        "    places_taken, state)"
        " SELECT gen_random_uuid(), n.activity_id, a.provider_id, n.key, n.starts_at, n.ends_at, n.capacity, n.taken,"
        "    'scheduled'"
        "   FROM unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::timestamptz[], $5::int[], $6::int[])"
        "     AS n (activity_id, key, starts_at, ends_at, capacity, taken) JOIN activity a ON a.id = n.activity_id"
        " ON CONFLICT (activity_id, source_key) DO UPDATE SET provider_id = excluded.provider_id,"
        "    starts_at = excluded.starts_at, ends_at = excluded.ends_at, capacity = excluded.capacity,"
        "    places_taken = excluded.places_taken, state = 'scheduled'"
        "  WHERE (s.provider_id, s.starts_at, s.ends_at, s.capacity, s.places_taken, s.state) IS DISTINCT FROM"
        "    (excluded.provider_id, excluded.starts_at, excluded.ends_at, excluded.capacity, excluded.places_taken,"
        "     'scheduled')"
        " RETURNING xmax = 0 AS added",
        [activity_id for activity_id, _ in dated],
        [session.source_id for _, session in dated],
        [session.starts_at for _, session in dated],
        [session.ends_at for _, session in dated],
        *map(list, zip(*(_places(session) for _, session in dated), strict=True)),
    )
    added = sum(row["added"] for row in rows)
    report.count("sessions", Outcome.ADDED, added)
    report.count("sessions", Outcome.UPDATED, len(rows) - added)
    report.count("sessions", Outcome.UNCHANGED, len(dated) - len(rows))


async def cancel_dates_gone(
    activities: Sequence[UUID], published: Iterable[tuple[UUID, str]], report: ImportReport
) -> None:
    """Cancel the dates to come of some activities that are not published (any more).

    A date that somebody has booked stays, for its provider to cancel with everything that follows from it.
    """
    if not activities:
        return
    kept = list(published)
    rows = await db.fetch_all(
        "UPDATE activity_session s SET state = 'cancelled'"
        " WHERE s.activity_id = ANY ($1) AND s.source_key IS NOT NULL AND s.state = 'scheduled' AND s.starts_at > $4"
        "   AND NOT EXISTS (SELECT 1 FROM unnest($2::uuid[], $3::text[]) AS k (activity_id, key)"
        "                    WHERE k.activity_id = s.activity_id AND k.key = s.source_key)"
        "   AND NOT EXISTS (SELECT 1 FROM booking b WHERE b.activity_session_id = s.id"
        "                    AND b.state NOT IN ('cancelled', 'lapsed'))"
        " RETURNING s.id",
        list(activities),
        [activity_id for activity_id, _ in kept],
        [key for _, key in kept],
        clock.now(),
    )
    if rows:
        report.count("sessions", Outcome.REMOVED, len(rows))


async def write_facts(batch: Sequence[ActivityRow], activities: Mapping[str, UUID]) -> None:
    """What the publisher says that has no place of its own here, in place of what it said before."""
    await db.execute(
        "DELETE FROM published_fact WHERE activity_id = ANY ($1)", [activities[row.key] for row in batch]
    )
    facts = [
        (activities[row.key], position, label, text)
        for row in batch
        for position, (label, text) in enumerate(row.facts)
    ]
    if facts:
        await db.execute(
            "INSERT INTO published_fact (id, activity_id, position, label, text)"
            " SELECT gen_random_uuid(), n.* FROM unnest($1::uuid[], $2::int[], $3::text[], $4::text[]) AS n",
            *map(list, zip(*facts, strict=True)),
        )
