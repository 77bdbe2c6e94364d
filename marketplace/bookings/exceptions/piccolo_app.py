"""The Piccolo app: the tables of this package and their migrations. Below the bookings, which refer to it."""

from pathlib import Path

from piccolo.conf.apps import AppConfig, table_finder

APP_CONFIG = AppConfig(
    app_name="exceptions",
    migrations_folder_path=str(Path(__file__).parent / "piccolo_migrations"),
    table_classes=table_finder(modules=["marketplace.bookings.exceptions.tables"], exclude_imported=True),
    migration_dependencies=["isf.piccolo_app", "isf.parameters.piccolo_app"],
)
