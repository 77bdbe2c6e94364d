"""The command line `marketplace`: each command has help, an exit code and errors that say what to do."""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from marketplace.kernel import db
from marketplace.kernel.embedded_postgres import EmbeddedPostgresError, ensure_running, stop_if_unused
from marketplace.kernel.errors import DomainError, Invalid
from marketplace.kernel.migrate import MigrationFailed, migrate
from marketplace.kernel.settings import settings

if TYPE_CHECKING:
    from marketplace.directory.imports.report import ImportReport

T = TypeVar("T")


def database() -> str:
    """The database of this installation: `DATABASE_URL`, or the embedded one, started when it is not running."""
    return settings().database_url or ensure_running(settings().var_dir)


def on_database(work: Callable[[], Awaitable[T]]) -> T:
    """Run something on the migrated database and leave no server behind that nobody uses."""

    async def run() -> T:
        await db.open_pool()
        try:
            return await work()
        finally:
            await db.close_pool()

    dsn = database()
    try:
        asyncio.run(migrate(dsn))
        db.use_database(dsn)
        return asyncio.run(run())
    finally:
        if settings().database_url is None:
            stop_if_unused(settings().var_dir)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Fairday: the marketplace for personal budgets."""


@cli.command()
@click.option("--processes", default=2, show_default=True, help="How many server processes.")
@click.option(
    "--test-cards", is_flag=True, help="Start the test card page, so that the demonstration can pay."
)
@click.option("--no-seed", is_flag=True, help="Do not make the demonstration council in an empty database.")
def serve(*, processes: int, test_cards: bool, no_seed: bool) -> None:
    """Migrate, make the demonstration council in an empty database, and serve the site."""
    from marketplace import serving

    # Asked now: serving tells the server processes where the database is, in the environment that settings read.
    embedded = settings().database_url is None
    dsn = database()
    try:
        asyncio.run(migrate(dsn))
        serving.serve(dsn, processes=processes, test_cards=test_cards, seed=not no_seed)
    finally:
        if embedded:
            stop_if_unused(settings().var_dir)


@cli.command("migrate")
def migrate_command() -> None:
    """Bring the database to today's shape."""

    async def nothing() -> None:
        return None

    on_database(nothing)
    click.echo("The database is up to date.")


@cli.command()
def seed() -> None:
    """Make the demonstration council, unless it is there."""
    from fixtures.demonstration import make_demonstration

    made = on_database(make_demonstration)
    click.echo(
        "The demonstration council is there now." if made else "The demonstration council was there already."
    )


@cli.group()
def organisation() -> None:
    """Councils, and organisations that hold Individual Service Funds."""


@organisation.command("create")
@click.argument("name")
@click.option("--council", is_flag=True, help="It is a council.")
@click.option("--email", default="", help="Where letters and invoices go.")
def create_organisation_command(name: str, *, council: bool, email: str) -> None:
    """Make a council or a holder of ISFs. Sellers register themselves on the site."""
    from isf.parameters.commands import found_council
    from marketplace.identity.commands import found_organisation

    on_database(lambda: found_council(name, email) if council else found_organisation(name, email, "holder"))
    click.echo(
        f"{name} is there now. Make its people with: marketplace user create EMAIL --organisation '{name}'"
    )


@cli.group()
def user() -> None:
    """People who can sign in."""


@user.command("create")
@click.argument("email")
@click.option("--name", required=True, help="The name shown on pages.")
@click.option("--role", required=True, help="For example care_manager, broker, provider_manager.")
@click.option("--organisation", default=None, help="The organisation's name, for roles that belong to one.")
@click.password_option(envvar="NEW_USER_PASSWORD", help="12 characters or more; asked for when not given.")
def create_user_command(email: str, name: str, role: str, organisation: str | None, password: str) -> None:
    """Make a user with one role."""
    from marketplace.identity.commands import create_user_with_role

    on_database(lambda: create_user_with_role(email, name, password, role, organisation))
    click.echo(f"{email} can sign in now.")


@cli.group()
def provider() -> None:
    """Sellers, as far as the site itself does not do it."""


@provider.command("connect-stripe")
@click.argument("slug")
@click.argument("account")
def connect_stripe_command(slug: str, account: str) -> None:
    """Send a provider's card payments to its own account at Stripe (acct_…); SLUG is the end of its page's address."""
    from invoicing.connect.commands import connect_account_of

    on_database(lambda: connect_account_of(slug, account))
    click.echo(f"{slug} takes cards now, into {account}.")


@provider.command("stripe-events")
def stripe_events_command() -> None:
    """Messages from Stripe of the last 30 days that were about nothing known here, or that failed."""
    from invoicing.cards.events import unhandled

    for row in on_database(unhandled):
        click.echo(
            f"{row['received_at']:%Y-%m-%d %H:%M}  {row['id']}  {row['type']}  {row['account'] or 'own account'}"
            f"  {row['object_id'] or '-'}  {row['detail'] or 'failed; Stripe sends it again'}"
        )


@cli.group()
def token() -> None:
    """Keys for programs that use the API."""


@token.command("create")
@click.argument("email")
@click.option("--name", default="", help="What the token is for.")
def create_token_command(email: str, name: str) -> None:
    """Make an API token for a user; it is shown once."""
    from marketplace.identity.credentials import create_token

    made = on_database(lambda: create_token(email, name))
    click.echo("This token is shown once. Keep it like a password:", err=True)
    click.echo(made)


@cli.group()
def ledger() -> None:
    """The books."""


@ledger.command("verify")
def ledger_verify() -> None:
    """Prove that every balance equals its entries and every chain is whole; exit 1 when not."""
    from isf.ledger.verify import verify

    faults = on_database(verify)
    for fault in faults:
        click.echo(str(fault), err=True)
    if faults:
        sys.exit(1)
    click.echo("Every balance equals its entries, and every chain is whole.")


@cli.group()
def jobs() -> None:
    """Work by the clock."""


@jobs.command("list")
def jobs_list() -> None:
    """Show every job and when it runs."""
    from marketplace.jobs import JOBS

    for job in JOBS.values():
        when = ", ".join(f"{part} {value}" for part, value in job.cron.items())
        click.echo(f"{job.name:<16} {job.summary} ({when}, London time)")


@jobs.command("run")
@click.argument("name")
@click.option("--month", default=None, metavar="YYYY-MM", help="For jobs about a month.")
def jobs_run(name: str, month: str | None) -> None:
    """Run a job now."""
    from marketplace.jobs import JOBS

    job = JOBS.get(name)
    if job is None:
        raise click.ClickException(f"There is no job {name}. `marketplace jobs list` shows them all.")
    if month is not None and not job.takes_month:
        raise click.ClickException(f"The job {name} takes no month.")
    first = _month(month) if month is not None else None
    click.echo(on_database(lambda: job.run(first) if first else job.run()))


def _month(text: str) -> date:
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        raise click.ClickException(f"{text} is not a month. Write it like 2026-11.") from None


@cli.group()
def statements() -> None:
    """What people are told each month about their money."""


@statements.command("print")
@click.option(
    "--month", required=True, metavar="YYYY-MM", help="Whose month; the job `statements` makes them."
)
@click.option(
    "--to", "folder", required=True, type=click.Path(path_type=Path), help="The folder for the PDFs."
)
def statements_print(month: str, folder: Path) -> None:
    """Print a month's statements as PDF, each as its person likes it, for those who post them."""
    from isf.statements.printing import print_month

    first = _month(month)
    click.echo(f"{on_database(lambda: print_month(first, folder))} statements printed to {folder}.")


@cli.group()
def invoices() -> None:
    """What sellers send to those who pay."""


@invoices.command("print")
@click.option("--month", required=True, metavar="YYYY-MM", help="The month in which they were issued.")
@click.option(
    "--to", "folder", required=True, type=click.Path(path_type=Path), help="The folder for the files."
)
def invoices_print(month: str, folder: Path) -> None:
    """Print the invoices that were issued in a month, each as PDF with its e-invoice inside and as UBL beside it."""
    from invoicing.printing import print_issued

    first = _month(month)
    click.echo(f"{on_database(lambda: print_issued(first, folder))} invoices printed to {folder}.")


@cli.group("import")
def import_() -> None:
    """Bring published listings into the directory."""


_publisher = click.option("--publisher", default="", help="Who published it.")
_licence = click.option("--licence", default="", help="Its licence, where it does not say itself.")
_name = click.option("--name", default="", help="What to call it; the same name again updates it.")


@import_.command("open-referral")
@click.argument("file", type=click.Path(path_type=Path))
@_name
@_publisher
@_licence
def import_open_referral_command(file: Path, name: str, publisher: str, licence: str) -> None:
    """Import services from an Open Referral file."""
    from marketplace.directory.imports.commands import import_open_referral
    from marketplace.directory.imports.loader import Publication

    known = Publication(name, publisher, licence)
    _import(lambda: import_open_referral(file, publication=known, progress=_progress), file.stem)


@import_.command("openactive")
@click.argument("file_or_url")
@click.option(
    "--shift-to", type=click.DateTime(["%Y-%m-%d"]), help="Move all dates by whole weeks to this day."
)
@_name
@_publisher
@_licence
def import_openactive_command(
    file_or_url: str, shift_to: datetime | None, name: str, publisher: str, licence: str
) -> None:
    """Import sessions from a page or an address of an OpenActive feed."""
    from marketplace.directory.imports.commands import import_openactive
    from marketplace.directory.imports.loader import Publication

    known = Publication(name, publisher, licence)
    to = shift_to.date() if shift_to else None
    _import(
        lambda: import_openactive(file_or_url, shift_to=to, publication=known, progress=_progress),
        Path(file_or_url).stem,
    )


def _progress(done: int, of: int) -> None:
    click.echo(f"\r  {done:,} of {of:,}", nl=done >= of, err=True)


def _import(work: Callable[[], Awaitable["ImportReport"]], stem: str) -> None:
    report = on_database(work)
    rejected = settings().var_dir / "imports" / f"{stem}-rejected.csv"
    rejected.parent.mkdir(parents=True, exist_ok=True)
    report.write_rejected(rejected)
    click.echo(report.table(rejected))


def main() -> None:
    """Run the command line; what is refused is told in words, with exit code 1."""
    os.environ.setdefault("PICCOLO_CONF", "marketplace.piccolo_conf")
    try:
        cli()
    except Invalid as refusal:
        click.echo("; ".join(refusal.fields.values()), err=True)
    except (DomainError, EmbeddedPostgresError, MigrationFailed) as refusal:
        click.echo(str(refusal), err=True)
    except FileNotFoundError as failure:
        click.echo(f"There is no file {failure.filename}.", err=True)
    except ConnectionError as failure:
        click.echo(f"The database or the address does not answer ({failure}).", err=True)
    else:
        return
    sys.exit(1)
