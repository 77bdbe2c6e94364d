"""The Piccolo app: the tables of this package and their migrations."""

from pathlib import Path

from piccolo.conf.apps import AppConfig, table_finder

APP_CONFIG = AppConfig(
    app_name="uploads",
    migrations_folder_path=str(Path(__file__).parent / "piccolo_migrations"),
    table_classes=table_finder(modules=["invoicing.uploads.tables"], exclude_imported=True),
    migration_dependencies=["invoicing.piccolo_app"],
)
