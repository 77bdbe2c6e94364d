"""The lines of an invoice are checked by fewer questions (see the SQL beside this file)."""

from pathlib import Path

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from marketplace.kernel.db import run_script

ID = "2026-11-27T02:14:00:000001"
VERSION = "1.38.0"
DESCRIPTION = "lines of invoices are checked by fewer questions"


async def forwards() -> MigrationManager:
    """Run the script."""
    manager = MigrationManager(migration_id=ID, app_name="credits", description=DESCRIPTION)

    async def run() -> None:
        await run_script(Path(__file__).with_suffix(".sql"))

    manager.add_raw(run)
    return manager
