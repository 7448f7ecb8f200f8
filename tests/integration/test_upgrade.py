"""A database with rows from before texts were sealed is brought up to date: texts go, versions wait to be read anew."""

from __future__ import annotations

import shutil
from pathlib import Path

from preceptor.db.migrate import FOLDER, check, migrate, shipped
from preceptor.db.transaction import tenant_transaction
from preceptor.settings import Settings
from preceptor.wiring import open_services

OLD_ROWS = (
    "insert into tenant (id, name, created_at) values ('north', 'North', now())",
    "insert into document (tenant, id, owner, stem, created_at)"
    " values ('north', '019a5b1c-7c1e-7d5a-b0c4-3f0f8f3e9a01', '', 'canes', now())",
    "insert into document_version (tenant, id, document, version, title, media_type, sha256, size, state, pages,"
    " passages, created_at) values ('north', '019a5b1c-7c1e-7d5a-b0c4-3f0f8f3e9a02',"
    " '019a5b1c-7c1e-7d5a-b0c4-3f0f8f3e9a01', '1', 'Canes', 'text/markdown', sha256('x'), 1, 'ready', 1, 1, now())",
    "insert into page (tenant, version, page, text, width, height)"
    " values ('north', '019a5b1c-7c1e-7d5a-b0c4-3f0f8f3e9a02', 1, 'A text in clear.', 1, 1)",
    "insert into passage (tenant, version, ordinal, page, start_at, end_at, kind, heading)"
    " values ('north', '019a5b1c-7c1e-7d5a-b0c4-3f0f8f3e9a02', 0, 1, 0, 5, 'paragraph', 'A heading in clear')",
    "insert into version_index (tenant, version, acronyms)"
    " values ('north', '019a5b1c-7c1e-7d5a-b0c4-3f0f8f3e9a02', '{\"A\": \"b\"}')",
)


async def test_old_texts_go_and_their_versions_are_read_anew(tmp_path: Path) -> None:
    before = tmp_path / "before"
    before.mkdir()
    for path in sorted(FOLDER.glob("*.sql"))[:8]:
        shutil.copy(path, before)
    async with open_services(Settings(home=tmp_path / "home"), checked=False) as services:
        await migrate(services.database, before)
        async with tenant_transaction(services.database, "north", "test:x") as tx:
            for sql in OLD_ROWS:
                await tx.execute(sql)
        applied = await migrate(services.database)
        assert [one.number for one in applied] == [one.number for one in shipped()][8:]
        await check(services.database)
        async with tenant_transaction(services.database, "north", "test:x", read_only=True) as tx:
            for table in ("page", "passage", "version_index", "index_segment"):
                assert await tx.value(f"select count(*) from {table}") == 0, table
            assert await tx.value("select state from document_version") == "reading"
            fenced = await tx.rows(
                "select relname from pg_class c join pg_namespace n on n.oid = c.relnamespace where nspname = 'public'"
                " and relkind in ('r', 'p') and not relispartition and not relforcerowsecurity"
            )
        assert {row["relname"] for row in fenced} == {"schema_migration"}
        async with tenant_transaction(services.database, "south", "test:x", read_only=True) as tx:
            assert await tx.value("select count(*) from document") == 0
