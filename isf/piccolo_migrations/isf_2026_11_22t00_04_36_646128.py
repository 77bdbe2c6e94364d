from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns.column_types import Varchar
from piccolo.columns.indexes import IndexMethod

ID = "2026-11-22T00:04:36:646128"
VERSION = "1.38.0"
DESCRIPTION = "urgent budgets run beside the agreed one"


async def forwards():
    manager = MigrationManager(
        migration_id=ID, app_name="isf", description=DESCRIPTION
    )

    manager.add_column(
        table_class_name="PersonalBudget",
        tablename="personal_budget",
        column_name="kind",
        db_column_name="kind",
        column_class_name="Varchar",
        column_class=Varchar,
        params={
            "length": 10,
            "default": "agreed",
            "null": False,
            "primary_key": False,
            "unique": False,
            "index": False,
            "index_method": IndexMethod.btree,
            "choices": None,
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    return manager
