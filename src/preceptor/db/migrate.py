"""Numbered SQL migrations: applied by a command under a lock, each in one transaction, checked at every launch."""

# asyncpg ships no types: what comes out of it is unknown to the checker in this room only.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportAttributeAccessIssue=false, reportUnknownParameterType=false

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from preceptor.db.pool import Database, owner_connection, super_connection
from preceptor.db.translate import translated
from preceptor.errors import IntegrityFailure, Unavailable

FOLDER = Path(__file__).parent / "migrations"
LOCK = 0x5052_4543  # any constant: two migrators of one database wait for each other


@dataclass(frozen=True)
class Migration:
    """One file `NNNN_name.sql`."""

    number: int
    name: str
    sql: str

    @property
    def digest(self) -> str:
        """SHA-256 of the file's text, hexadecimal."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


def shipped(folder: Path = FOLDER) -> list[Migration]:
    """The migrations of this version, in order, numbered 1…n without a gap."""
    found: list[Migration] = []
    for path in sorted(folder.glob("*.sql")):
        match = re.fullmatch(r"(\d{4})_(\w+)\.sql", path.name)
        if match is None or int(match[1]) != len(found) + 1:
            raise IntegrityFailure("migration_mismatch", f"The migrations are not numbered in order: {path.name}.")
        found.append(Migration(int(match[1]), match[2], path.read_text(encoding="utf-8")))
    return found


async def migrate(database: Database, folder: Path = FOLDER) -> list[Migration]:
    """Apply what is missing and return it. A crash in the middle leaves whole migrations only."""
    applied: list[Migration] = []
    async with owner_connection(database) as connection:
        await connection.execute("select pg_advisory_lock($1)", LOCK)
        await connection.execute(
            "create table if not exists schema_migration (number integer primary key, name text not null,"
            " digest text not null, applied_at timestamptz not null default now())"
        )
        have = {r["number"]: r["digest"] for r in await connection.fetch("select number, digest from schema_migration")}
        _compare(have, shipped(folder))
        missing = [m for m in shipped(folder) if m.number not in have]
        if missing and database.embedded is not None:
            async with super_connection(database.embedded) as above:  # only a superuser may make it
                await above.execute("create extension if not exists vector")
        for migration in missing:
            async with connection.transaction():
                await connection.execute(migration.sql)
                await connection.execute(
                    "insert into schema_migration (number, name, digest) values ($1, $2, $3)",
                    migration.number,
                    migration.name,
                    migration.digest,
                )
            applied.append(migration)
    return applied


def _compare(have: dict[int, str], want: list[Migration]) -> None:
    for migration in want:
        if have.get(migration.number, migration.digest) != migration.digest:
            raise IntegrityFailure("migration_mismatch", f"Migration {migration.number} was applied with other text.")
    if extra := set(have) - {m.number for m in want}:
        raise IntegrityFailure("migration_mismatch", f"The database is newer: it has migration {max(extra)}.")


async def pending(database: Database) -> int:
    """How many shipped migrations the database lacks, read as the product's role; 0 means ready."""
    try:
        with translated():
            rows = await database.pool.fetch("select number, digest from schema_migration")
    except Unavailable as error:
        if error.code == "database_schema":
            return len(shipped())
        raise
    have = {r["number"]: r["digest"] for r in rows}
    _compare(have, shipped())
    return sum(m.number not in have for m in shipped())


async def check(database: Database) -> None:
    """Unavailable `database_schema` unless all migrations are applied and our role owns and bypasses nothing."""
    if await pending(database):
        raise Unavailable("database_schema")
    with translated():
        row = await database.pool.fetchrow(
            "select rolsuper or rolbypassrls as strong, exists(select from pg_class c where c.relowner = r.oid) as owns"
            " from pg_roles r where rolname = current_user"
        )
    if row is None or row["strong"] or row["owns"]:
        raise Unavailable(
            "database_schema",
            "The role of PRECEPTOR_DATABASE_URL is too strong: it must own nothing and must not bypass row security.",
        )
