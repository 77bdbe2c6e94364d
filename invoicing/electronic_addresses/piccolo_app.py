"""The Piccolo app: the table of this room and its migrations."""

from pathlib import Path

from piccolo.conf.apps import AppConfig, table_finder

APP_CONFIG = AppConfig(
    app_name="electronic_addresses",
    migrations_folder_path=str(Path(__file__).parent / "piccolo_migrations"),
    table_classes=table_finder(modules=["invoicing.electronic_addresses.tables"], exclude_imported=True),
    migration_dependencies=["marketplace.identity.piccolo_app", "marketplace.kernel.piccolo_app"],
)
