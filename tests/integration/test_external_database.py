"""An external PostgreSQL by PRECEPTOR_DATABASE_URL: the same SQL, and never more rights than the product's role has."""

from __future__ import annotations

from pathlib import Path

import asyncpg
import pytest
from pydantic import SecretStr
from tests.make import add_text, make_tenant

from preceptor.db.embedded import SUPER
from preceptor.db.migrate import check, migrate
from preceptor.db.transaction import tenant_transaction
from preceptor.errors import PreceptorError, Unavailable
from preceptor.flows.policy_question.workflow import Assistant, Question
from preceptor.settings import Settings
from preceptor.wiring import Services, open_services

TEXT = "# Canes\n\nA cane is replaced every 3 years when the member still needs it for walking.\n"


async def fresh_database(services: Services, name: str) -> str:
    """The address, as a superuser, of an empty database that knows nothing of us."""
    member = services.database.embedded
    assert member is not None
    connection = await asyncpg.connect(member.dsn(SUPER, "postgres"))
    try:
        await connection.execute(f"drop database if exists {name}")
        await connection.execute(f"create database {name}")
    finally:
        await connection.close()
    return member.dsn(SUPER, name)


async def test_an_empty_external_database_is_migrated_by_command_and_then_serves(
    services: Services, tmp_path: Path
) -> None:
    dsn = await fresh_database(services, "external_one")
    settings = Settings(home=tmp_path, database_url=SecretStr(dsn))
    with pytest.raises(Unavailable) as caught:
        async with open_services(settings):
            pass
    assert caught.value.code == "database_schema"  # an external database is never migrated behind the operator's back
    async with open_services(settings, checked=False) as external:
        assert await migrate(external.database)
        await check(external.database)
    async with open_services(settings) as external:
        tenant = await make_tenant(external, "north")
        await add_text(external, tenant, "canes", TEXT)
        answer = await Assistant(external).ask(tenant.caller, Question("How often is a cane replaced?"))
        assert "3 years" in str(answer["statements"])
        async with tenant_transaction(external.database, "north", "test:x") as tx:
            assert await tx.value("select current_user::text") == "preceptor_app"
        with pytest.raises(PreceptorError):
            async with tenant_transaction(external.database, "north", "test:x") as tx:
                await tx.execute("delete from audit_entry")


async def test_a_database_that_does_not_answer_is_said_in_time(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, database_url=SecretStr("postgresql://nobody@/x?host=/nonexistent"))
    with pytest.raises(Unavailable) as caught:
        async with open_services(settings):
            pass
    assert caught.value.code == "database_unavailable"
