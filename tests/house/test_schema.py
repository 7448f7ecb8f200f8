"""The schema's fences and grants: kept by the migrations, and each rule able to fail."""

from __future__ import annotations

import pytest
from tests.house import tables
from tests.house.rules import sql
from tests.house.rules.tree import ROOT

MIGRATIONS = sql.migrations(ROOT / "src/preceptor/db/migrations")
SCHEMA = sql.schema(list(MIGRATIONS.values()))

SOUND = """
create table note (tenant text not null, id uuid, primary key (tenant, id)); -- a comment; with a semicolon
alter table note enable row level security;
alter table note force row level security;
create policy tenant_rows on note
    using (tenant = current_setting('preceptor.tenant', true))
    with check (tenant = current_setting('preceptor.tenant', true));
grant select, insert, update (id, tenant) on note to preceptor_app;
create function f() returns trigger language plpgsql as $$ begin drop table note; end $$;
"""


def test_there_are_tables() -> None:
    assert {"tenant", "audit_entry", "document", "passage"} <= set(SCHEMA)


def test_every_table_is_fenced() -> None:
    assert sql.fences(SCHEMA, tables.UNFENCED, tables.TENANT_COLUMN) == []


def test_every_right_of_the_product_is_listed() -> None:
    assert sql.grants(SCHEMA, tables.GRANTS) == []


def test_what_was_recorded_cannot_be_changed() -> None:
    assert sql.audit_grants(SCHEMA, tables.QUEUES) == []


def test_nothing_reaches_past_the_fences() -> None:
    assert sql.loopholes(MIGRATIONS) == []
    assert sql.definers(MIGRATIONS, tables.DEFINERS) == []


def test_a_sound_table_passes() -> None:
    made = sql.schema([SOUND])
    assert sql.fences(made, {}, {}) == []
    assert sql.grants(made, {"note": "select insert update"}) == []


# (what is taken out of the sound table, what is put there, what the rule says)
@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("tenant text not null, ", "", "no tenant column"),
        ("tenant text not null", "tenant text", "tenant may be null"),
        ("alter table note enable row level security;", "", "not enabled and forced"),
        ("alter table note force row level security;", "", "not enabled and forced"),
        ("grant select", "alter table note no force row level security; grant select", "not enabled and forced"),
        ("with check (tenant = current_setting('preceptor.tenant', true))", "with check (true)", "does not compare"),
        ("grant select", "create policy all_rows on note using (true); grant select", "does not compare"),
        ("create policy tenant_rows on note", "create policy tenant_rows on other", "no policy"),
    ],
)
def test_an_open_table_is_found(old: str, new: str, said: str) -> None:
    assert old in SOUND
    found = sql.fences(sql.schema([SOUND.replace(old, new, 1)]), {}, {})
    assert [v for v in found if v.startswith("note: ") and said in v]


def test_a_later_migration_that_opens_a_table_is_found() -> None:
    assert sql.fences(sql.schema([SOUND, "alter table note disable row level security;"]), {}, {})


def test_an_exception_for_a_missing_table_is_found() -> None:
    assert sql.fences({}, {"gone": "a reason"}, {}) == ["gone: listed, but no such table"]


def test_a_right_that_is_not_listed_is_found() -> None:
    assert sql.grants(sql.schema([SOUND]), {"note": "select insert"})
    assert sql.grants(sql.schema([SOUND]), {"note": "select insert update delete"})


def test_a_right_to_change_the_log_is_found() -> None:
    made = sql.schema(
        ["create table audit_entry (tenant text not null); grant select, delete on audit_entry to preceptor_app"]
    )
    assert sql.audit_grants(made, {}) == ["audit_entry: the product may delete what was recorded"]
    assert sql.audit_grants(made, {"audit_entry": "a queue"}) == []


@pytest.mark.parametrize(
    "statement",
    [
        "create role r bypassrls",
        "grant select on note to public",
        "grant all on note to preceptor_app",
    ],
)
def test_a_way_around_is_found(statement: str) -> None:
    assert sql.loopholes({"a.sql": statement})


DEFINER = """
create function f(x integer) returns void language plpgsql security definer
    set search_path = pg_catalog, public, pg_temp as $$ begin perform 1; end $$;
revoke all on function f(integer) from public;
"""


def test_a_listed_function_with_its_owners_rights_passes() -> None:
    assert sql.definers({"a.sql": DEFINER}, {"f": "a reason"}) == []


# (what is taken out, what is put there, what the rule says)
@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("create function f(", "create function g(", "not listed"),
        ("set search_path = pg_catalog, public, pg_temp", "", "no fixed search_path"),
        ("set search_path = pg_catalog, public, pg_temp", "set search_path = public", "no fixed search_path"),
        ("revoke all", "grant execute", "everybody may call it"),
        ("security definer", "", "no such function"),
    ],
)
def test_a_function_that_lends_its_owners_rights_is_found(old: str, new: str, said: str) -> None:
    assert old in DEFINER
    found = sql.definers({"a.sql": DEFINER.replace(old, new)}, {"f": "a reason"})
    assert [v for v in found if said in v]
