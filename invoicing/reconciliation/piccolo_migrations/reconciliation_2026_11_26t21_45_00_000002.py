"""A line explains what moved the same amount, once for each organisation (see the SQL beside this file)."""

from pathlib import Path

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from marketplace.kernel.db import run_script

ID = "2026-11-26T21:45:00:000002"
VERSION = "1.38.0"
DESCRIPTION = "what a line means ties to what it means"


async def forwards() -> MigrationManager:
    """Run the script."""
    manager = MigrationManager(migration_id=ID, app_name="reconciliation", description=DESCRIPTION)

    async def run() -> None:
        await run_script(Path(__file__).with_suffix(".sql"))

    manager.add_raw(run)
    return manager
