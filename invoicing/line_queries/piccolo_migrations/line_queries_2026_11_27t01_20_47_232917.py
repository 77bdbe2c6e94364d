from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns.column_types import BigInt
from piccolo.columns.indexes import IndexMethod

ID = "2026-11-27T01:20:47:232917"
VERSION = "1.38.0"
DESCRIPTION = "a payer asks for a credit note of an amount"


async def forwards():
    manager = MigrationManager(
        migration_id=ID, app_name="line_queries", description=DESCRIPTION
    )

    manager.add_column(
        table_class_name="LineQuery",
        tablename="line_query",
        column_name="wanted_pence",
        db_column_name="wanted_pence",
        column_class_name="BigInt",
        column_class=BigInt,
        params={
            "default": None,
            "null": True,
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
