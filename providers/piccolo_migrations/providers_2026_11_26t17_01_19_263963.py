from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns.column_types import Date

ID = "2026-11-26T17:01:19:263963"
VERSION = "1.38.0"
DESCRIPTION = ""


async def forwards():
    manager = MigrationManager(
        migration_id=ID, app_name="providers", description=DESCRIPTION
    )

    manager.alter_column(
        table_class_name="Timetable",
        tablename="timetable",
        column_name="made_until",
        db_column_name="made_until",
        params={"null": False},
        old_params={"null": True},
        column_class=Date,
        old_column_class=Date,
        schema=None,
    )

    return manager
