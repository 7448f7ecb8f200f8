"""A tenant sees only its own rows: over every table there is, as the role that owns nothing."""

from __future__ import annotations

import pytest
from tests.make import Tenant, add_text, make_tenant

from preceptor.db.pool import owner_connection
from preceptor.db.transaction import tenant_transaction
from preceptor.errors import PreceptorError
from preceptor.flows.policy_question.workflow import Assistant, Question
from preceptor.wiring import Services

GLOBAL = {"schema_migration"}
TEXT = "# Wheelchair cushions\n\nA cushion is replaced every 36 months when the member still needs the wheelchair.\n"


async def tables(services: Services) -> list[str]:
    async with owner_connection(services.database) as connection:
        rows = await connection.fetch(
            "select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace"
            " where n.nspname = 'public' and c.relkind in ('r', 'p') and not c.relispartition order by 1"
        )
    return [row["relname"] for row in rows if row["relname"] not in GLOBAL]


async def fill(services: Services, tenant: Tenant) -> None:
    await add_text(services, tenant, "cushions", TEXT)
    await Assistant(services).ask(tenant.caller, Question("How often is a wheelchair cushion replaced?"))


async def test_every_table_has_forced_row_security_and_an_owner_that_is_not_us(services: Services) -> None:
    async with owner_connection(services.database) as connection:
        rows = await connection.fetch(
            "select c.relname, c.relrowsecurity, c.relforcerowsecurity, pg_get_userbyid(c.relowner) as owner"
            " from pg_class c join pg_namespace n on n.oid = c.relnamespace"
            " where n.nspname = 'public' and c.relkind in ('r', 'p')"
        )
    assert len(rows) > 10
    for row in rows:
        assert row["owner"] != "preceptor_app", row["relname"]
        if row["relname"] not in GLOBAL:
            assert row["relrowsecurity"] and row["relforcerowsecurity"], row["relname"]


async def test_no_table_shows_a_row_of_another_tenant(services: Services, tenant: Tenant) -> None:
    await fill(services, tenant)
    other = await make_tenant(services, tenant.id + "-other")
    names = await tables(services)
    seen = 0
    for name in names:
        key = "id" if name == "tenant" else "tenant"
        async with tenant_transaction(services.database, tenant.id, "test:x", read_only=True) as tx:
            seen += await tx.value(f"select count(*) from {name}")
        async with tenant_transaction(services.database, other.id, "test:x", read_only=True) as tx:
            assert await tx.value(f"select count(*) from {name} where {key} = $1", tenant.id) == 0, name
            assert await tx.value(f"select count(*) from {name} where {key} <> $1", other.id) == 0, name
    assert seen > 20  # the tables really held rows


async def test_without_a_tenant_nothing_is_seen(services: Services, tenant: Tenant) -> None:
    await fill(services, tenant)
    for name in await tables(services):
        assert await services.database.pool.fetchval(f"select count(*) from {name}") == 0, name


async def test_a_row_cannot_be_written_into_another_tenant(services: Services, tenant: Tenant) -> None:
    other = await make_tenant(services, tenant.id + "-other")
    with pytest.raises(PreceptorError):
        async with tenant_transaction(services.database, other.id, "test:x") as tx:
            await tx.execute(
                "insert into document (tenant, id, owner, stem, created_at) values ($1, $2, '', 'x', now())",
                tenant.id,
                services.clock.new_id(),
            )


async def test_the_tenant_of_one_transaction_does_not_reach_the_next(services: Services, tenant: Tenant) -> None:
    async with tenant_transaction(services.database, tenant.id, "test:x"):
        pass
    for _ in range(20):  # every pooled connection
        assert await services.database.pool.fetchval("select count(*) from audit_entry") == 0


@pytest.mark.parametrize(
    "sql",
    [
        "alter table audit_entry disable row level security",
        "alter role preceptor_app bypassrls",
        "set role preceptor_owner",
        "set session authorization preceptor_owner",
        "update page set sealed = 'forged'",
        "update audit_entry set leaf = ''",
        "delete from audit_entry",
        "delete from audit_leaf",
        "truncate audit_entry",
        "update audit_checkpoint set note = ''",
        "delete from policy_question",
        "drop table page",
        "create table mine (x int)",
        "select pg_read_file('/etc/passwd')",
    ],
)
async def test_the_product_s_role_may_not(services: Services, tenant: Tenant, sql: str) -> None:
    with pytest.raises(PreceptorError):
        async with tenant_transaction(services.database, tenant.id, "test:x") as tx:
            await tx.execute(sql)


async def test_even_the_owner_of_the_schema_cannot_change_the_log(services: Services, tenant: Tenant) -> None:
    for sql in ("update audit_entry set leaf = ''", "delete from audit_entry", "truncate audit_leaf cascade"):
        with pytest.raises(PreceptorError):
            async with owner_connection(services.database) as connection, connection.transaction():
                await connection.execute("select set_config('preceptor.tenant', $1, true)", tenant.id)
                await connection.execute(sql)
