from piccolo.apps.migrations.auto.migration_manager import MigrationManager

ID = "2026-11-26T21:00:13:539495"
VERSION = "1.38.0"
DESCRIPTION = ""


async def forwards():
    manager = MigrationManager(
        migration_id=ID, app_name="providers", description=DESCRIPTION
    )

    manager.drop_column(
        table_class_name="Provider",
        tablename="provider",
        column_name="vat_number",
        db_column_name="vat_number",
        schema=None,
    )

    return manager
