"""An ISF is never held by the council or a service that it owns (see the SQL beside this file)."""

from pathlib import Path

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from marketplace.kernel.db import run_script

ID = "2026-11-26T22:01:00:000003"
VERSION = "1.38.0"
DESCRIPTION = "an isf is never held by the council or its own service"


async def forwards() -> MigrationManager:
    """Run the script."""
    manager = MigrationManager(migration_id=ID, app_name="isf", description=DESCRIPTION)

    async def run() -> None:
        await run_script(Path(__file__).with_suffix(".sql"))

    manager.add_raw(run)
    return manager
