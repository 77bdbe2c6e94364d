"""How VAT falls on a supply asks for the supplier's registration once (see the SQL beside this file)."""

from pathlib import Path

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from marketplace.kernel.db import run_script

ID = "2026-11-27T01:40:00:000001"
VERSION = "1.38.0"
DESCRIPTION = "VAT of a day asks for the registration once"


async def forwards() -> MigrationManager:
    """Run the script."""
    manager = MigrationManager(migration_id=ID, app_name="providers", description=DESCRIPTION)

    async def run() -> None:
        await run_script(Path(__file__).with_suffix(".sql"))

    manager.add_raw(run)
    return manager
