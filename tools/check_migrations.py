"""Fails when a table differs from what its app's migrations make. Compares code with code, without a database."""

import asyncio
import contextlib
import io
import os
import sys
import warnings
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
os.environ.setdefault("PICCOLO_CONF", "marketplace.piccolo_conf")
warnings.filterwarnings("ignore", message=".*Unable to connect to database")

from piccolo.apps.migrations.commands.new import AutoMigrationManager  # noqa: E402
from piccolo.conf.apps import AppConfig, Finder  # noqa: E402

MAKE_ONE = "PICCOLO_CONF=marketplace.piccolo_conf .venv/bin/piccolo migrations new"


async def missing_from_migrations(app: AppConfig) -> list[str]:
    """The statements that a new automatic migration of this app would hold."""
    if not Path(app.resolved_migrations_folder_path).is_dir():
        return ["every table: the app has no migrations folder"] if app.table_classes else []
    # Piccolo asks whether a column was renamed; here it must never wait for an answer.
    with contextlib.redirect_stdout(io.StringIO()):  # it prints a table of counts
        alterations = await AutoMigrationManager(auto_input="n").get_alter_statements(app_config=app)
    return [statement for alteration in alterations for statement in alteration.statements]


async def main() -> int:
    """Print what is missing and return 1, or return 0."""
    apps = list(Finder().get_app_registry().app_configs.values())
    behind = 0
    for app in apps:
        if missing := await missing_from_migrations(app):
            behind += 1
            print(f"{app.app_name}: the tables have changed, and no migration says so:")
            print("\n".join(f"  {' '.join(statement.split())[:300]}" for statement in missing))
            print(f"  Make one: {MAKE_ONE} {app.app_name} --auto")
    if not behind:
        print(f"Migrations: {len(apps)} apps, none is behind its tables.")
    return 1 if behind else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
