"""Every column of the schema that can hold text is registered with the way its contents take past the detector."""

from __future__ import annotations

from tests.house.tables import TEXT_COLUMNS
from tests.make import Tenant

from preceptor.db.transaction import tenant_transaction
from preceptor.wiring import Services


async def test_every_text_column_is_registered(services: Services, tenant: Tenant) -> None:
    async with tenant_transaction(services.database, tenant.id, "system:test", read_only=True) as tx:
        rows = await tx.rows(
            "select table_name || '.' || column_name as name from information_schema.columns"
            " where table_schema = 'public' and column_name <> 'tenant' and data_type in"
            " ('text', 'character varying', 'json', 'jsonb', 'bytea', 'xml', 'tsvector', 'ARRAY')"
        )
    found = {str(row["name"]) for row in rows}
    assert found - set(TEXT_COLUMNS) == set(), "say in tests/house/tables.py how these contents pass the de-identifier"
    assert set(TEXT_COLUMNS) - found == set(), "no such column any more"
