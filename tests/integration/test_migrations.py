"""Migrations: numbered, applied once, checked at launch; a changed one stops everything."""

from __future__ import annotations

from pathlib import Path

import pytest

from preceptor.db.migrate import check, migrate, pending, shipped
from preceptor.db.pool import check_transport, owner_connection
from preceptor.errors import IntegrityFailure, Invalid
from preceptor.wiring import Services


async def test_migrating_again_changes_nothing(services: Services) -> None:
    assert await migrate(services.database) == []
    assert await pending(services.database) == 0
    await check(services.database)


async def test_a_migration_that_was_applied_with_other_text_is_refused(services: Services) -> None:
    async with owner_connection(services.database) as connection:
        digest = await connection.fetchval("select digest from schema_migration where number = 1")
        await connection.execute("update schema_migration set digest = 'other' where number = 1")
    try:
        with pytest.raises(IntegrityFailure) as caught:
            await check(services.database)
        assert caught.value.code == "migration_mismatch"
    finally:
        async with owner_connection(services.database) as connection:
            await connection.execute("update schema_migration set digest = $1 where number = 1", digest)


def test_a_gap_in_the_numbers_is_refused(tmp_path: Path) -> None:
    (tmp_path / "0001_a.sql").write_text("select 1;")
    (tmp_path / "0003_b.sql").write_text("select 1;")
    with pytest.raises(IntegrityFailure):
        shipped(tmp_path)


@pytest.mark.parametrize(
    ("url", "held"),
    [
        ("postgresql://u@db.example.org/x", False),  # plain text over a network
        ("postgresql://u@db.example.org/x?sslmode=require", False),  # encrypted, but to whom?
        ("postgresql://u@db.example.org/x?sslmode=verify-full", True),
        ("postgresql://u@127.0.0.1/x", True),
        ("postgresql://u@/x?host=/run/postgresql", True),
    ],
)
def test_an_external_database_is_reached_only_over_a_verified_channel(url: str, held: bool) -> None:
    if held:
        assert check_transport(url) == url
    else:
        with pytest.raises(Invalid):
            check_transport(url)
