"""The Piccolo app: the table of this room and its migrations."""

from pathlib import Path

from piccolo.conf.apps import AppConfig, table_finder

APP_CONFIG = AppConfig(
    app_name="bank_details",
    migrations_folder_path=str(Path(__file__).parent / "piccolo_migrations"),
    table_classes=table_finder(modules=["invoicing.bank_details.tables"], exclude_imported=True),
    migration_dependencies=["invoicing.piccolo_app"],
)
